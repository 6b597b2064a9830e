package fleet

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// TestUnfetched wants nobody to be told to stop a server for a release that was not
// fetched and examined yet: it would be down when the archive turns out to be none.
func TestUnfetched(t *testing.T) {
	text, hash := tarball(t)
	hostile, hostileHash := tarball(t, "../../etc/cron.d/x")
	for name, test := range map[string]struct {
		fetch, text, hash string
		// before is whether a plan tells what to type, and fails what apply ends with.
		before bool
		fails  string
		after  bool
	}{
		"not here yet":            {inventory.FetchControl, text, hash, false, restartNeeded, true},
		"not on the host yet":     {inventory.FetchHost, text, hash, false, restartNeeded, true},
		"no release":              {inventory.FetchControl, hostile, hostileHash, false, "archive-not-a-release", false},
		"not to be had":           {inventory.FetchControl, "", hash, false, "404", false},
		"here, and examined":      {"cached", text, hash, true, restartNeeded, true},
		"here, and is no release": {"cached", hostile, hostileHash, false, "archive-not-a-release", false},
	} {
		t.Run(name, func(t *testing.T) {
			mirror := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if test.text == "" {
					w.WriteHeader(http.StatusNotFound)
				}
				_, _ = w.Write([]byte(test.text))
			}))
			defer mirror.Close()
			f, hs := lacking(t, test.hash, mirror.URL+"/zk.tar.gz")
			zk2 := hs.byName["zk2"]
			zk2.plan.Restarts = []provision.Restart{{Instance: "zookeeper-2", Reasons: []string{"the release"}}}
			if test.fetch == "cached" {
				if err := f.Archives.Cache.Add(t.Context(), test.hash, strings.NewReader(test.text), int64(len(test.text))); err != nil {
					t.Fatal(err)
				}
			} else {
				f.Ensemble.Archive.Fetch = test.fetch
			}
			told := func(p *plan.Plan) bool {
				for _, found := range p.Findings {
					if found.Name == restartNeeded {
						return len(found.Commands) > 0
					}
				}
				t.Fatalf("no restart in %v", p.Findings)
				return false
			}
			p, err := f.Plan(t.Context())
			if err != nil || told(p) != test.before {
				t.Fatalf("the plan tells what to type: %t, %v", told(p), err)
			}
			if hs.count("fetch")+hs.count("archive") != 0 {
				t.Error("a plan fetched something")
			}
			zk2.during = func(_ context.Context, call string) {
				if call == "fetch" {
					zk2.plan.NeedsArchive = false
				}
			}
			o, err := f.Apply(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.fails) {
				t.Fatalf("apply ends with %v, want %s", err, test.fails)
			}
			if test.after && !told(o.Plan) {
				t.Errorf("apply does not tell what to type: %v", o.Plan.Findings)
			}
			if hs.count("stage")+hs.count("start") != 0 {
				t.Errorf("something was changed: %v", hs.calls())
			}
		})
	}
}

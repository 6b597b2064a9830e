package fleet

import (
	"slices"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// TestSoleRoll lets of two runs that are limited to different hosts only one restart
// servers: each would find the other's in sync until both are down.
func TestSoleRoll(t *testing.T) {
	held := &provision.Error{Kind: provision.Locked, Name: "locked", Message: "another run holds this host: zkprov restart of root"}
	for name, test := range map[string]struct {
		limit   []string
		restart bool
		held    bool
		locks   string
	}{
		"another host":                   {limit: []string{"zk2"}, restart: true, locks: "zk2 lock, zk1 lock"},
		"another run restarts servers":   {limit: []string{"zk2"}, restart: true, held: true, locks: "zk2 lock, zk1 lock"},
		"nothing is restarted":           {limit: []string{"zk2"}, locks: "zk2 lock"},
		"the host is one of the limit's": {limit: []string{"zk1", "zk2"}, restart: true, locks: "zk1 lock, zk2 lock"},
		"no limit":                       {restart: true, locks: "zk1 lock, zk2 lock, zk3 lock, zk4 lock"},
	} {
		inTime(t, name, func(t *testing.T) {
			f, hs := newFleet(t)
			hs.byName["zk2"].changes = []provision.Change{change(plan.Stage)}
			if test.restart {
				rolled(f, hs, 2)
			}
			f.Limit = test.limit
			if test.held {
				hs.byName["zk1"].errs["lock"] = held
			}
			_, err := f.Apply(t.Context())
			var locks []string
			for _, call := range hs.calls() {
				if strings.HasSuffix(call, " lock") {
					locks = append(locks, call)
				}
			}
			if test.limit == nil {
				slices.Sort(locks) // but for the first at once
			}
			if got := strings.Join(locks, ", "); got != test.locks {
				t.Errorf("it took %s, want %s", got, test.locks)
			}
			if made := changing(hs); test.held && (kindOf(err) != provision.Locked || len(made) > 0) || !test.held && (err != nil || (hs.count(plan.Restart) == 1) != test.restart) {
				t.Errorf("it did %q, and ends with %v", made, err)
			}
		})
	}
}

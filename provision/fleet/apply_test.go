package fleet

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/plan"
)

// kindOf is the kind of the *provision.Error somewhere in an error.
func kindOf(err error) provision.Kind {
	var e *provision.Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

// TestApply looks at the order of everything that a whole run does.
func TestApply(t *testing.T) {
	f, hs := newFleet(t)
	f.LockTimeout = time.Minute
	f.Forks = 1
	for _, name := range []string{"zk1", "zk2"} {
		hs.byName[name].changes = []provision.Change{change(plan.Record), change(plan.Start), change(plan.Stage)}
	}
	var steps []string
	f.Report = func(e Event) {
		if e.Kind == RunStep && e.Done {
			steps = append(steps, strings.TrimSpace(e.Text+" "+e.Error))
		}
	}
	o, err := f.Apply(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	calls := hs.calls()
	reads := slices.IndexFunc(calls, func(c string) bool { return strings.Contains(c, "read") })
	slices.Sort(calls[reads : reads+4]) // all at once
	want := []string{
		"zk1 lock", "zk2 lock", "zk3 lock", "zk4 lock",
		"zk1 stage", "zk2 stage", "zk1 start", "zk2 start",
		"zk3 write 3", "zk1 read 1 /by-3", "zk2 read 2 /by-3", "zk3 read 3 /by-3", "zk4 read 4 /by-3", "zk3 end write",
		"zk1 record", "zk2 record",
	}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"connect", "lock", "observe", "plan", "stage", "start", "form the quorum", "write and read back through every server", "record"}, steps); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{"zk1": 3, "zk2": 3}, o.Changed); diff != "" {
		t.Error(diff)
	}
	if !o.Verdict.Formed || o.Write != "proven" || o.Changes() != 6 || o.Took <= 0 {
		t.Errorf("outcome %+v, verdict %+v", o, o.Verdict)
	}
	if n := hs.count("close"); n != 4 {
		t.Errorf("%d of 4 connections were closed", n)
	}
}

// TestApplyNothing looks whether a run without changes writes nothing at all.
func TestApplyNothing(t *testing.T) {
	f, hs := newFleet(t)
	o, err := f.Apply(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range hs.calls() {
		if !strings.HasSuffix(call, " lock") {
			t.Errorf("it did %s", call)
		}
	}
	if o.Write != "not tested" || o.Changes() != 0 || !o.Verdict.Formed {
		t.Errorf("outcome %+v", o)
	}
}

// TestApplyUnproven looks whether the proof is made up for where a run was cut
// off before it: only the record is missing.
func TestApplyUnproven(t *testing.T) {
	f, hs := newFleet(t)
	hs.byName["zk2"].changes = []provision.Change{change(plan.Record)}
	o, err := f.Apply(t.Context())
	if err != nil || o.Write != "proven" {
		t.Errorf("write %q, %v", o.Write, err)
	}
}

func TestLock(t *testing.T) {
	held := func(name string) error {
		return &provision.Error{Kind: provision.Locked, Name: "locked", Message: "another run holds " + name}
	}
	tests := map[string]struct {
		errs  map[string]error
		locks []string
		want  string
		kind  provision.Kind
	}{
		"the first is held": {
			errs: map[string]error{"zk1": held("zk1"), "zk2": held("zk2")}, locks: []string{"zk1 lock"},
			want: "zk1: another run holds zk1 [locked]", kind: provision.Locked,
		},
		"others are held": {
			errs: map[string]error{"zk4": held("zk4"), "zk2": held("zk2")}, locks: []string{"zk1 lock", "zk2 lock", "zk3 lock", "zk4 lock"},
			want: "zk2: another run holds zk2 [locked]\nzk4: another run holds zk4 [locked]", kind: provision.Locked,
		},
		"the first is lost": {
			errs: map[string]error{"zk1": unreachable("zk1")}, locks: []string{"zk1 lock"},
			want: "zk1: zk1 does not answer; is it up? [host-unreachable]", kind: provision.Unreachable,
		},
		"another fails": {
			errs: map[string]error{"zk3": errors.New("read-only file system")}, locks: []string{"zk1 lock", "zk2 lock", "zk3 lock", "zk4 lock"},
			want: "zk3: read-only file system", kind: provision.Failed,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f, hs := newFleet(t)
			for host, h := range hs.byName {
				h.errs["lock"] = test.errs[host]
				h.changes = []provision.Change{change(plan.Stage)}
			}
			_, err := f.Apply(t.Context())
			if err == nil || err.Error() != test.want || kindOf(err) != test.kind {
				t.Errorf("got %v, want %s", err, test.want)
			}
			calls := hs.calls()
			slices.Sort(calls)
			if diff := cmp.Diff(test.locks, calls); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPhaseStops looks whether a failure lets the other hosts finish the phase
// and ends the run before the next.
func TestPhaseStops(t *testing.T) {
	phases := []string{plan.Stage, plan.Start, plan.Record}
	for i, phase := range phases {
		t.Run(phase, func(t *testing.T) {
			f, hs := newFleet(t)
			failed := make(chan struct{})
			var once sync.Once
			for name, h := range hs.byName {
				for _, p := range phases {
					h.changes = append(h.changes, change(p))
				}
				h.during = func(_ context.Context, call string) {
					switch {
					case call != phase:
					case name == "zk3":
						once.Do(func() { close(failed) })
					default:
						<-failed // the others are slower
					}
				}
			}
			hs.byName["zk3"].errs[phase] = &provision.Error{Kind: provision.Stale, Message: "changed since"}
			hs.byName["zk1"].errs[phase] = errors.New("no space")
			o, err := f.Apply(t.Context())
			if want := "zk1: no space\nzk3: changed since"; err == nil || err.Error() != want {
				t.Fatalf("got %v, want %s", err, want)
			}
			for _, name := range []string{"zk2", "zk4"} {
				if n := len(hs.byName[name].applied); n != i+1 || o.Changed[name] != i+1 {
					t.Errorf("%s has finished %d phases, %d are counted, want %d", name, n, o.Changed[name], i+1)
				}
			}
			if o.Changed["zk3"] != i {
				t.Errorf("%d changes are counted of the host that failed", o.Changed["zk3"])
			}
			for _, later := range phases[i+1:] {
				if n := hs.count(string(later)); n > 0 {
					t.Errorf("%s was begun on %d hosts", later, n)
				}
			}
		})
	}
}

// TestLimitedDown looks whether a host that is down and not to be changed leaves
// the others to be brought in order.
func TestLimitedDown(t *testing.T) { synctest.Test(t, testLimitedDown) }

func testLimitedDown(t *testing.T) {
	for name, test := range map[string]struct {
		down   string
		hangs  string // the call that does not come back; empty is not to be reached at all
		writes int    // the server that is written through
	}{
		"a follower": {"zk2", "", 3}, "the leader": {"zk3", "", 1}, "an observer": {"zk4", "", 3},
		"hangs": {"zk2", "observe", 3}, "the leader hangs": {"zk3", "observe", 1},
	} {
		f, hs := newFleet(t)
		f.Limit, f.Timeout = []string{"zk1"}, time.Hour
		begin := time.Now()
		down := hs.byName[test.down]
		if test.hangs == "" {
			down.errs["connect"] = unreachable(test.down)
		} else {
			down.during = hangs(test.hangs)
		}
		hs.byName["zk1"].changes = []provision.Change{change(plan.Stage), change(plan.Start)}
		o, err := f.Apply(t.Context())
		if o.Changes() != 2 {
			t.Errorf("%s: %d of 2 changes were made: %v", name, o.Changes(), err)
		}
		var e *provision.Error
		if !errors.As(err, &e) || e.Kind != provision.Unreachable || o.Verdict == nil || !o.Verdict.Quorum || o.Write != "proven" {
			t.Errorf("%s is down: %v, write %q, verdict %+v", name, err, o.Write, o.Verdict)
		}
		if hs.count(fmt.Sprintf("write %d", test.writes)) != 1 {
			t.Errorf("%s: the calls are %v", name, hs.calls())
		}
		if took := time.Since(begin); took > 2*time.Minute {
			t.Errorf("%s: it waited for %s for a host that it cannot ask", name, took)
		}
	}
}

func TestForks(t *testing.T) { synctest.Test(t, testForks) }

func testForks(t *testing.T) {
	f, hs := newFleet(t)
	f.Forks = 2
	var mu sync.Mutex
	now, most := 0, 0
	for _, h := range hs.byName {
		h.during = func(_ context.Context, call string) {
			if call != "observe" {
				return
			}
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(5 * time.Millisecond)
			mu.Lock()
			now--
			mu.Unlock()
		}
	}
	if _, err := f.Plan(t.Context()); err != nil {
		t.Fatal(err)
	}
	if most != 2 {
		t.Errorf("%d hosts were worked on at once, want 2", most)
	}
}

// TestDeliver looks which hosts get the archive, and from where.
func TestDeliver(t *testing.T) {
	for _, fetch := range []string{inventory.FetchControl, inventory.FetchHost} {
		for _, fails := range []bool{false, true} {
			t.Run(fmt.Sprint(fetch, " fails ", fails), func(t *testing.T) {
				text, hash := tarball(t)
				f, hs := newFleet(t)
				f.Ensemble.Archive.Fetch, f.Ensemble.Archive.SHA512 = fetch, hash
				f.Archives = &archive.Fetcher{Cache: archive.Cache{Dir: t.TempDir()}}
				if err := f.Archives.Cache.Add(t.Context(), f.Ensemble.Archive.SHA512, strings.NewReader(text), archive.MaxArchive); err != nil {
					t.Fatal(err)
				}
				call := map[string]string{inventory.FetchControl: "archive", inventory.FetchHost: "fetch"}[fetch]
				for _, name := range []string{"zk2", "zk4"} {
					hs.byName[name].plan.NeedsArchive = true
					hs.byName[name].changes = []provision.Change{change(plan.Stage)}
				}
				if fails {
					hs.byName["zk4"].errs[call] = errors.New("no space")
				}
				_, err := f.Apply(t.Context())
				var got []string
				for _, c := range hs.calls() {
					if strings.HasSuffix(c, " archive") || strings.HasSuffix(c, " fetch") || strings.HasSuffix(c, " stage") {
						got = append(got, c)
					}
				}
				slices.Sort(got)
				want := []string{"zk2 " + call, "zk2 stage", "zk4 " + call, "zk4 stage"}
				if fails {
					want = []string{"zk2 " + call, "zk4 " + call}
				}
				if diff := cmp.Diff(want, got); diff != "" || fails != (err != nil) {
					t.Errorf("%v\n%s", err, diff)
				}
			})
		}
	}
}

// TestNoArchive looks whether an archive that cannot be fetched ends the run
// before anything is changed.
func TestNoArchive(t *testing.T) {
	f, hs := newFleet(t)
	f.Ensemble.Archive.URLs = []string{"file://" + filepath.Join(t.TempDir(), "none.tar.gz")}
	f.Archives = &archive.Fetcher{Cache: archive.Cache{Dir: t.TempDir()}}
	hs.byName["zk2"].plan.NeedsArchive = true
	hs.byName["zk2"].changes = []provision.Change{change(plan.Stage)}
	o, err := f.Apply(t.Context())
	if err == nil || o.Changes() > 0 || hs.count("archive") > 0 {
		t.Errorf("%v; %d changes", err, o.Changes())
	}
}

package fleet

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// hangs never ends a call by itself.
func hangs(in string) func(context.Context, string) {
	return func(ctx context.Context, call string) {
		if call == in {
			<-ctx.Done()
		}
	}
}

func TestCheck(t *testing.T) {
	tests := map[string]struct {
		prepare func(f *Fleet, hs *hosts)
		// found are severity, host and name of every finding.
		found    []string
		survives int
	}{
		"all is well": {survives: 1},
		"drift": {
			prepare: func(_ *Fleet, hs *hosts) {
				hs.byName["zk2"].changes = []provision.Change{change(plan.Stage), change(plan.Record)}
				hs.byName["zk3"].changes = []provision.Change{change(plan.Stage)}
			},
			found: []string{"warning zk2 drift", "warning zk3 drift"}, survives: 1,
		},
		"drift, silenced": {
			prepare: func(f *Fleet, hs *hosts) {
				f.Ensemble.Ignore = []string{"drift"}
				hs.byName["zk2"].changes = []provision.Change{change(plan.Stage)}
			},
			survives: 1,
		},
		"down": {
			prepare: func(_ *Fleet, hs *hosts) {
				hs.byName["zk2"].changes = []provision.Change{change(plan.Start)}
				hs.byName["zk2"].reports = after(1, starting(2), starting(2))
			},
			found: []string{"critical zk2 not-serving"},
		},
		"hanging while it is looked at": {
			prepare: func(_ *Fleet, hs *hosts) { hs.byName["zk2"].during = hangs("observe") },
			found:   []string{"critical zk2 host-hangs", "warning zk2 not-asked"}, survives: 1,
		},
		"hanging while its servers are asked": {
			prepare: func(_ *Fleet, hs *hosts) { hs.byName["zk2"].during = hangs("probe") },
			found:   []string{"critical zk2 host-hangs", "warning zk2 not-asked"}, survives: 1,
		},
		"unreachable": {
			prepare: func(_ *Fleet, hs *hosts) { hs.byName["zk2"].errs["connect"] = unreachable("zk2") },
			found:   []string{"critical zk2 host-unreachable", "warning zk2 not-asked"}, survives: 1,
		},
		"cannot be looked at": {
			prepare: func(_ *Fleet, hs *hosts) { hs.byName["zk2"].errs["observe"] = errors.New("input/output error") },
			found:   []string{"critical zk2 host-failed", "warning zk2 not-asked"}, survives: 1,
		},
		"cannot be probed": {
			prepare: func(_ *Fleet, hs *hosts) { hs.byName["zk2"].errs["probe"] = errors.New("no D-Bus") },
			found:   []string{"critical zk2 host-failed", "warning zk2 not-asked"}, survives: 1,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { testCheck(t, test.prepare, test.found, test.survives) })
		})
	}
}

func testCheck(t *testing.T, prepare func(*Fleet, *hosts), want []string, survives int) {
	f, hs := newFleet(t)
	if prepare != nil {
		prepare(f, hs)
	}
	s, err := f.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, x := range s.Findings {
		found = append(found, string(x.Severity)+" "+x.Host+" "+x.Name)
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("%s\n%v", diff, s.Findings)
	}
	if s.Verdict.Survives != survives || !s.Verdict.Quorum {
		t.Errorf("survives %d more, quorum %t", s.Verdict.Survives, s.Verdict.Quorum)
	}
	if calls := hs.calls(); len(calls) > 0 {
		t.Errorf("a check did more than look: %v", calls)
	}
}

func TestDrifted(t *testing.T) {
	three := []provision.Change{change(plan.Start), change(plan.Stage), change(plan.Record), change(plan.Stage)}
	p := planned(read(t, four), provision.HostPlan{Host: "zk1", Changes: three[:1]}, provision.HostPlan{Host: "zk2", Changes: three[:2]}, provision.HostPlan{Host: "zk3", Changes: three})
	var got []string
	for _, f := range drifted(p) {
		got = append(got, f.Host+": "+f.Message)
	}
	want := []string{"zk2: differs from the inventory: there is no a thing", "zk3: 2 differences to the inventory, the first: there is no a thing"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if f := drifted(p)[0]; !strings.Contains(f.Hint, "plan --diff") {
		t.Errorf("hint %q", f.Hint)
	}
}

// TestDriftWithoutQuorum looks at an ensemble that was never started: an apply to one
// of its hosts would wait in vain for the others.
func TestDriftWithoutQuorum(t *testing.T) {
	for want, prepare := range map[string]func(h *fakeHost){
		"zkprov apply --limit zk2 ": func(*fakeHost) {},
		"zkprov apply ":             func(h *fakeHost) { h.reports = func(int) []provision.Report { return nil } },
	} {
		synctest.Test(t, func(t *testing.T) {
			f, hs := newFleet(t)
			for _, h := range hs.byName {
				prepare(h)
			}
			hs.byName["zk2"].changes = []provision.Change{change(plan.Stage)}
			s, err := f.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var typed []string
			for _, x := range s.Findings {
				if x.Name == drift {
					for _, c := range x.Commands {
						typed = append(typed, c.Line)
					}
				}
			}
			if diff := cmp.Diff([]string{want + f.Ensemble.File}, typed); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRecordMissing removes the record of a quorum: that is no drift, changes no exit
// code, and is told in words.
func TestRecordMissing(t *testing.T) {
	record := provision.Change{Resource: "record:/var/lib/zkprov/zookeeper/formed.json", Action: provision.Create, Path: "/var/lib/zkprov/zookeeper/formed.json"}
	edited := record
	edited.Action, edited.Summary = provision.Update, "content"
	for name, test := range map[string]struct {
		changes []provision.Change
		want    []string
	}{
		"alone":            {[]provision.Change{record}, []string{"zk1: notice: this host has no record yet that the ensemble formed its quorum; the next zkprov apply writes it, once the quorum is proven [record-missing]"}},
		"before the start": {[]provision.Change{change(plan.Start), record}, nil},
		"beside another":   {[]provision.Change{change(plan.Stage), record}, []string{"zk1: warning: differs from the inventory: there is no a thing; see zkprov plan --diff with this inventory [drift]"}},
		"of other members": {[]provision.Change{edited}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range drifted(planned(read(t, four), provision.HostPlan{Host: "zk1", Changes: test.changes})) {
				got = append(got, f.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

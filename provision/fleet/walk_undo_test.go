package fleet

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// TestWalkUndo gives an instance its generation of before again, by what the host plans
// for that. What it shares with others, and what is approved for later, is left alone.
func TestWalkUndo(t *testing.T) {
	stale := &provision.Error{Kind: provision.Stale, Message: "it ended meanwhile"}
	full := errors.New("no space")
	shared := provision.Change{Resource: "file:/shared", Action: provision.Update, From: "a", To: "b"}
	one := func(resource string) provision.Change {
		return provision.Change{Resource: resource, Action: provision.Update, Instance: "zookeeper-1", From: "new", To: "old"}
	}
	reload := provision.Change{Resource: "reload:systemd", Action: provision.Reload, From: "not read", To: "read"}
	down := []provision.Change{shared, one("unit:x"), reload, one("link:y"), one("running:zookeeper-1.service")}
	runs := []provision.Change{shared, one("unit:x"), one("reload:zookeeper-1.service"), one("link:y"), one("restarted:zookeeper-1.service")}
	for name, test := range map[string]struct {
		// plans are what the host plans, one after the other; the last is planned again.
		plans [][]provision.Change
		// errs are how each apply ends.
		errs []error
		// makes are what each is to make.
		makes [][]provision.Change
		says  string
	}{
		"it runs":                   {[][]provision.Change{runs, {shared}}, []error{nil}, [][]provision.Change{runs[1:]}, ""},
		"it has failed":             {[][]provision.Change{down, {shared}}, []error{nil}, [][]provision.Change{down[1:]}, ""},
		"nothing was changed yet":   {[][]provision.Change{{shared}}, nil, nil, ""},
		"it ended meanwhile":        {[][]provision.Change{runs, down, {shared}}, []error{stale, nil}, [][]provision.Change{runs[1:], down[1:]}, ""},
		"it was started by systemd": {[][]provision.Change{down, runs, {shared}}, []error{nil, nil}, [][]provision.Change{down[1:], runs[1:]}, ""},
		"it cannot be made":         {[][]provision.Change{runs}, []error{full}, [][]provision.Change{runs[1:]}, "cannot undo the step: no space"},
		"it is never as it was planned": {[][]provision.Change{runs}, []error{stale, stale, stale, stale, stale},
			[][]provision.Change{runs[1:], runs[1:], runs[1:], runs[1:], runs[1:]}, "cannot undo the step: planned and made 5 times"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, hs := newFleet(t)
				h := hs.byName["zk1"]
				p := rolled(f, hs, 1, 2)
				h.errs[plan.Restart] = full
				h.back = func(n int) []provision.Change { return test.plans[min(n, len(test.plans)-1)] }
				h.undone = func(n int) error { return test.errs[n] }
				_, err := walked(t.Context(), f, p, everyStep)
				if err == nil || !strings.Contains(err.Error(), "zk1: no space") || test.says == "" && strings.Contains(err.Error(), "undo") || !strings.Contains(err.Error(), test.says) {
					t.Errorf("it ends with %v", err)
				}
				if h.works[0].task.Generations != nil {
					t.Errorf("the restart itself is for %v", h.works[0].task.Generations)
				}
				var makes [][]provision.Change
				for _, w := range h.works[1:] {
					makes = append(makes, w.changes)
					if diff := cmp.Diff([]provision.Change{shared}, w.later); diff != "" {
						t.Error(diff)
					}
					if !maps.Equal(w.task.Generations, map[string]string{"zookeeper-1": "old"}) || !slices.Equal(w.task.Only, []string{"zookeeper-1"}) {
						t.Errorf("it goes back with %v of %v", w.task.Generations, w.task.Only)
					}
				}
				if diff := cmp.Diff(test.makes, makes); diff != "" {
					t.Error(diff)
				}
				if len(hs.byName["zk2"].works) > 0 {
					t.Error("the next one was touched")
				}
			})
		})
	}
}

// TestWalkBrokenObserver has an observer that ended with what the others are to get: it is
// started, and no healthy one is restarted while it does not serve.
func TestWalkBrokenObserver(t *testing.T) {
	for name, comes := range map[string]bool{"it stays down": false, "it comes up": true} {
		inTime(t, name, func(t *testing.T) {
			f, hs := newFleet(t)
			h := hs.byName["zk4"]
			start := change(plan.Start)
			start.Instance = "zookeeper-4"
			h.changes = []provision.Change{start}
			p := rolled(f, hs, 1, 2)
			started := false
			h.during = func(_ context.Context, call string) {
				if call == plan.Start {
					hs.do(func() { started = true })
				}
			}
			h.reports = func(int) []provision.Report {
				if comes && started {
					return []provision.Report{well(4)}
				}
				return []provision.Report{starting(4)}
			}
			_, err := walked(t.Context(), f, p, everyStep)
			if restarted := hs.count(plan.Restart); (err == nil) != comes || (restarted == 2) != comes || !comes && restarted > 0 {
				t.Errorf("it did %q, and ends with %v", changing(hs), err)
			}
			if !comes && (!strings.Contains(err.Error(), "zookeeper-4 serves again within") || !strings.Contains(err.Error(), "the roll has not begun; not restarted: zookeeper-1, zookeeper-2")) {
				t.Errorf("it says %v", err)
			}
		})
	}
}

// TestWalkFlapping has a voter that serves and ends again and again: it goes first where it
// is to be restarted, and nobody else is restarted beside it.
func TestWalkFlapping(t *testing.T) {
	for name, test := range map[string]struct {
		ids  []int
		want string
		says string
	}{
		"it is restarted": {[]int{1, 2}, "zk2 restart, zk1 restart", ""},
		"it is not":       {[]int{1}, "", "zookeeper-2: serves, and may not go on to: it has ended by itself 3 times"},
	} {
		inTime(t, name, func(t *testing.T) {
			f, hs := newFleet(t)
			p := rolled(f, hs, test.ids...)
			h := hs.byName["zk2"]
			again := false
			h.during = func(_ context.Context, call string) {
				if call == plan.Restart {
					hs.do(func() { again = true })
				}
			}
			h.reports = func(int) []provision.Report {
				r := well(2)
				if !again {
					r.Crash = &provision.Crash{Times: 3, Up: true}
				}
				return []provision.Report{r}
			}
			_, err := walked(t.Context(), f, p, everyStep)
			if got := strings.Join(changing(hs), ", "); got != test.want || (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("it did %q, and ends with %v", got, err)
			}
		})
	}
}

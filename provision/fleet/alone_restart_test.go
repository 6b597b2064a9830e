package fleet

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// TestAloneRestartPending leaves a running server as it is.
func TestAloneRestartPending(t *testing.T) { synctest.Test(t, testAloneRestartPending) }

func testAloneRestartPending(t *testing.T) {
	a, l := newAlone(t)
	l.seen = sees("zookeeper-1", formed)
	l.serve(1, 2, 3)
	l.changes = []provision.Change{change(plan.Stage)}
	l.plan.Restarts = []provision.Restart{{Instance: "zookeeper-1", Reasons: []string{"zoo.cfg"}}}
	s, err := a.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if calls := l.calls(); calls != "lock, stage, lock, lock" || len(l.applied) != 1 || s.Changes != 1 {
		t.Errorf("it did %s with %d changes, and says %d", calls, len(l.applied), s.Changes)
	}
	if s.Plan.Restarts() != 1 {
		t.Errorf("%d restarts", s.Plan.Restarts())
	}
}

// TestAloneRecordStays keeps the voters that formed the ensemble in mind for as long as a
// server runs with them: they may have a leader of their own.
func TestAloneRecordStays(t *testing.T) {
	update, create := change(plan.Record), change(plan.Record)
	update.Action = provision.Update
	pending := []provision.Restart{{Instance: "zookeeper-1", Reasons: []string{"zoo.cfg"}}}
	for name, test := range map[string]struct {
		change   provision.Change
		restarts []provision.Restart
		applied  int
	}{
		"none needs a restart":    {update, nil, 1},
		"one runs with the old":   {update, pending, 0},
		"there is no record, yet": {create, pending, 1},
	} {
		inTime(t, name, func(t *testing.T) {
			a, l := newAlone(t)
			l.seen = sees("zookeeper-1", formed)
			l.serve(1, 2, 3)
			l.changes, l.plan.Restarts = []provision.Change{test.change}, test.restarts
			if _, err := a.Run(t.Context()); err != nil || len(l.applied) != test.applied {
				t.Errorf("%d changes were made, and %v", len(l.applied), err)
			}
		})
	}
}

// TestAloneRestartParts has a host whose servers would have to be restarted for a list
// that takes two of five voters out: who types that on all of them has two leaders.
func TestAloneRestartParts(t *testing.T) {
	for name, test := range map[string]struct {
		formed []int
		typed  int
		says   string
	}{
		"one is taken out":    {[]int{1, 2, 3, 9}, 1, ""},
		"two are taken out":   {[]int{1, 2, 3, 8, 9}, 0, "takes 8, 9 out at once"},
		"three are taken out": {[]int{1, 6, 7, 8}, 0, "only 1 of them are voters"},
	} {
		inTime(t, name, func(t *testing.T) {
			a, l := newAlone(t)
			l.seen = formedBy(sees("zookeeper-1", formed), test.formed...)
			l.serve(1, 2, 3)
			l.plan.Restarts = []provision.Restart{{Instance: "zookeeper-1", Reasons: []string{"zoo.cfg"}, Staged: true}}
			s, err := a.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			says := ""
			for _, f := range s.Findings {
				switch f.Name {
				case membershipChange:
					says = f.Message
				case restartNeeded:
					if len(f.Commands) != test.typed {
						t.Errorf("it says %v", f)
					}
				}
			}
			if !strings.Contains(says, test.says) || test.says == "" && says != "" {
				t.Errorf("it says of the voters %q", says)
			}
			// A boot of the host starts its servers with what was staged.
			l.changes = []provision.Change{change(plan.Stage)}
			_, err = a.Run(t.Context())
			var refused *plan.FindingError
			if got := errors.As(err, &refused) && refused.Finding.Refusal; got != (test.says != "") || got != (len(l.applied) == 0) {
				t.Errorf("%d changes were made, and %v", len(l.applied), err)
			}
		})
	}
}

// TestAloneRestartSpared has a host whose server would have to be restarted, and hears
// that another is down: who types the restart would lose the quorum.
func TestAloneRestartSpared(t *testing.T) {
	for name, test := range map[string]struct {
		serve []int
		typed int
		hint  string
	}{
		"all serve":   {[]int{1, 2, 3}, 1, "one server at a time"},
		"one is down": {[]int{1, 2}, 0, "let it run, as the quorum hangs on it, until zookeeper-3 is in sync again; then one server at a time"},
	} {
		inTime(t, name, func(t *testing.T) {
			a, l := newAlone(t)
			l.seen = sees("zookeeper-1", formed)
			l.serve(test.serve...)
			l.plan.Restarts = []provision.Restart{{Instance: "zookeeper-1", Reasons: []string{"zoo.cfg"}, Staged: true}}
			s, err := a.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range s.Findings {
				if f.Name == restartNeeded && (len(f.Commands) != test.typed || !strings.HasPrefix(f.Hint, test.hint)) {
					t.Errorf("it says %v", f)
				}
			}
		})
	}
}

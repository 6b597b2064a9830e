package fleet

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/history"
)

// History implements provision.Historian: each host has one server, which got a and then b.
func (h *fakeHost) History(ctx context.Context, t provision.Task) (provision.History, error) {
	all := provision.History{Runs: make(map[string]string)}
	for _, name := range instanceNames(t.Target()) {
		for i, g := range []string{"a", "b"} {
			all.Entries = append(all.Entries, provision.Entry{Instance: name, Generation: g, By: provision.Caller{Aim: g, Begin: time.Unix(int64(i), 0)}})
		}
		all.Runs[name] = "b"
	}
	return all, h.note(ctx, "history")
}

// TestHistory asks all hosts what they remember. A host that cannot tell is named.
func TestHistory(t *testing.T) {
	f, hs := newFleet(t)
	past, err := f.History(t.Context())
	if err != nil || past.Unseen() != nil {
		t.Fatal(err, past.Unseen())
	}
	if len(past.States) != 2 || !past.States[1].Current || len(past.States[0].Generations) != len(f.Ensemble.Members()) {
		t.Errorf("the states are %+v", past.States)
	}
	if s, err := past.Target(""); err != nil || s.ID != past.States[0].ID {
		t.Errorf("a rollback leads to %q, %v", s.ID, err)
	}
	if calls := hs.calls(); !slices.Contains(calls, "zk1 history") || len(calls) != len(f.Ensemble.Hosts) {
		t.Errorf("it did %q", calls)
	}

	f, hs = newFleet(t)
	hs.byName["zk2"].errs = map[string]error{"history": errors.New("no such disk")}
	past, err = f.History(t.Context())
	if err != nil || past.Unseen() == nil || !strings.Contains(past.Unseen().Error(), "zk2: no such disk") {
		t.Errorf("where a host cannot tell it says %v, %v", err, past.Unseen())
	}
}

// TestTarget refuses to go back where nothing leads, and tells a mistyped ID from that.
func TestTarget(t *testing.T) {
	states := []history.State{
		{ID: "aaaaaaa", Generations: map[string]string{"zookeeper-1": "a"}, Lost: "zookeeper-1: it is gone"},
		{ID: "bbbbbbb", Generations: map[string]string{"zookeeper-1": "b"}, Current: true},
	}
	runs := map[string]string{"zookeeper-1": "b"}
	for name, test := range map[string]struct {
		past    Past
		id      string
		says    string
		refused bool
	}{
		"it is lost":     {Past{States: states, Runs: runs}, "", "cannot go back to aaaaaaa: zookeeper-1: it is gone", true},
		"that is lost":   {Past{States: states, Runs: runs}, "aaa", "cannot go back to aaaaaaa: zookeeper-1: it is gone", true},
		"there is none":  {Past{States: states[1:], Runs: runs}, "", "cannot go back: the hosts remember no state", true},
		"nothing at all": {Past{}, "", "cannot go back: the hosts remember no state", true},
		"a wrong ID":     {Past{States: states, Runs: runs}, "ccc", `there is no state "ccc"`, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := test.past.Target(test.id)
			var e *provision.Error
			if err == nil || !strings.Contains(err.Error(), test.says) || errors.As(err, &e) != test.refused || test.refused && (e.Kind != provision.Refused || e.Name != rollbackRefused) {
				t.Errorf("it says %v, want %q", err, test.says)
			}
		})
	}
}

// TestRollbackOfRelease goes back to an older release, where the inventory says that one
// already. An apply of it would be refused.
func TestRollbackOfRelease(t *testing.T) {
	f, hs := newFleet(t)
	hs.runsRelease("zk2", "zookeeper-2", "3.8.4")
	for _, h := range hs.byName {
		h.back = func(int) []provision.Change { return nil }
	}
	down := func() bool {
		p, err := f.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(p.Findings, func(f finding.Finding) bool { return f.Name == "version-down" })
	}
	if !down() {
		t.Error("an older release may be applied")
	}
	f.Generations = map[string]string{"zookeeper-2": "a"}
	if down() {
		t.Error("a rollback is refused as an apply is")
	}
}

// TestTaskOfRollback asks each host for the generations of its own servers, and for another
// aim than an apply of the inventory has.
func TestTaskOfRollback(t *testing.T) {
	f, _ := newFleet(t)
	aim := newRun(t.Context(), f, true).by.Aim
	f.Generations, f.By = map[string]string{"zookeeper-1": "a", "zookeeper-2": "b"}, provision.Caller{Command: "rollback", To: "1234567"}
	r := newRun(t.Context(), f, true)
	defer r.close()
	for host, want := range map[string]string{"zk1": "a", "zk2": "b"} {
		task := r.task(f.Ensemble.Host(host))
		if len(task.Generations) != 1 || task.Generations["zookeeper-"+host[2:]] != want || task.By.To != "1234567" || task.By.Aim == aim || task.By.Begin.IsZero() {
			t.Errorf("%s is asked for %v by %+v", host, task.Generations, task.By)
		}
	}
}

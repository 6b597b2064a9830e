package fleet

import (
	"errors"
	"testing"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// TestRetires wants what moves to be stopped before anything is restarted, and what
// leaves after all was.
func TestRetires(t *testing.T) {
	f, _ := newFleet(t)
	r := newRun(t.Context(), f, true)
	defer r.end()
	retire := func(instance string) plan.Step {
		s := plan.Step{Name: plan.Retire + " " + instance}
		s.Add("zk9", provision.Change{Resource: string(provision.KindRetired) + ":" + instance, Instance: instance})
		return s
	}
	o := &Outcome{Plan: &plan.Plan{Steps: []plan.Step{{Name: plan.Restart + " zookeeper-1", Instances: []string{"zookeeper-1"}}}}}
	for instance, want := range map[string]bool{"zookeeper-2": true, "zookeeper-5": false} {
		if got := r.wanted(o)(retire(instance)); got != want {
			t.Errorf("%s is stopped with a restart ahead: %t", instance, got)
		}
	}
	o.Restarted = []string{"zookeeper-1"}
	if !r.wanted(o)(retire("zookeeper-5")) {
		t.Error("what has left is not stopped in the end")
	}
}

// TestFailedLast wants a plan to tell of the server whose last restart failed, where it is
// to be restarted.
func TestFailedLast(t *testing.T) {
	f, _ := newFleet(t)
	r := newRun(t.Context(), f, true)
	defer r.end()
	steps := []plan.Step{{Name: plan.Restart + " zookeeper-1", Instances: []string{"zookeeper-1"}}, {Name: plan.Restart + " zookeeper-2", Instances: []string{"zookeeper-2"}}}
	r.seen["zk1"] = provision.Observation{Instances: map[string]provision.InstanceState{"zookeeper-1": {Failed: true}}}
	found := r.failedLast(steps)
	if len(found) != 1 || found[0].Instance != "zookeeper-1" || found[0].Host != "zk1" {
		t.Errorf("found is %v", found)
	}
	if found := r.failedLast(steps[1:]); found != nil {
		t.Errorf("of one that is not restarted it tells %v", found)
	}
}

// TestStopsInTransition wants a roll that stops between two lists of servers to prove no
// quorum by the new one, and another roll to prove it.
func TestStopsInTransition(t *testing.T) {
	f, _ := newFleet(t)
	r := newRun(t.Context(), f, true)
	defer r.end()
	o := &Outcome{Plan: &plan.Plan{Steps: []plan.Step{{Name: plan.Restart + " zookeeper-1", Instances: []string{"zookeeper-1"}}}}}
	prove := plan.Step{Name: plan.Prove}
	if !r.wanted(o)(prove) {
		t.Error("with one list of servers the quorum is not proven")
	}
	r.setShift(&shift{})
	if r.wanted(o)(prove) {
		t.Error("with a restart left the quorum is to be proven by the list that is to come")
	}
	o.Restarted = []string{"zookeeper-1"}
	if !r.wanted(o)(prove) {
		t.Error("in the end the quorum is not proven")
	}
}

// TestMoveHeld wants a start that failed to tell of the server that was stopped for it.
func TestMoveHeld(t *testing.T) {
	f, _ := newFleet(t)
	r := newRun(t.Context(), f, true)
	defer r.end()
	why := &provision.Error{Kind: provision.Failed, Message: "it did not serve in time"}
	for name, test := range map[string]struct {
		shift *shift
		want  string
	}{
		"no list is changed": {nil, ""},
		"one is added":       {&shift{Transition: plan.Transition{Kind: plan.Add, Server: new(2)}}, ""},
		"one leaves":         {&shift{Transition: plan.Transition{Kind: plan.TakeOut, Server: new(9)}, retire: map[string][]string{"zk9": {"zookeeper-9"}}}, ""},
		"an observer moves beside one that is added": {&shift{Transition: plan.Transition{Kind: plan.Add, Server: new(2)}, retire: map[string][]string{"zk9": {"zookeeper-4"}}},
			"zookeeper-4 is stopped on zk9, where its data stays, and did not come up on zk4; nothing else was restarted"},
		"one moves": {&shift{Transition: plan.Transition{Kind: plan.Move, Server: new(2)}, retire: map[string][]string{"zk9": {"zookeeper-2"}}},
			"zookeeper-2 is stopped on zk9, where its data stays, and did not come up on zk2; nothing else was restarted"},
	} {
		r.shift = test.shift
		err := r.unstarted(&Outcome{}, why)
		var got string
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			got = joined.Unwrap()[1].(*provision.Error).Message
		}
		if got != test.want || !errors.Is(err, error(why)) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

package fleet

import (
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

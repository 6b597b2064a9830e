package fleet

import (
	"errors"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// TestBeside lets a restart without a change do what is due by itself, and refuses it where
// it would pick anything up.
func TestBeside(t *testing.T) {
	again := func(from, to string) provision.Change {
		return provision.Change{Resource: "restarted:zookeeper-1.service", Action: provision.Again, Instance: "zookeeper-1", From: from, To: to, Summary: "zookeeper-1.service"}
	}
	trial := provision.Change{Resource: "trial:zookeeper", Action: provision.Try, To: provision.Tried("zookeeper-1", "a"), Summary: "it"}
	for name, test := range map[string]struct {
		changes []provision.Change
		refused bool
	}{
		"nothing is due":              {[]provision.Change{again(provision.ProcessOf("1"), provision.AnotherProcess)}, false},
		"the Java was replaced":       {[]provision.Change{trial, again(provision.StartedWith("a")+", on a Java that was replaced", provision.StartedWith("a"))}, false},
		"another generation":          {restarting(1), true},
		"the unit names another":      {[]provision.Change{again(provision.StartedWith("a"), provision.StartedWith("b"))}, true},
		"its files are put back":      {[]provision.Change{{Resource: "generation:zoo.cfg", Instance: "zookeeper-1"}, again(provision.StartedWith("a")+", edited", provision.StartedWith("a"))}, true},
		"another is down":             {[]provision.Change{{Resource: "running:zookeeper-2.service", Instance: "zookeeper-2"}}, false},
		"what is not kept is removed": {[]provision.Change{{Resource: "former:old"}}, false},
		"a file beside":               {[]provision.Change{{Resource: "file:/etc/x"}}, true},
	} {
		f, _ := newFleet(t)
		f.Anew = true
		r := newRun(t.Context(), f, true)
		defer r.end()
		p := &plan.Plan{Hosts: []plan.Part{{Host: "zk1"}}, Steps: []plan.Step{{Changes: []plan.HostChanges{{Host: "zk1", Changes: test.changes}}}}}
		err := plan.AsError(r.beside(p))
		if (err != nil) != test.refused || err != nil && !strings.Contains(err.Error(), "changes-pending") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNothingToGoBackTo tells a server that was restarted with what it ran with from one
// whose host has not kept that.
func TestNothingToGoBackTo(t *testing.T) {
	same := provision.Change{Resource: "restarted:zookeeper-1.service", Action: provision.Again, Instance: "zookeeper-1", From: provision.ProcessOf("1"), To: provision.AnotherProcess}
	for want, change := range map[string]provision.Change{
		"zookeeper-1 was restarted with what it ran with before, so that there is nothing else to go back to, and stays as it is; not restarted: zookeeper-2": same,
		"zookeeper-1 has nothing to go back to that is kept, and stays as it is; not restarted: zookeeper-2":                                                  restarting(1)[1],
	} {
		inTime(t, change.To, func(t *testing.T) {
			f, hs := newFleet(t)
			p := rolled(f, hs, 1, 2)
			for i, s := range p.Steps {
				if s.Instances != nil && s.Instances[0] == "zookeeper-1" {
					p.Steps[i].Undo, p.Steps[i].Changes[0].Changes = nil, []provision.Change{change}
				}
			}
			hs.byName["zk1"].errs[plan.Restart] = errors.New("it ended")
			if _, err := walked(t.Context(), f, p, everyStep); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("it says %v", err)
			}
		})
	}
}

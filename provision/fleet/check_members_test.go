package fleet

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// leaves has the voters {1, 2, 3, 5} run, of which the inventory has 5 no more, and 5
// lead.
func leaves(t *testing.T) (*Fleet, *hosts) {
	f, hs := newFleet(t)
	members := provision.MembersOf(f.Ensemble)
	list := provision.ServersOf(f.Ensemble)
	list = list.With(hs.beyond(f.Ensemble, 5, &members))
	hs.runWith(f.Ensemble, list, &members)
	leader := well(3)
	leader.ID, leader.Answer.ID, leader.Answer.QuorumSize, leader.Answer.SyncedFollowers = 5, 5, 4, 3
	hs.byName["zk5"].reports = func(int) []provision.Report { return []provision.Report{leader} }
	hs.byName["zk5"].seen.Instances = map[string]provision.InstanceState{inventory.InstanceName("zookeeper", 5): {Unit: running(5), Generation: "g", Kept: true, Servers: list}}
	hs.byName["zk3"].reports = func(int) []provision.Report {
		follower := well(1)
		follower.ID, follower.Answer.ID = 3, 3
		return []provision.Report{follower}
	}
	return f, hs
}

// TestCheckUnapplied checks a healthy ensemble whose leader was taken out of the
// inventory, which nobody has applied: it has its quorum by the list that it runs with.
func TestCheckUnapplied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, hs := leaves(t)
		for _, host := range []string{"zk2", "zk5"} { // what the transition would change there
			hs.byName[host].changes = []provision.Change{change(plan.Stage)}
		}
		hs.byName["zk5"].plan = provision.HostPlan{Restarts: []provision.Restart{{Instance: "zookeeper-5", Reasons: []string{"a restart was asked for"}}}}
		s, err := f.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !s.Verdict.Quorum || !s.Verdict.Leads(5) || s.Verdict.Participants != 4 || s.Findings.Worst() != finding.Warning {
			t.Errorf("the verdict is %+v, and it finds\n%v", s.Verdict, s.Findings)
		}
		if !slices.ContainsFunc(s.Findings, func(f finding.Finding) bool { return strings.HasPrefix(f.Message, "the inventory was not applied yet") }) {
			t.Errorf("it does not say that the inventory was not applied:\n%v", s.Findings)
		}
		for _, one := range s.Findings {
			if one.Name == restartNeeded {
				t.Errorf("nobody has asked for what is said: %v", one)
			}
			for _, c := range one.Commands {
				if c.Line != "zkprov apply "+f.Ensemble.File {
					t.Errorf("it tells to type %s", c.Line)
				}
			}
		}
		if calls := hs.calls(); len(calls) > 0 {
			t.Errorf("a check did more than look: %v", calls)
		}
	})
}

// TestLimitInChange limits an apply to a host while the leader is to leave: that it is
// refused says nothing of the quorum, which there is.
func TestLimitInChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, hs := leaves(t)
		f.Limit = []string{"zk1"}
		restart := provision.Change{Resource: "restarted:zookeeper-1.service", Action: provision.Again, Instance: "zookeeper-1"}
		hs.byName["zk1"].changes = []provision.Change{restart}
		hs.byName["zk1"].plan = provision.HostPlan{Restarts: []provision.Restart{{Instance: "zookeeper-1", Reasons: []string{"zoo.cfg"}}}}
		p, err := f.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Findings) != 1 || p.Findings[0].Name != membershipChange || p.Stops() == nil {
			t.Errorf("it finds\n%v", p.Findings)
		}
	})
}

// TestCheckWithoutFormer has the former leader's host die: the others have elected one.
func TestCheckWithoutFormer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, hs := leaves(t)
		hs.byName["zk5"].errs["connect"] = unreachable("zk5")
		three := well(3)
		three.Answer.QuorumSize, three.Answer.SyncedFollowers = 4, 2
		hs.byName["zk3"].reports = func(int) []provision.Report { return []provision.Report{three} }
		s, err := f.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !s.Verdict.Quorum || !s.Verdict.Leads(3) || s.Findings.Worst() != finding.Warning {
			t.Errorf("the verdict is %+v, and it finds\n%v", s.Verdict, s.Findings)
		}
	})
}

// TestStoppedInChange stops a voter while nobody but the leader is left to be restarted
// with the new list: the plan starts it, and there is a way without an outage.
func TestStoppedInChange(t *testing.T) {
	for name, starts := range map[string]bool{"it is started": true, "nobody starts it": false} {
		synctest.Test(t, func(t *testing.T) {
			f, hs := newFleet(t)
			old := provision.ServersOf(f.Ensemble).Without(4)
			for _, m := range f.Ensemble.Members() {
				m.Instance.Role = inventory.Participant
			}
			members := provision.MembersOf(f.Ensemble)
			hs.runWith(f.Ensemble, provision.ServersOf(f.Ensemble), &members)
			hs.byName["zk3"].seen.Instances = map[string]provision.InstanceState{"zookeeper-3": {Unit: running(3), Generation: "f", Kept: true, Servers: old}}
			hs.byName["zk1"].seen.Instances = nil
			hs.byName["zk1"].reports = func(int) []provision.Report {
				return []provision.Report{{ID: 1, Answer: ensemble.Answer{ID: 1, Error: "connection refused"}}}
			}
			if starts {
				hs.byName["zk1"].changes = []provision.Change{{Resource: "running:zookeeper-1.service", Action: provision.Run, Instance: "zookeeper-1"}}
			}
			four := well(1)
			four.ID, four.Answer.ID = 4, 4
			hs.byName["zk4"].reports = func(int) []provision.Report { return []provision.Report{four} }
			hs.byName["zk3"].changes = []provision.Change{{Resource: "restarted:zookeeper-3.service", Action: provision.Again, Instance: "zookeeper-3"}}
			hs.byName["zk3"].plan = provision.HostPlan{Restarts: []provision.Restart{{Instance: "zookeeper-3", Reasons: []string{"zoo.cfg"}}}}
			s, err := f.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Plan.Stops() == nil; got != starts || len(s.Plan.Transitions) != 1 || !s.Verdict.Quorum {
				t.Errorf("%s: it stops at %v on the way %v, quorum %t", name, s.Plan.Stops(), s.Plan.Transitions, s.Verdict.Quorum)
			}
			for _, one := range s.Findings {
				for _, c := range one.Commands {
					if one.Name == drift && (!starts || c.Line != "zkprov apply "+f.Ensemble.File) {
						t.Errorf("%s: it tells to type %s", name, c.Line)
					}
				}
			}
		})
	}
}

// TestCheckOneCommand wants one command for a host that differs and whose server has to
// be restarted for it.
func TestCheckOneCommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, hs := newFleet(t)
		for _, host := range []string{"zk1", "zk2"} {
			hs.byName[host].changes = []provision.Change{change(plan.Stage)}
			hs.byName[host].plan = provision.HostPlan{Restarts: []provision.Restart{{Instance: strings.Replace(host, "zk", "zookeeper-", 1), Reasons: []string{"zoo.cfg"}}}}
		}
		s, err := f.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Findings) != 4 {
			t.Errorf("it finds\n%v", s.Findings)
		}
		for _, one := range s.Findings {
			if len(one.Commands) != 1 || one.Commands[0].Line != "zkprov apply "+f.Ensemble.File {
				t.Errorf("it finds %v", one)
			}
		}
	})
}

package fleet

import (
	"testing"
	"testing/synctest"

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

// TestLimitInChange limits an apply to a host while the leader is to leave: that it is
// refused says nothing of the quorum, which there is.
func TestLimitInChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, hs := leaves(t)
		f.Limit = []string{"zk1"}
		restart := provision.Change{Resource: "restarted:zookeeper-1.service", Action: provision.Again, Instance: "zookeeper-1"}
		hs.byName["zk1"].changes = []provision.Change{restart}
		p, err := f.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Findings) != 1 || p.Findings[0].Name != membershipChange || p.Stops() == nil {
			t.Errorf("it finds\n%v", p.Findings)
		}
	})
}

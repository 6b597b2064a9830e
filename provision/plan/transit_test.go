package plan

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// ofList returns an ensemble of a server list, a host for each.
func ofList(list provision.Servers) *inventory.Ensemble {
	e := &inventory.Ensemble{Name: "zookeeper", Version: "3.6.3"}
	for _, s := range list {
		e.Hosts = append(e.Hosts, inventory.Host{Name: fmt.Sprintf("zk%d", s.ID), Address: s.Address,
			Instances: []inventory.Instance{{ID: s.ID, Name: inventory.InstanceName(e.Name, s.ID), Role: s.Role, ElectionPort: s.ElectionPort, QuorumPort: s.QuorumPort}}})
	}
	return e
}

// TestTransit wants the steps of a transition in their order, with their gates.
func TestTransit(t *testing.T) {
	for name, test := range map[string]struct {
		transition Transition
		list       string
		modes      map[int]ensemble.Mode
		// starts, restarts and retires are servers of which that is planned.
		starts, restarts, retires []int
		foreseen, outage          bool
		want                      []string
	}{
		"a voter more": {transition: Transition{Kind: Add, Server: new(4), First: new(4)}, list: "1 2 3 4", starts: []int{4}, restarts: []int{1, 2, 3}, foreseen: true,
			modes: map[int]ensemble.Mode{1: ensemble.Leader, 2: ensemble.Follower, 3: ensemble.Follower},
			want: []string{"stage", "start then back zookeeper-4, in sync zookeeper-4", "others in sync zookeeper-2, majorities agree zookeeper-2: restart zookeeper-2",
				"others in sync zookeeper-3, majorities agree zookeeper-3: restart zookeeper-3", "others in sync zookeeper-1, majorities agree zookeeper-1: restart zookeeper-1", "prove", "record, then anew"}},
		"a voter less": {transition: Transition{Kind: TakeOut, Server: new(4)}, list: "1 2 3", restarts: []int{1, 2, 3}, retires: []int{4},
			modes: map[int]ensemble.Mode{1: ensemble.Follower, 2: ensemble.Follower, 3: ensemble.Leader},
			want: []string{"stage", "others in sync zookeeper-1, majorities agree zookeeper-1: restart zookeeper-1", "others in sync zookeeper-2, majorities agree zookeeper-2: restart zookeeper-2",
				"others in sync zookeeper-3, majorities agree zookeeper-3: restart zookeeper-3", "formed: retire zookeeper-4", "prove", "record"}},
		"an observer promoted": {transition: Transition{Kind: Promote, Server: new(4), First: new(4)}, list: "1 2 3 4", restarts: []int{1, 2, 3, 4},
			modes: map[int]ensemble.Mode{1: ensemble.Leader, 2: ensemble.Follower, 3: ensemble.Follower, 4: ensemble.Observing},
			want: []string{"stage", "others in sync zookeeper-4, majorities agree zookeeper-4: restart zookeeper-4", "others in sync zookeeper-2, majorities agree zookeeper-2: restart zookeeper-2",
				"others in sync zookeeper-3, majorities agree zookeeper-3: restart zookeeper-3", "others in sync zookeeper-1, majorities agree zookeeper-1: restart zookeeper-1", "prove", "record"}},
		"a voter demoted": {transition: Transition{Kind: Demote, Server: new(1), Last: new(1)}, list: "1o 2 3 4", restarts: []int{1, 2, 3, 4},
			modes: map[int]ensemble.Mode{1: ensemble.Follower, 2: ensemble.Leader, 3: ensemble.Follower, 4: ensemble.Follower},
			want: []string{"stage", "others in sync zookeeper-3, majorities agree zookeeper-3: restart zookeeper-3", "others in sync zookeeper-4, majorities agree zookeeper-4: restart zookeeper-4",
				"others in sync zookeeper-2, majorities agree zookeeper-2: restart zookeeper-2", "others in sync zookeeper-1, majorities agree zookeeper-1: restart zookeeper-1", "prove", "record"}},
		"moved to another host": {transition: Transition{Kind: Move, Server: new(3), First: new(3), RetireFirst: true}, list: "1 2 3", starts: []int{3}, restarts: []int{1, 2}, retires: []int{3},
			modes: map[int]ensemble.Mode{1: ensemble.Follower, 2: ensemble.Leader},
			want: []string{"stage", "others in sync zookeeper-3: retire zookeeper-3", "start then back zookeeper-3, in sync zookeeper-3", "others in sync zookeeper-1, majorities agree zookeeper-1: restart zookeeper-1",
				"others in sync zookeeper-2, majorities agree zookeeper-2: restart zookeeper-2", "prove", "record"}},
		"one becomes two": {transition: Transition{Kind: Promote, Server: new(2), Together: []int{1, 2}}, list: "1 2 3o", restarts: []int{1, 2, 3}, outage: true,
			modes: map[int]ensemble.Mode{1: ensemble.Leader, 2: ensemble.Observing, 3: ensemble.Observing},
			want:  []string{"stage", "restart zookeeper-1, zookeeper-2", "others in sync zookeeper-3: restart zookeeper-3", "prove", "record"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := Sorting{Ensemble: ofList(serverList(test.list)), Answers: make(map[int]ensemble.Answer), Formed: time.Minute, Proof: []Gate{{Kind: Formed}},
				Transition: &test.transition, Foreseen: test.foreseen, AllowOutage: test.outage}
			parts := make(map[int]*provision.HostPlan)
			add := func(ids []int, kinds ...provision.ResourceKind) {
				for _, id := range ids {
					if parts[id] == nil {
						parts[id] = &provision.HostPlan{Host: fmt.Sprintf("zk%d", id)}
					}
					for _, kind := range kinds {
						c := provision.Change{Resource: string(kind) + ":x", Instance: fmt.Sprintf("zookeeper-%d", id)}
						if kind == provision.KindRecord {
							c.Instance = ""
						}
						parts[id].Changes = append(parts[id].Changes, c)
					}
				}
			}
			add(test.starts, provision.KindFile, provision.KindRunning)
			add(test.restarts, provision.KindFile, provision.KindUnit, provision.KindRestarted, provision.KindRecord)
			add(test.retires, provision.KindRetired)
			for id := 1; id <= 4; id++ {
				if parts[id] != nil {
					s.Parts = append(s.Parts, *parts[id])
				}
			}
			for id, mode := range test.modes {
				s.Answers[id] = ensemble.Answer{ID: id, Running: true, Serving: true, Mode: mode, QuorumSize: -1, SyncedFollowers: -1, SyncedObservers: -1}
			}
			gates := func(all []Gate) string {
				var texts []string
				for _, g := range all {
					texts = append(texts, strings.TrimSpace(string(g.Kind)+" "+strings.Join(g.Instances, ", ")))
				}
				return strings.Join(texts, ", ")
			}
			var got []string
			for _, step := range s.Steps() {
				text := step.Name
				if step.Before != nil {
					text = gates(step.Before) + ": " + text
				}
				if step.Name == Start {
					text += " then " + gates(step.After)
				}
				if step.Anew {
					text += ", then anew"
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the steps are wrong (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAgreed counts by the list that the leader has, of which the inventory may not know
// every voter.
func TestAgreed(t *testing.T) {
	e := ofList(serverList("1 2 3"))
	for name, test := range map[string]struct {
		size, synced, nonVoting int64
		restarts                int
		want                    string
	}{
		"all of four":                 {4, 3, 0, 1, ""},
		"one of four is gone":         {4, 2, 0, 1, "by the list of the leader, of 4 voters, 2 are left without zookeeper-1, and it takes 3"},
		"the leader itself":           {4, 2, 0, 3, ""},
		"two, and one does not vote":  {2, 2, 1, 1, "by the list of the leader, of 2 voters, 1 are left without zookeeper-1, and it takes 2"},
		"it does not say how many":    {-1, 2, 0, 1, ""},
		"five, of which two are gone": {5, 2, 0, 2, "by the list of the leader, of 5 voters, 2 are left without zookeeper-2, and it takes 3"},
	} {
		reports := make(map[int]provision.Report)
		for id := 1; id <= 3; id++ {
			reports[id] = provision.Report{ID: id, Answer: ensemble.Answer{Running: true, Serving: true, Mode: ensemble.Follower}}
		}
		reports[3] = provision.Report{ID: 3, Answer: ensemble.Answer{Running: true, Serving: true, Mode: ensemble.Leader, QuorumSize: test.size, SyncedFollowers: test.synced, NonVoting: test.nonVoting}}
		s := Scene{Ensemble: e, Reports: reports, Verdict: ensemble.Verdict{Leader: new(3)}}
		if got := (Gate{Kind: Agreed, Instances: []string{fmt.Sprintf("zookeeper-%d", test.restarts)}}).Judge(s); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

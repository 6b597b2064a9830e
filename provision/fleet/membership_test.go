package fleet

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// run with lets the servers of the four run with a list, each with the record of it.
func (hs *hosts) runWith(e *inventory.Ensemble, list provision.Servers, members *provision.Members) {
	for _, m := range e.Members() {
		h := hs.byName[m.Host.Name]
		h.seen.Formed, h.seen.Members = true, members
		h.seen.Instances = map[string]provision.InstanceState{m.Instance.Name: {
			Unit: running(m.Instance.ID), Generation: "g", Kept: true, Servers: list}}
	}
}

// beyond adds a host that the inventory does not have, with a voter.
func (hs *hosts) beyond(e *inventory.Ensemble, id int, members *provision.Members) provision.Server {
	name := fmt.Sprintf("zk%d", id)
	h := &fakeHost{all: hs, name: name, errs: make(map[string]error), seen: sees(inventory.InstanceName(e.Name, id), formed)}
	follower := well(1)
	follower.ID, follower.Answer.ID = id, id
	h.reports = func(int) []provision.Report { return []provision.Report{follower} }
	hs.byName[name] = h
	s := provision.Server{ID: id, Role: inventory.Participant, Address: "10.0.0." + fmt.Sprint(id), QuorumPort: 2888, ElectionPort: 3888}
	members.Members, members.Voters = append(members.Members, id), append(members.Voters, id)
	members.Servers = append(members.Servers, provision.Placed{Server: s, Host: name, SSH: name, ClientPort: 2181, DataDir: "/data"})
	return s
}

// TestReshape wants a plan to make the first transition between the list that runs and
// the inventory's, and to know why it cannot.
func TestReshape(t *testing.T) {
	type setting struct {
		f       *Fleet
		hs      *hosts
		list    provision.Servers
		members *provision.Members
	}
	for name, test := range map[string]struct {
		set   func(s *setting)
		path  []string
		found []string
		// asked has the servers that each host plans with, and what it retires.
		asked map[string]string
	}{
		"the same": {set: func(*setting) {}},
		"one voter too many": {
			set:  func(s *setting) { s.list = s.list.With(s.hs.beyond(s.f.Ensemble, 5, s.members)) },
			path: []string{"take server 5 out: {1, 2, 3} with 4 observing"},
			asked: map[string]string{"zk1": "{1, 2, 3} with 4 observing", "zk2": "{1, 2, 3} with 4 observing", "zk3": "{1, 2, 3} with 4 observing",
				"zk4": "{1, 2, 3} with 4 observing", "zk5": "{1, 2, 3} with 4 observing retires zookeeper-5"},
		},
		"two voters too many, and the second leads": {
			set: func(s *setting) {
				s.list = s.list.With(s.hs.beyond(s.f.Ensemble, 5, s.members)).With(s.hs.beyond(s.f.Ensemble, 6, s.members))
				leader := s.hs.byName["zk6"].reports(0)[0]
				leader.Answer.Mode = ensemble.Leader
				s.hs.byName["zk6"].reports = func(int) []provision.Report { return []provision.Report{leader} }
				follower := well(1)
				follower.ID, follower.Answer.ID = 3, 3
				s.hs.byName["zk3"].reports = func(int) []provision.Report { return []provision.Report{follower} }
			},
			path: []string{"take server 5 out: {1, 2, 3, 6} with 4 observing", "restart server 6 as it is, so that another one leads", "take server 6 out: {1, 2, 3} with 4 observing"},
			asked: map[string]string{"zk1": "{1, 2, 3, 6} with 4 observing", "zk2": "{1, 2, 3, 6} with 4 observing", "zk3": "{1, 2, 3, 6} with 4 observing",
				"zk4": "{1, 2, 3, 6} with 4 observing", "zk5": "{1, 2, 3, 6} with 4 observing retires zookeeper-5", "zk6": "{1, 2, 3, 6} with 4 observing"},
		},
		"the one that leads is taken out": {
			set: func(s *setting) {
				s.list = s.list.With(s.hs.beyond(s.f.Ensemble, 5, s.members))
				leader := s.hs.byName["zk5"].reports(0)[0]
				leader.Answer.Mode = ensemble.Leader
				s.hs.byName["zk5"].reports = func(int) []provision.Report { return []provision.Report{leader} }
				follower := well(1)
				follower.ID, follower.Answer.ID = 3, 3
				s.hs.byName["zk3"].reports = func(int) []provision.Report { return []provision.Report{follower} }
			},
			path:  []string{"restart server 5 as it is, so that another one leads", "take server 5 out: {1, 2, 3} with 4 observing"},
			asked: map[string]string{"zk5": "{1, 2, 3, 5} with 4 observing replaces process 5 of generation g"},
		},
		"its host is gone": {
			set: func(s *setting) {
				s.list = s.list.With(s.hs.beyond(s.f.Ensemble, 5, s.members))
				s.hs.byName["zk5"].errs["connect"] = unreachable("zk5")
			},
			path:  []string{"take server 5 out: {1, 2, 3} with 4 observing"},
			found: []string{memberUnreachable + " zookeeper-5"},
			asked: map[string]string{"zk1": "{1, 2, 3} with 4 observing", "zk2": "{1, 2, 3} with 4 observing", "zk3": "{1, 2, 3} with 4 observing", "zk4": "{1, 2, 3} with 4 observing"},
		},
		"no record places it": {
			set: func(s *setting) {
				s.list = s.list.With(s.hs.beyond(s.f.Ensemble, 5, s.members))
				s.members.Servers = nil
			},
			found: []string{membershipChange},
		},
		"noted where a change was begun": {
			set: func(s *setting) {
				s.list = s.list.With(s.hs.beyond(s.f.Ensemble, 5, s.members))
				s.hs.byName["zk2"].seen.Places, s.members.Servers = s.members.Servers, nil
			},
			path: []string{"take server 5 out: {1, 2, 3} with 4 observing"},
			asked: map[string]string{"zk1": "{1, 2, 3} with 4 observing", "zk2": "{1, 2, 3} with 4 observing", "zk3": "{1, 2, 3} with 4 observing",
				"zk4": "{1, 2, 3} with 4 observing", "zk5": "{1, 2, 3} with 4 observing retires zookeeper-5"},
		},
		"another name of a host whose server is down": {
			set: func(s *setting) {
				// The record has the name of before, by which nobody is reached.
				s.members.Place(2).Host, s.members.Place(2).SSH = "old", "old"
				s.hs.byName["zk2"].reports = func(int) []provision.Report { return nil }
			},
		},
		"another name of a host with another address": {
			set: func(s *setting) {
				s.members.Place(2).Host, s.members.Place(2).SSH, s.members.Place(2).Address = "old", "old", "10.0.0.9"
				two := *s.list.Get(2)
				two.Address = "10.0.0.9"
				s.list = s.list.With(two)
			},
			path:  []string{"move server 2 to 10.0.0.2:2888:3888"},
			asked: map[string]string{"zk1": "{1, 2, 3} with 4 observing", "zk2": "{1, 2, 3} with 4 observing", "zk3": "{1, 2, 3} with 4 observing", "zk4": "{1, 2, 3} with 4 observing"},
		},
		"a rollback, to a list of then": {
			set: func(s *setting) {
				s.list = s.list.With(s.hs.beyond(s.f.Ensemble, 5, s.members)).With(s.hs.beyond(s.f.Ensemble, 6, s.members))
				s.f.Generations = map[string]string{"zookeeper-1": "h", "zookeeper-2": "h", "zookeeper-3": "h", "zookeeper-4": "h"}
				for _, h := range s.hs.byName {
					h.back = func(int) []provision.Change { return nil }
				}
			},
			found: []string{membershipChange},
		},
		"a limit": {
			set: func(s *setting) {
				s.list = s.list.With(s.hs.beyond(s.f.Ensemble, 5, s.members))
				s.f.Limit = []string{"zk1"}
			},
			found: []string{membershipChange},
		},
		"no majority of the list runs": {
			set: func(s *setting) {
				for id := 5; id <= 7; id++ {
					s.list = s.list.With(s.hs.beyond(s.f.Ensemble, id, s.members))
					s.hs.byName[fmt.Sprintf("zk%d", id)].errs["connect"] = unreachable("it")
				}
			},
			found: []string{memberUnreachable + " zookeeper-5", memberUnreachable + " zookeeper-6", memberUnreachable + " zookeeper-7", membershipChange},
		},
		"one voter, and three": {
			set: func(s *setting) {
				s.list = s.list.Without(2).Without(3).Without(4)
				for _, host := range []string{"zk2", "zk3", "zk4"} {
					h := s.hs.byName[host]
					h.reports = func(int) []provision.Report { return nil }
					h.seen.Facts.DataDirs = map[string]facts.DataDir{strings.Replace(host, "zk", "zookeeper-", 1): nothing}
				}
			},
			path: []string{"start the servers 2, 3, 4 as observers, until they have all data", "make a voter of server 2: {1, 2} with 3, 4 observing", "make a voter of server 3: {1, 2, 3} with 4 observing"},
			// Server 1 is left alone, and its host notes where the others are.
			asked: map[string]string{"zk1": "{1} with 2, 3, 4 observing but only -", "zk2": "{1} with 2, 3, 4 observing", "zk3": "{1} with 2, 3, 4 observing", "zk4": "{1} with 2, 3, 4 observing"},
			found: []string{newMember + " zookeeper-2", newMember + " zookeeper-3", newMember + " zookeeper-4", "outage-needed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, hs := newFleet(t)
			members := provision.MembersOf(f.Ensemble)
			s := &setting{f, hs, provision.ServersOf(f.Ensemble), &members}
			test.set(s)
			if name == "one voter, and three" {
				only := provision.Members{Ensemble: "zookeeper", Members: []int{1}, Voters: []int{1}, Servers: members.Servers[:1]}
				hs.byName["zk1"].seen.Formed, hs.byName["zk1"].seen.Members = true, &only
				hs.byName["zk1"].seen.Instances = map[string]provision.InstanceState{"zookeeper-1": {Unit: running(1), Servers: s.list}}
			} else {
				hs.runWith(f.Ensemble, s.list, s.members)
			}
			for id := 5; id <= 7; id++ {
				if h := hs.byName[fmt.Sprintf("zk%d", id)]; h != nil {
					h.seen.Instances = map[string]provision.InstanceState{inventory.InstanceName("zookeeper", id): {Unit: running(id), Generation: "g", Kept: true, Servers: s.list}}
					state := h.seen.Instances[inventory.InstanceName("zookeeper", id)]
					state.Unit.InvocationID = fmt.Sprint("process ", id)
					h.seen.Instances[inventory.InstanceName("zookeeper", id)] = state
				}
			}
			asked := make(map[string]string)
			for host, h := range hs.byName {
				h.asked = func(task provision.Task) {
					asked[host] = provision.ServersOf(task.Ensemble).String()
					for name, id := range task.Anew {
						asked[host] += " replaces " + id + " of generation " + task.Generations[name]
					}
					if slices.Contains(task.Only, noInstance) {
						asked[host] += " but only " + noInstance
					}
					if task.Retire != nil {
						asked[host] += " retires " + strings.Join(task.Retire, ", ")
					}
				}
			}
			p, err := f.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			path := pathOf(p)
			var found []string
			for _, f := range p.Findings {
				if !slices.Contains([]string{"voter-down", "quorum-lost"}, f.Name) {
					found = append(found, strings.TrimSpace(f.Name+" "+f.Instance))
				}
				if f.Refusal != (f.Severity == finding.Critical) || f.Hint == "" && f.Name != newMember {
					t.Errorf("it is found that %v", f)
				}
			}
			slices.Sort(found)
			if diff := cmp.Diff(test.path, path); diff != "" {
				t.Errorf("the path is wrong (-want +got):\n%s", diff)
			}
			slices.Sort(test.found)
			if diff := cmp.Diff(test.found, found); diff != "" {
				t.Errorf("it is found (-want +got):\n%s", diff)
			}
			if test.path != nil {
				if diff := cmp.Diff(test.asked, asked); diff != "" {
					t.Errorf("the hosts plan with (-want +got):\n%s", diff)
				}
			}
			if stops := p.Stops(); (stops != nil) != slices.ContainsFunc(p.Findings, func(f finding.Finding) bool { return f.Refusal }) {
				t.Errorf("it stops at %v", stops)
			}
		})
	}
}

// TestMoveTakenBack wants a server whose move to another host was begun to be stopped
// there before it is started where it was: the inventory is that of before again, and only
// a note tells of the other host.
func TestMoveTakenBack(t *testing.T) {
	for name, test := range map[string]struct {
		runs        bool // on the other host
		lost        bool // is that
		noRestart   bool
		path, found []string
		asked       string // of the other host
	}{
		"it runs there":         {runs: true, path: []string{"move server 2 to 10.0.0.2:2888:3888"}, asked: "retires zookeeper-2"},
		"it was not started":    {},
		"the host is gone":      {runs: true, lost: true, found: []string{memberUnreachable}},
		"nothing is to be done": {runs: true, noRestart: true, found: []string{membershipChange}},
	} {
		t.Run(name, func(t *testing.T) {
			f, hs := newFleet(t)
			f.NoRestart = test.noRestart
			members := provision.MembersOf(f.Ensemble)
			list := provision.ServersOf(f.Ensemble)
			hs.runWith(f.Ensemble, list, &members)
			two := hs.byName["zk2"]
			two.seen.Instances = nil
			down := well(2)
			down.Answer = ensemble.Answer{ID: 2}
			two.reports = func(int) []provision.Report { return []provision.Report{down} }
			other := hs.beyond(f.Ensemble, 9, &provision.Members{})
			other.ID = 2
			place := provision.Placed{Server: other, Host: "zk2", SSH: "zk9", ClientPort: 2181, DataDir: "/data"}
			for _, host := range []string{"zk1", "zk4"} { // a run was killed
				hs.byName[host].seen.Places = append(slices.Clone(members.Servers), place)
			}
			nine := hs.byName["zk9"]
			hs.byName["former zk2"] = nine
			if test.runs {
				nine.seen.Instances = map[string]provision.InstanceState{"zookeeper-2": {Unit: running(2), Generation: "g", Servers: list.With(other)}}
				nine.reports = func(int) []provision.Report { return []provision.Report{well(2)} }
			} else {
				nine.reports = func(int) []provision.Report { return []provision.Report{down} }
			}
			if test.lost {
				nine.errs["connect"] = unreachable("zk9")
			}
			asked, noted := "", make(map[string]bool)
			nine.asked = func(task provision.Task) {
				if task.Retire != nil {
					asked = "retires " + strings.Join(task.Retire, ", ")
				}
			}
			two.asked = func(task provision.Task) {
				if task.Underway {
					noted["zk9"] = slices.ContainsFunc(task.Elsewhere, place.SameMachine)
				}
			}
			p, err := f.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			path := pathOf(p)
			var found []string
			for _, f := range p.Findings {
				if !slices.Contains([]string{plan.VoterDown, plan.QuorumLost}, f.Name) {
					found = append(found, f.Name)
				}
			}
			if diff := cmp.Diff(test.path, path); diff != "" {
				t.Errorf("the path is wrong (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.found, found); diff != "" {
				t.Errorf("it is found (-want +got):\n%s", diff)
			}
			if asked != test.asked || test.path != nil && !noted["zk9"] {
				t.Errorf("the other host %q, and is noted %t", asked, noted["zk9"])
			}
		})
	}
}

// TestTwoMove wants two of three voters that are to move to be taken one after the other:
// their data is where they run, and is not lost.
func TestTwoMove(t *testing.T) {
	for name, test := range map[string]struct {
		gone        []string // hosts
		path, found []string
	}{
		"both run": {path: []string{"move server 1 to 10.0.0.1:2888:3888", "move server 2 to 10.0.0.2:2888:3888"}, found: []string{emptyData, emptyData}},
		// One of the others may know more than the one that is left.
		"both are dead": {gone: []string{"zk8", "zk9"}, found: []string{emptyData, emptyData, memberUnreachable, memberUnreachable, membershipChange}},
		"nobody runs":   {gone: []string{"zk3", "zk4", "zk8", "zk9"}, found: []string{dataLost, emptyData, emptyData}},
	} {
		t.Run(name, func(t *testing.T) {
			f, hs := newFleet(t)
			members := provision.MembersOf(f.Ensemble)
			list := provision.ServersOf(f.Ensemble)
			var others []string
			for id, host := range map[int]string{1: "zk8", 2: "zk9"} {
				s := hs.beyond(f.Ensemble, 7+id, &provision.Members{})
				s.ID = id
				list = list.With(s)
				others = append(others, host)
				members.Place(id).Server, members.Place(id).Host, members.Place(id).SSH = s, host, host
			}
			hs.runWith(f.Ensemble, list, &members)
			for id, host := range map[int]string{1: "zk1", 2: "zk2"} {
				from, to := hs.byName[fmt.Sprintf("zk%d", 7+id)], hs.byName[host]
				name := inventory.InstanceName("zookeeper", id)
				from.seen, to.seen = to.seen, sees(name, emptyDir)
				from.reports, to.reports = to.reports, func(int) []provision.Report { return nil }
				to.changes = []provision.Change{{Resource: "running:" + name + ".service", Action: provision.Run, Instance: name}}
			}
			for _, host := range test.gone {
				if h := hs.byName[host]; slices.Contains(others, host) {
					h.errs["connect"] = unreachable(host)
				} else {
					h.seen.Instances = nil
				}
			}
			p, err := f.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			path := pathOf(p)
			var found []string
			for _, f := range p.Findings {
				if !slices.Contains([]string{plan.VoterDown, plan.QuorumLost}, f.Name) {
					found = append(found, f.Name)
				}
				for _, c := range f.Commands {
					if strings.Contains(c.Line, "--limit") {
						t.Errorf("%s tells to type %s, which a change of the servers refuses", f.Name, c.Line)
					}
				}
			}
			slices.Sort(found)
			if diff := cmp.Diff(test.path, path); diff != "" {
				t.Errorf("the path is wrong (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.found, found); diff != "" {
				t.Errorf("it is found (-want +got):\n%s", diff)
			}
		})
	}
}

// pathOf returns the transitions of a plan in words.
func pathOf(p *plan.Plan) []string {
	var path []string
	for _, transition := range p.Transitions {
		path = append(path, transition.String())
	}
	return path
}

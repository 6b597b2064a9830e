package plan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/provision"
)

// TestDangers tells what restarts would do to the quorum, and in which steps they are
// made where that is allowed.
func TestDangers(t *testing.T) {
	restarts := func(host string, ids ...int) (lines []string) {
		for _, id := range ids {
			lines = append(lines, fmt.Sprintf("%s restarted %d", host, id))
		}
		return lines
	}
	all := func(parts ...[]string) (lines []string) {
		for _, p := range parts {
			lines = append(lines, p...)
		}
		return lines
	}
	one := func(lines ...string) []string { return lines }
	three := one("a 1f", "b 2f", "c 3l")
	for name, test := range map[string]struct {
		hosts, changes []string
		running        []int // those that run and do not serve
		refused        string
		allowed        string // what is said of it where an outage is allowed
		steps          string // that are taken then, where it is
	}{
		"nothing is restarted": {three, nil, nil, "", "", ""},
		"three voters":         {three, all(restarts("a", 1), restarts("b", 2), restarts("c", 3)), nil, "", "", "1/2/3"},
		"the only voter": {one("a 1l", "b 2o"), restarts("a", 1), nil,
			"outage-needed: the restart of zookeeper-1 leaves none of 1 voters, and it takes 1: nobody is served for about 10 s, and longer where there is much data to load",
			"outage-needed: nobody is served for about 10 s: the restart of zookeeper-1 leaves none of 1 voters, and it takes 1", "1!"},
		"its observer": {one("a 1l", "b 2o"), restarts("b", 2), nil, "", "", "2"},
		"two voters": {one("a 1f", "b 2l"), all(restarts("a", 1), restarts("b", 2)), nil,
			"outage-needed: the restart of zookeeper-1 leaves 1 of 2 voters, and it takes 2: nobody is served for about 10 s, 2 times, and longer where there is much data to load",
			"outage-needed: nobody is served for about 10 s, 2 times: the restart of zookeeper-1 leaves 1 of 2 voters, and it takes 2", "1!/2!"},
		"one of two that does not serve":            {one("a 1-", "b 2-"), restarts("a", 1), ids(1, 2), "quorum-lost: there is no quorum, and nothing that runs is stopped: zookeeper-1 would be restarted", "quorum-lost: there is no quorum: the voters that run with something else are restarted together", "1!"},
		"voters of a host that go together":         {one("a 1f 2f", "b 3l"), all(one("a shared 1"), restarts("a", 1, 2)), nil, "outage-needed: the restart of zookeeper-1, zookeeper-2 leaves 1 of 3 voters, and it takes 2: nobody is served for about 10 s, and longer where there is much data to load", "outage-needed: nobody is served for about 10 s: the restart of zookeeper-1, zookeeper-2 leaves 1 of 3 voters, and it takes 2", "1+2!"},
		"voters of a host one by one":               {one("a 1f 2f", "b 3l"), restarts("a", 1, 2), nil, "", "", "1/2"},
		"two of a host among five":                  {one("a 1f 2f", "b 3l", "c 4f", "d 5f"), all(one("a shared 1"), restarts("a", 1, 2)), nil, "", "", "1+2"},
		"another is down":                           {one("a 1f", "b 2-", "c 3l"), all(restarts("a", 1), restarts("c", 3)), nil, "voter-down: zookeeper-2 does not serve: no other voter is restarted before", "outage-needed: nobody is served for about 10 s, 2 times: the restart of zookeeper-1 leaves 1 of 3 voters, and it takes 2", "1!/3!"},
		"another is down, and is started":           {one("a 1f", "b 2-", "c 3l"), all(restarts("a", 1), one("b running 2")), nil, "", "", "1"},
		"another is down, and is repaired":          {one("a 1f", "b 2-", "c 3l"), all(restarts("a", 1), restarts("b", 2)), ids(2), "", "", "2/1"},
		"an observer while a voter is down":         {one("a 1f", "b 2-", "c 3l", "d 4o"), restarts("d", 4), nil, "", "", "4!"},
		"two of five are down":                      {one("a 1f", "b 2-", "c 3l", "d 4-", "e 5f"), restarts("a", 1), nil, "voter-down: zookeeper-2, zookeeper-4 do not serve: no other voter is restarted before", "outage-needed: nobody is served for about 10 s: the restart of zookeeper-1 leaves 2 of 5 voters, and it takes 3", "1!"},
		"one of five is down":                       {one("a 1f", "b 2-", "c 3l", "d 4f", "e 5f"), restarts("a", 1), nil, "voter-down: zookeeper-2 does not serve: no other voter is restarted before", "voter-down: zookeeper-2 does not serve, and others are restarted all the same", "1!"},
		"an observer is down":                       {one("a 1f", "b 2f", "c 3l", "d 4o"), restarts("a", 1), nil, "", "", "1"},
		"nobody serves, and all run":                {one("a 1-", "b 2-", "c 3-"), all(restarts("a", 1), restarts("b", 2), restarts("c", 3)), ids(1, 2, 3), "quorum-lost: there is no quorum, and nothing that runs is stopped: zookeeper-1, zookeeper-2, zookeeper-3 would be restarted", "quorum-lost: there is no quorum: the voters that run with something else are restarted together", "1+2+3!"},
		"nobody serves, and an observer is started": {one("a 1-", "b 2-", "c 3-", "d 4o"), all(restarts("a", 1), restarts("b", 2), restarts("c", 3), one("d running 4")), ids(1, 2, 3), "quorum-lost: there is no quorum, and nothing that runs is stopped: zookeeper-1, zookeeper-2, zookeeper-3 would be restarted", "quorum-lost: there is no quorum: the voters that run with something else are restarted together", "1+2+3!"},
		"nobody serves, and most are down":          {one("a 1-", "b 2-", "c 3-"), restarts("a", 1), ids(1), "quorum-lost: there is no quorum, and nothing that runs is stopped: 1 of 3 voters would be up, and it takes 2; down: zookeeper-2, zookeeper-3", "quorum-lost: there is no quorum, and nothing that runs is stopped: 1 of 3 voters would be up, and it takes 2; down: zookeeper-2, zookeeper-3", ""},
		"nobody serves until one is started":        {one("a 1-", "b 2-", "c 3-"), all(restarts("a", 1), one("b running 2", "c running 3")), ids(1), "", "", "1!"},
	} {
		t.Run(name, func(t *testing.T) {
			s := given{hosts: test.hosts, changes: test.changes}.sorting(t)
			for _, id := range test.running {
				s.Answers[id] = ensemble.Answer{ID: id, Running: true}
			}
			said := func() string {
				var all []string
				for _, f := range s.Dangers(s.Steps()) {
					all = append(all, f.Name+": "+f.Message)
					if f.Refusal != (f.Severity == "critical") || !s.AllowOutage && !f.Refusal {
						t.Errorf("%v is a refusal: %t", f, f.Refusal)
					}
				}
				return strings.Join(all, "\n")
			}
			if got := said(); got != test.refused && !(test.refused != "" && strings.HasPrefix(got, test.refused)) {
				t.Errorf("it says %q, want %q", got, test.refused)
			}
			if test.steps == "" {
				return
			}
			s.AllowOutage = true
			if got := said(); got != test.allowed {
				t.Errorf("where it is allowed it says %q, want %q", got, test.allowed)
			}
			var steps []string
			for _, step := range s.Steps() {
				if !step.Restarts() {
					continue
				}
				text := strings.ReplaceAll(strings.Join(step.Instances, "+"), "zookeeper-", "")
				if step.Before[0].Outage {
					text += "!"
				}
				steps = append(steps, text)
			}
			if got := strings.Join(steps, "/"); got != test.steps {
				t.Errorf("the steps are %s, want %s", got, test.steps)
			}
		})
	}
}

// TestDangersInTransition knows of a quorum whose leader is none of the list to come.
func TestDangersInTransition(t *testing.T) {
	for name, test := range map[string]struct {
		hosts, changes []string
		transition     Transition
		want           string
	}{
		"two to one, and the other leads":   {[]string{"a 1f"}, []string{"a restarted 1"}, Transition{Kind: TakeOut, Server: new(2), Outage: true}, OutageNeeded},
		"three to two, and the third leads": {[]string{"a 1f", "b 2f"}, []string{"a restarted 1", "b restarted 2"}, Transition{Kind: TakeOut, Server: new(3), Together: ids(1, 2), Outage: true}, OutageNeeded},
		"nobody leads":                      {[]string{"a 1-"}, []string{"a restarted 1"}, Transition{Kind: TakeOut, Server: new(2), Outage: true}, QuorumLost},
	} {
		s := given{hosts: test.hosts, changes: test.changes}.sorting(t)
		s.Transition = &test.transition
		for _, s.AllowOutage = range []bool{false, true} {
			found := s.Dangers(s.Steps())
			if len(found) != 1 || found[0].Name != test.want {
				t.Errorf("%s, allowed %t: it says %v, want %s", name, s.AllowOutage, found, test.want)
			}
		}
	}
}

// ids lists ids.
func ids(all ...int) []int { return all }

// TestStays leaves a server alone that was restarted and runs, where the others are no
// majority any more.
func TestStays(t *testing.T) {
	type reports = map[int]*provision.Report
	others := func(rs reports) { down(rs[2]); down(rs[3]) }
	for name, test := range map[string]struct {
		outage bool
		edit   func(reports)
		want   bool
	}{
		"all serve":                    {false, nil, false},
		"it does not serve":            {false, func(rs reports) { rs[1].Answer.Serving = false }, false},
		"the others are down":          {false, others, true},
		"one of them is":               {false, func(rs reports) { down(rs[2]) }, true},
		"nobody knows of them":         {false, func(rs reports) { delete(rs, 2); delete(rs, 3) }, true},
		"it does not run either":       {false, func(rs reports) { others(rs); down(rs[1]) }, false},
		"it ends again and again":      {false, func(rs reports) { others(rs); rs[1].Crash = &provision.Crash{Times: 1, Up: true} }, false},
		"an outage was allowed":        {true, others, false},
		"an observer is down beside":   {false, func(rs reports) { down(rs[4]) }, false},
		"an observer does not replace": {false, func(rs reports) { down(rs[3]) }, true},
	} {
		s := Step{Instances: []string{"zookeeper-1"}, Before: []Gate{{Kind: Spared, Instances: []string{"zookeeper-1"}, Outage: test.outage}}}
		if got := s.Stays(shown(3, 1, test.edit)); got != test.want {
			t.Errorf("%s: it stays: %t", name, got)
		}
	}
}

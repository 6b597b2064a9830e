package fleet

import (
	"fmt"
	"testing"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// voters is an ensemble of five voters on three hosts, and an observer.
const voters = `
[[host]]
name = "zk1"
address = "10.0.0.1"
instance = [
  { id = 1, client_port = 2181, quorum_port = 2881, election_port = 3881 },
  { id = 2, client_port = 2182, quorum_port = 2882, election_port = 3882 },
]
[[host]]
name = "zk2"
address = "10.0.0.2"
instance = [
  { id = 3, client_port = 2181, quorum_port = 2881, election_port = 3881 },
  { id = 4, client_port = 2182, quorum_port = 2882, election_port = 3882 },
]
[[host]]
name = "zk3"
address = "10.0.0.3"
instance = [
  { id = 5, client_port = 2181, quorum_port = 2881, election_port = 3881 },
  { id = 6, client_port = 2182, quorum_port = 2882, election_port = 3882, role = "observer" },
]
`

// answering are servers by what each answers as: a leader, a follower, an observer, one
// that reads only, or that runs and does not serve; any other is down.
func answering(modes string) map[int]ensemble.Answer {
	as := make(map[int]ensemble.Answer)
	for i, mode := range modes {
		a := ensemble.Answer{ID: i + 1, Serving: true, Running: true}
		switch mode {
		case 'l':
			a.Mode = ensemble.Leader
		case 'f':
			a.Mode = ensemble.Follower
		case 'o':
			a.Mode = ensemble.Observing
		case 'r':
			a.Mode = ensemble.ReadOnly
		case 's':
			a.Serving = false
		default:
			a.Serving, a.Running = false, false
		}
		as[a.ID] = a
	}
	return as
}

// TestSpare takes the commands away from a server on which the quorum hangs.
func TestSpare(t *testing.T) {
	e := read(t, voters)
	const hangs = "let it run, as the quorum hangs on it, until "
	for name, test := range map[string]struct {
		modes  string
		id     int
		shared bool
		hint   string // what is said before; empty is that it is typed
	}{
		"all serve":                         {"fffflo", 1, false, ""},
		"one other is down":                 {"f-fflo", 1, false, ""},
		"two others are down":               {"f--flo", 1, false, hangs + "zookeeper-2, zookeeper-3 are in sync again; then "},
		"two others are down, it too":       {"---flo", 1, false, ""},
		"two others are down, it leads":     {"l--ffo", 1, false, hangs + "zookeeper-2, zookeeper-3 are in sync again; then "},
		"one reads only, one is down":       {"fr-flo", 1, false, hangs + "zookeeper-2, zookeeper-3 are in sync again; then "},
		"it reads only":                     {"r--flo", 1, false, ""},
		"the observer is down, it is taken": {"fffl--", 1, false, ""},
		"the observer is taken":             {"--fflo", 6, false, ""},
		"both of its host, all serve":       {"fffflo", 1, true, ""},
		"both of its host, one is down":     {"ff-flo", 1, true, hangs + "zookeeper-3 is in sync again; then "},
		"both of its host, one of them":     {"f-fflo", 1, true, ""},
		"both of its host are down":         {"---flo", 1, true, ""},
		"both, and it is down itself":       {"-f-flo", 1, true, hangs + "zookeeper-3 is in sync again; then "},
	} {
		in := e.Members()[test.id-1]
		all := []restart{{Restart: provision.Restart{Instance: in.Instance.Name, Shared: test.shared}, host: in.Host.Name, hint: "type", commands: []finding.Command{{Line: "restart"}}}}
		spare(e, all, answering(test.modes))
		if r := all[0]; r.hint != test.hint+"type" || (r.commands == nil) != (test.hint != "") {
			t.Errorf("%s: it says %q, with %v", name, r.hint, r.commands)
		}
	}
}

// TestDethrone has the leader go first where the inventory has it no more as a voter.
func TestDethrone(t *testing.T) {
	formed := []int{1, 2, 3, 4, 5}
	const run = "let it run until another server leads; "
	const stop = "first, which the inventory has no more and which leads: a server that is started without it in its list does not find its leader"
	const observer = "restart zookeeper-6 first, which leads and is to be an observer: a server that is started without it among the voters does not find its leader"
	for name, test := range map[string]struct {
		modes        string
		formed, gone []int
		leaderServes string
		id           int // of the server that would be restarted
		shared       bool
		hint         string // empty is that nothing is said
	}{
		"none is taken out":                   {"fffff", formed, nil, "", 1, false, ""},
		"a voter leads":                       {"fffflo", append(formed, 9), []int{9}, "", 1, false, ""},
		"one that is taken out leads":         {"fffffo", append(formed, 9), []int{9}, "", 1, false, run + "stop and disable zookeeper-9 " + stop},
		"one of two that are taken out":       {"fffffo", append(formed, 8, 9), []int{8, 9}, "", 1, false, run + "stop and disable that of zookeeper-8, zookeeper-9 " + stop},
		"the leader may not tell":             {"fffffo", append(formed, 9), []int{9}, "no", 1, false, ""},
		"the leader would tell":               {"fffffo", append(formed, 9), []int{9}, "yes", 1, false, run + "stop and disable zookeeper-9 " + stop},
		"nobody follows":                      {"ssssso", append(formed, 9), []int{9}, "", 1, false, ""},
		"one reads only, others look":         {"rsssso", append(formed, 9), []int{9}, "", 1, false, ""},
		"one follows, others look":            {"fsssso", append(formed, 9), []int{9}, "", 1, false, run + "stop and disable zookeeper-9 " + stop},
		"half of them run":                    {"fff--o", append(formed, 9), []int{9}, "", 1, false, run + "once zookeeper-4, zookeeper-5 are up again, stop and disable zookeeper-9 " + stop},
		"more than half run":                  {"ffff-o", append(formed, 9), []int{9}, "", 1, false, run + "stop and disable zookeeper-9 " + stop},
		"one runs that did not form it":       {"fff-fo", []int{1, 2, 3, 4, 8, 9}, []int{8, 9}, "", 1, false, run + "once zookeeper-4 is up again, stop and disable that of zookeeper-8, zookeeper-9 " + stop},
		"it becomes an observer":              {"fffffl", append(formed, 6), []int{6}, "", 1, false, run + observer},
		"the new observer itself":             {"fffffl", append(formed, 6), []int{6}, "", 6, false, "before all others, as it leads and is to be an observer"},
		"the new observer, with its host":     {"fffffl", append(formed, 6), []int{6}, "", 6, true, run + observer},
		"the new observer, and few run":       {"fff--l", append(formed, 6), []int{6}, "", 6, false, run + "once zookeeper-4, zookeeper-5 are up again, " + observer},
		"the new observer does not lead":      {"ffffff", append(formed, 6, 9), []int{6, 9}, "", 1, false, run + "stop and disable that of zookeeper-6, zookeeper-9 " + stop},
		"an observer leads that was no voter": {"fffffl", append(formed, 9), []int{9}, "", 1, false, run + "stop and disable zookeeper-9 " + stop},
		"the new observer has led, and ended": {"fffff-", append(formed, 6), []int{6}, "", 1, false, run + "stop and disable zookeeper-6 " + stop},
	} {
		e := read(t, voters)
		if test.leaderServes != "" {
			e.Members()[4].Instance.ZooCfg = inventory.Settings{{Key: "leaderServes", Value: test.leaderServes}}
		}
		all := []restart{{Restart: provision.Restart{Instance: fmt.Sprintf("zookeeper-%d", test.id), Shared: test.shared}, hint: "type", commands: []finding.Command{{Line: "restart"}}}}
		said := dethrone(e, all, provision.Census{Formed: test.formed, Gone: test.gone}, answering(test.modes))
		if want := test.hint; said != (want != "") || said && all[0].hint != want || !said && all[0].hint != "type" {
			t.Errorf("%s: it says %q, want %q", name, all[0].hint, want)
		}
		first := test.hint == "before all others, as it leads and is to be an observer"
		if (all[0].commands == nil) != (said && !first) {
			t.Errorf("%s: with %v", name, all[0].commands)
		}
	}
}

// TestTurn says when a server may be taken.
func TestTurn(t *testing.T) {
	e := read(t, voters)
	for name, test := range map[string]struct {
		id     int
		shared bool
		leader *int
		want   string
	}{
		"nobody leads":              {1, false, nil, "one server at a time, the leader last"},
		"another leads":             {1, false, new(5), "one server at a time, the leader, zookeeper-5 on zk3, last"},
		"its neighbour leads":       {1, false, new(2), "one server at a time, the leader, zookeeper-2 on zk1, last"},
		"it leads":                  {5, false, new(5), "one server at a time, and this one last, as zookeeper-5 leads"},
		"with its host":             {1, true, nil, "one host at a time, the leader's last"},
		"with its host, that leads": {1, true, new(2), "one host at a time, and this one last, as zookeeper-2 leads"},
		"with its host, not that":   {1, true, new(5), "one host at a time, that of the leader, zookeeper-5 on zk3, last"},
	} {
		m := e.Members()[test.id-1]
		if got := turn(e, m.Host, provision.Restart{Instance: m.Instance.Name, Shared: test.shared}, ensemble.Verdict{Leader: test.leader}); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
	one := read(t, "[[host]]\nname = \"zk1\"\naddress = \"10.0.0.1\"\ninstance = [ { id = 1 } ]\n")
	if got := turn(one, &one.Hosts[0], provision.Restart{}, ensemble.Verdict{Leader: new(1)}); got != "it does not serve until it is back" {
		t.Errorf("the only one: %q", got)
	}
}

// TestSteady tells servers that serve and may not go on to.
func TestSteady(t *testing.T) {
	const again = "has ended by itself and was started again; it is made sure that it stays up"
	const closed = "serves, and does not listen on its election port 3888: it ends when it has tried for 3 s to"
	e, begin := read(t, four), time.Unix(0, 0)
	restarted := func(invocation string, n int) provision.Report {
		r := well(1)
		r.Unit.NRestarts, r.Unit.InvocationID = n, invocation
		return r
	}
	ended := restarted("a", 0)
	ended.Crash = &provision.Crash{Times: 1, Up: true}
	silent := starting(1)
	silent.Unit.NRestarts, silent.Election = 1, &facts.Listening{Port: 3888}
	owns := well(1)
	owns.Election = &facts.Listening{Port: 3888, Own: true}
	type look struct {
		report provision.Report
		after  time.Duration // the look before
		want   string
	}
	for name, looks := range map[string][]look{
		"all is well":                   {{well(1), 0, ""}, {well(1), time.Second, ""}},
		"it was started again":          {{restarted("a", 1), 0, again}, {restarted("a", 1), steadyAfter - 1, again}, {restarted("a", 1), 1, ""}},
		"it was started again, twice":   {{restarted("a", 1), 0, again}, {restarted("b", 2), steadyAfter, again}, {restarted("b", 2), steadyAfter, ""}},
		"it had ended before":           {{ended, 0, again}, {ended, steadyAfter, ""}},
		"it does not serve":             {{silent, 0, ""}},
		"its election port is not open": {{deaf(1, ""), 0, closed}, {deaf(1, ""), time.Hour, closed}},
		"its election port is open":     {{owns, 0, ""}},
	} {
		var s steadiness
		now := begin
		for i, l := range looks {
			now = now.Add(l.after)
			lacking := s.lacking(e, map[int]provision.Report{1: l.report}, now)
			if lacking["zookeeper-1"] != l.want || len(lacking) > 1 || (len(lacking) == 1) != (l.want != "") {
				t.Errorf("%s: the %d. look lacks %v, want %q", name, i+1, lacking, l.want)
			}
		}
	}
	if len(new(steadiness).lacking(e, nil, begin)) > 0 {
		t.Error("something is lacking of a server that was not asked")
	}
}

package bootstrap

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

var now = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// ensemble has n voters, one on each host, and an observer on a host of its own.
func ensemble(n int) *inventory.Ensemble {
	e := &inventory.Ensemble{Name: "zookeeper", Bootstrap: &inventory.Bootstrap{ID: "0123456789abcdef", Expires: now.Add(time.Hour), Port: 2180}}
	for i := 1; i <= n+1; i++ {
		role := inventory.Participant
		if i == n+1 {
			role = inventory.Observer
		}
		e.Hosts = append(e.Hosts, inventory.Host{Name: fmt.Sprintf("zk%d", i), Address: "127.0.0.1",
			Instances: []inventory.Instance{{Name: fmt.Sprintf("zookeeper-%d", i), ID: i, Role: role}}})
	}
	return e
}

// statements returns one statement for each letter, in the order of the hosts: the letter
// is the first of the voter's state, a dot a silent host. A voter that founds does so with
// zk1 as it is for an f, with what zk1 was before for an o, and without it for a w.
func statements(states string) Heard {
	all := make(map[string]Statement)
	for i, letter := range states {
		host := fmt.Sprintf("zk%d", i+1)
		statement := Statement{Host: host, Incarnation: "now-" + host}
		state := map[rune]State{'b': Blank, 'e': Existing, 'm': Emptied, 'u': Unreadable, 'f': Founding, 'o': Founding, 'w': Founding}[letter]
		switch letter {
		case 'f':
			statement.Founders = map[string]string{"zk1": "now-zk1", "zk2": "now-zk2"}
		case 'o':
			statement.Founders = map[string]string{"zk1": "once-zk1", "zk2": "now-zk2"}
		case 'w':
			statement.Founders = map[string]string{"zk2": "now-zk2"}
		case '.':
			continue
		}
		statement.Instances = map[int]State{i + 1: state}
		all[host] = statement
	}
	return Heard{Statements: all}
}

func TestDecide(t *testing.T) {
	for _, test := range []struct {
		voters int
		states string // the first is our own
		serves bool
		want   Action
	}{
		{3, "b..", false, Wait},
		{3, "bb.", false, Found},
		{3, "bbb", false, Found},
		{3, "bf.", false, Found},
		{3, "bo.", false, Wait},
		{3, "bw.", false, Wait},
		{3, "bob", false, Found},
		{3, "bww", false, Wait},
		{5, "bffw.", false, Found},
		{5, "bfww.", false, Wait},
		{3, "be.", false, Join},
		{3, "bbe", false, Join},
		{3, "bu.", false, Wait},
		{3, "b..", true, Join},
		{3, "bb.", true, Join},
		{3, "f..", false, Join},
		{3, "e..", false, Join},
		{3, "u..", false, Join}, // pre-flight refuses it
		{5, "bb...", false, Wait},
		{5, "bbb..", false, Found},
		{5, "bb..e", false, Join},
		{3, "m..", false, Join},
		{3, "mbb", false, Join},
		{3, "bbm", false, Join},
		{3, "bb.e", false, Join}, // the observer knows
		{3, "bb.m", false, Join},
		{3, "bb.b", false, Found},
		{3, "bb.u", false, Wait},
		{1, "b", false, Found},
		{2, "b.", false, Wait},
		{2, "bb", false, Found},
		{4, "bb..", false, Wait},
	} {
		d := Decide(ensemble(test.voters), "zk1", statements(test.states), test.serves, now)
		if d.Action != test.want {
			t.Errorf("%s of %d voters, serves %v: %s (%s), want %s", test.states, test.voters, test.serves, d.Action, d.Reason, test.want)
		}
	}
}

// TestNeverFounds goes through everything that three and five voters can say: an
// ensemble is founded only where a majority has no history and nobody has one.
func TestNeverFounds(t *testing.T) {
	const letters = "bfowe."
	for _, voters := range []int{3, 5} {
		total := 1
		for range voters {
			total *= len(letters)
		}
		for n := range total {
			states := ""
			for i := range voters {
				states += string(letters[n/pow(len(letters), i)%len(letters)])
			}
			e := ensemble(voters)
			d := Decide(e, "zk1", statements(states), false, now)
			without := strings.Count(states, "b") + strings.Count(states[1:], "f")
			may := states[0] == 'b' && !strings.Contains(states, "e") && without >= e.Majority()
			if (d.Action == Found) != may {
				t.Fatalf("%s: %s (%s)", states, d.Action, d.Reason)
			}
			if may && len(d.Founders) != without {
				t.Fatalf("%s: founded with %v", states, d.Founders)
			}
		}
	}
}

func pow(b, n int) int {
	p := 1
	for range n {
		p *= b
	}
	return p
}

func TestDecideRefuses(t *testing.T) {
	e := ensemble(3)
	e.Bootstrap.Expires = now
	if d := Decide(e, "zk1", statements("bbb"), false, now); d.Action != Refuse || !strings.Contains(d.Reason, "expired at 2026-01-01T12:00:00Z") {
		t.Errorf("expired: %+v", d)
	}
	e.Bootstrap = nil
	if d := Decide(e, "zk1", statements("bbb"), false, now); d.Action != Refuse || !strings.Contains(d.Reason, "no [bootstrap]") {
		t.Errorf("none: %+v", d)
	}
	if d := Decide(e, "zk1", statements("b.."), true, now); d.Action != Join {
		t.Errorf("none, and a quorum serves: %+v", d)
	}
}

func TestStatementOf(t *testing.T) {
	e := ensemble(3)
	for name, test := range map[string]struct {
		data   facts.DataDir
		formed bool
		want   State
	}{
		"nothing":             {facts.DataDir{}, false, Blank},
		"started unmarked":    {facts.DataDir{VersionDir: true, AcceptedEpoch: -1, CurrentEpoch: -1}, false, Blank},
		"marker":              {facts.DataDir{Initialize: true}, false, Founding},
		"snapshot of nothing": {facts.DataDir{SnapshotPresent: true}, false, Founding},
		"history":             {facts.DataDir{SnapshotPresent: true, History: true}, false, Existing},
		"emptied":             {facts.DataDir{}, true, Emptied},
		"formed":              {facts.DataDir{SnapshotPresent: true}, true, Existing},
		"unreadable logs":     {facts.DataDir{Log: &facts.DataDir{StampError: "it is not JSON"}}, false, Unreadable},
		"unreadable":          {facts.DataDir{Error: "input/output error"}, false, Unreadable},
	} {
		o := provision.Observation{Formed: test.formed, Facts: facts.Host{DataDirs: map[string]facts.DataDir{"zookeeper-1": test.data}}}
		w := StatementOf(e, &e.Hosts[0], o)
		if w.Instances[1] != test.want || w.Host != "zk1" || w.Ensemble != "zookeeper" {
			t.Errorf("%s: %+v, want %s", name, w, test.want)
		}
	}
	for want, data := range map[State]facts.DataDir{Blank: {SnapshotPresent: true}, Existing: {History: true}} {
		o := provision.Observation{Facts: facts.Host{DataDirs: map[string]facts.DataDir{"zookeeper-4": data}}}
		if w := StatementOf(e, &e.Hosts[3], o); w.Instances[4] != want {
			t.Errorf("an observer is %s, want %s", w.Instances[4], want)
		}
	}
}

// TestStatementOfFounders wants a founding under another bootstrap id to be void, unless
// it came to a history.
func TestStatementOfFounders(t *testing.T) {
	e := ensemble(3)
	founders := map[string]string{"zk1": "a", "zk2": "b"}
	for _, test := range []struct {
		id   string
		data facts.DataDir
		want State
		with int
	}{
		{e.Bootstrap.ID, facts.DataDir{SnapshotPresent: true}, Founding, 2},
		{"another one", facts.DataDir{SnapshotPresent: true}, Blank, 0},
		{"another one", facts.DataDir{Initialize: true}, Blank, 0},
		{"another one", facts.DataDir{SnapshotPresent: true, History: true}, Existing, 0},
	} {
		o := provision.Observation{Founding: &provision.Founding{Bootstrap: test.id, Founders: founders},
			Facts: facts.Host{DataDirs: map[string]facts.DataDir{"zookeeper-1": test.data}}}
		if w := StatementOf(e, &e.Hosts[0], o); w.Instances[1] != test.want || len(w.Founders) != test.with {
			t.Errorf("under %s with %+v: %+v", test.id, test.data, w)
		}
	}
}

// TestDecideLists founds nothing beside a host whose inventory has other servers:
// each of the two lists could get a majority of its own.
func TestDecideLists(t *testing.T) {
	e := ensemble(3)
	heard := statements("bbb")
	for name, w := range heard.Statements {
		w.List = ListOf(e)
		heard.Statements[name] = w
	}
	if d := Decide(e, "zk1", heard, false, now); d.Action != Found {
		t.Fatalf("%+v", d)
	}
	other := heard.Statements["zk3"]
	other.List = ListOf(ensemble(5))
	heard.Statements["zk3"] = other
	if d := Decide(e, "zk1", heard, false, now); d.Action != Wait || !strings.Contains(d.Reason, "the inventory of zk3 has other servers") {
		t.Errorf("%+v", d)
	}
	if d := Decide(e, "zk1", heard, true, now); d.Action != Join {
		t.Errorf("where a quorum serves: %+v", d)
	}
}

func TestListOf(t *testing.T) {
	seen := map[string]string{}
	for name, change := range map[string]func(e *inventory.Ensemble){
		"as it is":      func(*inventory.Ensemble) {},
		"more":          func(e *inventory.Ensemble) { *e = *ensemble(4) },
		"an address":    func(e *inventory.Ensemble) { e.Hosts[1].Address = "127.0.0.2" },
		"a role":        func(e *inventory.Ensemble) { e.Hosts[1].Instances[0].Role = inventory.Observer },
		"an id":         func(e *inventory.Ensemble) { e.Hosts[1].Instances[0].ID = 9 },
		"a quorum port": func(e *inventory.Ensemble) { e.Hosts[1].Instances[0].QuorumPort = 9 },
		"an election":   func(e *inventory.Ensemble) { e.Hosts[1].Instances[0].ElectionPort = 9 },
	} {
		e := ensemble(3)
		change(e)
		if before, ok := seen[ListOf(e)]; ok {
			t.Errorf("%s and %s are the same list", name, before)
		}
		seen[ListOf(e)] = name
	}
	e := ensemble(3)
	e.Version, e.Hosts[0].Instances[0].JVM.Heap = "3.9.5", "2g"
	if seen[ListOf(e)] == "" {
		t.Error("what is no part of the server list makes another one")
	}
}

// TestDecideStrangers founds nothing beside a zkprov that has another inventory.
func TestDecideStrangers(t *testing.T) {
	heard := statements("bb.")
	heard.Strangers = map[string]string{"zk3": "it has another bootstrap id"}
	if d := Decide(ensemble(3), "zk1", heard, false, now); d.Action != Wait || !strings.Contains(d.Reason, "zk3 (it has another bootstrap id)") {
		t.Errorf("%+v", d)
	}
	if d := Decide(ensemble(3), "zk1", heard, true, now); d.Action != Join {
		t.Errorf("where a quorum serves: %+v", d)
	}
	heard = statements("bbb")
	heard.Statements["zk3"].Instances[3] = "retired"
	if d := Decide(ensemble(3), "zk1", heard, false, now); d.Action != Wait || !strings.Contains(d.Reason, "what zookeeper-3 knows") {
		t.Errorf("a state of a later release: %+v", d)
	}
}

// TestDecideTells wants the reason to name everybody who is in the way.
func TestDecideTells(t *testing.T) {
	const lacking = "1 of 3 voters are heard to be without history, and 2 are needed"
	const void = ": boot those, or write a new [bootstrap] to every host's inventory, by which it is void"
	for states, want := range map[string]string{
		"b..b": lacking + "; silent: zk2, zk3 (what answers there is not zkprov)",
		"bwwb": lacking + "; zookeeper-2 has begun to found with zk2 as they were; zookeeper-3 has begun to found with zk2 as they were" + void,
		"bo.b": lacking + "; silent: zk3 (what answers there is not zkprov); zookeeper-2 has begun to found with zk1, zk2 as they were" + void,
	} {
		heard := statements(states)
		heard.Silence = map[string]string{"zk3": "what answers there is not zkprov"}
		if d := Decide(ensemble(3), "zk1", heard, false, now); d.Action != Wait || d.Reason != want {
			t.Errorf("%s: %s, %q, want %q", states, d.Action, d.Reason, want)
		}
	}
}

// TestDecideLost says so where no quorum can come back by itself.
func TestDecideLost(t *testing.T) {
	for states, want := range map[string]bool{
		"bbe": true, "beb": true, "mme": true, "bb.e": true, "b..e": false, "bbbe": true, "be.": false, "bee": false, "ebb": true, "bfe": false, "bbb": false,
	} {
		d := Decide(ensemble(3), "zk1", statements(states), false, now)
		if lost := d.Census != nil && d.Census.DataLost(); lost != want {
			t.Errorf("%s: lost %t, %+v", states, lost, d)
		}
	}
	if d := Decide(ensemble(3), "zk1", statements("bbe"), true, now); d.Census != nil {
		t.Error("a quorum serves")
	}
}

// TestDecideNew wants voters that never were members to have lost nothing.
func TestDecideNew(t *testing.T) {
	heard := statements("ebb")
	statement := heard.Statements["zk1"]
	statement.Members = &provision.Members{Members: []int{1}}
	heard.Statements["zk1"] = statement
	d := Decide(ensemble(3), "zk2", heard, false, now)
	if d.Action != Join || d.Census == nil || d.Census.DataLost() || !d.Census.Outgrown() {
		t.Errorf("%+v with %+v", d, d.Census)
	}
}

package history

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// given is what three hosts, of a voter each, remember: lines as "1 a apply A 10", an
// instance, what it was started with, the command, the aim and when the run began. An aim
// of - is none, a command with a ? is an entry of what was found, and a generation b<a is b
// after a.
type given struct {
	entries []string
	// runs is what the three run with now, such as "a a b"; - is down.
	runs string
	// lost are generations that cannot be given again, as "1 a".
	lost []string
}

func (g given) remember(t *testing.T) (*inventory.Ensemble, map[string]provision.History) {
	t.Helper()
	e := &inventory.Ensemble{Name: "zookeeper"}
	hosts := make(map[string]provision.History)
	runs := strings.Fields(g.runs)
	for n := 1; n <= 3; n++ {
		name := fmt.Sprintf("zookeeper-%d", n)
		host := fmt.Sprintf("zk%d", n)
		e.Hosts = append(e.Hosts, inventory.Host{Name: host, Instances: []inventory.Instance{{ID: n, Name: name}}})
		h := provision.History{Runs: make(map[string]string), Lost: map[string]map[string]string{name: {}}}
		for i, line := range g.entries {
			fields := strings.Fields(line)
			if fields[0] != fmt.Sprint(n) {
				continue
			}
			var begin int
			if _, err := fmt.Sscan(fields[4], &begin); err != nil {
				t.Fatal(err)
			}
			command, found := strings.CutSuffix(fields[2], "?")
			command, to, _ := strings.Cut(command, ":")
			generation, before, _ := strings.Cut(fields[1], "<")
			h.Entries = append(h.Entries, provision.Entry{Instance: name, Generation: generation, Before: before, Time: time.Unix(int64(1000+i), 0), Found: found, Changes: []string{"to " + generation},
				By: provision.Caller{Command: command, To: to, Aim: strings.TrimPrefix(fields[3], "-"), Begin: time.Unix(int64(begin), 0)}})
		}
		if len(runs) > 0 && runs[n-1] != "-" {
			h.Runs[name] = runs[n-1]
		}
		for _, line := range g.lost {
			if fields := strings.Fields(line); fields[0] == fmt.Sprint(n) {
				h.Lost[name][fields[1]] = "it is gone"
			}
		}
		hosts[host] = h
	}
	return e, hosts
}

func short(s State) string {
	var g []string
	for n := 1; n <= 3; n++ {
		one := s.Generations[fmt.Sprintf("zookeeper-%d", n)]
		if one == "" {
			one = "-"
		}
		g = append(g, one)
	}
	text := strings.Join(g, " ") + " by " + s.By.Command
	for _, told := range []struct {
		text string
		is   bool
	}{{", now", s.Current}, {", stopped", s.Stopped}, {", found", s.Found}} {
		if told.is {
			text += told.text
		}
	}
	if s.Lost != "" {
		text += ", lost: " + s.Lost
	}
	return text
}

// all3 are entries of a whole roll.
func all3(generation, command, aim string, begin int) []string {
	var lines []string
	for n := 1; n <= 3; n++ {
		lines = append(lines, fmt.Sprintf("%d %s %s %s %d", n, generation, command, aim, begin))
	}
	return lines
}

// TestStates tells what an ensemble was, and where a rollback leads that names no state.
func TestStates(t *testing.T) {
	a, b := all3("a", "apply", "A", 10), all3("b", "apply", "B", 20)
	for name, test := range map[string]struct {
		given
		want   []string
		before string // the state's generations
	}{
		"nothing":   {},
		"the first": {given{entries: a, runs: "a a a"}, []string{"a a a by apply, now"}, ""},
		"two":       {given{entries: slices.Concat(a, b), runs: "b b b"}, []string{"a a a by apply", "b b b by apply, now"}, "a a a"},
		"gone back": {given{entries: slices.Concat(a, b, all3("a", "rollback", "R", 30)), runs: "a a a"},
			[]string{"a a a by apply", "b b b by apply", "a a a by rollback, now"}, "b b b"},
		"cut off and gone on": {given{entries: slices.Concat(a, []string{"1 b apply B 20", "2 b apply B 25", "3 b apply B 25"}), runs: "b b b"},
			[]string{"a a a by apply", "b b b by apply, now"}, "a a a"},
		"cut off": {given{entries: append(slices.Clone(a), "1 b apply B 20"), runs: "b a a"}, []string{"a a a by apply", "b a a by apply, now"}, "a a a"},
		"cut off before it was noted, found later": {given{entries: slices.Concat(a, []string{"1 b apply? B 25", "2 b apply B 25", "3 b apply B 25"}), runs: "b b b"},
			[]string{"a a a by apply", "b b b by apply, now"}, "a a a"},
		"a step failed": {given{entries: slices.Concat(a, []string{"1 b apply B 20", "2 b apply B 20", "2 a undo B 20"}), runs: "b a a"},
			[]string{"a a a by apply", "b a a by apply, now, stopped"}, "a a a"},
		"the first step failed": {given{entries: slices.Concat(a, []string{"1 b apply B 20", "1 a undo B 20"}), runs: "a a a"},
			[]string{"a a a by apply, now", "a a a by apply, stopped"}, ""},
		"a step failed, and another change was made": {given{entries: slices.Concat(a, []string{"1 b apply B 20", "2 b apply B 20", "2 a undo B 20"}, all3("c", "apply", "C", 30)), runs: "c c c"},
			[]string{"a a a by apply", "b a a by apply, stopped", "c c c by apply, now"}, "a a a"},
		"a step failed, and was tried again": {given{entries: slices.Concat(a, []string{"1 b apply B 20", "2 b apply B 20", "2 a undo B 20", "2 b apply B 30", "3 b apply B 30"}), runs: "b b b"},
			[]string{"a a a by apply", "b b b by apply, now"}, "a a a"},
		"the same inventory, another Java": {given{entries: slices.Concat(a, all3("b", "apply", "A", 20)), runs: "b b b"}, []string{"a a a by apply", "b b b by apply, now"}, "a a a"},
		"an upgrade": {given{entries: slices.Concat(all3("a", "apply?", "-", 20), all3("b", "apply", "B", 20)), runs: "b b b"},
			[]string{"a a a by apply, found", "b b b by apply, now"}, "a a a"},
		"an upgrade of one host": {given{entries: []string{"1 a apply? - 20", "1 b apply B 20"}, runs: "b a a"}, []string{"a a a by apply, found", "b a a by apply, now"}, "a a a"},
		"the host's clock is behind": {given{entries: slices.Concat(a, b, all3("c", "agent", "C", 5)), runs: "c c c"},
			[]string{"a a a by apply", "b b b by apply", "c c c by agent, now"}, "b b b"},
		"a new member": {given{entries: []string{"1 a apply A 10", "2 a apply A 10", "1 b apply B 20", "2 b apply B 20", "3 b apply B 20"}, runs: "b b b"},
			[]string{"a a - by apply, lost: zookeeper-3 was no member then; a change of members goes by the inventory", "b b b by apply, now"}, "a a -"},
		"one has forgotten": {given{entries: slices.Concat(all3("a", "apply", "A", 10)[1:], []string{"1 b<a apply B 20"}, all3("b", "apply", "B", 20)[1:]), runs: "b b b"},
			[]string{"- a a by apply, lost: what zookeeper-1 ran with then is forgotten", "b b b by apply, now"}, "- a a"},
		"one is gone": {given{entries: slices.Concat(a, b), runs: "b b b", lost: []string{"1 a", "3 a"}},
			[]string{"a a a by apply, lost: zookeeper-1, zookeeper-3: it is gone", "b b b by apply, now"}, "a a a"},
		"one is down":                             {given{entries: slices.Concat(a, b), runs: "b - b"}, []string{"a a a by apply", "b b b by apply, now"}, "a a a"},
		"cut off on the way back, and not noted":  {given{entries: slices.Concat(a, b), runs: "a b b"}, []string{"a a a by apply", "b b b by apply"}, "a a a"},
		"cut off on the way forth, and not noted": {given{entries: slices.Concat(a, b), runs: "c b b"}, []string{"a a a by apply", "b b b by apply"}, "b b b"},
		"nothing is noted":                        {given{runs: "a a a"}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e, hosts := test.remember(t)
			var got []string
			runs := make(map[string]string)
			states := States(e, hosts)
			for _, s := range states {
				got = append(got, short(s))
			}
			for _, h := range hosts {
				for name, g := range h.Runs {
					runs[name] = g
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the states (-want +got):\n%s", diff)
			}
			before, ok := Before(states, runs)
			if text, _, _ := strings.Cut(short(before), " by"); ok != (test.before != "") || ok && text != test.before {
				t.Errorf("a rollback leads to %q, %t, want %q", text, ok, test.before)
			}
		})
	}
}

// TestBeforeGoesOn runs a rollback again that was cut off, or that failed.
func TestBeforeGoesOn(t *testing.T) {
	a, b := all3("a", "apply", "A", 10), all3("b", "apply", "B", 20)
	e, hosts := given{entries: slices.Concat(a, b)}.remember(t)
	to := States(e, hosts)[0].ID
	for name, g := range map[string]given{
		"cut off": {entries: []string{"1 a rollback:" + to + " R 30"}, runs: "a b b"},
		"failed":  {entries: []string{"1 a rollback:" + to + " R 30", "2 a rollback:" + to + " R 30", "2 b undo R 30"}, runs: "a b b"},
	} {
		t.Run(name, func(t *testing.T) {
			g.entries = slices.Concat(a, b, g.entries)
			e, hosts := g.remember(t)
			runs := map[string]string{"zookeeper-1": "a", "zookeeper-2": "b", "zookeeper-3": "b"}
			if s, ok := Before(States(e, hosts), runs); !ok || s.ID != to {
				t.Errorf("it leads to %s, %t", short(s), ok)
			}
		})
	}
}

// TestFind finds a state by its ID or by the first digits.
func TestFind(t *testing.T) {
	states := []State{{ID: "abc1234"}, {ID: "abd1234"}, {ID: "f001234"}, {ID: "abc1234", Current: true}}
	for id, want := range map[string]string{
		"abc1234": "abc1234", "abc": "abc1234", "f": "f001234", "ab": `more than one state begins with "ab": abc1234 and abd1234 are two`,
		"e": `there is no state "e" in the history`, "": `there is no state "" in the history`, "abc12345": `there is no state "abc12345" in the history`,
	} {
		s, err := Find(states, id)
		if got := s.ID; err != nil && err.Error() != want || err == nil && got != want {
			t.Errorf("%q finds %q, %v, want %q", id, got, err, want)
		}
	}
}

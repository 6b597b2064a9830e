package plan

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// serverList reads a list such as "1 2 3o 4@9": an o observes, and what is behind an @ is
// the end of another address.
func serverList(text string) provision.Servers {
	var list provision.Servers
	for _, word := range strings.Fields(text) {
		s := provision.Server{Role: inventory.Participant, QuorumPort: 2888, ElectionPort: 3888}
		word, address, moved := strings.Cut(word, "@")
		if id, observes := strings.CutSuffix(word, "o"); observes {
			word, s.Role = id, inventory.Observer
		}
		fmt.Sscan(word, &s.ID)
		s.Address = "10.0.0." + word
		if moved {
			s.Address = "10.0.0." + address
		}
		list = list.With(s)
	}
	return list
}

// all lets some servers run with one list.
func all(list string, ids ...int) map[int]provision.Servers {
	running := make(map[int]provision.Servers)
	for _, id := range ids {
		running[id] = serverList(list)
	}
	return running
}

func orNobody(id *int) string {
	if id == nil {
		return "-"
	}
	return fmt.Sprint(*id)
}

func told(t Transition) string {
	text := fmt.Sprintf("%s %s -> %s", t.Kind, orNobody(t.Server), t.List)
	for _, part := range []struct {
		name string
		ids  []int
	}{{"only", t.Only}, {"together", t.Together}, {"retire", t.Retire}} {
		if part.ids != nil {
			text += fmt.Sprintf(", %s %v", part.name, part.ids)
		}
	}
	for _, part := range []struct {
		name string
		id   *int
	}{{"first", t.First}, {"last", t.Last}} {
		if part.id != nil {
			text += fmt.Sprintf(", %s %d", part.name, *part.id)
		}
	}
	if t.RetireFirst {
		text += " before"
	}
	if t.Outage {
		text += ", outage"
	}
	return text
}

// TestPath wants the transitions between lists of servers, or why there are none.
func TestPath(t *testing.T) {
	both := func(a, b map[int]provision.Servers) map[int]provision.Servers {
		for id, l := range b {
			a[id] = l
		}
		return a
	}
	for name, test := range map[string]struct {
		Membership
		to   string
		want []string
		err  string
	}{
		"the same": {Membership: Membership{Running: all("1 2 3", 1, 2, 3)}, to: "1 2 3"},
		"an observer more": {Membership: Membership{Running: all("1 2 3", 1, 2, 3), Blank: []int{4}, Down: []int{4}}, to: "1 2 3 4o",
			want: []string{"relist - -> {1, 2, 3} with 4 observing"}},
		"an observer less": {Membership: Membership{Running: all("1 2 3 4o", 1, 2, 3)}, to: "1 2 3",
			want: []string{"relist - -> {1, 2, 3}, retire [4]"}},
		"three to five": {Membership: Membership{Running: all("1 2 3", 1, 2, 3), Blank: []int{4, 5}, Down: []int{4, 5}}, to: "1 2 3 4 5",
			want: []string{"add 4 -> {1, 2, 3, 4}, first 4", "add 5 -> {1, 2, 3, 4, 5}, first 5"}},
		"five to three": {Membership: Membership{Running: all("1 2 3 4 5", 1, 2, 3), Leader: new(3)}, to: "1 2 3",
			want: []string{"remove 5 -> {1, 2, 3, 4}, retire [5]", "remove 4 -> {1, 2, 3}, retire [4]"}},
		"five to three, and one of them leads": {Membership: Membership{Running: all("1 2 3 4 5", 1, 2, 3), Leader: new(5)}, to: "1 2 3",
			want: []string{"remove 4 -> {1, 2, 3, 5}, retire [4]", "hand over 5 -> {1, 2, 3, 5}, only [5]", "remove 5 -> {1, 2, 3}, retire [5]"}},
		"five to three, one of them dead": {Membership: Membership{Running: all("1 2 3 4 5", 1, 2, 3), Down: []int{4}, Lost: []int{4}, Leader: new(3)}, to: "1 2 3",
			want: []string{"remove 4 -> {1, 2, 3, 5}, retire [4]", "remove 5 -> {1, 2, 3}, retire [5]"}},
		"the server 0 leaves, and nobody leads": {Membership: Membership{Running: all("0 1 2 3", 0, 1, 2, 3)}, to: "1 2 3",
			want: []string{"remove 0 -> {1, 2, 3}, retire [0]"}},
		"the server 0 leads and leaves": {Membership: Membership{Running: all("0 1 2 3", 0, 1, 2, 3), Leader: new(0)}, to: "1 2 3",
			want: []string{"hand over 0 -> {0, 1, 2, 3}, only [0]", "remove 0 -> {1, 2, 3}, retire [0]"}},
		"the server 0 comes": {Membership: Membership{Running: all("1 2 3", 1, 2, 3), Blank: []int{0}, Down: []int{0}}, to: "0 1 2 3",
			want: []string{"add 0 -> {0, 1, 2, 3}, first 0"}},
		"another address each": {Membership: Membership{Running: all("1 2 3", 1, 2, 3), Leader: new(3)}, to: "1@1|7 2@2|8 3",
			want: []string{"listen 1 -> {1, 2, 3}, only [1]", "listen 2 -> {1, 2, 3}, only [2]", "relist - -> {1, 2, 3}"}},
		"another address each, half way": {Membership: Membership{Running: both(all("1 2 3", 2, 3), all("1@1|7 2 3", 1)), Leader: new(3)}, to: "1@1|7 2@2|8 3",
			want: []string{"listen 2 -> {1, 2, 3}, only [2]", "relist - -> {1, 2, 3}"}},
		"another address each, listened on by all": {Membership: Membership{Running: both(both(all("1@1|7 2 3", 1), all("1@1|7 2@2|8 3", 2)), all("1 2 3", 3)), Leader: new(3)}, to: "1@1|7 2@2|8 3",
			want: []string{"relist - -> {1, 2, 3}"}},
		"another address of an observer": {Membership: Membership{Running: all("1 2 3 4o", 1, 2, 3, 4)}, to: "1 2 3 4o@4|7",
			want: []string{"listen 4 -> {1, 2, 3} with 4 observing, only [4]", "relist - -> {1, 2, 3} with 4 observing"}},
		"an address less": {Membership: Membership{Running: all("1@1|7 2 3", 1, 2, 3), Leader: new(1)}, to: "1 2 3",
			want: []string{"relist - -> {1, 2, 3}"}},
		"an address more, and a voter": {Membership: Membership{Running: all("1 2 3", 1, 2, 3), Blank: []int{4}, Down: []int{4}}, to: "1@1|7 2 3 4",
			want: []string{"add 4 -> {1, 2, 3, 4}, first 4", "listen 1 -> {1, 2, 3, 4}, only [1]", "relist - -> {1, 2, 3, 4}"}},
		"two other addresses in the place of one": {Membership: Membership{Running: all("1 2 3", 1, 2, 3)}, to: "1@7|10.0.0.8 2 3",
			want: []string{"move 1 -> {1, 2, 3}, first 1"}},
		"an observer promoted": {Membership: Membership{Running: all("1 2 3 4o", 1, 2, 3, 4)}, to: "1 2 3 4",
			want: []string{"promote 4 -> {1, 2, 3, 4}, first 4"}},
		"a voter demoted": {Membership: Membership{Running: all("1 2 3 4", 1, 2, 3, 4), Leader: new(2)}, to: "1 2 3 4o",
			want: []string{"demote 4 -> {1, 2, 3} with 4 observing, last 4"}},
		"the leader demoted": {Membership: Membership{Running: all("1 2 3 4", 1, 2, 3, 4), Leader: new(4)}, to: "1 2 3 4o",
			want: []string{"hand over 4 -> {1, 2, 3, 4}, only [4]", "demote 4 -> {1, 2, 3} with 4 observing, last 4"}},
		"another election port": {Membership: Membership{Running: all("1 2 3@9", 1, 2, 3)}, to: "1 2 3",
			want: []string{"move 3 -> {1, 2, 3}, first 3"}},
		"two other addresses": {Membership: Membership{Running: all("1@8 2 3@9", 1, 2, 3)}, to: "1 2 3",
			want: []string{"move 1 -> {1, 2, 3}, first 1", "move 3 -> {1, 2, 3}, first 3"}},
		"a dead host replaced": {Membership: Membership{Running: all("1 2 3@9", 1, 2), Blank: []int{3}, Down: []int{3}, Moved: []int{3}}, to: "1 2 3",
			want: []string{"move 3 -> {1, 2, 3}, retire [3], first 3 before"}},
		"the leader moves to another host": {Membership: Membership{Running: all("1 2 3@9", 1, 2), Blank: []int{3}, Moved: []int{3}, Leader: new(3)}, to: "1 2 3",
			want: []string{"hand over 3 -> {1, 2, 3}, only [3]", "move 3 -> {1, 2, 3}, retire [3], first 3 before"}},
		"one to three": {Membership: Membership{Running: all("1", 1), Blank: []int{2, 3}, Down: []int{2, 3}, Leader: new(1)}, to: "1 2 3",
			want: []string{"observe - -> {1} with 2, 3 observing, only [2 3]", "promote 2 -> {1, 2} with 3 observing, together [1 2], outage", "promote 3 -> {1, 2, 3}, first 3, outage"}},
		"one to three, half way": {Membership: Membership{Running: both(all("1", 1), all("1 2o 3o", 2, 3)), Leader: new(1)}, to: "1 2 3",
			want: []string{"promote 2 -> {1, 2} with 3 observing, together [1 2], outage", "promote 3 -> {1, 2, 3}, first 3, outage"}},
		"three to one": {Membership: Membership{Running: all("1 2 3", 1), Leader: new(2)}, to: "1",
			want: []string{"remove 3 -> {1, 2}, together [1 2], retire [3], outage", "remove 2 -> {1}, retire [2], outage"}},
		"three to one with observers": {Membership: Membership{Running: all("1 2 3", 1, 2, 3), Leader: new(2)}, to: "1 2o 3o",
			want: []string{"demote 3 -> {1, 2} with 3 observing, together [1 2], last 3, outage", "demote 2 -> {1} with 2, 3 observing, last 2, outage"}},
		"all others": {Membership: Membership{Running: all("1 2 3", 1, 2, 3), Down: []int{4, 5, 6}, Blank: []int{4, 5, 6}, Leader: new(3)}, to: "4 5 6",
			want: []string{"add 4 -> {1, 2, 3, 4}, first 4", "add 5 -> {1, 2, 3, 4, 5}, first 5", "add 6 -> {1, 2, 3, 4, 5, 6}, first 6",
				"remove 2 -> {1, 3, 4, 5, 6}, retire [2]", "remove 1 -> {3, 4, 5, 6}, retire [1]", "hand over 3 -> {3, 4, 5, 6}, only [3]", "remove 3 -> {4, 5, 6}, retire [3]"}},
		"cut off in the middle": {Membership: Membership{Running: both(all("1 2 3", 1, 2), all("1 2 3 4", 3, 4))}, to: "1 2 3 4 5",
			want: []string{"add 4 -> {1, 2, 3, 4}, first 4", "add 5 -> {1, 2, 3, 4, 5}, first 5"}},
		"cut off in the middle, and taken back": {Membership: Membership{Running: both(all("1 2 3", 1, 2), all("1 2 3 4", 3, 4))}, to: "1 2 3",
			want: []string{"remove 4 -> {1, 2, 3}, retire [4]"}},
		"cut off in the middle, and on to something else": {Membership: Membership{Running: both(all("1 2 3", 1, 2), all("1 2 3 4", 3, 4))}, to: "1 2 3 5",
			want: []string{"relist - -> {1, 2, 3}, retire [4]", "add 5 -> {1, 2, 3, 5}, first 5"}},
		"cut off after a move, and on to one more": {Membership: Membership{Running: both(all("1 2 3@9", 1, 2), all("1 2 3", 3))}, to: "1 2 3 4",
			want: []string{"relist - -> {1, 2, 3}", "add 4 -> {1, 2, 3, 4}, first 4"}},
		"two voters, of which one moves to another host": {Membership: Membership{Running: all("1 2@9", 1, 2), Moved: []int{2}, Blank: []int{2}}, to: "1 2",
			err: "server 2 cannot move to another host: it has no vote there before it has copied everything from a leader, and of the voters {1, 2}, of which 2 are a majority, only {1} would be left to elect one"},
		"one moves while another is down": {Membership: Membership{Running: all("1 2 3@9", 1, 3), Moved: []int{3}, Blank: []int{3}, Down: []int{2}}, to: "1 2 3",
			want: []string{"relist - -> {1, 2, 3}", "move 3 -> {1, 2, 3}, retire [3], first 3 before"}},
		"a voter becomes an observer on another host": {Membership: Membership{Running: all("1 2 3 4@9", 1, 2, 3, 4), Moved: []int{4}, Blank: []int{4}, Leader: new(1)}, to: "1 2 3 4o",
			want: []string{"demote 4 -> {1, 2, 3} with 4 observing, last 4", "relist - -> {1, 2, 3} with 4 observing"}},
		"two become one, cut off with an observer left": {Membership: Membership{Running: both(all("1", 1), all("1 2 3o", 3)), Down: []int{2}, Leader: new(1)}, to: "1",
			want: []string{"remove 2 -> {1}, retire [2 3], outage"}},
		"it runs in two places": {Membership: Membership{Running: all("1 2 3", 1, 2, 3), Moved: []int{3}, Stray: []int{3}}, to: "1 2 3",
			want: []string{"relist - -> {1, 2, 3}"}},
		"another id in the place of one": {Membership: Membership{Running: all("1 2 3", 1, 2, 3), Down: []int{4}, Blank: []int{4}}, to: "1 2 4@3",
			want: []string{"remove 3 -> {1, 2}, together [1 2], retire [3], outage", "add 4 -> {1, 2, 4}, first 4, outage"}},
		"one follows another in its place": {Membership: Membership{Running: all("1 2 3", 1, 2, 3), Moved: []int{1, 2}, Blank: []int{1, 2}}, to: "1@2 2@9 3",
			want: []string{"move 2 -> {1, 2, 3}, retire [2], first 2 before", "move 1 -> {1, 2, 3}, retire [1], first 1 before"}},
		"an observer in the place of a voter": {Membership: Membership{Running: all("1 2 3 4", 1, 2, 3, 4), Down: []int{5}, Blank: []int{5}}, to: "1 2 3 5o@4",
			want: []string{"remove 4 -> {1, 2, 3}, retire [4]", "relist - -> {1, 2, 3} with 5 observing"}},
		"one that is down follows another in its place": {Membership: Membership{Running: all("1 2 3", 2, 3), Moved: []int{1, 2}, Blank: []int{1, 2}, Down: []int{1}}, to: "1@2 2@9 3",
			err: "server 2 cannot move to another host: it has no vote there before it has copied everything from a leader, and of the voters {1, 2, 3}, of which 2 are a majority, only {3} would be left to elect one"},
		"another id in the place of the only one": {Membership: Membership{Running: all("1", 1), Down: []int{2}, Blank: []int{2}}, to: "2@1",
			err: "to start server 2 as observers, until they have all data, the servers 1 and 2 would have one address and port, 10.0.0.1, and neither can leave its place before the other"},
		"two ids swapped": {Membership: Membership{Running: all("1 2 3", 1, 2, 3), Moved: []int{1, 2}, Blank: []int{1, 2}}, to: "1@2 2@1 3",
			err: "to move server 1 to 10.0.0.2:2888:3888, the servers 1 and 2 would have one address and port, 10.0.0.2, and neither can leave its place before the other"},
		"three lists": {Membership: Membership{Running: both(all("1 2 3", 1), both(all("1 2 3 4", 2), all("1 2 3 4 5", 3)))}, to: "1 2 3",
			err: "the servers run with the voters {1, 2, 3}, {1, 2, 3, 4}, {1, 2, 3, 4, 5}: with more than two lists nobody can tell which majorities agree"},
		"two lists without a common voter": {Membership: Membership{Running: both(all("1 2 3 4 5", 3, 4, 5), all("1 2 3", 1, 2))}, to: "1 2 3",
			err: "servers run with the voters {1, 2, 3} and others with {1, 2, 3, 4, 5}: {1, 2} is a majority of the one and {3, 4, 5} of the other, and they have no voter in common, so that there could be two leaders"},
		"no quorum": {Membership: Membership{Running: all("1 2 3", 1), Down: []int{2, 3}}, to: "1",
			err: "the servers run with the voters {1, 2, 3}, of which 2 are a majority, and only {1} run: who is not heard may know more"},
		"two run and are asked at another address": {Membership: Membership{Running: all("1 2 3", 1, 2, 3), Down: []int{1, 2}}, to: "1@7 2@8 3",
			err: "the servers run with the voters {1, 2, 3}, of which 2 are a majority, and only {3} answer: {1, 2} run too, and do not answer where the inventory has their client ports"},
	} {
		t.Run(name, func(t *testing.T) {
			test.To = serverList(test.to)
			path, err := test.Path()
			var got []string
			for _, p := range path {
				got = append(got, told(p))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the path is wrong (-want +got):\n%s", diff)
			}
			var refusal *Refusal
			if text := fmt.Sprint(err); test.err == "" && err != nil || test.err != "" && (!errors.As(err, &refusal) || text != test.err) {
				t.Errorf("the error is %s, want %s", text, test.err)
			}
		})
	}
}

// TestPathSafe wants every two lists that servers have at one time, on every way between
// lists of up to five voters, to agree: no majority of the one without a voter of each
// majority of the other.
func TestPathSafe(t *testing.T) {
	n := 0
	for from := 1; from < 1<<6; from++ {
		for to := 1; to < 1<<6; to++ {
			m := Membership{Running: make(map[int]provision.Servers)}
			var begin provision.Servers
			for id := 1; id <= 6; id++ {
				s := provision.Server{ID: id, Role: inventory.Participant, Address: fmt.Sprint(id)}
				if from&(1<<(id-1)) != 0 {
					begin = begin.With(s)
				}
				if to&(1<<(id-1)) != 0 {
					m.To = m.To.With(s)
				}
			}
			for _, id := range begin.Voters() {
				m.Running[id] = begin
			}
			m.Leader = new(begin.Voters()[len(begin)-1])
			path, err := m.Path()
			if err != nil {
				t.Errorf("from %s to %s: %v", begin, m.To, err)
				continue
			}
			at := begin
			for _, step := range path {
				if a, b, two := Disjoint(at, step.List); two {
					t.Errorf("from %s to %s: beside %s, %s: %v and %v", begin, m.To, at, told(step), a, b)
				}
				if d := differing(at, step.List); d > 1 {
					t.Errorf("from %s to %s: %d voters at once: %s", begin, m.To, d, told(step))
				}
				at = step.List
				n++
			}
			if !at.Same(m.To) {
				t.Errorf("from %s to %s: it ends at %s", begin, m.To, at)
			}
		}
	}
	if n < 5000 {
		t.Errorf("only %d transitions were looked at", n)
	}
}

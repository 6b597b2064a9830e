package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/provision"
)

// Membership is what a way from one server list to another depends on.
type Membership struct {
	// To is the list of the inventory.
	To provision.Servers
	// Running are the lists that running servers were started with, by server.
	Running map[int]provision.Servers
	// Known is the list of the record; it counts where nobody runs.
	Known provision.Servers
	// Down are the servers that do not run, or of which nothing is known, Blank those
	// without data, Moved those that are to run on another machine, Lost those on a host
	// that cannot be reached: they keep the list that they have.
	Down, Blank, Moved, Lost []int
	// Left are servers that no list has any more and that may still run, Stray those that
	// run in another place than the inventory's, or would after a boot.
	Left, Stray []int
	// Leader leads; nil where nobody is known to.
	Leader *int
}

// Refusal says why there is no way from one list of voters to another.
type Refusal struct {
	Message, Hint string
}

func (r *Refusal) Error() string { return r.Message }

// Path returns the transitions from the lists that run to that of the inventory, in
// their order; none where all run with it. The error is a *Refusal.
func (m Membership) Path() ([]Transition, error) {
	at, err := m.begin()
	if err != nil || at == nil {
		return nil, err
	}
	if len(m.Running) > 0 && !m.heard(at) {
		return nil, m.unheard(at)
	}
	at = m.listened(at)
	var path []Transition
	for len(path) <= 4*(len(at)+len(m.To)) { // far more than there can be
		t := m.next(at)
		if t == nil {
			if path == nil && len(m.Left)+len(m.Stray) > 0 {
				path = []Transition{{Kind: Relist, List: at, Retire: m.Left}}
			}
			return path, nil
		}
		if r := m.strands(at, *t); r != nil {
			return nil, r
		}
		for _, s := range t.List {
			if o := taken(t.List, s); o != nil {
				return nil, &Refusal{fmt.Sprintf("to %s, the servers %d and %d would have one address and port, %s, and neither can leave its place before the other", t, min(s.ID, o.ID), max(s.ID, o.ID), s.Address),
					"change it in two applies: the first gives one of them another place, or other ports"}
			}
		}
		if ofA, ofB, two := Disjoint(at, t.List); two {
			return nil, &Refusal{fmt.Sprintf("between the voters %s and %s there could be two leaders: %s is a majority of the one and %s of the other, and they have no voter in common", at, t.List, set(ofA), set(ofB)),
				"change one voter at a time"}
		}
		path = append(path, *t)
		m, at = m.after(at, *t), t.List
	}
	return nil, &Refusal{fmt.Sprintf("no way was found from the voters %s to %s", at, m.To), "change one voter at a time"}
}

// Now returns the list that the leader runs with or, where nobody is known to lead, the
// one that a change begins with; nil where that cannot be told.
func (m Membership) Now() provision.Servers {
	if m.Leader != nil && m.Running[*m.Leader] != nil {
		return m.Running[*m.Leader]
	}
	at, err := m.begin()
	if err != nil {
		return nil
	}
	return at
}

// unheard refuses a way where too few voters of a list are heard. Of a server that runs with
// a known list and does not answer, the client port or address may be another one by now.
func (m Membership) unheard(at provision.Servers) *Refusal {
	mute := slices.DeleteFunc(at.Voters(), func(id int) bool { return !slices.Contains(m.Down, id) || m.Running[id] == nil })
	if len(mute) == 0 {
		return &Refusal{
			fmt.Sprintf("the servers run with the voters %s, of which %d are a majority, and only %s run: who is not heard may know more", at, at.Majority(), set(m.up(at))),
			"start those that are down, and change the voters once a majority serves"}
	}
	return &Refusal{
		fmt.Sprintf("the servers run with the voters %s, of which %d are a majority, and only %s answer: %s run too, and do not answer where the inventory has their client ports", at, at.Majority(), set(m.up(at)), set(mute)),
		"where the inventory gives several voters another client_port or address of their own, change that of one voter in each apply; otherwise see why they do not answer, and change the voters once a majority serves"}
}

// up returns the voters of a list that run.
func (m Membership) up(list provision.Servers) []int {
	return slices.DeleteFunc(list.Voters(), func(id int) bool { return slices.Contains(m.Down, id) })
}

// heard reports whether the servers that run know all that was acknowledged: they are a
// majority of a list or, where a run was ended in the middle of a transition, of the one
// after it, each of whose majorities has a voter of every majority before.
func (m Membership) heard(at provision.Servers) bool {
	if len(m.up(at)) >= at.Majority() {
		return true
	}
	for _, l := range m.Running {
		if len(l.Voters()) > 0 && len(m.up(l)) >= l.Majority() {
			return true
		}
	}
	return false
}

// begin returns the list to begin with: the one that all servers run with or, where a
// run was ended in the middle of a transition, the older of two; nil where there is
// nothing to compare with.
func (m Membership) begin() (provision.Servers, error) {
	var lists []provision.Servers
	for _, id := range sortedKeys(m.Running) {
		l := m.Running[id]
		i := slices.IndexFunc(lists, func(o provision.Servers) bool { return sameVoters(l, o) })
		if i < 0 {
			lists = append(lists, slices.Clone(l))
			continue
		}
		for _, s := range l { // whoever started later knows more observers
			if lists[i].Get(s.ID) == nil {
				lists[i] = lists[i].With(s)
			}
		}
	}
	switch len(lists) {
	case 0:
		return m.Known, nil
	case 1:
		return lists[0], nil
	case 2:
		a, b := lists[0], lists[1]
		if ofA, ofB, two := Disjoint(a, b); two {
			return nil, &Refusal{fmt.Sprintf("servers run with the voters %s and others with %s: %s is a majority of the one and %s of the other, and they have no voter in common, so that there could be two leaders", a, b, set(ofA), set(ofB)),
				"restart the servers of one of the lists with the other by hand, one at a time, those that lead last"}
		}
		plain := m
		plain.Running = nil
		for _, l := range [][2]provision.Servers{{a, b}, {b, a}} {
			if t := plain.next(l[0]); t != nil && sameVoters(t.List, l[1]) {
				return l[0], nil
			}
		}
		// It was begun for another inventory: it is finished, or taken back, first.
		if m.ops(a) > m.ops(b) {
			return a, nil
		}
		return b, nil
	}
	var texts []string
	for _, l := range lists {
		texts = append(texts, l.String())
	}
	return nil, &Refusal{"the servers run with the voters " + strings.Join(texts, ", ") + ": with more than two lists nobody can tell which majorities agree",
		"restart servers by hand until no more than two lists are left, one at a time, those that lead last"}
}

// ops counts the voters by which a list differs from the inventory's.
func (m Membership) ops(l provision.Servers) int {
	n := 0
	for _, id := range l.Voters() {
		if s := m.To.Get(id); s == nil || !samePlace(*s, *l.Get(id)) {
			n++
		}
	}
	for _, id := range m.To.Voters() {
		if !l.Votes(id) {
			n++
		}
	}
	return n
}

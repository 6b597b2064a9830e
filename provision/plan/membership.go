package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// TransitionKind is what a transition does to the list of voters.
type TransitionKind string

// The kinds of transitions.
const (
	// Watch starts what is new as observers, with a list that only they have: one voter
	// that grows would be outvoted by blank ones, or wait for them in vain.
	Watch   TransitionKind = "observe"
	Add     TransitionKind = "add"
	Promote TransitionKind = "promote"
	TakeOut TransitionKind = "remove"
	Demote  TransitionKind = "demote"
	// Move gives a server another address, other ports or another host.
	Move TransitionKind = "move"
	// Handover restarts the leader as it is, so that another one leads: a server whose
	// list has the leader as no voter does not follow it.
	Handover TransitionKind = "hand over"
	// Relist changes nothing about the voters.
	Relist TransitionKind = "relist"
)

// Transition is the way from one server list to the next. Every majority of the one
// shares a voter with every majority of the other, so that there is never more than one
// leader that can commit, whoever has which list meanwhile.
type Transition struct {
	Kind TransitionKind `json:"kind"`
	// Server is the one that it is about; 0 where it is about none in particular.
	Server int `json:"server,omitempty"`
	// List is what every server has at the end of it.
	List provision.Servers `json:"list"`
	// Limited is set where only the servers in Only are started or restarted.
	Limited bool  `json:"limited,omitempty"`
	Only    []int `json:"only,omitempty"`
	// Together are restarted at once: of two voters neither finds the leader of the old
	// list by itself.
	Together []int `json:"together,omitempty"`
	// First is restarted before all others, Last after all others; 0 is nobody.
	First int `json:"first,omitempty"`
	Last  int `json:"last,omitempty"`
	// Retire are stopped and disabled: after all restarts or, where RetireFirst is set,
	// before anything is started in their place. Where else servers are that must not run
	// there is not a matter of the list.
	Retire      []int `json:"retire,omitempty"`
	RetireFirst bool  `json:"retire_first,omitempty"`
	// Outage is set where no order of restarts keeps a majority of both lists up.
	Outage bool `json:"outage,omitempty"`
}

// String returns the transition for people.
func (t Transition) String() string {
	server := "server " + strconv.Itoa(t.Server)
	switch t.Kind {
	case Watch:
		return "start " + serverNames(t.Only) + " as observers, until they have all data"
	case Add:
		return "add " + server + " as a voter: " + t.List.String()
	case Promote:
		return "make a voter of " + server + ": " + t.List.String()
	case TakeOut:
		return "take " + server + " out: " + t.List.String()
	case Demote:
		return "make an observer of " + server + ": " + t.List.String()
	case Move:
		s := t.List.Get(t.Server)
		return fmt.Sprintf("move %s to %s:%d:%d", server, s.Address, s.QuorumPort, s.ElectionPort)
	case Handover:
		return "restart " + server + " as it is, so that another one leads"
	}
	return "the same voters: " + t.List.String()
}

func serverNames(ids []int) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = strconv.Itoa(id)
	}
	if len(ids) == 1 {
		return "server " + texts[0]
	}
	return "the servers " + strings.Join(texts, ", ")
}

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
	// Leader leads; 0 where nobody is known to.
	Leader int
}

// Disjoint returns a majority of each of two lists that have no voter in common; ok is
// false where there are none.
func Disjoint(a, b provision.Servers) (ofA, ofB []int, ok bool) {
	pick := func(from, other provision.Servers, taken []int) []int {
		var all, shared []int
		for _, id := range from.Voters() {
			switch {
			case slices.Contains(taken, id):
			case other.Votes(id):
				shared = append(shared, id)
			default:
				all = append(all, id)
			}
		}
		if all = append(all, shared...); len(all) < from.Majority() {
			return nil
		}
		all = all[:from.Majority()]
		slices.Sort(all)
		return all
	}
	if len(a.Voters()) == 0 || len(b.Voters()) == 0 {
		return nil, nil, false
	}
	ofA = pick(a, b, nil)
	ofB = pick(b, a, ofA)
	return ofA, ofB, ofA != nil && ofB != nil
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
	if up := m.up(at); len(m.Running) > 0 && !m.heard(at) {
		return nil, &Refusal{
			fmt.Sprintf("the servers run with the voters %s, of which %d are a majority, and only %s run: who is not heard may know more", at, at.Majority(), set(up)),
			"start those that are down, and change the voters once a majority serves"}
	}
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
		m, at = m.after(*t), t.List
	}
	return nil, &Refusal{fmt.Sprintf("no way was found from the voters %s to %s", at, m.To), "change one voter at a time"}
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
		if s := m.To.Get(id); s == nil || *s != *l.Get(id) {
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

// sameVoters reports whether two lists have the same voters at the same addresses.
func sameVoters(a, b provision.Servers) bool {
	voters := func(l provision.Servers) provision.Servers {
		return slices.DeleteFunc(slices.Clone(l), func(s provision.Server) bool { return s.Role != inventory.Participant })
	}
	return voters(a).Same(voters(b))
}

// next returns the first transition from a list; nil where everybody runs with that of
// the inventory.
func (m Membership) next(at provision.Servers) *Transition {
	old, voters := m.converging(at)
	if old != nil {
		return m.finish(at, Transition{Kind: Relist, List: *old})
	}
	new := slices.DeleteFunc(m.To.Voters(), at.Votes)
	down := func(id int) bool { return slices.Contains(m.Down, id) || slices.Contains(m.Lost, id) }
	var gone, moved []int
	for _, id := range voters {
		s := m.To.Get(id)
		switch {
		case s == nil || s.Role != inventory.Participant:
			gone = append(gone, id)
		case *s != *at.Get(id):
			moved = append(moved, id)
		}
	}
	// Of those that go the leader is last, and before it the one with the greatest id,
	// which would lead next.
	slices.SortStableFunc(gone, func(a, b int) int {
		if (a == m.Leader) != (b == m.Leader) {
			if a == m.Leader {
				return 1
			}
			return -1
		}
		return b - a
	})
	waits := func(ids []int) bool { return len(ids) == 0 || taken(at, *m.To.Get(ids[0])) != nil }
	downFirst := func(a, b int) int { return order(!down(a), !down(b)) }
	slices.SortStableFunc(gone, downFirst)
	slices.SortStableFunc(moved, downFirst)
	// What is to have the place of another waits until that has left it.
	free := func(a, b int) int { return order(taken(at, *m.To.Get(a)) != nil, taken(at, *m.To.Get(b)) != nil) }
	slices.SortStableFunc(new, free)
	slices.SortStableFunc(moved, free)
	switch {
	case len(gone) > 0 && down(gone[0]):
		return m.take(at, gone[0])
	case len(moved) > 0 && down(moved[0]) && !waits(moved):
		return m.move(at, moved[0])
	case len(gone) > 0 && len(voters) > 1 && waits(new) && waits(moved):
		return m.take(at, gone[0])
	case len(new) > 0 && len(voters) == 1 && m.blind(at, new):
		return m.watch(at)
	case len(new) > 0 && (!waits(new) || waits(moved)):
		kind := Add
		if at.Get(new[0]) != nil {
			kind = Promote
		}
		return m.finish(at, Transition{Kind: kind, Server: new[0], First: new[0], List: m.along(at).With(*m.To.Get(new[0]))})
	case len(moved) > 0:
		return m.move(at, moved[0])
	case len(gone) > 0:
		return m.take(at, gone[0])
	}
	if list := m.along(at); !list.Same(at) || m.differs(list) {
		return m.finish(at, Transition{Kind: Relist, List: list})
	}
	return nil
}

// taken returns the server of a list that has the address, and a port, of another.
func taken(list provision.Servers, s provision.Server) *provision.Server {
	for i := range list {
		o := &list[i]
		if o.ID != s.ID && o.Address == s.Address && (o.QuorumPort == s.QuorumPort || o.ElectionPort == s.ElectionPort || o.QuorumPort == s.ElectionPort || o.ElectionPort == s.QuorumPort) {
			return o
		}
	}
	return nil
}

// order sorts false before true.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// converging returns the list of a transition that was begun for another inventory and
// has to be ended first; nil where there is none. voters are those of at.
func (m Membership) converging(at provision.Servers) (*provision.Servers, []int) {
	for _, id := range sortedKeys(m.Running) {
		l := m.Running[id]
		if sameVoters(l, at) {
			continue
		}
		plain := m
		plain.Running = nil
		if t := plain.next(at); t != nil {
			if !sameVoters(t.List, l) {
				list := l
				return &list, at.Voters()
			}
		}
	}
	return nil, at.Voters()
}

// differing counts the voters by which two lists differ.
func differing(a, b provision.Servers) int {
	n := 0
	for _, id := range a.Voters() {
		if !b.Votes(id) {
			n++
		}
	}
	for _, id := range b.Voters() {
		if !a.Votes(id) {
			n++
		}
	}
	return n
}

// differs reports whether a server of the list runs with another one.
func (m Membership) differs(list provision.Servers) bool {
	for id, l := range m.Running {
		if list.Get(id) != nil && !slices.Contains(m.Lost, id) && !l.Same(list) {
			return true
		}
	}
	return false
}

// blind reports whether a server that is to vote beside a single one lacks its data.
func (m Membership) blind(at provision.Servers, new []int) bool {
	return slices.ContainsFunc(new, func(id int) bool { return at.Get(id) == nil || slices.Contains(m.Blank, id) })
}

// along returns the list with the observers of the inventory: they vote in nothing.
func (m Membership) along(at provision.Servers) provision.Servers {
	var list provision.Servers
	for _, s := range at {
		to := m.To.Get(s.ID)
		// One that is to vote goes on to observe until its turn comes.
		if s.Role == inventory.Participant || to != nil && to.Role == inventory.Participant {
			list = list.With(s)
		}
	}
	for _, s := range m.To {
		if s.Role == inventory.Observer && !at.Votes(s.ID) && (taken(at, s) == nil || !at.Votes(taken(at, s).ID)) {
			list = list.With(s)
		}
	}
	return list
}

func (m Membership) watch(at provision.Servers) *Transition {
	t := Transition{Kind: Watch, Limited: true, List: slices.Clone(at)}
	for _, s := range m.To {
		if at.Votes(s.ID) {
			continue
		}
		s.Role = inventory.Observer
		if t.List = t.List.With(s); at.Get(s.ID) == nil || slices.Contains(m.Blank, s.ID) {
			t.Only = append(t.Only, s.ID)
		}
	}
	return &t
}

func (m Membership) move(at provision.Servers, id int) *Transition {
	t := Transition{Kind: Move, Server: id, First: id, List: m.along(at).With(*m.To.Get(id))}
	if m.leaves(at, id) {
		t.Retire, t.RetireFirst = []int{id}, true
		// The others have to do without it until it has copied everything.
		down := func(s provision.Server) bool {
			return s.ID != id && s.Role == inventory.Participant && slices.Contains(m.Down, s.ID) && m.starts(s)
		}
		if slices.ContainsFunc(at, down) {
			return m.finish(at, Transition{Kind: Relist, List: m.along(at)})
		}
	}
	return m.finish(at, t)
}

// strands returns why a voter cannot move to another machine: it begins there without
// data, and so without a vote, or with data that is old, and the others are too few to
// elect a leader that it could copy from. It is nil where it can.
func (m Membership) strands(at provision.Servers, t Transition) *Refusal {
	if t.Kind != Move || !t.RetireFirst {
		return nil
	}
	others := slices.DeleteFunc(m.up(at), func(id int) bool { return id == t.Server })
	if len(others) >= at.Majority() {
		return nil
	}
	return &Refusal{fmt.Sprintf("server %d cannot move to another host: it has no vote there before it has copied everything from a leader, and of the voters %s, of which %d are a majority, only %s would be left to elect one", t.Server, at, at.Majority(), set(others)),
		"start those that are down first; where there are none, add a server of another id on the new host, and take this one out once the new one votes"}
}

// leaves reports whether a server of a list is to run on another machine.
func (m Membership) leaves(at provision.Servers, id int) bool {
	return slices.Contains(m.Moved, id) && at.Get(id).Address != m.To.Get(id).Address
}

// starts reports whether a server of a list is started where it is down: the inventory has
// it in that place.
func (m Membership) starts(s provision.Server) bool {
	to := m.To.Get(s.ID)
	return to != nil && (!slices.Contains(m.Moved, s.ID) || to.Address == s.Address)
}

// take takes the vote of a server away.
func (m Membership) take(at provision.Servers, id int) *Transition {
	t := Transition{Kind: TakeOut, Server: id, List: m.along(at).Without(id)}
	if s := m.To.Get(id); s != nil {
		observer := *s
		if m.leaves(at, id) { // while it has a vote it is not stopped
			observer = *at.Get(id)
			observer.Role = inventory.Observer
		}
		t.Kind, t.Last, t.List = Demote, id, t.List.With(observer)
	}
	return m.finish(at, t)
}

// finish adds to a transition what follows from its list.
func (m Membership) finish(at provision.Servers, t Transition) *Transition {
	voters := t.List.Voters()
	// A server that leads and is to lead no more is restarted as it is first.
	leaves := t.Kind == TakeOut || t.Kind == Demote || t.RetireFirst
	if leaves && t.Server == m.Leader && len(at.Voters()) > 2 && len(voters) > 2 {
		return &Transition{Kind: Handover, Server: m.Leader, List: at, Limited: true, Only: []int{m.Leader}}
	}
	if len(voters) == 2 && !sameVoters(at, t.List) && !t.RetireFirst {
		t.Together = voters
		t.First = 0
	}
	if !t.RetireFirst {
		for _, s := range at {
			if t.List.Get(s.ID) == nil {
				t.Retire = append(t.Retire, s.ID)
			}
		}
		// One that was to go before, and that the inventory has again for later.
		for _, id := range sortedKeys(m.Running) {
			if at.Get(id) == nil && t.List.Get(id) == nil {
				t.Retire = append(t.Retire, id)
			}
		}
		slices.Sort(t.Retire)
	}
	up := 0 // once what is down is started
	for _, s := range at {
		if s.Role == inventory.Participant && (!slices.Contains(m.Down, s.ID) || m.starts(s)) {
			up++
		}
	}
	t.Outage = min(len(voters), len(at.Voters())) <= 2 || up-1 < at.Majority() && !slices.Contains(m.Down, t.Server)
	return &t
}

// after returns what will be known once a transition is made.
func (m Membership) after(t Transition) Membership {
	m.Running, m.Stray = nil, nil
	if t.Server == m.Leader {
		m.Leader = 0
	}
	started := func(id int) bool {
		s := t.List.Get(id)
		return s != nil && (!t.Limited || slices.Contains(t.Only, id)) && m.starts(*s)
	}
	m.Blank = slices.DeleteFunc(slices.Clone(m.Blank), started)
	m.Down = slices.DeleteFunc(slices.Clone(m.Down), started)
	return m
}

// set returns ids as a set.
func set(ids []int) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = strconv.Itoa(id)
	}
	return "{" + strings.Join(texts, ", ") + "}"
}

func sortedKeys[V any](m map[int]V) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

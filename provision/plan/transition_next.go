package plan

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

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
		case !samePlace(*s, *at.Get(id)):
			moved = append(moved, id)
		}
	}
	// Of those that go the leader is last, and before it the one with the greatest id,
	// which would lead next.
	slices.SortStableFunc(gone, func(a, b int) int {
		if is(m.Leader, a) != is(m.Leader, b) {
			if is(m.Leader, a) {
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
		return m.finish(at, Transition{Kind: kind, Server: &new[0], First: &new[0], List: m.along(at).With(within(at, *m.To.Get(new[0])))})
	case len(moved) > 0:
		return m.move(at, moved[0])
	case len(gone) > 0:
		return m.take(at, gone[0])
	}
	if t := m.listen(at); t != nil {
		return t
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
		if o.ID != s.ID && inventory.Meet(o.Address, s.Address) && (o.QuorumPort == s.QuorumPort || o.ElectionPort == s.ElectionPort || o.QuorumPort == s.ElectionPort || o.ElectionPort == s.QuorumPort) {
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
		if to != nil && samePlace(*to, s) && len(lacks(s, *to)) == 0 {
			s = *to // with no address that it does not listen on
		}
		// One that is to vote goes on to observe until its turn comes.
		if s.Role == inventory.Participant || to != nil && to.Role == inventory.Participant {
			list = list.With(s)
		}
	}
	for _, s := range m.To {
		if s.Role == inventory.Observer && !at.Votes(s.ID) && (taken(at, s) == nil || !at.Votes(taken(at, s).ID)) {
			if o := at.Get(s.ID); o != nil && len(lacks(*o, s)) > 0 {
				s = within(at, s)
			}
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
		if t.List = t.List.With(within(at, s)); at.Get(s.ID) == nil || slices.Contains(m.Blank, s.ID) {
			t.Only = append(t.Only, s.ID)
		}
	}
	return &t
}

func (m Membership) move(at provision.Servers, id int) *Transition {
	t := Transition{Kind: Move, Server: &id, First: &id, List: m.along(at).With(within(at, *m.To.Get(id)))}
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
	others := slices.DeleteFunc(m.up(at), func(id int) bool { return t.isAbout(id) })
	if len(others) >= at.Majority() {
		return nil
	}
	return &Refusal{fmt.Sprintf("server %d cannot move to another host: it has no vote there before it has copied everything from a leader, and of the voters %s, of which %d are a majority, only %s would be left to elect one", *t.Server, at, at.Majority(), set(others)),
		"start those that are down first; where there are none, add a server of another id on the new host, and take this one out once the new one votes"}
}

// leaves reports whether a server of a list is to run on another machine.
func (m Membership) leaves(at provision.Servers, id int) bool {
	return slices.Contains(m.Moved, id) && !inventory.Meet(at.Get(id).Address, m.To.Get(id).Address)
}

// starts reports whether a server of a list is started where it is down: the inventory has
// it in that place.
func (m Membership) starts(s provision.Server) bool {
	to := m.To.Get(s.ID)
	return to != nil && (!slices.Contains(m.Moved, s.ID) || inventory.Meet(to.Address, s.Address))
}

// take takes the vote of a server away.
func (m Membership) take(at provision.Servers, id int) *Transition {
	t := Transition{Kind: TakeOut, Server: &id, List: m.along(at).Without(id)}
	if s := m.To.Get(id); s != nil {
		observer := *s
		switch has := at.Get(id); {
		case m.leaves(at, id): // while it has a vote it is not stopped
			observer = *has
			observer.Role = inventory.Observer
		default:
			observer = within(at, observer)
		}
		t.Kind, t.Last, t.List = Demote, &id, t.List.With(observer)
	}
	return m.finish(at, t)
}

// finish adds to a transition what follows from its list.
func (m Membership) finish(at provision.Servers, t Transition) *Transition {
	voters := t.List.Voters()
	// A server that leads and is to lead no more is restarted as it is first.
	leaves := t.Kind == TakeOut || t.Kind == Demote || t.RetireFirst
	if leaves && m.Leader != nil && t.isAbout(*m.Leader) && len(at.Voters()) > 2 && len(voters) > 2 {
		return &Transition{Kind: Handover, Server: m.Leader, List: at, Limited: true, Only: []int{*m.Leader}}
	}
	if len(voters) == 2 && !sameVoters(at, t.List) && !t.RetireFirst {
		t.Together = voters
		t.First = nil
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
	t.Outage = min(len(voters), len(at.Voters())) <= 2 || up-1 < at.Majority() && (t.Server == nil || !slices.Contains(m.Down, *t.Server))
	return &t
}

// after returns what will be known once a transition from a list is made.
func (m Membership) after(at provision.Servers, t Transition) Membership {
	m.Stray = nil
	if t.Kind == Listen {
		// The others keep the lists that they have.
		running := make(map[int]provision.Servers)
		for _, s := range at {
			running[s.ID] = at
		}
		maps.Copy(running, m.Running)
		running[*t.Server] = t.List
		m.Running = running
	} else {
		m.Running = nil
	}
	if m.Leader != nil && t.isAbout(*m.Leader) {
		m.Leader = nil
	}
	started := func(id int) bool {
		s := t.List.Get(id)
		return s != nil && (!t.Limited || slices.Contains(t.Only, id)) && m.starts(*s)
	}
	m.Blank = slices.DeleteFunc(slices.Clone(m.Blank), started)
	m.Down = slices.DeleteFunc(slices.Clone(m.Down), started)
	return m
}

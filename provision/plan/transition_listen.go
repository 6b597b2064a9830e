package plan

import (
	"slices"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// listen returns the transition that has the first server listen on an address that it is to
// have more; nil where each does on all.
func (m Membership) listen(at provision.Servers) *Transition {
	for _, to := range m.To {
		s := at.Get(to.ID)
		if s == nil || !samePlace(*s, to) {
			continue
		}
		if more := lacks(*s, to); len(more) > 0 {
			both := *s
			both.Address = inventory.JoinAddresses(append(inventory.SplitAddresses(s.Address), more...))
			return m.finish(at, Transition{Kind: Listen, Server: &to.ID, Limited: true, Only: []int{to.ID}, List: at.With(both)})
		}
	}
	return nil
}

// lacks returns the addresses of one server that another lacks.
func lacks(s, other provision.Server) []string {
	has := inventory.SplitAddresses(s.Address)
	return slices.DeleteFunc(inventory.SplitAddresses(other.Address), func(a string) bool { return slices.Contains(has, a) })
}

// listened returns a list with the addresses that each running server was started with for
// itself, which it listens on.
func (m Membership) listened(list provision.Servers) provision.Servers {
	list = slices.Clone(list)
	for i := range list {
		if own := m.Running[list[i].ID].Get(list[i].ID); own != nil && samePlace(*own, list[i]) {
			list[i].Address = own.Address
		}
	}
	return list
}

// within returns a server with the addresses that it has in a list, where it has one of them
// still: what it listens on beside comes in a transition of its own.
func within(list provision.Servers, s provision.Server) provision.Server {
	if o := list.Get(s.ID); o != nil && inventory.Meet(o.Address, s.Address) {
		s.Address = o.Address
	}
	return s
}

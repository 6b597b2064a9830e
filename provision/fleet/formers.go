package fleet

import (
	"slices"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// former is a server that the inventory has no more, or on another host.
type former struct {
	provision.Placed
	// host is the name of its host in the ensembles of the run, shared is set where the
	// inventory has that host too, why tells why it cannot be reached.
	host   string
	shared bool
	why    error
	// runs is set where it runs there, or would be started at the next boot.
	runs bool
}

// formers returns the servers that have left the inventory, or have another host there,
// each in all places that records and notes have of it, and those that no record places.
func (r *run) formers(m *plan.Membership) (members []former, unplaced []int) {
	places := make(map[int][]provision.Placed)
	var ids []int
	know := func(p provision.Placed) {
		if !slices.ContainsFunc(places[p.ID], p.SameMachine) {
			places[p.ID] = append(places[p.ID], p)
			ids = append(ids, p.ID)
		}
	}
	for _, record := range r.records() {
		for _, p := range record.Servers {
			know(p)
			if m.Known.Get(p.ID) == nil {
				m.Known = m.Known.With(p.Server)
			}
		}
	}
	for _, h := range r.hosts() {
		for _, p := range r.seen[h.Name].Places {
			know(p)
		}
	}
	listed := make(map[int]bool)
	for _, l := range m.Running {
		for _, s := range l {
			listed[s.ID] = true
			ids = append(ids, s.ID)
		}
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		in := memberOf(r.final, id)
		known := len(members)
		for _, p := range places[id] {
			// What is at that address, by the inventory or because it runs with it, is the
			// same machine by another name, or has taken its place: no two have one address.
			own, to := m.Running[id].Get(id), m.To.Get(id)
			same := to != nil && inventory.Meet(to.Address, p.Address) || own != nil && inventory.Meet(own.Address, p.Address)
			if in.Instance == nil || !sameMachine(in.Host, p) && !same {
				members = append(members, r.former(p, members))
			}
		}
		switch found := len(members) > known; {
		case found && in.Instance != nil:
			m.Moved = append(m.Moved, id)
		case found && !listed[id]:
			m.Left = append(m.Left, id)
		case len(places[id]) == 0 && in.Instance == nil:
			unplaced = append(unplaced, id)
		}
	}
	return members, unplaced
}

// former returns a server with the name that its host has in this run.
func (r *run) former(p provision.Placed, others []former) former {
	one := former{Placed: p, host: p.Host}
	for i := range r.final.Hosts {
		if h := &r.final.Hosts[i]; sameMachine(h, p) {
			one.host, one.shared = h.Name, true
			return one
		}
	}
	for _, o := range others {
		if o.SameMachine(p) {
			one.host = o.host
			return one
		}
	}
	for r.final.Host(one.host) != nil || slices.ContainsFunc(others, func(o former) bool { return o.host == one.host }) {
		one.host = "former " + one.host
	}
	return one
}

// records returns the records of the hosts whose servers run or, where none does, of all:
// one that was left behind on a host may be old.
func (r *run) records() []*provision.Members {
	var running, all []*provision.Members
	for _, h := range r.hosts() {
		o, ok := r.seen[h.Name]
		if !ok || o.Members == nil {
			continue
		}
		all = append(all, o.Members)
		for _, in := range o.Instances {
			if in.Servers != nil {
				running = append(running, o.Members)
				break
			}
		}
	}
	if running != nil {
		return running
	}
	return all
}

func memberOf(e *inventory.Ensemble, id int) inventory.Member {
	for _, m := range e.Members() {
		if m.Instance.ID == id {
			return m
		}
	}
	return inventory.Member{}
}

// sameMachine reports whether a host of the inventory is reached as that of a server was.
func sameMachine(h *inventory.Host, p provision.Placed) bool {
	return p.SameMachine(provision.Placed{SSH: h.SSH, Local: h.Local})
}

// asItRuns returns the ensemble of the inventory with the former servers in the n-th place
// of each that can be reached or, where there are less, in the one where it runs.
func (r *run) asItRuns(members []former, n int) *inventory.Ensemble {
	list := provision.ServersOf(r.final)
	count, chosen := make(map[int]int), make(map[int]bool)
	for _, one := range members {
		if one.why != nil {
			continue
		}
		if count[one.ID] == n || !chosen[one.ID] && (one.runs || count[one.ID] == 0) {
			list = list.With(one.Server)
		}
		chosen[one.ID] = chosen[one.ID] || one.runs || count[one.ID] == n
		count[one.ID]++
	}
	return r.stage(list, members)
}

// stage returns the ensemble of one server list on the way: the hosts, roles, addresses
// and ports of then, and all else by the inventory.
func (r *run) stage(list provision.Servers, members []former) *inventory.Ensemble {
	e := *r.final
	e.Hosts = nil
	there := func(s *provision.Server) *former { return r.placeOf(s, members) }
	for _, h := range r.final.Hosts {
		instances := h.Instances
		h.Instances = nil
		for _, in := range instances {
			s := list.Get(in.ID)
			if s == nil || there(s) != nil {
				continue
			}
			in.Role, in.QuorumPort, in.ElectionPort = s.Role, s.QuorumPort, s.ElectionPort
			if s.Address != inventory.JoinAddresses((inventory.Member{Host: &h, Instance: &in}).Addresses()) {
				in.Listed = s.Address
			}
			h.Instances = append(h.Instances, in)
		}
		e.Hosts = append(e.Hosts, h)
	}
	for i := range members {
		one := &members[i]
		h := e.Host(one.host)
		if h == nil {
			e.Hosts = append(e.Hosts, inventory.Host{Name: one.host, Address: inventory.SplitAddresses(one.Address)[0], SSH: one.SSH, Local: one.Local})
			h = &e.Hosts[len(e.Hosts)-1]
		}
		if s := list.Get(one.ID); there(s) == one {
			in := one.Former(e.Name)
			in.Role, in.QuorumPort, in.ElectionPort, in.Listed = s.Role, s.QuorumPort, s.ElectionPort, s.Address
			h.Instances = append(h.Instances, in)
		}
	}
	retiring := func(h inventory.Host) bool { return r.shift != nil && r.shift.retire[h.Name] != nil }
	e.Hosts = slices.DeleteFunc(e.Hosts, func(h inventory.Host) bool { return h.Instances == nil && !retiring(h) })
	return &e
}

// placeOf returns where a server of a list is, if that is not where the inventory has it;
// nil where it is.
func (r *run) placeOf(s *provision.Server, members []former) *former {
	if s == nil {
		return nil
	}
	at := func(o provision.Server) bool {
		return inventory.Meet(o.Address, s.Address) && o.ElectionPort == s.ElectionPort && o.QuorumPort == s.QuorumPort
	}
	in := provision.ServersOf(r.final).Get(s.ID)
	if in != nil && at(*in) {
		return nil
	}
	var any *former
	for i := range members {
		switch one := &members[i]; {
		case one.ID != s.ID:
		case at(one.Server):
			return one
		case in == nil && (any == nil || one.runs && !any.runs):
			any = one
		}
	}
	return any
}

// isFormer reports whether a host has nothing of the inventory.
func (r *run) isFormer(h *inventory.Host) bool { return r.final.Host(h.Name) == nil }

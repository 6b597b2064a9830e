package fleet

import (
	"slices"
	"sync"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// shift is the transition that a run is in, on the way from the server list that runs to
// that of the inventory.
type shift struct {
	plan.Transition
	// path holds the transitions that are left, this one first.
	path []plan.Transition
	// retire are the instances that a host stops for good, by its name; elsewhere, anew and
	// generations are those of provision.Task.
	retire            map[string][]string
	elsewhere         []provision.Placed
	anew, generations map[string]string
}

// newShift returns the first transition of a path. A server is stopped in every place but
// the one that it has in the list of the transition.
func (r *run) newShift(path []plan.Transition, members []former) *shift {
	s := &shift{Transition: path[0], path: path, retire: make(map[string][]string), anew: make(map[string]string), generations: make(map[string]string)}
	staged := r.stage(s.List, members)
	to := provision.MembersOf(staged)
	stop := func(host string, p provision.Placed, leaves bool) {
		name := inventory.InstanceName(r.final.Name, p.ID)
		now := memberOf(staged, p.ID)
		switch {
		case now.Instance == nil && (s.Limited || !leaves), now.Instance != nil && now.Host.Name == host, slices.Contains(s.retire[host], name):
			return
		}
		s.retire[host] = append(s.retire[host], name)
	}
	for _, p := range provision.MembersOf(r.final).Servers {
		if h := r.final.Host(p.Host); r.failure(h) == nil {
			stop(p.Host, p, slices.Contains(s.Retire, p.ID))
		}
		if now := to.Place(p.ID); now == nil || !now.SameMachine(p) {
			s.elsewhere = append(s.elsewhere, p)
		}
	}
	for _, one := range members {
		if one.why == nil {
			stop(one.host, one.Placed, true)
		}
		if now := to.Place(one.ID); now == nil || !now.SameMachine(one.Placed) {
			s.elsewhere = append(s.elsewhere, one.Placed)
		}
	}
	if s.Kind == plan.Handover {
		m := memberOf(r.Ensemble, *s.Server)
		if m.Instance != nil {
			state := r.seen[m.Host.Name].Instances[m.Instance.Name]
			s.anew[m.Instance.Name] = state.Unit.InvocationID
			if state.Kept {
				s.generations[m.Instance.Name] = state.Generation
			}
		}
	}
	return s
}

// moved returns a server of an ensemble that is stopped in another place than it has there,
// and the host of that; none where there is none.
func (s *shift) moved(e *inventory.Ensemble) (inventory.Member, string) {
	for _, m := range e.Members() {
		for host, names := range s.retire {
			if host != m.Host.Name && slices.Contains(names, m.Instance.Name) {
				return m, host
			}
		}
	}
	return inventory.Member{}, ""
}

// setShift sets the transition that the run is at; nil where it is at none.
func (r *run) setShift(s *shift) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shift = s
}

// become lets the run go on with another ensemble.
func (r *run) become(e *inventory.Ensemble) {
	if e == r.Ensemble {
		return
	}
	if r.watch != nil {
		r.watch.close()
		r.watch = nil
	}
	for _, h := range e.Hosts {
		r.adopt(h.Name)
	}
	r.pulse.mu.Lock()
	defer r.pulse.mu.Unlock()
	r.Ensemble = e
}

// adopt lets the run know of a host.
func (r *run) adopt(host string) {
	r.pulse.mu.Lock()
	if r.pulse.hosts[host] == nil {
		r.pulse.hosts[host] = newVital()
	}
	r.pulse.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.connecting[host] == nil {
		r.connecting[host] = new(sync.Mutex)
	}
}

// limited reports whether a host may be changed now, and which of its instances alone;
// none is all.
func (r *run) limited(h *inventory.Host) (only []string, may bool) {
	if r.shift == nil || !r.shift.Limited {
		return r.Fleet.limited(h)
	}
	for _, in := range h.Instances {
		if slices.Contains(r.shift.Only, in.ID) {
			only = append(only, in.Name)
		}
	}
	// Where what is started is, and where it was, is noted and stopped on other hosts too.
	if only == nil && r.shift.Kind == plan.Watch {
		only = []string{noInstance}
	}
	return only, only != nil
}

// noInstance is the name of none: a host that is limited to it changes none of its own.
const noInstance = "-"

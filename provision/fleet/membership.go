package fleet

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// memberUnreachable is found where a server leaves the ensemble and its host cannot be
// reached.
const memberUnreachable = "member-unreachable"

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

// reshape compares the lists of the servers that run with that of the inventory. Where
// they differ, the run goes on with the ensemble of the first transition between them. It
// returns what stands against it, and what has to be known.
func (r *run) reshape(ctx context.Context, decided decision) (finding.Findings, error) {
	m := plan.Membership{To: provision.ServersOf(r.final), Running: make(map[int]provision.Servers)}
	r.readLists(&m)
	members, unplaced := r.formers(&m)
	same := len(members)+len(unplaced) == 0
	for _, l := range m.Running {
		same = same && l.Same(m.To)
	}
	if same && len(m.Running) > 0 {
		return nil, nil
	}
	refused := func(message, hint string, commands ...finding.Command) finding.Findings {
		return finding.Findings{{Name: membershipChange, Severity: finding.Critical, Refusal: true, Message: message, Hint: hint, Commands: commands}}
	}
	switch {
	case len(m.Running) == 0 && decided.lost != nil:
		return finding.Findings{*decided.lost}, nil
	case len(m.Running) == 0:
		// All that is left is what was remembered. With the same voters they may start
		// with whatever list, all at once.
		if f := unwarranted(r.final, decided.census); f != nil {
			return finding.Findings{*f}, nil
		}
		return nil, nil
	case r.Generations != nil:
		// What was kept has the list of then, whatever comes on the way to it.
		return refused("the servers run with another list of servers than the inventory, "+m.To.String()+": that is changed one voter after the other, by an apply, and not by going back",
			"nothing was changed; apply the inventory first, or take the one that has the servers that run", finding.Command{Line: r.command("apply")}), nil
	case len(unplaced) > 0:
		return refused(fmt.Sprintf("the servers that run know of %s, which the inventory does not have, and no record tells on which host it is", servers(unplaced)),
			"put it back into the inventory and apply that once: then each host remembers where every server is, and it can be taken out"), nil
	case len(r.Limit) > 0:
		return refused("the servers that run have another list of servers than the inventory, "+m.To.String()+": that is changed on all hosts, one voter after the other, and not on some",
			"nothing was changed", finding.Command{Line: r.command("apply")}), nil
	}
	found, err := r.reach(ctx, &m, members)
	if err != nil {
		return found, err
	}
	path, err := m.Path()
	var refusal *plan.Refusal
	switch {
	case errors.As(err, &refusal):
		return append(found, refused(refusal.Message, "nothing was changed; "+refusal.Hint)...), nil
	case err != nil:
		return found, err
	case len(path) == 0:
		r.become(r.final)
		return found, nil
	}
	if f := r.outage(path); f != nil {
		found = append(found, *f)
	}
	next := r.newShift(path, members)
	if m, _ := next.moved(r.stage(next.List, members)); r.NoRestart && m.Instance != nil {
		return append(found, refused("to "+next.String()+" a server is stopped on one host before it is started on another, and what runs is to be left as it is",
			"nothing was changed", finding.Command{Line: r.command("apply")})...), nil
	}
	r.setShift(next)
	r.become(r.stage(path[0].List, members))
	return found, r.hostsStep("observe", func() error { return r.observe(ctx) })
}

// unwarranted returns that no server runs that could vouch for other voters than those
// that formed the ensemble; nil where they are the same.
func unwarranted(e *inventory.Ensemble, c provision.Census) *finding.Finding {
	if c.Formed == nil || len(c.Gone) == 0 && c.Voters == len(c.Formed) {
		return nil
	}
	if f := refused(e, c); f != nil {
		return f
	}
	var voters []int
	for _, m := range e.Members() {
		if m.Instance.Role == inventory.Participant {
			voters = append(voters, m.Instance.ID)
		}
	}
	return &finding.Finding{Name: membershipChange, Severity: finding.Critical, Refusal: true,
		Message: fmt.Sprintf("the voters %s formed this ensemble, the inventory has %s, and none of those that can be asked runs: which majority knows all cannot be told", ids(c.Formed), ids(voters)),
		Hint:    "nothing was changed; apply an inventory with the voters " + ids(c.Formed) + " first, which starts them, and change the voters then"}
}

// readLists takes over with which lists servers run, and which have no data.
func (r *run) readLists(m *plan.Membership) {
	for _, one := range r.Ensemble.Members() {
		o, seen := r.seen[one.Host.Name]
		if !seen {
			continue
		}
		id := one.Instance.ID
		if l := o.Instances[one.Instance.Name].Servers; l != nil {
			m.Running[id] = l
		}
		if data, ok := o.Facts.DataDirs[one.Instance.Name]; ok && data.Error == "" && !data.History && !data.SnapshotPresent && !slices.Contains(m.Blank, id) {
			m.Blank = append(m.Blank, id)
		}
	}
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
			same := to != nil && to.Address == p.Address || own != nil && own.Address == p.Address
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

// reach connects to the hosts of former servers, and asks all servers how they are.
func (r *run) reach(ctx context.Context, m *plan.Membership, members []former) (finding.Findings, error) {
	var hosts []*inventory.Host
	for _, one := range members {
		h := &inventory.Host{Name: one.host, Address: one.Address, SSH: one.SSH, Local: one.Local}
		if !one.shared && r.on(h) == nil && r.failure(h) == nil && !slices.ContainsFunc(hosts, func(o *inventory.Host) bool { return o.Name == h.Name }) {
			r.adopt(h.Name)
			hosts = append(hosts, h)
		}
	}
	if len(hosts) > 0 {
		if err := r.hostsStep("connect", func() error { return r.connect(ctx, hosts) }); err != nil {
			return nil, err
		}
	}
	var found finding.Findings
	for i := range members {
		one := &members[i]
		if one.why = r.failure(&inventory.Host{Name: one.host}); one.why == nil {
			continue
		}
		m.Lost = append(m.Lost, one.ID)
		name := inventory.InstanceName(r.final.Name, one.ID)
		found = append(found, finding.Finding{Name: memberUnreachable, Severity: finding.Warning, Host: one.host, Instance: name,
			Message:  fmt.Sprintf("has left this host by the inventory, and the host, %s, cannot be reached to stop it: %v", one.Address, one.why),
			Hint:     "it is taken out of the lists all the same, and a single one is no majority of any list; before the host comes back, see that it does not start it",
			Commands: []finding.Command{{Host: one.Placed.Host, Line: "systemctl disable --now " + name}}})
	}
	if len(members) > 0 {
		r.become(r.asItRuns(members, 0))
		if !r.readOnly && len(hosts) > 0 {
			if err := r.each(ctx, slices.DeleteFunc(hosts, func(h *inventory.Host) bool { return r.failure(h) != nil }), r.lockHost); err != nil {
				return found, err
			}
		}
		if err := r.lookAtAll(ctx, m, members); err != nil {
			return found, err
		}
	}
	reports, err := r.probeOnce(ctx, false)
	if err != nil {
		return found, err
	}
	var voters []int
	for _, l := range m.Running {
		voters = append(voters, l.Voters()...)
	}
	slices.Sort(voters)
	for _, id := range slices.Compact(voters) {
		switch a := reports[id].Answer; {
		case !a.Running:
			m.Down = append(m.Down, id)
		case a.Serving && a.Mode == ensemble.Leader:
			m.Leader = id
		}
	}
	return found, nil
}

// lookAtAll observes the former servers in each of their places, and those of the
// inventory, and goes on with them where they run.
func (r *run) lookAtAll(ctx context.Context, m *plan.Membership, members []former) error {
	count, most := make(map[int]int), 1
	for _, one := range members {
		if one.why == nil {
			count[one.ID]++
			most = max(most, count[one.ID])
		}
	}
	for n := range most {
		r.become(r.asItRuns(members, n))
		if err := r.hostsStep("observe", func() error { return r.observe(ctx) }); err != nil {
			return err
		}
		r.readLists(m)
		for i := range members {
			one := &members[i]
			state, seen := r.seen[one.host].Instances[inventory.InstanceName(r.final.Name, one.ID)]
			one.runs = one.runs || one.why == nil && seen && (state.Unit.RunsOrStarts() || state.Unit.Enabled())
		}
	}
	for _, one := range members {
		if in := memberOf(r.final, one.ID); in.Instance != nil && one.runs && !slices.Contains(m.Stray, one.ID) {
			m.Stray = append(m.Stray, one.ID)
		}
	}
	if most == 1 {
		return nil
	}
	r.become(r.asItRuns(members, most))
	return r.hostsStep("observe", func() error { return r.observe(ctx) })
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
			if s.Address != h.Address {
				in.Address = s.Address
			}
			h.Instances = append(h.Instances, in)
		}
		e.Hosts = append(e.Hosts, h)
	}
	for i := range members {
		one := &members[i]
		h := e.Host(one.host)
		if h == nil {
			e.Hosts = append(e.Hosts, inventory.Host{Name: one.host, Address: one.Address, SSH: one.SSH, Local: one.Local})
			h = &e.Hosts[len(e.Hosts)-1]
		}
		if s := list.Get(one.ID); there(s) == one {
			in := one.Former(e.Name)
			in.Role, in.QuorumPort, in.ElectionPort, in.Address = s.Role, s.QuorumPort, s.ElectionPort, s.Address
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
		return o.Address == s.Address && o.ElectionPort == s.ElectionPort && o.QuorumPort == s.QuorumPort
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
		m := memberOf(r.Ensemble, s.Server)
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

// outage returns that a path leads through moments without a quorum; nil where it does
// not, or where that is allowed.
func (r *run) outage(path []plan.Transition) *finding.Finding {
	var texts []string
	for _, t := range path {
		if t.Outage {
			texts = append(texts, t.String())
		}
	}
	if texts == nil || r.AllowOutage {
		return nil
	}
	return &finding.Finding{Name: "outage-needed", Severity: finding.Critical, Refusal: true,
		Message:  "on the way there is no quorum for a moment, as no majority of both lists can stay up: " + strings.Join(texts, "; "),
		Hint:     "choose a time at which the clients can do without, and allow it",
		Commands: []finding.Command{{Line: r.command("apply", "--allow-outage")}}}
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

// isFormer reports whether a host has nothing of the inventory.
func (r *run) isFormer(h *inventory.Host) bool { return r.final.Host(h.Name) == nil }

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

// otherVoters finds a server that runs with other voters than the inventory's: by that it
// cannot be told which servers are a majority.
func (r *run) otherVoters() *finding.Finding {
	list := provision.ServersOf(r.Ensemble)
	for _, m := range r.Ensemble.Members() {
		l := r.seen[m.Host.Name].Instances[m.Instance.Name].Servers
		if l == nil || slices.Equal(l.Voters(), list.Voters()) {
			continue
		}
		return &finding.Finding{Name: membershipChange, Severity: finding.Critical, Refusal: true, Host: m.Host.Name, Instance: m.Instance.Name,
			Message:  fmt.Sprintf("it runs with the voters %s, and the inventory has %s: whether a majority stays up cannot be told by the inventory", l, list),
			Hint:     "apply the inventory first, or take the one that has the servers that run",
			Commands: []finding.Command{{Line: r.command("apply")}}}
	}
	return nil
}

// servers names servers by their ids.
func servers(of []int) string {
	if len(of) == 1 {
		return "server " + ids(of)
	}
	return "the servers " + ids(of)
}

// shiftOn plans the transition that comes next. None is made twice.
func (r *run) shiftOn(ctx context.Context, o *Outcome) error {
	r.shifted = append(r.shifted, r.shift.Transition)
	r.approved, o.planned = nil, len(o.Restarted)
	if err := r.replan(ctx, o); err != nil {
		return err
	}
	made := func(t plan.Transition) bool { return reflect.DeepEqual(t, r.shift.Transition) }
	if r.shift != nil && slices.ContainsFunc(r.shifted, made) {
		return &provision.Error{Kind: provision.Failed, Name: membershipChange,
			Message: "the servers are no closer to the inventory than before: what comes next was made already: " + r.shift.String(), Hint: "see what " + r.command("plan") + " says, and run the same command again"}
	}
	if err := r.deliver(ctx, o); err != nil {
		return err
	}
	return o.Plan.Stops()
}

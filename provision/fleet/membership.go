package fleet

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// memberUnreachable is found where a server leaves the ensemble and its host cannot be
// reached.
const memberUnreachable = "member-unreachable"

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
	if now := m.Now(); len(now.Voters()) > 0 {
		r.runs = r.stage(now, members)
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

// reach connects to the hosts of former servers, and asks all servers how they are.
func (r *run) reach(ctx context.Context, m *plan.Membership, members []former) (finding.Findings, error) {
	var hosts []*inventory.Host
	for _, one := range members {
		h := &inventory.Host{Name: one.host, Address: inventory.SplitAddresses(one.Address)[0], SSH: one.SSH, Local: one.Local}
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
	reports, err := r.settledReports(ctx)
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
			m.Leader = &id
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

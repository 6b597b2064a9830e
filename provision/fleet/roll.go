package fleet

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// order puts the restarts from the n-th step on in their order by what the servers say
// now. A server that cannot be asked is taken for one that does not serve.
func (r *run) order(ctx context.Context, o *Outcome, n int) error {
	reports, err := r.probeOnce(ctx, false)
	if err != nil {
		return err
	}
	copy(o.Plan.Steps[n:], r.ranks(reports).Order(o.Plan.Steps[n:]))
	return nil
}

// ranks orders restarts by reports of the servers.
func (r *run) ranks(reports map[int]provision.Report) plan.Ranks {
	ranks := plan.Ranks{Ensemble: r.Ensemble, Answers: plan.Answers(reports), Failed: r.failedBefore()}
	scene := plan.Scene{Reports: reports}
	for _, m := range r.Ensemble.Members() {
		if scene.Flaps(m) {
			ranks.Flapping = append(ranks.Flapping, m.Instance.Name)
		}
	}
	if r.shift != nil {
		ranks.First, ranks.Last = r.shift.Lists(r.Ensemble)
	}
	return ranks
}

// errMoved ends the turn of a server that has become the leader while it waited for the
// others, and is none of the last.
var errMoved = errors.New("it leads now, and goes last")

// leadsNow reports whether the leadership has moved to the servers of a step, and others
// of some steps are to be restarted before.
func (r *run) leadsNow(step plan.Step, all []plan.Step) bool {
	s, _ := r.watching().scene(time.Now())
	ranks := r.ranks(s.Reports)
	i := slices.IndexFunc(all, func(s plan.Step) bool { return s.Name == step.Name })
	return i >= 0 && ranks.Leads(step) && ranks.Order(all[i:])[0].Name != step.Name
}

// failedBefore returns the instances whose last restart did not end well, by name.
func (r *run) failedBefore() []string {
	var names []string
	for _, o := range r.seen {
		for name, in := range o.Instances {
			if in.Failed {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// failedLast returns of which servers that are to be restarted the last restart did not end
// well.
func (r *run) failedLast(steps []plan.Step) finding.Findings {
	var found finding.Findings
	failed := r.failedBefore()
	for _, m := range r.Ensemble.Members() {
		name := m.Instance.Name
		if slices.Contains(failed, name) && slices.ContainsFunc(steps, func(s plan.Step) bool { return slices.Contains(s.Instances, name) }) {
			found = append(found, finding.Finding{Name: restartFailed, Severity: finding.Warning, Host: m.Host.Name, Instance: name,
				Message: "its last restart did not end well, and it got back what it ran with before; it goes first, and no other server is restarted until it serves"})
		}
	}
	return found
}

// wanted returns the choice of the steps that an apply takes.
func (r *run) wanted(o *Outcome) func(plan.Step) bool {
	return func(s plan.Step) bool {
		switch {
		case s.Restarts():
			return !r.NoRestart && (r.StopAfter <= 0 || len(o.Restarted) < r.StopAfter)
		case s.Retires():
			// One that goes has its place in the lists that run until all are restarted. One
			// that moves has to be stopped before it is started elsewhere.
			return r.moves(s) || len(o.Pending()) == 0
		case s.Name == plan.Prove && len(o.Pending()) > 0 && r.shift != nil:
			return false // those that are left have the list of before
		case s.Name == plan.Record && len(o.Pending()) > 0:
			// A record that there is stays for as long as servers run with what they were
			// started with: it may be all that tells of voters that the inventory takes out.
			return slices.ContainsFunc(s.Changes, func(h plan.HostChanges) bool { return slices.ContainsFunc(h.Changes, unwritten) })
		case s.Name == plan.Tidy && len(o.Pending()) > 0:
			return false // what they run with may be needed for a way back
		}
		return true
	}
}

// moves reports whether a step that stops servers stops them where they are to be no more:
// the ensemble has them elsewhere.
func (r *run) moves(s plan.Step) bool {
	return slices.ContainsFunc(s.Changes, func(h plan.HostChanges) bool {
		return slices.ContainsFunc(h.Changes, func(c provision.Change) bool {
			return slices.ContainsFunc(r.Ensemble.Members(), func(m inventory.Member) bool { return m.Instance.Name == c.Instance })
		})
	})
}

// Pending returns the instances that run and are still to be restarted, by name.
func (o *Outcome) Pending() []string {
	if o.Plan == nil {
		return nil
	}
	var names []string
	for _, s := range o.Plan.Steps {
		for _, name := range s.Instances {
			if !slices.Contains(o.Restarted[o.planned:], name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// dangers returns what restarts would do to the quorum, each with what to type.
func (r *run) dangers(s plan.Sorting, steps []plan.Step) finding.Findings {
	found := s.Dangers(steps)
	for i := range found {
		f := &found[i]
		switch {
		case !f.Refusal:
		case f.Name == plan.OutageNeeded, f.Name == plan.QuorumLost && !s.AllowOutage:
			f.Commands = []finding.Command{{Line: r.command(r.verb(), "--allow-outage")}}
		default:
			f.Commands = []finding.Command{{Line: r.command("check")}}
		}
	}
	return found
}

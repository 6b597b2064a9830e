package fleet

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/zkprov/zkprov/internal/failpoint"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// walk carries a plan out: it is the one executor. Of each step it waits for the gates
// before, makes the changes, and waits for the gates after. The first failure ends it,
// and a step that has a way back is undone. Steps that only does not want are left out.
func (r *run) walk(ctx context.Context, o *Outcome, only func(plan.Step) bool) error {
	defer r.rolled()
	moved := 0 // how often the leadership came to a server whose turn it was
	for n := 0; n < len(o.Plan.Steps); n++ {
		rolls := func(s plan.Step) bool { return s.Restarts() && only(s) }
		if rolls(o.Plan.Steps[n]) || n == 0 && slices.ContainsFunc(o.Plan.Steps, rolls) {
			if err := r.sole(ctx); err != nil {
				return err
			}
		}
		if rolls(o.Plan.Steps[n]) {
			if err := r.order(ctx, o, n); err != nil {
				return err
			}
			r.rolls(o.Plan.Steps[n:], max(0, r.StopAfter-len(o.Restarted)))
		}
		step := o.Plan.Steps[n]
		if !only(step) {
			continue
		}
		if !step.Restarts() {
			r.rolled()
		}
		left := func(host string) []provision.Change { return o.Plan.Left(n, host, only) }
		err := r.take(ctx, o, step, left, moved > len(o.Plan.Steps))
		if errors.Is(err, errMoved) {
			moved++
			n--
			continue
		}
		if err != nil {
			return err
		}
		if !step.Anew || len(o.Pending()) > 0 {
			continue
		}
		r.rolled() // the servers of the next plan may be others
		if step.Name != plan.Java {
			if err := r.shiftOn(ctx, o); err != nil {
				return err
			}
			n = -1
			continue
		}
		r.approved = r.approved.Without(step.Name)
		if err := r.replan(ctx, o); err != nil {
			return err
		}
		if slices.ContainsFunc(o.Plan.Steps, func(s plan.Step) bool { return s.Name == plan.Java }) {
			return &provision.Error{Kind: provision.Failed, Message: "what was installed is not found: the same would be installed again", Hint: "see what " + r.command("plan") + " says"}
		}
		n = -1
	}
	return nil
}

// take takes one step. left returns the changes of a host that are approved and not this
// step's to make. An interruption is no failure of the step, but a server that is down for
// its restart then is seen back before anybody leaves. A server that leads by the time at
// which its turn has come, and is not the last, is put off with errMoved, but for again.
func (r *run) take(ctx context.Context, o *Outcome, step plan.Step, left func(host string) []provision.Change, again bool) (err error) {
	r.at(step.Name)
	r.rolling.enters(step.Instances, RollNext)
	var turn error
	defer func() { r.rolling.turned(step, turn) }()
	o.begins(r, nil)
	if err := r.pass(ctx, o, step.Before); err != nil {
		turn = err
		if step.Restarts() && ctx.Err() == nil {
			err = r.rollHeld(o, step, err)
		}
		return err
	}
	if step.Restarts() && step.Reboots() == "" && !again && r.leadsNow(step, o.Plan.Steps) {
		turn = errMoved
		return errMoved
	}
	failpoint.Reached(failpoint.Here, failpoint.Before, "step", step.Name)
	r.rolling.enters(step.Instances, RollRestarts)
	err, held := r.guarded(ctx, o, step, left)
	failpoint.Reached(failpoint.Here, failpoint.After, "step", step.Name)
	if err == nil {
		r.rolling.enters(step.Instances, RollReturns)
		err = r.pass(ctx, o, step.After)
	}
	turn = err
	switch {
	case held != nil && o.begunBy(r) == nil:
		err = r.rollHeld(o, step, held)
		turn = err
	case err != nil && step.Restarts():
		err, turn = r.unrestarted(ctx, o, step, err)
	}
	if err == nil {
		o.Restarted = append(o.Restarted, step.Instances...)
	} else if step.Name == plan.Start && ctx.Err() == nil {
		err = r.unstarted(o, err)
	}
	return err
}

// everyStep is for a walk of all steps.
func everyStep(plan.Step) bool { return true }

// carryOut makes the changes of one step on all hosts and ends when all have ended. A
// failure on one lets the others finish and stops the run. later returns the changes of
// a host that other steps are to make.
func (r *run) carryOut(ctx context.Context, o *Outcome, step plan.Step, later func(host string) []provision.Change) error {
	var hosts []*inventory.Host
	for _, h := range step.Changes {
		host := r.Ensemble.Host(h.Host)
		switch {
		case r.failure(host) == nil:
			hosts = append(hosts, host)
		case step.Instances != nil, step.Retires():
			return r.failures([]*inventory.Host{host})
		}
		// Any other step goes on without a host that was lost while the quorum was waited for.
	}
	if len(hosts) == 0 {
		return nil
	}
	return r.step(step.Name, func() error {
		err := r.all(ctx, hosts, func(ctx context.Context, h *inventory.Host) error {
			err := r.make(ctx, o, h, r.taskOf(o.Plan, h), step, later(h.Name))
			if step.Reboots() == "" {
				return err
			}
			return r.awaitBoot(ctx, h, err)
		})
		o.count(r, hosts)
		r.watch.forgetAll() // no gate after it is judged by what was before
		if err != nil {
			return errors.Join(err, r.unfinished(hosts))
		}
		return r.failures(hosts)
	})
}

// make makes the changes of a step on one host. later are those that are approved beside
// them.
func (r *run) make(ctx context.Context, o *Outcome, h *inventory.Host, t provision.Task, step plan.Step, later []provision.Change) (err error) {
	defer func() {
		if err != nil {
			r.report(Event{Kind: HostEnd, Host: h.Name, Text: step.Name, Done: true, Error: err.Error()})
		}
	}()
	changes := step.On(h.Name)
	if err := r.relock(ctx, h, t, slices.Concat(changes, later)); err != nil {
		return err
	}
	var over atomic.Bool
	defer over.Store(true)
	return r.pulse.changing(h, step.Doing(), func(begun func(*provision.Change)) error {
		return r.on(h).Apply(ctx, t, changes, later, func(e provision.Event) {
			if over.Load() {
				return // it was given up, and goes on all the same
			}
			when := failpoint.Before
			if e.Done {
				begun(nil)
				when = failpoint.After
			} else {
				begun(&e.Change)
			}
			failpoint.Reached(failpoint.Here, when, h.Name, string(e.Change.Action), e.Change.Resource)
			r.changed(o, h, e)
		})
	})
}

// unfinished returns the failures of hosts other than that the run was interrupted.
func (r *run) unfinished(hosts []*inventory.Host) error {
	return r.failures(slices.DeleteFunc(slices.Clone(hosts), func(h *inventory.Host) bool {
		return errors.Is(r.failure(h), context.Canceled)
	}))
}

// changed counts and reports a change.
func (r *run) changed(o *Outcome, h *inventory.Host, e provision.Event) {
	switch {
	case e.Done && e.Error == "":
		r.mu.Lock()
		o.Changed[h.Name]++
		r.mu.Unlock()
	case !e.Done && e.Change.Kind() == provision.KindRestarted:
		o.begins(r, &e.Change)
	}
	r.report(Event{Kind: HostChange, Host: h.Name, Text: e.Change.Summary, Change: &e.Change, Done: e.Done, Took: e.Took, Error: e.Error})
}

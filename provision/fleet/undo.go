package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// begins notes that a step has begun to restart an instance; nil is a step that begins.
func (o *Outcome) begins(r *run, c *provision.Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c == nil {
		o.begun = nil
		return
	}
	o.begun = append(o.begun, c.Instance)
}

// begunBy returns the instances that the present step has begun to restart.
func (o *Outcome) begunBy(r *run) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(o.begun)
}

// unrestarted ends a restart that failed, or that the run was interrupted in, as why says:
// what does not serve gets back what it ran with before. That is not interrupted, and
// neither is the wait for a server that was being restarted. turn is nil where it was
// restarted all the same.
func (r *run) unrestarted(ctx context.Context, o *Outcome, step plan.Step, why error) (err, turn error) {
	patient := context.WithoutCancel(ctx)
	if ctx.Err() != nil {
		back := plan.Gate{Kind: plan.Back, Instances: o.begunBy(r), Within: r.formLimit()}
		lost := slices.ContainsFunc(step.Changes, func(h plan.HostChanges) bool { return r.isLost(r.Ensemble.Host(h.Host)) })
		if back.Instances == nil || lost || step.Reboots() != "" {
			return why, why
		}
		r.report(Event{Kind: Progress, Text: fmt.Sprintf("waits until %s; another Ctrl-C leaves at once", back)})
		r.rolling.leaves()
		r.rolling.enters(step.Instances, RollReturns)
		failed := r.pass(patient, o, []plan.Gate{back})
		if failed == nil {
			o.Restarted = append(o.Restarted, back.Instances...)
			if len(back.Instances) == len(step.Instances) {
				return why, nil
			}
			return why, why
		}
		why = errors.Join(why, failed)
	}
	s, _ := r.watching().scene(time.Now())
	stays := step.Stays(s)
	var undone error
	if step.Undo != nil && !stays {
		r.rolling.enters(step.Instances, RollUndoes)
		undone = r.undo(patient, o, step)
	}
	err = r.rollFailed(o, step, stays, why, undone)
	if ctx.Err() != nil && !errors.Is(err, context.Canceled) {
		err = errors.Join(ctx.Err(), err)
	}
	return err, err
}

// undo gives the instances of a step their generations of before again, on hosts that
// failed in the step too: not on those that were lost, whose session is gone.
func (r *run) undo(ctx context.Context, o *Outcome, step plan.Step) error {
	var hosts []*inventory.Host
	for _, c := range step.Changes {
		if h := r.Ensemble.Host(c.Host); !r.isLost(h) {
			hosts = append(hosts, h)
		}
	}
	if len(hosts) == 0 {
		return nil
	}
	back := plan.Step{Name: "undo " + step.Name}
	r.at(back.Name)
	return r.step(back.Name, func() error {
		var errs []error
		for _, h := range hosts {
			t := r.taskOf(o.Plan, h)
			t.Generations, t.Anew, t.Undoing, t.Only, t.By.Command = step.Undo.Generations, nil, true, nil, "undo"
			for _, name := range instanceNames(h) {
				if slices.Contains(step.Instances, name) {
					t.Only = append(t.Only, name)
				}
			}
			if err := r.goBack(ctx, o, h, t, back); err != nil {
				errs = append(errs, &plan.HostError{Host: h.Name, Err: fmt.Errorf("cannot undo the step: %w", err)})
			}
		}
		if errs != nil {
			return errors.Join(errs...)
		}
		r.watch.forgetAll()
		_, err := r.await(ctx, plan.Gate{Kind: plan.Back, Instances: step.Instances, Within: r.formLimit()})
		if u := (*unmet)(nil); errors.As(err, &u) {
			err = r.notBack(u)
		}
		return err
	})
}

// undoTries is how often a host plans its way back. A server that ends again and again
// may be another one by the time at which what was planned is made.
const undoTries = 5

// goBack makes what a host plans for a task with generations of before, until there is
// nothing left. What all its instances share stays as it is.
func (r *run) goBack(ctx context.Context, o *Outcome, h *inventory.Host, t provision.Task, back plan.Step) error {
	for range undoTries {
		p, err := ask(ctx, r, h, "plan its way back", 0, func(ctx context.Context, agent provision.Agent) (provision.HostPlan, error) {
			return agent.Plan(ctx, t)
		})
		if err != nil {
			return err
		}
		back.Changes = nil
		var others []provision.Change
		for _, c := range p.Changes {
			if slices.Contains(t.Only, c.Instance) || c.Kind() == provision.KindReload {
				back.Add(h.Name, c)
			} else {
				others = append(others, c)
			}
		}
		if back.Changes == nil {
			return nil
		}
		err = r.make(ctx, o, h, t, back, others)
		var failure *provision.Error
		if err != nil && !(errors.As(err, &failure) && failure.Kind == provision.Stale) {
			return err
		}
	}
	return &provision.Error{Kind: provision.Failed, Message: fmt.Sprintf("planned and made %d times, it is not as it was before", undoTries),
		Hint: "see what it runs with: systemctl status, journalctl -u"}
}

package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// Undo is the way back from a restart. What has to be changed for it is planned by the
// hosts when it is taken: what the step leaves behind may run, have failed, or end and be
// started again and again.
type Undo struct {
	// Generations are those that instances get again, by name: each ran with it before,
	// and its host has kept it.
	Generations map[string]string `json:"generations"`
}

// undo returns the way back from a restart; nil where a host has not kept what an
// instance of it runs with, or where that is what it is restarted with.
func (s sorting) undo(step Step) *Undo {
	u := &Undo{Generations: make(map[string]string)}
	for _, name := range step.Instances {
		generation := s.generations[name]
		if generation == "" {
			return nil
		}
		u.Generations[name] = generation
	}
	for _, h := range step.Changes {
		for _, c := range h.Changes {
			if c.Kind() == provision.KindRestarted && c.To == provision.StartedWith(u.Generations[c.Instance]) {
				return nil
			}
		}
	}
	return u
}

// undo gives the instances of a step their generations of before again, on hosts that
// failed in the step too: not on those that were lost, whose session is gone.
func (r *run) undo(ctx context.Context, o *Outcome, step Step) error {
	var hosts []*inventory.Host
	for _, c := range step.Changes {
		if h := r.Ensemble.Host(c.Host); !lostAny(r.failure(h)) {
			hosts = append(hosts, h)
		}
	}
	if len(hosts) == 0 {
		return nil
	}
	back := Step{Name: "undo " + step.Name}
	return r.step(back.Name, func() error {
		var errs []error
		for _, h := range hosts {
			t := r.taskOf(o.Plan, h)
			t.Generations, t.Only = step.Undo.Generations, nil
			for _, name := range instanceNames(h) {
				if slices.Contains(step.Instances, name) {
					t.Only = append(t.Only, name)
				}
			}
			if err := r.goBack(ctx, o, h, t, back); err != nil {
				errs = append(errs, &HostError{h.Name, fmt.Errorf("cannot undo the step: %w", err)})
			}
		}
		return errors.Join(errs...)
	})
}

// undoTries is how often a host plans its way back. A server that ends again and again
// may be another one by the time at which what was planned is made.
const undoTries = 5

// goBack makes what a host plans for a task with generations of before, until there is
// nothing left. What all its instances share stays as it is.
func (r *run) goBack(ctx context.Context, o *Outcome, h *inventory.Host, t provision.Task, back Step) error {
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
				back.add(h.Name, c)
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

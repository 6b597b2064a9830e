package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// lost reports whether an error is that of a session that has ended, and not that of
// a host that answered.
func lost(err error) bool {
	var e *provision.Error
	return errors.As(err, &e) && e.Kind == provision.Unreachable && e.Name != hostHangs
}

// again connects once more to a host whose session, that of before, was lost while the
// run only looked. The lock went with the session: relock takes it before anything is
// changed there. It reports whether there is another session now, whoever connected it.
func (r *run) again(ctx context.Context, h *inventory.Host, before provision.Agent, why error) bool {
	connecting := r.connecting[h.Name]
	connecting.Lock()
	defer connecting.Unlock()
	r.mu.Lock()
	other := r.agents[h.Name] != before
	may := !other && r.Connector != nil && (r.readOnly || r.looking) && !r.renewed[h.Name] && ctx.Err() == nil
	if may {
		r.renewed[h.Name] = true
	}
	r.mu.Unlock()
	if !may {
		return other
	}
	r.report(Event{Kind: Progress, Host: h.Name, Text: fmt.Sprintf("the session with %s was lost; it is connected to once more", h.Name)})
	agent, err := r.Connector.Connect(ctx, h, r.readOnly)
	if err != nil {
		r.report(Event{Kind: Progress, Host: h.Name, Text: fmt.Sprintf("%s cannot be asked any more: %v", h.Name, why)})
		return false
	}
	_ = before.Close()
	r.mu.Lock()
	r.agents[h.Name] = agent
	r.mu.Unlock()
	r.pulse.renew(h)
	return true
}

// relock makes a host that was connected to again ready for a change: nobody else may
// have changed it since its lock went. left are the changes of the plan that are not
// made yet, and t is what the host is asked to do.
func (r *run) relock(ctx context.Context, h *inventory.Host, t provision.Task, left []provision.Change) error {
	r.mu.Lock()
	renewed := r.renewed[h.Name]
	r.mu.Unlock()
	if !renewed {
		return nil
	}
	if err := r.lockHost(ctx, h); err != nil {
		return err
	}
	p, err := ask(ctx, r, h, "plan its part", 0, func(ctx context.Context, agent provision.Agent) (provision.HostPlan, error) {
		return agent.Plan(ctx, t)
	})
	if err != nil {
		return err
	}
	for _, c := range p.Changes {
		if !slices.ContainsFunc(left, c.Same) {
			return &provision.Error{Kind: provision.Stale, Name: "stale-plan",
				Message: "the host has changed while the session with it was lost: " + c.Difference(), Hint: "run the same command again"}
		}
	}
	return nil
}

// unasked returns the failure of a host that could not be asked while the quorum was
// waited for, once the others have told that it stands.
func unasked(h *inventory.Host, v ensemble.Verdict, why error) error {
	e := &provision.Error{Kind: provision.Unreachable, Name: hostUnasked, Hint: "see what is wrong with " + h.Name + ", then run the same command again"}
	by := "the leader counts every server"
	if v.Leader == nil {
		by = "every other participant follows a leader"
	}
	e.Message = fmt.Sprintf("the quorum has formed (%s), and what %s itself says of it is unknown: it could not be asked: %v", by, h.Name, why)
	var cause *provision.Error
	if errors.As(why, &cause) {
		e.Message = fmt.Sprintf("the quorum has formed (%s), and what %s itself says of it is unknown: it could not be asked: %s", by, h.Name, cause.Message)
		e.Detail = cause.Detail
	}
	return e
}

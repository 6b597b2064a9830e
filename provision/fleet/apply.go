package fleet

import (
	"context"
	"errors"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// Outcome is what an apply did and how the ensemble stands after it.
type Outcome struct {
	Plan *plan.Plan `json:"plan"`
	// Changed counts the changes that were made, by host.
	Changed map[string]int `json:"changed,omitempty"`
	// Restarted are the instances that were restarted and are in sync again, in their
	// order.
	Restarted []string `json:"restarted,omitempty"`
	// Verdict is the last word on the ensemble; nil where it did not come to that.
	Verdict *ensemble.Verdict `json:"verdict,omitempty"`
	// Write tells whether a write was read back through every server: "proven",
	// "not tested" where nothing was changed, or "not permitted"; empty where it
	// did not come to that.
	Write string `json:"write,omitempty"`
	// Failed lists the hosts that did not finish a step, Unknown those that were lost in
	// the middle of one: how far they got is not known.
	Failed  []string      `json:"failed,omitempty"`
	Unknown []string      `json:"unknown,omitempty"`
	Took    time.Duration `json:"took"`
	// Earlier counts the changes of a plan that was made before which were there already.
	Earlier int `json:"earlier,omitempty"`

	// missing lists the instances that were not well when a gate was waited for last.
	missing []string
	// planned is how many instances were restarted before the plan was made.
	planned int
	// begun are the instances that the present step has begun to restart.
	begun []string
}

// Changes counts the changes that were made on all hosts.
func (o *Outcome) Changes() int {
	n := 0
	for _, c := range o.Changed {
		n += c
	}
	return n
}

// Apply brings the ensemble to the desired state and waits for its quorum. The
// Outcome is never nil. The error is that of ctx, or *HostError joined, or one
// that concerns the whole; somewhere in it is a *provision.Error that says what
// to do.
func (f *Fleet) Apply(ctx context.Context) (*Outcome, error) { return f.apply(ctx, nil) }

// apply plans and carries the plan out where it fits the approved one; nil approves all.
func (f *Fleet) apply(ctx context.Context, approved *plan.Plan) (*Outcome, error) {
	return f.change(ctx, purpose{plan: (*run).plan, approved: approved, carryOut: func(r *run, ctx context.Context, o *Outcome) error {
		if approved != nil {
			o.Earlier = approved.Changes() - o.Plan.Changes()
		}
		return r.applied(ctx, o)
	}})
}

// purpose is what a run that changes hosts is for.
type purpose struct {
	// begin tells the run what it is for, before anything is locked; nil is an apply.
	begin func(*run) error
	plan  func(*run, context.Context) (*plan.Plan, error)
	// approved is the plan that the one of the run must fit; nil is any.
	approved *plan.Plan
	carryOut func(*run, context.Context, *Outcome) error
}

// change locks the hosts, plans, and carries the plan out where it fits the approved one.
// Outcome and error are as those of Apply.
func (f *Fleet) change(ctx context.Context, p purpose) (o *Outcome, err error) {
	o = &Outcome{Changed: make(map[string]int)}
	begin := time.Now()
	defer func() { o.Took = time.Since(begin) }()

	r, err := f.open(ctx, false)
	if err != nil {
		return o, err
	}
	defer r.close()
	defer func() { err = r.pulse.afterSuspension(err) }()
	if p.begin != nil {
		if err := p.begin(r); err != nil {
			return o, err
		}
	}
	if err := r.lock(ctx); err != nil {
		return o, err
	}
	if o.Plan, err = p.plan(r, ctx); err != nil {
		return o, err
	}
	r.approved = p.approved
	if err := p.approved.Approves(o.Plan); err != nil {
		return o, err
	}
	return o, p.carryOut(r, ctx, o)
}

// walkLimited walks the steps that only wants, and returns the failures of the hosts that
// may be changed.
func (r *run) walkLimited(ctx context.Context, o *Outcome, only func(plan.Step) bool) error {
	if err := o.Plan.Stops(); err != nil {
		return err
	}
	if err := r.walk(ctx, o, only); err != nil {
		return err
	}
	return r.failures(r.limitedHosts())
}

// applied delivers what the plan needs and walks it.
func (r *run) applied(ctx context.Context, o *Outcome) error {
	if err := o.Plan.Stops(); err != nil {
		return err
	}
	if err := r.deliver(ctx, o); err != nil {
		return err
	}
	if err := o.Plan.Stops(); err != nil {
		return err
	}
	if err := r.walk(ctx, o, r.wanted(o)); err != nil {
		return err
	}
	if o.Write == "" {
		o.Write = "not tested"
	}
	if r.shift != nil && len(o.Pending()) > 0 {
		o.Verdict = nil // some of the servers count by one list, and some by another
	}
	return r.failures(r.hosts()) // those that may be down and are
}

// lock keeps other runs off the hosts that may be changed. The first host is
// locked before the others, so that of two runs one gets them all. LockTimeout is for all
// of them together.
func (r *run) lock(ctx context.Context) error {
	targets := r.targets()
	if len(targets) == 0 {
		return nil
	}
	begin := time.Now()
	do := func(ctx context.Context, h *inventory.Host) error {
		return r.lockWithin(ctx, h, max(0, r.LockTimeout-time.Since(begin)))
	}
	return r.step("lock", func() error {
		if err := r.all(ctx, targets[:1], do); err != nil {
			return err
		}
		if r.failure(targets[0]) == nil {
			if err := r.all(ctx, targets[1:], do); err != nil {
				return err
			}
		}
		var held []error
		for _, h := range targets {
			var e *provision.Error
			if errors.As(r.failure(h), &e) && e.Kind == provision.Locked {
				held = append(held, &plan.HostError{Host: h.Name, Err: e})
			}
		}
		return errors.Join(held...)
	})
}

// count keeps which hosts did not finish a phase.
func (o *Outcome) count(r *run, hosts []*inventory.Host) {
	for _, h := range hosts {
		err := r.failure(h)
		var e *provision.Error
		switch {
		case err == nil, errors.Is(err, context.Canceled):
		case errors.As(err, &e) && e.Kind == provision.Unknown:
			o.Unknown = append(o.Unknown, h.Name)
		default:
			o.Failed = append(o.Failed, h.Name)
		}
	}
}

// Walk carries out a plan that was made before, perhaps elsewhere, and read back, with the
// options that it was made with. All hosts are planned anew, and what is walked is the new
// plan: it must make no other changes than the old one, between the same gates. Otherwise
// the error is of kind Stale, before the first change. Nothing that is only in the old plan
// is ever trusted.
func (f *Fleet) Walk(ctx context.Context, plan *plan.Plan) (*Outcome, error) {
	return f.with(plan.Options).apply(ctx, plan)
}

package fleet

import (
	"context"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// PlanCollect looks at the hosts and lists what Collect would remove. It changes nothing.
func (f *Fleet) PlanCollect(ctx context.Context, what provision.Collect) (*plan.Plan, error) {
	r, err := f.open(ctx, true)
	if err != nil {
		return nil, err
	}
	defer r.close()
	r.collects = &what
	return r.planCollect(ctx)
}

// Collect removes what nothing names any more from the hosts that may be changed. It is
// planned anew, and what is done is what was approved; otherwise the error is of kind
// Stale, before the first change. Outcome and error are as those of Apply.
func (f *Fleet) Collect(ctx context.Context, what provision.Collect, approved *plan.Plan) (*Outcome, error) {
	return f.change(ctx, purpose{
		begin: func(r *run) error { r.collects = &what; return nil },
		plan:  (*run).planCollect, approved: approved,
		carryOut: func(r *run, ctx context.Context, o *Outcome) error { return r.walkLimited(ctx, o, everyStep) },
	})
}

// planCollect observes the hosts and lets each list what it does without. What lies on one
// host is nothing to the others: one that cannot be reached stops none.
func (r *run) planCollect(ctx context.Context) (*plan.Plan, error) {
	p, parts, err := r.partsOf(ctx)
	if err != nil {
		return nil, err
	}
	p.Steps = plan.CollectSteps(parts)
	r.unreached(p, r.limitedHosts())
	refusals(p)
	return p, nil
}

// partsOf observes the hosts, lets each plan its part of what the run is for, and returns a
// plan without steps, and the parts.
func (r *run) partsOf(ctx context.Context) (*plan.Plan, []provision.HostPlan, error) {
	p := &plan.Plan{Ensemble: r.Ensemble.Name, Version: r.Ensemble.Version, Inventory: plan.Digest(r.Ensemble), Reset: r.resets, Unreachable: make(map[string]string)}
	if err := r.hostsStep("observe", func() error { return r.observe(ctx) }); err != nil {
		return nil, nil, err
	}
	parts, err := r.planHosts(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	for _, part := range parts {
		p.Findings = append(p.Findings, part.Findings...)
		p.Hosts = append(p.Hosts, plan.Part{Host: part.Host, Stays: part.Stays})
	}
	return p, parts, nil
}

// unreached notes which of the hosts failed; it is a failure of the plan where they may be
// changed.
func (r *run) unreached(p *plan.Plan, hosts []*inventory.Host) {
	for _, h := range hosts {
		err := r.failure(h)
		if err == nil {
			continue
		}
		p.Unreachable[h.Name] = err.Error()
		if _, may := r.limited(h); may {
			p.Failures = append(p.Failures, failed(h.Name, err))
		}
	}
}

// refusals sorts the findings of a plan, and lets the critical ones stand against it.
func refusals(p *plan.Plan) {
	p.Findings.Sort()
	for _, f := range p.Findings {
		if f.Severity == finding.Critical {
			p.Obstacles = append(p.Obstacles, plan.Obstacle{Finding: &f})
		}
	}
}

package fleet

import (
	"context"
	"time"

	"github.com/zkprov/zkprov/internal/finding"
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
func (f *Fleet) Collect(ctx context.Context, what provision.Collect, approved *plan.Plan) (o *Outcome, err error) {
	o = &Outcome{Changed: make(map[string]int)}
	begin := time.Now()
	defer func() { o.Took = time.Since(begin) }()
	r, err := f.open(ctx, false)
	if err != nil {
		return o, err
	}
	defer r.close()
	defer func() { err = r.pulse.afterSuspension(err) }()
	r.collects = &what
	if err := r.lock(ctx); err != nil {
		return o, err
	}
	if o.Plan, err = r.planCollect(ctx); err != nil {
		return o, err
	}
	r.approved = approved
	if err := approved.Approves(o.Plan); err != nil {
		return o, err
	}
	if err := o.Plan.Stops(); err != nil {
		return o, err
	}
	if err := r.walk(ctx, o, everyStep); err != nil {
		return o, err
	}
	return o, r.failures(r.limitedHosts())
}

// planCollect observes the hosts and lets each list what it does without.
func (r *run) planCollect(ctx context.Context) (*plan.Plan, error) {
	p := &plan.Plan{Ensemble: r.Ensemble.Name, Version: r.Ensemble.Version, Inventory: plan.Digest(r.Ensemble), Unreachable: make(map[string]string)}
	if err := r.hostsStep("observe", func() error { return r.observe(ctx) }); err != nil {
		return nil, err
	}
	parts, err := r.planHosts(ctx, p)
	if err != nil {
		return nil, err
	}
	for _, part := range parts {
		p.Findings = append(p.Findings, part.Findings...)
		p.Hosts = append(p.Hosts, plan.Part{Host: part.Host, Stays: part.Stays})
	}
	p.Steps = plan.CollectSteps(parts)
	p.Findings.Sort()
	for _, h := range r.limitedHosts() {
		if err := r.failure(h); err != nil {
			// What lies on one host is nothing to the others.
			p.Unreachable[h.Name] = err.Error()
			p.Failures = append(p.Failures, failed(h.Name, err))
		}
	}
	for _, f := range p.Findings {
		if f.Severity == finding.Critical {
			p.Obstacles = append(p.Obstacles, plan.Obstacle{Finding: &f})
		}
	}
	return p, nil
}

package fleet

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// quorumHangs is found where what is asked for takes the quorum away.
const quorumHangs = "quorum-hangs"

// PlanReset looks at the hosts and lists what Reset would take away. It changes nothing.
func (f *Fleet) PlanReset(ctx context.Context, what provision.Reset) (*plan.Plan, error) {
	r, err := f.open(ctx, true)
	if err != nil {
		return nil, err
	}
	defer r.close()
	r.resets = &what
	return r.planReset(ctx)
}

// Reset takes away what zkprov made of the ensemble on the hosts that may be changed. It is
// planned anew, and what is done is what was approved; otherwise the error is of kind
// Stale, before the first change. Outcome and error are as those of Apply.
func (f *Fleet) Reset(ctx context.Context, what provision.Reset, approved *plan.Plan) (o *Outcome, err error) {
	o = &Outcome{Changed: make(map[string]int)}
	begin := time.Now()
	defer func() { o.Took = time.Since(begin) }()
	r, err := f.open(ctx, false)
	if err != nil {
		return o, err
	}
	defer r.close()
	defer func() { err = r.pulse.afterSuspension(err) }()
	r.resets = &what
	if err := r.failures(r.limitedHosts()); err != nil {
		return o, err // before anybody is locked
	}
	if err := r.lock(ctx); err != nil {
		return o, err
	}
	if o.Plan, err = r.planReset(ctx); err != nil {
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

// limitedHosts returns the hosts that may be changed, be they reached or not.
func (r *run) limitedHosts() []*inventory.Host {
	return slices.DeleteFunc(r.hosts(), func(h *inventory.Host) bool {
		_, may := r.limited(h)
		return !may
	})
}

// planReset observes the hosts and lets each list what it would take away. Where some
// hosts stay, the others are asked whether they can do without these.
func (r *run) planReset(ctx context.Context) (*plan.Plan, error) {
	p := &plan.Plan{Ensemble: r.Ensemble.Name, Version: r.Ensemble.Version, Inventory: plan.Digest(r.Ensemble), Reset: r.resets, Unreachable: make(map[string]string)}
	if err := r.hostsStep("observe", func() error { return r.observe(ctx) }); err != nil {
		return nil, err
	}
	parts, err := r.planHosts(ctx, p)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, part := range parts {
		p.Findings = append(p.Findings, part.Findings...)
		p.Hosts = append(p.Hosts, plan.Part{Host: part.Host, Stays: part.Stays})
		names = append(names, part.Host)
	}
	p.Steps = plan.ResetSteps(parts, nil)
	if f := r.bereft(ctx, names, p); f != nil {
		p.Findings = append(p.Findings, *f)
	}
	p.Findings.Sort()
	for _, h := range r.hosts() {
		if err := r.failure(h); err != nil {
			p.Unreachable[h.Name] = err.Error()
			if _, may := r.limited(h); may {
				p.Failures = append(p.Failures, failed(h.Name, err))
			}
		}
	}
	p.Obstacles = append(p.Obstacles, p.Failures...)
	for _, f := range p.Findings {
		if f.Severity == finding.Critical {
			p.Obstacles = append(p.Obstacles, plan.Obstacle{Finding: &f})
		}
	}
	return p, nil
}

// bereft finds that the hosts that stay lose their quorum by what goes. Where all go, none
// is to be kept.
func (r *run) bereft(ctx context.Context, names []string, p *plan.Plan) *finding.Finding {
	if len(r.limitedHosts()) == len(r.Ensemble.Hosts) || len(p.Steps) == 0 || p.Steps[0].Name != plan.Stop {
		return nil
	}
	if f := r.otherVoters(); f != nil && !r.AllowOutage {
		return f
	}
	reports, err := r.probeOnce(ctx, false)
	if err != nil {
		return nil // the run was interrupted
	}
	why := plan.Bereft(r.Ensemble, names, plan.Answers(reports))
	if why == "" {
		return nil
	}
	f := &finding.Finding{Name: quorumHangs, Severity: finding.Critical, Refusal: true, Message: why,
		Hint: "wait until enough of the others serve, reset all hosts together, or give --allow-outage"}
	if r.AllowOutage {
		f.Severity, f.Refusal, f.Hint = finding.Warning, false, ""
		f.Message = strings.Replace(f.Message, "would be left", "are left", 1)
	}
	return f
}

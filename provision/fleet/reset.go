package fleet

import (
	"context"
	"slices"
	"strings"

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
func (f *Fleet) Reset(ctx context.Context, what provision.Reset, approved *plan.Plan) (*Outcome, error) {
	return f.change(ctx, purpose{
		begin: func(r *run) error {
			r.resets = &what
			return r.failures(r.limitedHosts()) // before anybody is locked
		},
		plan: (*run).planReset, approved: approved,
		carryOut: func(r *run, ctx context.Context, o *Outcome) error { return r.walkLimited(ctx, o, everyStep) },
	})
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
	p, parts, err := r.partsOf(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, part := range parts {
		names = append(names, part.Host)
	}
	p.Steps = plan.ResetSteps(parts, nil)
	if f := r.bereft(ctx, names, p); f != nil {
		p.Findings = append(p.Findings, *f)
	}
	r.unreached(p, r.hosts())
	p.Obstacles = append(p.Obstacles, p.Failures...)
	refusals(p)
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

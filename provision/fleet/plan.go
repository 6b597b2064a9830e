package fleet

import (
	"context"
	"slices"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/checks/preflight"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// Plan is what an apply would do to an ensemble.
type Plan struct {
	Ensemble string            `json:"ensemble"`
	Version  inventory.Version `json:"version"`
	// Bootstrap says that the ensemble does not exist yet: all instances start
	// together, and the voters may start empty.
	Bootstrap bool `json:"bootstrap"`
	// Hosts are in the inventory's order; those that could not be reached or are
	// not to be changed are left out.
	Hosts []provision.Plan `json:"hosts"`
	// Findings are those of all hosts and of the ensemble, the gravest first,
	// less those that the inventory silenced.
	Findings finding.Findings `json:"findings,omitempty"`
	// Unreachable says why a host is missing, by name.
	Unreachable map[string]string `json:"unreachable,omitempty"`

	restarts []restart
	// unfetched is set where nothing but restarts stand against an apply, and the release
	// that they are for was not fetched and examined yet.
	unfetched           bool
	failures, obstacles error
}

// Changes counts the changes of all hosts.
func (p *Plan) Changes() int {
	n := 0
	for _, h := range p.Hosts {
		n += len(h.Changes)
	}
	return n
}

// Restarts counts the running instances that would have to be restarted.
func (p *Plan) Restarts() int {
	n := 0
	for _, h := range p.Hosts {
		n += len(h.Restarts)
	}
	return n
}

// Failures are the hosts that could not be looked at, joined *HostError; nil
// where there are none.
func (p *Plan) Failures() error { return p.failures }

// Obstacles are what Apply stops at before it changes anything: *HostError and
// *FindingError, joined; nil where there are none.
func (p *Plan) Obstacles() error { return p.obstacles }

// Remarks are the findings that the Obstacles do not say.
func (p *Plan) Remarks() finding.Findings {
	return p.Findings.Without(func(name string) bool { return name == restartNeeded })
}

// Plan looks at every host and lists what Apply would change. It changes
// nothing. The error is that of ctx, or one that concerns no single host.
func (f *Fleet) Plan(ctx context.Context) (*Plan, error) {
	r, err := f.open(ctx, true)
	if err != nil {
		return nil, err
	}
	defer r.close()
	return r.plan(ctx)
}

// plan observes all hosts, decides what can only be decided by all together,
// and lets each host plan its part.
func (r *run) plan(ctx context.Context) (*Plan, error) {
	p := &Plan{Ensemble: r.Ensemble.Name, Version: r.Ensemble.Version, Unreachable: make(map[string]string)}
	err := r.hostsStep("observe", func() error { return r.observe(ctx) })
	if err != nil {
		return nil, err
	}
	decided := decide(r.Ensemble, r.seen)
	p.Bootstrap = decided.bootstrap

	plans := make(map[string]provision.Plan)
	err = r.hostsStep("plan", func() error {
		return r.all(ctx, r.targets(), func(ctx context.Context, h *inventory.Host) error {
			// What was decided and what is planned are about the same state.
			seen := r.seen[h.Name]
			hp, err := look(ctx, r, h, "plan its part", 0, func(ctx context.Context, agent provision.Agent) (provision.Plan, error) {
				return agent.Plan(ctx, r.task(h, p.Bootstrap), &seen)
			})
			if err != nil {
				return err
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			plans[h.Name] = hp
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	p.Findings = append(p.Findings, decided.findings...)
	for _, h := range r.hosts() {
		hp, ok := plans[h.Name]
		if !ok {
			continue
		}
		for _, f := range hp.Findings {
			if !slices.ContainsFunc(p.Findings, func(known finding.Finding) bool { return known.String() == f.String() }) {
				p.Findings = append(p.Findings, f)
			}
		}
		p.Hosts = append(p.Hosts, hp)
	}
	p.Findings = append(p.Findings, r.between()...)
	as := r.ask(ctx, p.Hosts)
	p.restarts = r.Fleet.restarts(p.Hosts, ensemble.Judge(r.Ensemble, as).Leader)
	if decided.parting != nil && len(p.restarts) > 0 {
		p.Findings = append(p.Findings, *decided.parting)
	}
	if p.Findings.Worst() == finding.Critical || len(r.failed) > 0 {
		hinder(p.restarts)
	} else {
		if !dethrone(r.Ensemble, p.restarts, decided.census, as) {
			spare(r.Ensemble, p.restarts, as)
		}
		p.unfetched = r.unfetched(ctx, p)
	}
	for _, one := range p.restarts {
		p.Findings = append(p.Findings, one.finding())
	}
	p.Findings = p.Findings.Without(r.Ensemble.Ignored)
	p.Findings.Sort()
	for name, err := range r.failed {
		p.Unreachable[name] = err.Error()
	}
	p.failures = r.failures(r.hosts())
	p.obstacles = r.permit(p)
	if p.obstacles == nil {
		r.startEmptied(p)
	}
	return p, nil
}

// startEmptied says of servers without data that are down how they are started.
func (r *run) startEmptied(p *Plan) {
	down := p.starts()
	for i := range p.Findings {
		if f := &p.Findings[i]; f.Name == emptyData && slices.Contains(down, f.Instance) {
			f.Commands = []finding.Command{{Line: r.command("apply", "--limit", f.Instance)}}
		}
	}
}

// observed is what a host said of itself, and how long it was asked for.
type observed struct {
	provision.Observation
	begin time.Time
	took  time.Duration
}

// clockReach is the most that a host's clock is taken to have been read after it was
// asked for.
const clockReach = 500 * time.Millisecond

// observe takes the facts of every host and the differences of their clocks.
func (r *run) observe(ctx context.Context) error {
	return r.all(ctx, r.connected(), func(ctx context.Context, h *inventory.Host) error {
		o, err := look(ctx, r, h, "say how it is", 0, func(ctx context.Context, agent provision.Agent) (observed, error) {
			begin := time.Now()
			seen, err := agent.Observe(ctx, r.task(h, false))
			return observed{seen, begin, time.Since(begin)}, err
		})
		if err != nil {
			return err
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.seen[h.Name] = o.Observation
		// The host read its clock as it began to look, and a look may take long, such
		// as where a java hangs: half of that would be taken for a clock that is behind.
		// Where this run was suspended meanwhile nothing can be told.
		if o.took < suspendedLeast {
			r.clocks[h.Name] = o.Facts.Now.Sub(o.begin.Add(min(o.took/2, clockReach)))
		}
		return nil
	})
}

// between are the findings that only show when hosts are compared.
func (r *run) between() finding.Findings {
	known := make(map[string]facts.Host, len(r.seen))
	for name, o := range r.seen {
		known[name] = o.Facts
	}
	return append(preflight.ClockSkew(r.clocks), preflight.NamesAgree(r.Ensemble, known)...)
}

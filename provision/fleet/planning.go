package fleet

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/checks/preflight"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
	"github.com/zkprov/zkprov/provision/upgrade"
)

// Plan looks at every host and lists what Apply would change. It changes
// nothing. The error is that of ctx, or one that concerns no single host.
func (f *Fleet) Plan(ctx context.Context) (*plan.Plan, error) {
	r, err := f.open(ctx, true)
	if err != nil {
		return nil, err
	}
	defer r.close()
	r.tries = true
	return r.plan(ctx)
}

// plan observes all hosts, decides what can only be decided by all together, lets each
// host plan its part, and sorts the changes into steps.
func (r *run) plan(ctx context.Context) (*plan.Plan, error) {
	r.setShift(nil)
	r.become(r.final)
	r.runs = nil
	p := &plan.Plan{Ensemble: r.Ensemble.Name, Version: r.Ensemble.Version, Inventory: plan.Digest(r.Ensemble), Options: r.options(), Unreachable: make(map[string]string)}
	err := r.hostsStep("observe", func() error { return r.observe(ctx) })
	if err != nil {
		return nil, err
	}
	r.chooseAnew()
	decided := r.way.decide(r.seen)
	p.Bootstrap, p.Founding = decided.bootstrap, decided.founding
	if !r.way.pending && decided.census.Voters > 0 {
		found, err := r.reshape(ctx, decided)
		if err != nil {
			return nil, err
		}
		p.Findings = append(p.Findings, found...)
		if r.shift != nil {
			p.Transitions = r.shift.path
		}
	}
	parts, err := r.planHosts(ctx, p)
	if err != nil {
		return nil, err
	}
	p.Findings = append(p.Findings, decided.findings...)
	if r.Fleet.Generations == nil { // which have run here, whatever the inventory says by now
		p.Findings = append(p.Findings, upgrade.Judge(r.Ensemble, r.servers())...)
	}
	for _, part := range parts {
		for _, f := range part.Findings {
			if !slices.ContainsFunc(p.Findings, func(known finding.Finding) bool { return known.String() == f.String() }) {
				p.Findings = append(p.Findings, f)
			}
		}
		p.Hosts = append(p.Hosts, plan.Part{Host: part.Host, Restarts: part.Restarts, NeedsArchive: part.NeedsArchive, NeedsJars: part.NeedsJars})
	}
	if len(r.seen) > 1 {
		p.Findings = append(p.Findings, r.between()...)
	}
	as := r.answersFor(ctx, p)
	p.Leader = r.leaderOf(as)
	sorting := r.sorting(parts, as)
	p.Steps = sorting.Steps()
	var restarts []restart // those that are left to people
	if r.way.pending {
		restarts = r.restarts(parts, ensemble.Judge(r.Ensemble, as))
	}
	// Where the list of servers is not changed, what a restart does to those that run with
	// another one cannot be told by the inventory's.
	relists := slices.ContainsFunc(p.Findings, func(f finding.Finding) bool { return f.Name == membershipChange && f.Refusal })
	if !r.way.pending && restarts == nil && !relists {
		p.Findings = append(p.Findings, r.dangers(sorting, p.Steps)...)
	}
	p.Findings = append(p.Findings, r.failedLast(p.Steps)...)
	if decided.parting != nil && len(restarts) > 0 {
		p.Findings = append(p.Findings, *decided.parting)
	}
	if p.Findings.Worst() == finding.Critical || len(r.failed) > 0 {
		hinder(restarts)
	} else {
		if !dethrone(r.Ensemble, restarts, decided.census, as) {
			spare(r.Ensemble, restarts, as)
		}
	}
	for _, one := range restarts {
		p.Findings = append(p.Findings, one.finding())
	}
	p.Findings = p.Findings.Without(r.Ensemble.Ignored)
	p.Findings.Sort()
	for _, h := range r.hosts() {
		if err := r.failure(h); err != nil {
			p.Unreachable[h.Name] = err.Error()
			p.Failures = append(p.Failures, failed(h.Name, err))
		}
	}
	p.Obstacles = r.obstacles(p, restarts)
	if p.Obstacles == nil {
		r.startEmptied(p)
	}
	return p, nil
}

// replan puts a new plan in the place of an outcome's, which must fit what was approved
// and have nothing that stands against it.
func (r *run) replan(ctx context.Context, o *Outcome) error {
	plan, err := r.plan(ctx)
	if err != nil {
		return err
	}
	o.Plan = plan
	if err := r.approved.Approves(plan); err != nil {
		return err
	}
	return plan.Stops()
}

// servers returns the servers that were seen, with the releases that they run.
func (r *run) servers() []upgrade.Server {
	var all []upgrade.Server
	for _, m := range r.Ensemble.Members() {
		o, ok := r.seen[m.Host.Name]
		if !ok {
			continue
		}
		all = append(all, upgrade.Server{Member: m, Version: o.Instances[m.Instance.Name].Version, Snapshot: o.Facts.DataDirs[m.Instance.Name].SnapshotPresent})
	}
	return all
}

// planHosts lets each host plan its part by what was decided; those that cannot are left
// out.
func (r *run) planHosts(ctx context.Context, p *plan.Plan) ([]provision.HostPlan, error) {
	plans := make(map[string]provision.HostPlan)
	err := r.hostsStep("plan", func() error {
		return r.all(ctx, r.targets(), func(ctx context.Context, h *inventory.Host) error {
			// What was decided and what is planned are about the same look.
			part, err := ask(ctx, r, h, "plan its part", 0, func(ctx context.Context, agent provision.Agent) (provision.HostPlan, error) {
				return agent.Plan(ctx, r.taskOf(p, h))
			})
			if err != nil {
				return err
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			plans[h.Name] = part
			return nil
		})
	})
	var parts []provision.HostPlan
	for _, h := range r.hosts() {
		if part, ok := plans[h.Name]; ok {
			parts = append(parts, part)
		}
	}
	return parts, err
}

// sorting returns what the changes of all hosts are sorted into steps by.
func (r *run) sorting(parts []provision.HostPlan, as map[int]ensemble.Answer) plan.Sorting {
	generations := make(map[string]string)
	for _, o := range r.seen {
		for name, in := range o.Instances {
			if in.Kept {
				generations[name] = in.Generation
			}
		}
	}
	fresh := slices.ContainsFunc(parts, func(p provision.HostPlan) bool { return len(p.Changes) > 0 })
	sorting := plan.Sorting{Ensemble: r.Ensemble, Parts: parts, Answers: as, Generations: generations, Settle: r.Settle,
		Failed: r.failedBefore(), AllowOutage: r.AllowOutage, Pending: r.way.pending, Formed: r.formLimit(), Proof: plan.Proof(r.way.stands(), fresh)}
	if r.shift != nil {
		sorting.Transition, sorting.Foreseen = &r.shift.Transition, len(r.shift.path) > 1
	}
	return sorting
}

// leaderOf names the instance that leads by what the servers said; empty where none does.
func (r *run) leaderOf(as map[int]ensemble.Answer) string {
	v := ensemble.Judge(r.Ensemble, as)
	for _, m := range r.Ensemble.Members() {
		if v.Leads(m.Instance.ID) {
			return m.Instance.Name
		}
	}
	return ""
}

// answersFor asks the servers how they are, where anybody needs to know.
func (r *run) answersFor(ctx context.Context, p *plan.Plan) map[int]ensemble.Answer {
	if p.Restarts() == 0 {
		return nil
	}
	reports, err := r.settledReports(ctx)
	if err != nil {
		return nil
	}
	return plan.Answers(reports)
}

// failed returns the failure of a host as plain data.
func failed(host string, err error) plan.Obstacle {
	var known *provision.Error
	if !errors.As(err, &known) {
		return plan.Obstacle{Host: host, Error: &provision.Error{Kind: provision.Failed, Message: err.Error()}}
	}
	e := *known
	// What was put before it says what was being done.
	if before, ok := strings.CutSuffix(err.Error(), known.Error()); ok {
		e.Message = before + e.Message
	}
	return plan.Obstacle{Host: host, Error: &e}
}

// obstacles returns what an apply stops at before the first change: a host that matters
// and was not seen, what pre-flight found critical, and what runs and must be restarted
// by people.
func (r *run) obstacles(p *plan.Plan, restarts []restart) []plan.Obstacle {
	var unseen, all []plan.Obstacle
	voter := slices.ContainsFunc(p.Findings, func(f finding.Finding) bool { return f.Name == voterUnseen })
	for _, f := range p.Failures {
		if r.isFormer(r.Ensemble.Host(f.Host)) {
			continue // it is said already, and goes without it
		}
		// Outside of the limit a host may be down, unless everything hangs on it.
		if _, may := r.limited(r.Ensemble.Host(f.Host)); may || p.Bootstrap || voter {
			unseen = append(unseen, f)
		}
	}
	for _, f := range p.Findings {
		// That a server was not seen is said by the host that was not reached.
		if f.Severity == finding.Critical && !(f.Name == voterUnseen && unseen != nil) {
			all = append(all, plan.Obstacle{Finding: &f})
		}
	}
	if !r.way.pending {
		for _, one := range restarts {
			all = append(all, plan.Obstacle{Host: one.host, Error: one.refusal()})
		}
		if down := p.Starts(); len(restarts) > 0 && len(down) > 0 && p.Findings.Worst() != finding.Critical {
			names := strings.Join(down, ",")
			all = append(all, plan.Obstacle{Error: &provision.Error{Kind: provision.Refused, Name: restartNeeded,
				Message: "what is down is not started either: " + names,
				Hint:    "start it, and leave alone what runs", Commands: []finding.Command{{Line: r.command("apply", "--limit", names)}}}})
		}
	}
	all = append(all, r.beside(p)...)
	return append(all, unseen...)
}

// startEmptied adds to the findings about servers without data that are down how they
// are started.
func (r *run) startEmptied(p *plan.Plan) {
	down := p.Starts()
	for i := range p.Findings {
		if f := &p.Findings[i]; f.Name == emptyData && slices.Contains(down, f.Instance) {
			f.Commands = []finding.Command{{Line: r.command("apply", "--limit", f.Instance)}}
			if p.Transitions != nil { // which no limit may leave a host out of
				f.Commands = []finding.Command{{Line: r.command("apply")}}
			}
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
		o, err := ask(ctx, r, h, "say how it is", 0, func(ctx context.Context, agent provision.Agent) (observed, error) {
			begin := time.Now()
			seen, err := agent.Observe(ctx, r.task(h))
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

// between returns the findings that only show when hosts are compared.
func (r *run) between() finding.Findings {
	known := make(map[string]facts.Host, len(r.seen))
	for name, o := range r.seen {
		known[name] = o.Facts
	}
	return append(preflight.ClockSkew(r.clocks), preflight.NamesAgree(r.Ensemble, known)...)
}

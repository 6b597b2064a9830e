package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zkprov/zkprov/internal/await"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// The names of what is found about reboots.
const (
	rebootLocal = "reboot-local"
	hostNotBack = "host-not-back"
)

// BootLimit is how long a host may take to come back from a reboot, where nothing else is
// said. Machines with much memory take minutes to test it.
const BootLimit = 10 * time.Minute

const (
	// bootPoll is how long it takes until a host that boots is tried again, bootSaid how
	// often it is said that it is waited for.
	bootPoll = time.Second
	bootSaid = 15 * time.Second
	// bootLock is how long a host that has booted may be worked on by its own agent.
	bootLock = time.Minute
)

// Rebooting is what a reboot of hosts wants.
type Rebooting struct {
	provision.Reboot
	// BootTimeout bounds the wait for a host to come back; 0 is BootLimit.
	BootTimeout time.Duration
}

// Reboot boots the hosts that may be changed, one at a time, each behind the gates of a
// restart of all its servers. A host that does not come back, or whose servers do not, ends
// it. Outcome and error are as those of Apply.
func (f *Fleet) Reboot(ctx context.Context, what Rebooting) (*Outcome, error) {
	return f.change(ctx, purpose{
		begin: func(r *run) error {
			r.reboots, r.bootTimeout = &what.Reboot, what.BootTimeout
			return nil
		},
		plan: (*run).planReboot,
		carryOut: func(r *run, ctx context.Context, o *Outcome) error {
			return r.walkLimited(ctx, o, func(s plan.Step) bool {
				return s.Reboots() == "" || r.StopAfter <= 0 || len(o.Rebooted()) < r.StopAfter
			})
		},
	})
}

// Rebooted returns the hosts that were booted and are back, in that order.
func (o *Outcome) Rebooted() []string { return o.reboots(true) }

// ToReboot returns the hosts of the plan that were not booted, or are not back.
func (o *Outcome) ToReboot() []string { return o.reboots(false) }

func (o *Outcome) reboots(done bool) []string {
	if o.Plan == nil {
		return nil
	}
	var hosts []string
	for _, s := range o.Plan.Steps {
		all := !slices.ContainsFunc(s.Instances, func(name string) bool { return !slices.Contains(o.Restarted, name) })
		if host := s.Reboots(); host != "" && all == done {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// planReboot observes the hosts, lets each say whether it is to be booted, and sorts them.
func (r *run) planReboot(ctx context.Context) (*plan.Plan, error) {
	p, parts, err := r.partsOf(ctx)
	if err != nil {
		return nil, err
	}
	if f := r.otherVoters(); f != nil {
		p.Findings = append(p.Findings, *f)
	}
	for _, part := range parts {
		if len(part.Changes) == 0 {
			continue
		}
		if r.Ensemble.Host(part.Host).Local {
			p.Findings = append(p.Findings, finding.Finding{Name: rebootLocal, Severity: finding.Critical, Refusal: true, Host: part.Host,
				Message: "zkprov itself runs on this host, and ends with it: nobody would see it come back",
				Hint:    "reboot the others with --limit, and this one from another machine or by hand"})
		}
		if !r.AllowOutage && plan.HoldsMajority(r.Ensemble, part.Host) {
			p.Findings = append(p.Findings, finding.Finding{Name: quorumHangs, Severity: finding.Critical, Refusal: true, Host: part.Host,
				Message: "without the voters of this host there is no majority: the ensemble serves nobody until it is back",
				Hint:    "where that is wanted, give --allow-outage"})
		}
	}
	reports, err := r.probeOnce(ctx, false)
	if err != nil {
		return nil, err
	}
	p.Steps = plan.Reboots{Ensemble: r.Ensemble, Parts: parts, Ranks: plan.Ranks{Ensemble: r.Ensemble, Answers: plan.Answers(reports)},
		AllowOutage: r.AllowOutage, Formed: r.formLimit(), Settle: r.Settle, Proof: plan.Proof(r.way.stands(), true)}.Steps()
	r.unreached(p, r.hosts())
	p.Obstacles = append(p.Obstacles, p.Failures...)
	refusals(p)
	return p, nil
}

// away stands for the agent of a host that boots: nobody can be asked there.
type away struct{ provision.Agent }

func (away) Probe(context.Context, provision.Task, []provision.Report) ([]provision.Report, error) {
	return nil, errors.New("the host boots")
}

func (away) Close() error { return nil }

// awaitBoot waits until a host that was told to boot has, and makes it ready for what
// follows. begun is how it was told: a session that was cut off by the boot is none that
// failed.
func (r *run) awaitBoot(ctx context.Context, h *inventory.Host, begun error) error {
	if begun != nil && !lostAny(begun) {
		return begun
	}
	before := r.on(h)
	r.setAgent(h, away{})
	go func() {
		if living, ok := before.(provision.Living); ok {
			living.GiveUp(errors.New("the host boots"))
		}
		_ = before.Close()
	}()
	limit := r.bootTimeout
	if limit <= 0 {
		limit = BootLimit
	}
	bounded, cancel := r.pulse.within(ctx, limit)
	defer cancel()
	begin, said := time.Now(), time.Now()
	r.report(Event{Kind: Progress, Host: h.Name, Text: fmt.Sprintf("%s boots; it may take %s", h.Name, provision.Roughly(limit))})
	why := errors.New("it was not heard of")
	for {
		agent, err := r.afterBoot(bounded, h)
		if bounded.Err() == nil {
			why = err
		}
		if err == nil {
			r.setAgent(h, agent)
			r.pulse.renew(h)
			r.report(Event{Kind: Progress, Host: h.Name, Text: fmt.Sprintf("%s is back after %s", h.Name, provision.Roughly(time.Since(begin)))})
			return patientLock(ctx, agent, r.task(h), max(r.LockTimeout, bootLock), func(text string) {
				r.report(Event{Kind: Progress, Host: h.Name, Text: h.Name + ": " + text})
			})
		}
		if time.Since(said) >= bootSaid {
			said = time.Now()
			r.report(Event{Kind: Progress, Host: h.Name, Text: fmt.Sprintf("%s has been booting for %s: %v", h.Name, provision.Roughly(time.Since(begin)), why)})
		}
		select {
		case <-bounded.Done():
			if err := ctx.Err(); err != nil {
				return err
			}
			return &provision.Error{Kind: provision.Failed, Name: hostNotBack,
				Message: fmt.Sprintf("it has not come back within %s after it was told to boot: %v", provision.Roughly(limit), why),
				Hint:    "see its console; nothing else was touched. Once it is back and zkprov check is content, reboot the rest with --limit"}
		case <-time.After(bootPoll):
		}
	}
}

// afterBoot connects to a host that has booted since it was observed.
func (r *run) afterBoot(ctx context.Context, h *inventory.Host) (provision.Agent, error) {
	agent, err := r.Connector.Connect(ctx, h, false)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	seen, err := await.Call(limited, func() (provision.Observation, error) { return agent.Observe(limited, r.task(h)) })
	if err == nil && seen.Boot == r.seen[h.Name].Boot {
		err = errors.New("it has not gone down yet")
	}
	if err != nil {
		go func() { _ = agent.Close() }()
		return nil, err
	}
	return agent, nil
}

func (r *run) setAgent(h *inventory.Host, agent provision.Agent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.agents[h.Name] = agent
}

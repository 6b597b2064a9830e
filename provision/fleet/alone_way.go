package fleet

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/bootstrap"
	"github.com/zkprov/zkprov/provision/plan"
)

// leastWait is how long the others are asked at least, however late it is: each of them
// once.
const leastWait = 2 * time.Second

// way is that of a host by itself.
func (a *aloneRun) way() way {
	return way{
		decide: a.decided,
		byHand: func(_ provision.HostPlan, needed provision.Restart) (string, []finding.Command) {
			if needed.Staged {
				return "", []finding.Command{{Host: a.Host.Name, Line: "systemctl restart " + needed.Instance}}
			}
			return fmt.Sprintf("systemctl stop %s, and then systemctl restart zkprov-agent, which starts it with what is staged; ", needed.Instance), nil
		},
		pending: true,
		stands: func() plan.Gate {
			return plan.Gate{Kind: plan.Joined, Instances: instanceNames(a.Host), Within: max(time.Until(a.limit), leastWait), Settle: a.grace()}
		},
		unmet: a.late,
	}
}

// decided returns what the rounds of questions came to, as far as it concerns the plan.
// All that is known of those that formed the ensemble is what this host keeps.
func (a *aloneRun) decided(seen map[string]provision.Observation) decision {
	var d decision
	if a.founds {
		d.bootstrap = true
		d.founding = &provision.Founding{Bootstrap: a.Ensemble.Bootstrap.ID, Founders: a.decision.Founders}
	}
	o := seen[a.Host.Name]
	d.census = provision.TakeCensus(a.Ensemble, []*provision.Members{o.Members}, func(*inventory.Instance) bool { return false })
	if d.parting = refused(a.Ensemble, d.census); d.parting == nil {
		d.parting = parting(d.census)
	}
	return d
}

// late returns why there is no quorum when the time is over; nil where there is one that
// this host is part of.
func (a *aloneRun) late(ctx context.Context, u *unmet) error {
	s := u.scene
	if u.gate.Lacks(s) == "" {
		return nil // the others were given what time there was
	}
	if now := bootstrap.Decide(a.Ensemble, a.Host.Name, a.ask(ctx), s.Verdict.Quorum, a.now()); now.Census != nil {
		if f := refused(a.Ensemble, *now.Census); f != nil {
			return &plan.FindingError{Finding: *f}
		}
	}
	switch a.decision.Action {
	case bootstrap.Refuse:
		return &provision.Error{Kind: provision.Refused, Name: bootstrapRefused,
			Message: a.decision.Reason + "; the servers of this host run and have no vote",
			Hint:    "where a quorum exists, make it reachable; where none ever did, write a new [bootstrap] (zkprov init prints one) to every host's inventory, or run zkprov apply from a control machine"}
	case bootstrap.Wait:
		return &provision.Error{Kind: provision.Waiting, Name: bootstrapWaiting,
			Message: "this host has done its part and waits for others: " + a.decision.Reason,
			Hint:    "boot them; it goes on by itself"}
	}
	return &provision.Error{Kind: provision.Waiting, Name: bootstrapWaiting,
		Message: "this host has done its part, and there is no quorum yet: waiting for " + strings.Join(s.Missing(), ", ") + "; " + a.decision.Reason,
		Hint:    "boot them; it goes on by itself"}
}

// afar asks the servers of another host over the network. One that listens on its own
// loopback only would be this host's.
func (a *Alone) afar(ctx context.Context, h *inventory.Host) []provision.Report {
	reports := make([]provision.Report, 0, len(h.Instances))
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range h.Instances {
		in := &h.Instances[i]
		addrs := inventory.Member{Host: h, Instance: in}.ClientAddrs()
		if h != a.Host {
			addrs = slices.DeleteFunc(addrs, onLoopback)
		}
		if len(addrs) == 0 {
			continue
		}
		wg.Go(func() {
			var answer ensemble.Answer
			for _, addr := range addrs {
				if answer = a.probeOf(ctx, ensemble.Target{ID: in.ID, Addr: addr}); answer.Running {
					break
				}
			}
			mu.Lock()
			defer mu.Unlock()
			reports = append(reports, provision.Report{ID: in.ID, Answer: answer})
		})
	}
	wg.Wait()
	return reports
}

func (a *Alone) probeOf(ctx context.Context, t ensemble.Target) ensemble.Answer {
	if a.Probe != nil {
		return a.Probe(ctx, t)
	}
	return ensemble.Probe(ctx, t)
}

// Check looks at the host and asks every server from here. It changes nothing.
func (a *Alone) Check(ctx context.Context) (*State, error) {
	r := a.begin(ctx, true).r
	defer r.end()
	plan, err := r.plan(ctx)
	if err != nil {
		return nil, err
	}
	if err := plan.Unseen(); err != nil {
		return nil, err
	}
	s := &State{Plan: plan, Answers: a.probe(ctx)}
	s.Verdict = ensemble.Judge(a.Ensemble, s.Answers)
	seen := r.seen[a.Host.Name]
	said := slices.Clone(plan.Findings)
	if seen.Formed || s.Verdict.Quorum {
		for i := range a.Host.Instances {
			in := &a.Host.Instances[i]
			said = append(said, emptied(inventory.Member{Host: a.Host, Instance: in}, seen.Facts.DataDirs[in.Name], isNew(in.ID, []*provision.Members{seen.Members}))...)
		}
	}
	own := make(map[int]provision.Report)
	if seen.Facts.Systemd {
		reports, err := a.Agent.Probe(ctx, r.task(a.Host), nil)
		if err != nil {
			return nil, err
		}
		for _, report := range reports {
			own[report.ID] = report
		}
	}
	stand := standings(a.Ensemble, own, s.Verdict)
	s.Verdict.Formed = s.Verdict.Formed && len(stand) == 0
	s.Findings = slices.Concat(said, telling(s.Verdict.Findings, stand), drifted(plan)).Without(a.Ensemble.Ignored)
	s.Findings.Sort()
	return s, nil
}

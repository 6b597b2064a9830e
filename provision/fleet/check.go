package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// State is how the hosts and the ensemble stand.
type State struct {
	Plan    *plan.Plan       `json:"plan"`
	Verdict ensemble.Verdict `json:"verdict"`
	// Answers holds what the servers said, by id.
	Answers map[int]ensemble.Answer `json:"answers"`
	// Findings lists the findings of the plan and of the verdict, and every drift, the
	// gravest first, less those that the inventory silenced.
	Findings finding.Findings `json:"findings"`
}

// Check looks at every host and asks every server. It changes nothing.
func (f *Fleet) Check(ctx context.Context) (*State, error) {
	r, err := f.open(ctx, true)
	if err != nil {
		return nil, err
	}
	defer r.close()
	s := new(State)
	if s.Plan, err = r.plan(ctx); err != nil {
		return nil, err
	}
	unapplied := r.unapplied(s.Plan)
	r.setShift(nil)
	r.become(r.final)
	if r.runs != nil { // whether it serves is a matter of the list that it runs with
		r.become(r.runs)
	}
	var reports map[int]provision.Report
	err = r.step("probe", func() error {
		reports, err = r.probeOnce(ctx, true)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.Answers = plan.Answers(reports)
	s.Verdict = ensemble.Judge(r.Ensemble, s.Answers)
	s.Findings = append(s.Findings, r.unreachable()...)
	// What a restart would do to the quorum is no fault of the ensemble as it stands.
	s.Findings = append(s.Findings, slices.DeleteFunc(slices.Clone(s.Plan.Findings), ofRestarts)...)
	stand := standings(r.Ensemble, reports, s.Verdict)
	s.Verdict.Formed = s.Verdict.Formed && len(stand) == 0
	s.Findings = append(s.Findings, telling(s.Verdict.Findings, stand)...)
	s.Findings = append(s.Findings, unapplied...)
	s.Findings = append(s.Findings, r.drifted(s.Plan, s.Verdict.Quorum)...)
	s.Findings = s.Findings.Without(r.Ensemble.Ignored)
	s.Findings.Sort()
	return s, nil
}

// unapplied returns that the servers run with another list than the inventory's.
func (r *run) unapplied(p *plan.Plan) finding.Findings {
	if r.shift == nil || r.runs == nil {
		return nil
	}
	f := finding.Finding{Name: drift, Severity: finding.Warning, Message: fmt.Sprintf("the inventory was not applied yet: the servers that run have the list %s, and it has %s", provision.ServersOf(r.runs), provision.ServersOf(r.final)),
		Hint: "see " + r.command("plan")}
	if p.Obstacles == nil {
		f.Hint, f.Commands = f.Hint+"; to change the list", []finding.Command{{Line: r.command("apply")}}
	} else if i := slices.IndexFunc(p.Findings, ofRestarts); i >= 0 {
		if f.Hint = p.Findings[i].Hint; p.Findings[i].Name != plan.VoterDown { // of which a check tells
			f.Commands = p.Findings[i].Commands
		}
	}
	return finding.Findings{f}
}

// ofRestarts reports whether a finding is about restarts that are not made yet.
func ofRestarts(f finding.Finding) bool {
	return slices.Contains([]string{plan.OutageNeeded, plan.VoterDown, plan.QuorumLost}, f.Name)
}

// unreachable returns a critical finding for each host that could not be looked at:
// nothing is known of its servers.
func (r *run) unreachable() finding.Findings {
	var found finding.Findings
	for i := range r.final.Hosts { // what a former host cannot be asked is said already
		h := &r.final.Hosts[i]
		err := r.failure(h)
		if err == nil {
			continue
		}
		one := finding.Finding{Name: hostFailed, Severity: finding.Critical, Host: h.Name, Message: err.Error()}
		var e *provision.Error
		if errors.As(err, &e) {
			one.Message, one.Hint, one.Commands, one.Refusal = e.Message, e.Hint, e.Commands, e.Kind == provision.Refused
			if e.Name != "" {
				one.Name = e.Name
			}
		}
		found = append(found, one)
	}
	return found
}

// drifted returns the findings of drifted, each with what mends it where nothing stands
// against that.
func (r *run) drifted(p *plan.Plan, quorum bool) finding.Findings {
	found := drifted(p)
	// A hand-over restarts the leader as it is: the change of the list is told instead.
	handover := len(p.Transitions) > 0 && p.Transitions[0].Kind == plan.Handover
	restarted := make(map[string]bool)
	for _, h := range p.Hosts {
		for _, due := range h.Restarts {
			if handover {
				continue
			}
			restarted[h.Host] = true
			if !slices.ContainsFunc(p.Findings, func(f finding.Finding) bool { return f.Name == restartNeeded && f.Instance == due.Instance }) {
				one := restart{Restart: due, host: h.Host, hint: "to restart what has to be, one after the other, the leader last", commands: []finding.Command{{Line: r.command("apply")}}}
				if i := slices.IndexFunc(p.Findings, ofRestarts); i >= 0 {
					one.hint, one.commands = p.Findings[i].Hint, p.Findings[i].Commands
				}
				found = append(found, one.finding())
			}
		}
	}
	for i := range found {
		f := &found[i]
		if f.Name != drift {
			continue
		}
		f.Hint = "see " + r.command("plan", "--diff")
		switch {
		case p.Obstacles != nil:
		case p.Transitions != nil:
			// The list of servers is changed on all hosts, and no limit may leave one out.
			f.Hint, f.Commands = f.Hint+"; to change the list of servers", []finding.Command{{Line: r.command("apply")}}
		case restarted[f.Host]:
			// One command mends both, and the restarts are of all hosts.
			f.Hint, f.Commands = f.Hint+"; to put it back", []finding.Command{{Line: r.command("apply")}}
		case quorum:
			f.Hint, f.Commands = f.Hint+"; to put it back", []finding.Command{{Line: r.command("apply", "--limit", f.Host)}}
		default:
			// An apply to one host would wait in vain for the others.
			f.Hint, f.Commands = f.Hint+"; to put it back, with all that the quorum needs", []finding.Command{{Line: r.command("apply")}}
		}
	}
	return found
}

// unwritten reports whether a change writes the record of a quorum that was reached.
func unwritten(c provision.Change) bool {
	return c.Kind() == provision.KindRecord && c.Action == provision.Create
}

// drifted returns the differences between the hosts and the inventory, one finding
// for each host.
func drifted(p *plan.Plan) finding.Findings {
	var found finding.Findings
	for _, h := range p.ByHost() {
		n := 0
		first := ""
		waiting := pendings(h.Changes)
		for _, w := range waiting {
			if n++; first == "" {
				first = "what the inventory says of the configuration of " + w.instance + " was not applied yet"
			}
		}
		for _, c := range h.Changes {
			if slices.ContainsFunc(waiting, func(w pending) bool { return w.covers(c) }) {
				continue
			}
			// That an instance is down is the verdict's to say, and what is recorded
			// once the quorum is proven is no difference before. What is noted of the
			// past, or forgotten, is none at all.
			switch c.Kind() {
			case provision.KindRunning, provision.KindRestarted, provision.KindTrial, provision.KindAttempt, provision.KindRecord, provision.KindHistory, provision.KindFormer:
				continue
			}
			if n++; first == "" {
				first = c.Difference()
			}
		}
		if n == 0 {
			if slices.ContainsFunc(h.Changes, unwritten) && len(p.Of(plan.Start, h.Host)) == 0 {
				found = append(found, finding.Finding{Name: recordMissing, Severity: finding.Notice, Host: h.Host,
					Message: "this host has no record yet that the ensemble formed its quorum", Hint: "the next zkprov apply writes it, once the quorum is proven"})
			}
			continue
		}
		message := fmt.Sprintf("%d differences to the inventory, the first: %s", n, first)
		if n == 1 {
			message = "differs from the inventory: " + first
		}
		found = append(found, finding.Finding{Name: drift, Severity: finding.Warning, Host: h.Host, Message: message,
			Hint: "see zkprov plan --diff with this inventory"})
	}
	return found
}

package fleet

import (
	"context"
	"strings"
	"time"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// way is how a run decides what only can be decided by looking at more than one host.
type way struct {
	// decide decides by what was seen.
	decide func(seen map[string]provision.Observation) decision
	// byHand returns how people restart an instance themselves.
	byHand func(p provision.HostPlan, needed provision.Restart) (hint string, commands []finding.Command)
	// pending is set where restarts that are needed are left for later. Otherwise they
	// stand against everything.
	pending bool
	// stands returns the gate that waits for the quorum.
	stands func() plan.Gate
	// unmet returns the error of a gate that did not hold; nil where the run goes on all
	// the same.
	unmet func(context.Context, *unmet) error
}

// decision is what was decided for all voters together.
type decision struct {
	bootstrap bool
	// founding is set where no coordinator decided for a bootstrap.
	founding *provision.Founding
	findings finding.Findings
	// parting stands against restarts alone: where none is needed, all that runs has
	// the inventory's list, and only the record is older.
	parting *finding.Finding
	// census is of the voters of an ensemble that exists.
	census provision.Census
	// lost stands where nobody runs: so many voters are to begin without data on other
	// hosts than those that they have it on.
	lost *finding.Finding
}

// together is the way of a run that reaches all hosts.
func together(r *run) way {
	return way{
		decide: func(seen map[string]provision.Observation) decision { return decide(r.Ensemble, seen) },
		byHand: func(p provision.HostPlan, needed provision.Restart) (string, []finding.Command) {
			at := func(line string) finding.Command { return finding.Command{Host: p.Host, Line: line} }
			here := func(limit string) finding.Command {
				return finding.Command{Line: r.command("apply", "--limit", limit)}
			}
			switch {
			case needed.Shared:
				return "", []finding.Command{at("systemctl stop " + strings.Join(instanceNames(r.Ensemble.Host(p.Host)), " ")), here(p.Host)}
			case needed.Staged:
				return "", []finding.Command{at("systemctl restart " + needed.Instance)}
			}
			return "", []finding.Command{at("systemctl stop " + needed.Instance), here(needed.Instance)}
		},
		stands: func() plan.Gate { return plan.Gate{Kind: plan.Formed, Within: r.formLimit()} },
		unmet:  func(_ context.Context, u *unmet) error { return r.notFormed(u) },
	}
}

// formLimit bounds the wait for the quorum.
func (f *Fleet) formLimit() time.Duration {
	if f.Timeout > 0 {
		return f.Timeout
	}
	return FormLimit(f.Ensemble)
}

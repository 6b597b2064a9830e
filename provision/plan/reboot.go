package plan

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// Reboot is the name of a step that boots a host, which stands behind it.
const Reboot = "reboot"

// bootSlack is how much longer the servers of a host that has booted may take to serve than
// those that are started: it is still booting.
const bootSlack = 2 * time.Minute

// Reboots is what the steps of a reboot are made of.
type Reboots struct {
	Ensemble *inventory.Ensemble
	Parts    []provision.HostPlan
	Ranks    Ranks
	// AllowOutage boots hosts without which there is no majority.
	AllowOutage bool
	// Formed bounds the wait for the quorum, Settle is how long a host must have been back.
	Formed, Settle time.Duration
	Proof          []Gate
}

// Steps returns the hosts to be booted, one after the other, those of observers first and
// that of the leader last. All instances of a host count at once.
func (s Reboots) Steps() []Step {
	var steps []Step
	for _, p := range s.Parts {
		step := Step{Name: Reboot + " " + p.Host}
		for _, c := range p.Changes {
			if c.Kind() == provision.KindReboot {
				step.Add(p.Host, c)
			}
		}
		if step.Changes == nil {
			continue
		}
		for _, in := range s.Ensemble.Host(p.Host).Instances {
			step.Instances = append(step.Instances, in.Name)
		}
		if !s.AllowOutage || !HoldsMajority(s.Ensemble, p.Host) {
			step.Before = []Gate{{Kind: Spared, Instances: step.Instances, Within: s.Formed}}
		}
		step.After = []Gate{
			{Kind: Back, Instances: step.Instances, Within: s.Formed + bootSlack},
			{Kind: InSync, Instances: step.Instances, Within: s.Formed, Settle: cmp.Or(s.Settle, SettleTime)},
			{Kind: Written, Instances: step.Instances, Within: ProveLimit},
		}
		steps = append(steps, step)
	}
	if steps = s.Ranks.Order(steps); len(steps) > 0 {
		steps = append(steps, Step{Name: Prove, After: s.Proof})
	}
	return steps
}

// Reboots returns the host that a step boots; empty where it boots none.
func (s *Step) Reboots() string {
	host, ok := strings.CutPrefix(s.Name, Reboot+" ")
	if !ok {
		return ""
	}
	return host
}

// HoldsMajority reports whether the voters of the other hosts are no majority.
func HoldsMajority(e *inventory.Ensemble, host string) bool {
	others := slices.DeleteFunc(e.Members(), func(m inventory.Member) bool {
		return m.Host.Name == host || m.Instance.Role != inventory.Participant
	})
	held := e.Participants() > len(others)
	return held && len(others) < e.Majority()
}

package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// The names of the steps of a reset.
const (
	Stop     = "stop"
	TakeAway = "remove"
)

// ResetSteps sorts what hosts would take away into two steps: no file of a server goes
// before all servers have stopped. before are the gates of the first.
func ResetSteps(parts []provision.HostPlan, before []Gate) []Step {
	stop, remove := Step{Name: Stop, Before: before}, Step{Name: TakeAway}
	for _, p := range parts {
		for _, c := range p.Changes {
			switch c.Action {
			case provision.Disable, provision.Stop:
				stop.Add(p.Host, c)
			default:
				remove.Add(p.Host, c)
			}
		}
	}
	var all []Step
	for _, step := range []Step{stop, remove} {
		if len(step.Changes) > 0 {
			all = append(all, step)
		}
	}
	return all
}

// Bereft returns why a quorum that stands is lost where some hosts' servers stop, in
// words; empty where it is not: there is none, or the others are a majority.
func Bereft(e *inventory.Ensemble, hosts []string, as map[int]ensemble.Answer) string {
	serving, left := 0, 0
	var stopped []string
	for _, m := range e.Members() {
		a := as[m.Instance.ID]
		if m.Instance.Role != inventory.Participant || !a.Serving || a.Mode == ensemble.ReadOnly {
			continue
		}
		serving++
		if slices.Contains(hosts, m.Host.Name) {
			stopped = append(stopped, m.Instance.Name)
		} else {
			left++
		}
	}
	if len(stopped) == 0 || serving < e.Majority() || left >= e.Majority() {
		return ""
	}
	return fmt.Sprintf("without %s there is no majority: %d of %d voters would be left that serve, and it takes %d", strings.Join(stopped, ", "), left, e.Participants(), e.Majority())
}

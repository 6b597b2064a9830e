package fleet

import (
	"slices"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// changesPending is found where a restart without a change meets hosts that are not as
// the inventory says.
const changesPending = "changes-pending"

// chooseAnew notes which processes a restart without a change is to replace: those that
// run when the hosts are first looked at, so that none is restarted twice.
func (r *run) chooseAnew() {
	if !r.Anew || r.anew != nil {
		return
	}
	r.anew = make(map[string]string)
	for _, h := range r.hosts() {
		only, may := r.limited(h)
		for name, in := range r.seen[h.Name].Instances {
			if may && (only == nil || slices.Contains(only, name)) && in.Unit.RunsOrStarts() {
				r.anew[name] = in.Unit.InvocationID
			}
		}
	}
}

// beside returns what stands against a restart without a change: what an apply would
// change beside it.
func (r *run) beside(p *plan.Plan) []plan.Obstacle {
	if !r.Anew {
		return nil
	}
	var all []plan.Obstacle
	for _, h := range p.ByHost() {
		for _, c := range h.Changes {
			if ofRestart(c) {
				continue
			}
			all = append(all, plan.Obstacle{Host: h.Host, Error: &provision.Error{Kind: provision.Refused, Name: changesPending,
				Message: "a restart changes nothing, and the host is not as the inventory says: " + c.Difference(),
				Hint:    "apply that, which restarts what has to be", Commands: []finding.Command{{Line: r.command("apply")}}}})
			break
		}
	}
	return all
}

// ofRestart reports whether a change is a part of a restart without a change. One that is
// due, as where the Java was replaced under a server, is such a restart too.
func ofRestart(c provision.Change) bool {
	switch c.Kind() {
	case provision.KindAttempt, provision.KindTrial, provision.KindRunning, provision.KindRecord, provision.KindHistory, provision.KindFormer:
		return true
	case provision.KindRestarted:
		return c.To == provision.AnotherProcess || keepsGeneration(c)
	}
	return false
}

// verb returns the command that goes on with the run.
func (r *run) verb() string {
	switch {
	case r.Anew:
		return "restart"
	case r.Generations != nil:
		return "rollback"
	}
	return "apply"
}

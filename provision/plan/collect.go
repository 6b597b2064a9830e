package plan

import "github.com/zkprov/zkprov/provision"

// Collect is the name of the one step of a plan that removes what nothing names any more.
const Collect = "collect"

// CollectSteps returns the step that makes what hosts have planned to remove, all at once:
// no server has to do with it.
func CollectSteps(parts []provision.HostPlan) []Step {
	step := Step{Name: Collect}
	for _, p := range parts {
		for _, c := range p.Changes {
			step.Add(p.Host, c)
		}
	}
	if step.Changes == nil {
		return nil
	}
	return []Step{step}
}

// Frees returns how many bytes the removals of a plan free.
func (p *Plan) Frees() int64 {
	var n int64
	for _, h := range p.ByHost() {
		for _, c := range h.Changes {
			n += c.Bytes
		}
	}
	return n
}

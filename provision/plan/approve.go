package plan

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zkprov/zkprov/provision"
)

// Approves returns an *Error of kind Stale where now, which would be done, has anything
// that the plan, which was approved, does not have. What of the plan is done already is
// missed by nobody: a run that was killed goes on with the same plan, and where all of it
// is done there is nothing left to approve. A nil plan approves everything.
func (p *Plan) Approves(now *Plan) error {
	if p == nil {
		return nil
	}
	if p.Inventory != now.Inventory {
		return stale("the plan was made for another inventory")
	}
	for _, h := range p.Hosts {
		switch stops := now.Stops(); {
		case !now.lacks(h):
		case stops != nil: // why it could not be looked at is among them
			return stops
		default:
			return stale("%s is not to be changed, and the plan has a part of it", h.Host)
		}
	}
	// A plan that lets voters start empty approves one that does not.
	if now.Bootstrap && !p.Bootstrap || now.Founding != nil && p.Founding == nil {
		return stale("the ensemble existed when the plan was made, and now no server has data of it")
	}
	if different := p.differences(now); different != nil {
		e := stale("%s", different.message())
		e.Detail = different.lines()
		return e
	}
	if now.Changes() == 0 {
		return nil
	}
	for _, s := range now.Steps {
		if err := p.guards(s); err != nil {
			return err
		}
	}
	if p.Obstacles != nil && now.Obstacles == nil {
		return stale("what stood against the plan stands against it no more")
	}
	return nil
}

// stale returns that a plan is not what would be done.
func stale(format string, args ...any) *provision.Error {
	return &provision.Error{Kind: provision.Stale, Name: "stale-plan", Message: fmt.Sprintf(format, args...), Hint: "make a new plan"}
}

// guards returns an error unless the plan has a step that waits for the same before and
// after it, and has the same way back.
func (p *Plan) guards(now Step) error {
	i := slices.IndexFunc(p.Steps, func(s Step) bool { return s.Name == now.Name })
	if i < 0 {
		return stale("the plan has no step %q, which it takes now", now.Name)
	}
	if !p.Steps[i].guardedAs(now) {
		return stale("the step %q has other gates, or another way back, than the plan says", now.Name)
	}
	return nil
}

// lacks reports whether the plan has no part of a host.
func (p *Plan) lacks(h Part) bool {
	return !slices.ContainsFunc(p.Hosts, func(o Part) bool { return o.Host == h.Host })
}

// Without returns the plan less a step that was taken.
func (p *Plan) Without(step string) *Plan {
	if p == nil {
		return nil
	}
	left := *p
	left.Steps = slices.DeleteFunc(slices.Clone(p.Steps), func(s Step) bool { return s.Name == step })
	return &left
}

// guardedAs reports whether s and o are the same step but for its changes: restart the
// same instances, wait for the same, and have the same way back. How long is waited is
// whoever runs it to say.
func (s Step) guardedAs(o Step) bool {
	return s.Name == o.Name && s.Anew == o.Anew && slices.Equal(s.Instances, o.Instances) &&
		slices.EqualFunc(s.Before, o.Before, Gate.same) && slices.EqualFunc(s.After, o.After, Gate.same) && s.Undo.same(o.Undo)
}

func (g Gate) same(o Gate) bool {
	return g.Kind == o.Kind && g.Settle == o.Settle && g.Outage == o.Outage && g.Elsewhere == o.Elsewhere && slices.Equal(g.Instances, o.Instances)
}

func (u *Undo) same(o *Undo) bool {
	if u == nil || o == nil {
		return u == o
	}
	return maps.Equal(u.Generations, o.Generations)
}

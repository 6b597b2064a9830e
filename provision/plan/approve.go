package plan

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zkprov/zkprov/provision"
)

// Approves returns an *Error of kind Stale where the plan, which was approved, is not what
// now would be done. A nil plan approves everything.
func (p *Plan) Approves(now *Plan) error {
	if p == nil {
		return nil
	}
	stale := func(format string, args ...any) error {
		return &provision.Error{Kind: provision.Stale, Name: "stale-plan", Message: fmt.Sprintf(format, args...), Hint: "make a new plan"}
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
	if p.Bootstrap != now.Bootstrap || (p.Founding == nil) != (now.Founding == nil) {
		return stale("whether the ensemble exists already is not as it was when the plan was made")
	}
	before, after := p.changes(), now.changes()
	for _, c := range after {
		if !slices.ContainsFunc(before, c.same) {
			return stale("%s: %s, and the plan does not have that as it is now", c.host, c.Difference())
		}
	}
	for _, c := range before {
		if !slices.ContainsFunc(after, c.same) {
			return stale("%s: %s, by the plan, and it is not so any more", c.host, c.Difference())
		}
	}
	if len(p.Steps) != len(now.Steps) {
		return stale("it takes %d steps, and the plan has %d", len(now.Steps), len(p.Steps))
	}
	for _, s := range now.Steps {
		if !slices.ContainsFunc(p.Steps, s.guardedAs) {
			return stale("the step %q has other gates, or another way back, than the plan says", s.Name)
		}
	}
	if p.Obstacles != nil && now.Obstacles == nil {
		return stale("what stood against the plan stands against it no more")
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

// placed is a change where it is made.
type placed struct {
	step, host string
	provision.Change
}

func (c placed) same(o placed) bool { return c.step == o.step && c.host == o.host && c.Same(o.Change) }

func (p *Plan) changes() []placed {
	var all []placed
	for _, s := range p.Steps {
		for _, h := range s.Changes {
			for _, c := range h.Changes {
				all = append(all, placed{s.Name, h.Host, c})
			}
		}
	}
	return all
}

// guardedAs reports whether s and o are the same step but for its changes: restart the
// same instances, wait for the same, and have the same way back. How long is waited is
// whoever runs it to say.
func (s Step) guardedAs(o Step) bool {
	return s.Name == o.Name && s.Anew == o.Anew && slices.Equal(s.Instances, o.Instances) &&
		slices.EqualFunc(s.Before, o.Before, Gate.same) && slices.EqualFunc(s.After, o.After, Gate.same) && s.Undo.same(o.Undo)
}

func (g Gate) same(o Gate) bool {
	return g.Kind == o.Kind && g.Settle == o.Settle && slices.Equal(g.Instances, o.Instances)
}

func (u *Undo) same(o *Undo) bool {
	if u == nil || o == nil {
		return u == o
	}
	return maps.Equal(u.Generations, o.Generations)
}

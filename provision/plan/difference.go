package plan

import (
	"fmt"
	"slices"

	"github.com/zkprov/zkprov/provision"
)

// placed is a change where it is made.
type placed struct {
	step, host string
	provision.Change
}

func (c placed) same(o placed) bool { return c.step == o.step && c.host == o.host && c.Same(o.Change) }

// about reports whether two changes are to the same thing.
func (c placed) about(o placed) bool { return c.host == o.host && c.Resource == o.Resource }

// String returns what the change makes of what, and in which step.
func (c placed) String() string {
	return fmt.Sprintf("%s, in the step %q: from %s to %s", c.Line(), c.step, c.From, c.To)
}

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

// difference is a change that would be made now, and what a plan says of the same thing;
// nil is nothing.
type difference struct {
	now     placed
	planned *placed
}

type differences []difference

// differences returns what would be done now and is not in the plan as it is.
func (p *Plan) differences(now *Plan) differences {
	var all differences
	before := p.changes()
	for _, c := range now.changes() {
		if slices.ContainsFunc(before, c.same) {
			continue
		}
		d := difference{now: c}
		if i := slices.IndexFunc(before, c.about); i >= 0 {
			d.planned = &before[i]
		}
		all = append(all, d)
	}
	return all
}

// message names the first difference, and counts them.
func (d differences) message() string {
	first := d[0].now
	text := fmt.Sprintf("%s: %s, and the plan does not have that as it is now", first.host, first.Difference())
	if len(d) > 1 {
		text += fmt.Sprintf(" (%d differences)", len(d))
	}
	return text
}

// mostDifferences is how many differences are told in full.
const mostDifferences = 20

// lines returns what the plan says and what is so now, of each difference.
func (d differences) lines() []string {
	var lines []string
	for i, one := range d {
		if i == mostDifferences {
			return append(lines, fmt.Sprintf("and %d more", len(d)-i))
		}
		planned := "nothing"
		if one.planned != nil {
			planned = one.planned.String()
		}
		lines = append(lines, one.now.host+" plan: "+planned, one.now.host+" now:  "+one.now.String())
	}
	return lines
}

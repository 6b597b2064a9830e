package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// Retire is the name of the step that stops what has left the ensemble; the instances are
// behind it.
const Retire = "retire"

// Retires reports whether the step stops what has left the ensemble.
func (s *Step) Retires() bool { return strings.HasPrefix(s.Name, Retire+" ") }

// transit makes the steps of one transition of those of a plan. It is pure:
//
//   - What is new is started with the new list and in sync before anybody is restarted,
//     and what gets another address or a vote is restarted before all others.
//   - Of two voters both are restarted at once.
//   - Before each restart a majority of the list that the leader has is in sync too.
//   - What has left is stopped when every server has the new list; what moves to another
//     host is stopped before it is started there, as no id may vote twice.
//   - The hosts are planned anew for the next transition once this one is recorded.
func (s Sorting) transit(steps []Step) []Step {
	t := s.Transition
	if t == nil {
		return steps
	}
	steps, first, last := s.retiring(steps)
	if t.Together != nil {
		steps = s.together(steps)
	}
	begins := s.named(t.first()...)
	for i := range steps {
		step := &steps[i]
		switch {
		case step.Name == Start && begins != nil && step.starts(begins[0]):
			step.After = append(step.After, s.arrived(begins)...)
		case step.Restarts() && t.Together == nil && !s.AllowOutage:
			step.Before = append(step.Before, Gate{Kind: Agreed, Instances: step.Instances, Within: s.Formed})
		}
	}
	if last != nil {
		last.Before = []Gate{{Kind: Formed, Within: s.Formed}}
		steps = before(steps, last, func(step Step) bool { return step.Name == Prove })
	}
	if first != nil {
		names := instancesOf(first)
		votes := slices.ContainsFunc(s.Ensemble.Members(), func(m inventory.Member) bool {
			return m.Instance.Role == inventory.Participant && slices.Contains(names, m.Instance.Name)
		})
		first.Before = []Gate{{Kind: Spared, Instances: names, Within: s.Formed, Outage: s.AllowOutage, Elsewhere: votes}}
		steps = before(steps, first, func(step Step) bool { return step.Name == Start || step.Restarts() || step.Name == Prove })
	}
	if s.Foreseen && len(steps) > 0 {
		steps[len(steps)-1].Anew = true
	}
	return steps
}

// arrived are the gates after the start of what is new.
func (s Sorting) arrived(instances []string) []Gate {
	settle := s.Settle
	if settle == 0 {
		settle = SettleTime
	}
	return []Gate{{Kind: Back, Instances: instances, Within: s.Formed}, {Kind: InSync, Instances: instances, Within: s.Formed, Settle: settle}}
}

// named returns the instance of an id, by name; nil where there is none.
func (s Sorting) named(ids ...int) []string {
	var names []string
	for _, m := range s.Ensemble.Members() {
		if slices.Contains(ids, m.Instance.ID) {
			names = append(names, m.Instance.Name)
		}
	}
	return names
}

func (s *Step) starts(instance string) bool {
	return slices.ContainsFunc(s.Changes, func(h HostChanges) bool {
		return slices.ContainsFunc(h.Changes, func(c provision.Change) bool { return c.Instance == instance })
	})
}

// retiring takes what retires out of the steps, into steps of its own: first what is in the
// list, and so runs in another place than it is to, last what is not.
func (s Sorting) retiring(steps []Step) (others []Step, first, last *Step) {
	var moved, left Step
	listed := func(instance string) bool {
		return slices.ContainsFunc(s.Ensemble.Members(), func(m inventory.Member) bool { return m.Instance.Name == instance })
	}
	for i := range steps {
		for j := range steps[i].Changes {
			h := &steps[i].Changes[j]
			h.Changes = slices.DeleteFunc(slices.Clone(h.Changes), func(c provision.Change) bool {
				switch {
				case c.Kind() != provision.KindRetired:
					return false
				case listed(c.Instance):
					moved.Add(h.Host, c)
				default:
					left.Add(h.Host, c)
				}
				return true
			})
		}
		steps[i].Changes = slices.DeleteFunc(steps[i].Changes, func(h HostChanges) bool { return len(h.Changes) == 0 })
	}
	steps = slices.DeleteFunc(steps, func(s Step) bool { return len(s.Changes)+len(s.After) == 0 })
	named := func(step *Step) *Step {
		if step.Changes == nil {
			return nil
		}
		step.Name = Retire + " " + strings.Join(instancesOf(step), ", ")
		return step
	}
	return steps, named(&moved), named(&left)
}

// instancesOf returns the instances that a step changes, by name.
func instancesOf(step *Step) []string {
	var names []string
	for _, h := range step.Changes {
		for _, c := range h.Changes {
			if !slices.Contains(names, c.Instance) {
				names = append(names, c.Instance)
			}
		}
	}
	return names
}

// before inserts a step before the first that a predicate holds for, or behind all.
func before(steps []Step, one *Step, is func(Step) bool) []Step {
	at := slices.IndexFunc(steps, is)
	if at < 0 {
		at = len(steps)
	}
	return slices.Insert(steps, at, *one)
}

// together makes one step of the restarts of both voters.
func (s Sorting) together(steps []Step) []Step {
	both := s.named(s.Transition.Together...)
	var one *Step
	var all []Step
	for _, step := range steps {
		if !step.Restarts() || !slices.Contains(both, step.Instances[0]) {
			all = append(all, step)
			continue
		}
		if one == nil {
			one = &step
			continue
		}
		one.Instances = append(slices.Clone(one.Instances), step.Instances...)
		for _, h := range step.Changes {
			for _, c := range h.Changes {
				one.Add(h.Host, c)
			}
		}
		if one.Undo != nil && step.Undo != nil {
			for name, generation := range step.Undo.Generations {
				one.Undo.Generations[name] = generation
			}
		} else {
			one.Undo = nil
		}
	}
	if one == nil {
		return all
	}
	slices.Sort(one.Instances)
	one.Name = Restart + " " + strings.Join(one.Instances, ", ")
	one.Before = nil // nobody serves without both
	for i := range one.After {
		one.After[i].Instances = one.Instances
	}
	at := slices.IndexFunc(all, func(step Step) bool { return step.Restarts() || step.Name == Prove })
	if at < 0 {
		at = len(all)
	}
	return slices.Insert(all, at, *one)
}

// agreed returns what the list that the leader has lacks to go on without the gate's
// instances. That list may have voters that the inventory has no more, which nobody asks:
// the leader counts them.
func (g Gate) agreed(s Scene) string {
	if s.Verdict.Leader == nil {
		return ""
	}
	leader := *s.Verdict.Leader
	a := s.Reports[leader].Answer
	if a.QuorumSize < 0 || a.SyncedFollowers < 0 {
		return ""
	}
	left := a.SyncedFollowers + 1 - max(0, a.NonVoting)
	for _, m := range s.Ensemble.Members() {
		if !slices.Contains(g.Instances, m.Instance.Name) {
			continue
		}
		if m.Instance.ID == leader {
			return "" // those that follow it have the new list
		}
		if r := s.Reports[m.Instance.ID].Answer; r.Serving && r.Mode == ensemble.Follower {
			left--
		}
	}
	if need := a.QuorumSize/2 + 1; left < need {
		return fmt.Sprintf("by the list of the leader, of %d voters, %d are left without %s, and it takes %d", a.QuorumSize, left, strings.Join(g.Instances, ", "), need)
	}
	return ""
}

// Lists returns the transition's place in the order of restarts.
func (t *Transition) Lists(e *inventory.Ensemble) (first, last []string) {
	if t == nil {
		return nil, nil
	}
	s := Sorting{Ensemble: e}
	return s.named(append(t.first(), t.Together...)...), s.named(t.last()...)
}

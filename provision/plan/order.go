package plan

import (
	"cmp"
	"slices"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/inventory"
)

// Ranks orders restarts by what is known of the servers.
type Ranks struct {
	Ensemble *inventory.Ensemble
	// Answers are what the servers said, by id.
	Answers map[int]ensemble.Answer
	// Failed are the instances whose last restart did not end well, by name.
	Failed []string
	// Flapping are those that serve and end by themselves again and again, by name.
	Flapping []string
	// First are restarted before all others that are well, Last after the leader.
	First, Last []string
}

// The ranks. An instance whose last restart failed goes before all others, so that
// whatever made it fail is met by no healthy one.
const (
	rankFailed = iota
	rankFirst
	rankBroken
	rankObserver
	rankFollower
	rankLeader
	rankLast
)

// of returns the rank of an instance: one whose last restart failed, one that does not
// serve in its role or does not stay up, observers, followers, the leader.
func (r Ranks) of(instance string) int {
	if slices.Contains(r.Failed, instance) {
		return rankFailed
	}
	switch {
	case slices.Contains(r.First, instance):
		return rankFirst
	case slices.Contains(r.Last, instance):
		return rankLast
	}
	for _, m := range r.Ensemble.Members() {
		if m.Instance.Name != instance {
			continue
		}
		switch a := r.Answers[m.Instance.ID]; {
		case !a.Serving || !inRole(m.Instance.Role, a.Mode) || slices.Contains(r.Flapping, instance):
			return rankBroken
		case m.Instance.Role == inventory.Observer:
			return rankObserver
		case a.Mode != ensemble.Leader:
			return rankFollower
		}
	}
	return rankLeader
}

// ofAll returns the rank of instances that go together: the last of theirs, unless the
// restart of one has failed.
func (r Ranks) ofAll(instances []string) int {
	rank := 0
	for _, name := range instances {
		one := r.of(name)
		if one == rankFailed {
			return rankFailed
		}
		rank = max(rank, one)
	}
	return rank
}

// Leads reports whether a step is to be taken late, as it restarts the leader.
func (r Ranks) Leads(s Step) bool { return r.ofAll(s.Instances) == rankLeader }

// Order returns steps with their restarts in the order in which they are to be taken by
// what is known now. All other steps stay where they are, and no step is added: where
// the leadership has moved, the new leader goes last if it is still to be restarted.
func (r Ranks) Order(steps []Step) []Step {
	all := slices.Clone(steps)
	var places []int
	var restarts []Step
	for i, s := range all {
		if s.Restarts() {
			places, restarts = append(places, i), append(restarts, s)
		}
	}
	slices.SortStableFunc(restarts, func(a, b Step) int { return cmp.Compare(r.ofAll(a.Instances), r.ofAll(b.Instances)) })
	for i, place := range places {
		all[place] = restarts[i]
	}
	return all
}

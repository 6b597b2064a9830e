package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// The names of what stands against restarts.
const (
	OutageNeeded = "outage-needed"
	VoterDown    = "voter-down"
	QuorumLost   = "quorum-lost"
)

// OutageTime is about how long nobody is served while so many voters restart that the
// quorum is lost: a JVM starts, and a leader is elected. It is longer where a server
// has much data to load.
const OutageTime = 10 * time.Second

// voters are the instances that vote, as the servers stand before the first step.
type voters struct {
	all []inventory.Member
	// quorum is set where the ensemble serves.
	quorum bool
	// started are the voters that are down and started before any restart, restarted the
	// instances that restarts are planned of, by name.
	started, restarted []string
	answers            map[int]ensemble.Answer
	majority           int
}

func (s Sorting) voters(steps []Step) voters {
	v := voters{quorum: ensemble.Judge(s.Ensemble, s.Answers).Quorum, answers: s.Answers, majority: s.Ensemble.Majority()}
	for _, m := range s.Ensemble.Members() {
		if m.Instance.Role != inventory.Participant {
			continue
		}
		v.all = append(v.all, m)
		if a := s.Answers[m.Instance.ID]; s.Transition != nil && a.Serving && a.Mode == ensemble.Follower {
			v.quorum = true // its leader has one, and may be none of the list that is to come
		}
	}
	for _, step := range steps {
		v.restarted = append(v.restarted, step.Instances...)
	}
	for _, p := range s.Parts {
		for _, c := range p.Changes {
			if c.Kind() == provision.KindRunning && slices.ContainsFunc(v.all, func(m inventory.Member) bool { return m.Instance.Name == c.Instance }) {
				v.started = append(v.started, c.Instance)
			}
		}
	}
	return v
}

// counts reports whether a voter can be counted on while others are restarted: what is
// down and started is up by then, and what is restarted and does not serve goes first.
// Without a quorum nobody serves, and one that runs may yet.
func (v voters) counts(m inventory.Member) bool {
	a := v.answers[m.Instance.ID]
	switch {
	case slices.Contains(v.started, m.Instance.Name), slices.Contains(v.restarted, m.Instance.Name):
		return true
	case v.quorum:
		return a.Serving && inRole(m.Instance.Role, a.Mode)
	}
	return a.Running
}

// without returns how many voters can be counted on while some instances are restarted,
// and how many of those vote.
func (v voters) without(instances []string) (left, going int) {
	for _, m := range v.all {
		switch {
		case slices.Contains(instances, m.Instance.Name):
			going++
		case v.counts(m):
			left++
		}
	}
	return left, going
}

// names returns the voters that a predicate holds for, by name.
func (v voters) names(is func(inventory.Member) bool) []string {
	var names []string
	for _, m := range v.all {
		if is(m) {
			names = append(names, m.Instance.Name)
		}
	}
	return names
}

// down returns the voters that cannot be counted on and that nobody repairs.
func (v voters) down() []string {
	return v.names(func(m inventory.Member) bool { return !v.counts(m) })
}

// outages returns the steps that leave no majority.
func (v voters) outages(steps []Step) []Step {
	var all []Step
	for _, step := range steps {
		if left, going := v.without(step.Instances); going > 0 && left < v.majority {
			all = append(all, step)
		}
	}
	return all
}

// Dangers returns what restarts would do to the quorum: refusals, or warnings where an
// outage was allowed. It is pure.
func (s Sorting) Dangers(steps []Step) finding.Findings {
	var restarts []Step
	for _, step := range steps {
		if step.Restarts() {
			restarts = append(restarts, step)
		}
	}
	v := s.voters(restarts)
	if len(v.names(func(m inventory.Member) bool { return slices.Contains(v.restarted, m.Instance.Name) })) == 0 {
		return nil // observers do not count
	}
	refusal := func(name, hint, format string, args ...any) finding.Findings {
		return finding.Findings{{Name: name, Severity: finding.Critical, Refusal: true, Message: fmt.Sprintf(format, args...), Hint: hint}}
	}
	down := v.down()
	if !v.quorum && len(v.started) == 0 {
		runs := len(v.all) - len(down)
		switch {
		case runs < v.majority:
			return refusal(QuorumLost, "bring up what is down first", "there is no quorum, and nothing that runs is stopped: %d of %d voters would be up, and it takes %d; down: %s", runs, len(v.all), v.majority, strings.Join(down, ", "))
		case !s.AllowOutage:
			return refusal(QuorumLost, "see what keeps the servers from forming a quorum; where it is what this would change, allow it", "there is no quorum, and nothing that runs is stopped: %s would be restarted", strings.Join(v.restarted, ", "))
		}
		return finding.Findings{{Name: QuorumLost, Severity: finding.Warning, Message: "there is no quorum: the voters that run with something else are restarted together"}}
	}
	outages := v.outages(restarts)
	switch {
	case len(down) > 0 && !s.AllowOutage:
		return refusal(VoterDown, "bring it back first", "%s %s not serve: no other voter is restarted before", strings.Join(down, ", "), does(len(down)))
	case len(down) > 0 && len(outages) == 0:
		return finding.Findings{{Name: VoterDown, Severity: finding.Warning, Message: fmt.Sprintf("%s %s not serve, and others are restarted all the same", strings.Join(down, ", "), does(len(down)))}}
	case len(outages) == 0:
		return nil
	}
	left, _ := v.without(outages[0].Instances)
	why := fmt.Sprintf("%s of %d voters", numberLeft(left), len(v.all))
	about := provision.Roughly(OutageTime)
	if n := len(outages); n > 1 {
		about += fmt.Sprintf(", %d times", n)
	}
	which := strings.Join(outages[0].Instances, ", ")
	if !s.AllowOutage {
		return refusal(OutageNeeded, "choose a time at which the clients can do without, and allow it",
			"the restart of %s leaves %s, and it takes %d: nobody is served for about %s, and longer where there is much data to load", which, why, v.majority, about)
	}
	return finding.Findings{{Name: OutageNeeded, Severity: finding.Warning,
		Message: fmt.Sprintf("nobody is served for about %s: the restart of %s leaves %s, and it takes %d", about, which, why, v.majority)}}
}

func does(n int) string {
	if n == 1 {
		return "does"
	}
	return "do"
}

func numberLeft(n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint(n)
}

// together merges the restarts of all voters into one, and leaves those of observers.
func together(restarts []Step, voters []inventory.Member) []Step {
	votes := func(name string) bool {
		return slices.ContainsFunc(voters, func(m inventory.Member) bool { return m.Instance.Name == name })
	}
	var one Step
	var others []Step
	for _, step := range restarts {
		if slices.ContainsFunc(step.Instances, votes) {
			one.Instances = append(one.Instances, step.Instances...)
		} else {
			others = append(others, step)
		}
	}
	if one.Instances == nil {
		return others
	}
	return append([]Step{one}, others...)
}

// Stays reports whether a restart that failed is left as it is: its instances run, and the
// others, which were a majority before it, are none any more. The quorum was lost for
// another reason then, and what runs is not stopped for it.
func (s Step) Stays(now Scene) bool {
	others := 0
	for _, m := range now.Ensemble.Members() {
		r := now.Reports[m.Instance.ID]
		switch {
		case slices.Contains(s.Instances, m.Instance.Name):
			if !r.Unit.Running() || r.Crash != nil {
				return false
			}
		case m.Instance.Role == inventory.Participant && now.back(m) == "":
			others++
		}
	}
	spared := slices.ContainsFunc(s.Before, func(g Gate) bool { return g.Kind == Spared && !g.Outage })
	return spared && others < now.Ensemble.Majority()
}

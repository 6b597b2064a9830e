package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// Scene is an ensemble as the last reports of its servers show it.
type Scene struct {
	Ensemble *inventory.Ensemble
	// Reports are by server id; nothing is known of a server without one.
	Reports map[int]provision.Report
	Verdict ensemble.Verdict
	// Unsteady says of servers that serve why they may not go on to, by instance.
	Unsteady map[string]string
	// Absent are the instances of hosts that take no part in the run, and Lost those of
	// hosts that were lost since, of which the leader may tell.
	Absent, Lost []string
	// Held is how long the gate's condition has held without a break, but for its
	// Settle.
	Held time.Duration
	// Write is what the last write through the gate's instances came to; nil before it.
	Write *Writing
}

// Writing is what a write test came to.
type Writing struct {
	// Forbidden is set where the ensemble's access rules forbid the test.
	Forbidden bool
	Err       error
}

// each returns what the first of some instances lacks.
func (s Scene) each(instances []string, lacks func(inventory.Member) string) string {
	for _, m := range s.Ensemble.Members() {
		if !slices.Contains(instances, m.Instance.Name) {
			continue
		}
		if text := lacks(m); text != "" {
			return m.Instance.Name + ": " + text
		}
	}
	return ""
}

// back returns what a server lacks to serve in its role.
func (s Scene) back(m inventory.Member) string {
	r, known := s.Reports[m.Instance.ID]
	switch {
	case !known:
		return "was not asked"
	case !r.Answer.Serving:
		return r.Unit.Summary() + "; " + r.Answer.Text()
	case !inRole(m.Instance.Role, r.Answer.Mode):
		return fmt.Sprintf("is %s, and the inventory says %s", r.Answer.Mode, m.Instance.Role)
	}
	return ""
}

func inRole(role inventory.Role, mode ensemble.Mode) bool {
	if role == inventory.Observer {
		return mode == ensemble.Observing
	}
	return mode == ensemble.Leader || mode == ensemble.Follower
}

// inSync returns what a server lacks to have all that the leader has. A follower and an
// observer serve only once they have.
func (s Scene) inSync(m inventory.Member) string {
	if text := s.back(m); text != "" {
		return text
	}
	if !s.Verdict.Quorum {
		return "there is no quorum: " + s.Verdict.Progress()
	}
	for _, l := range s.Verdict.Lacks {
		if l.Name == ensemble.QuorumSize {
			continue // it has the list of before until it is restarted, as the last
		}
		if slices.Contains(l.Instances, m.Instance.Name) {
			return strings.TrimPrefix(l.Text, m.Instance.Name+": ")
		}
	}
	return s.Unsteady[m.Instance.Name]
}

// formed returns what the whole ensemble lacks. What is lost counts by what the others
// say: the leader counts it in sync, or every other participant follows a leader that
// only it can be.
func (s Scene) formed() string {
	unsteady := FirstOf(s.Unsteady)
	switch {
	case !s.Verdict.FormedBut(slices.Concat(s.Absent, s.Lost)...), !s.counted():
		if unsteady == "" {
			return s.Verdict.Progress()
		}
		fallthrough
	case unsteady != "":
		return s.Verdict.Progress() + "; " + unsteady
	}
	return ""
}

// counted reports whether the leader counts every server, those that were lost among
// them. Where no leader answers it is one of the lost: the others follow, or the verdict
// would lack more than what was lost.
func (s Scene) counted() bool {
	if s.Verdict.Leader == nil {
		return true
	}
	followers, observers := -1, 0 // without the leader
	for _, m := range s.Ensemble.Members() {
		switch {
		case slices.Contains(s.Absent, m.Instance.Name):
		case m.Instance.Role == inventory.Observer:
			observers++
		default:
			followers++
		}
	}
	return s.Verdict.InSync >= followers && s.Verdict.Observers >= observers
}

// Answers returns what servers said, by id.
func Answers(reports map[int]provision.Report) map[int]ensemble.Answer {
	as := make(map[int]ensemble.Answer, len(reports))
	for id, r := range reports {
		as[id] = r.Answer
	}
	return as
}

// Missing returns the instances that a verdict finds fault with, and those that may not
// go on to serve.
func (s Scene) Missing() []string {
	names := slices.Collect(maps.Keys(s.Unsteady))
	for _, f := range s.Verdict.Findings {
		if f.Instance != "" && f.Severity != finding.Notice && !slices.Contains(names, f.Instance) {
			names = append(names, f.Instance)
		}
	}
	slices.Sort(names)
	return names
}

// FirstOf is the first of what is lacking, in words.
func FirstOf(lacking map[string]string) string {
	for _, name := range slices.Sorted(maps.Keys(lacking)) {
		return name + ": " + lacking[name]
	}
	return ""
}

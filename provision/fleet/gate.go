package fleet

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// GateKind is what a gate wants.
type GateKind string

// The kinds of gates.
const (
	// Spared wants every voter but those of the gate in sync, and a majority of all
	// without them.
	Spared GateKind = "others in sync"
	// Back wants the gate's instances to serve in the role of the inventory.
	Back GateKind = "back"
	// InSync wants them to be in sync with the leader, and to have been for Settle.
	InSync GateKind = "in sync"
	// Written wants a write through the gate's instances that every other server
	// reads; through the leader where the gate names none.
	Written GateKind = "written"
	// Formed wants the whole ensemble as the inventory says, as far as its hosts can
	// be asked, and to stay so.
	Formed GateKind = "formed"
	// Joined wants the gate's instances to be part of a quorum that has stood for
	// Settle, or the whole ensemble to be formed.
	Joined GateKind = "joined"
)

// Gate is a condition between two changes. It is plain data.
type Gate struct {
	Kind GateKind `json:"kind"`
	// Instances are those that it is about, by name; none is the whole ensemble.
	Instances []string `json:"instances,omitempty"`
	// Within bounds the wait for it.
	Within time.Duration `json:"within"`
	// Settle is how long it must have held.
	Settle time.Duration `json:"settle,omitempty"`
}

// scene is an ensemble as the last reports of its servers show it.
type scene struct {
	e *inventory.Ensemble
	// reports are by server id; nothing is known of a server without one.
	reports map[int]provision.Report
	verdict ensemble.Verdict
	// unsteady says of servers that serve why they may not go on to, by instance.
	unsteady map[string]string
	// absent are the instances of hosts that take no part in the run, and lost those of
	// hosts that were lost since, of which the leader may tell.
	absent, lost []string
	// held is how long the gate's condition has held without a break, but for its
	// Settle.
	held time.Duration
	// write is what the last write through the gate's instances came to; nil before it.
	write *writing
}

// writing is what a write test came to.
type writing struct {
	// forbidden is set where the ensemble's access rules forbid the test.
	forbidden bool
	err       error
}

// judge returns what the gate lacks, in words; empty where it holds. It is pure.
func (g Gate) judge(s scene) string {
	if lacks := g.lacks(s); lacks != "" {
		return lacks
	}
	if left := g.Settle - s.held; left > 0 && !(g.Kind == Joined && s.formed() == "") {
		if g.Kind == Joined {
			return s.verdict.Progress()
		}
		return fmt.Sprintf("%s, and it is made sure for %s that it stays so", g, rough(g.Settle))
	}
	return ""
}

// lacks returns what keeps the gate from holding at this moment.
func (g Gate) lacks(s scene) string {
	switch g.Kind {
	case Spared:
		return g.spared(s)
	case Back:
		return s.each(g.Instances, s.back)
	case InSync:
		return s.each(g.Instances, s.inSync)
	case Written:
		return g.written(s)
	case Formed:
		return s.formed()
	case Joined:
		if s.formed() == "" {
			return ""
		}
		text := s.each(g.Instances, s.inSync)
		switch {
		case !s.verdict.Quorum:
			return s.verdict.Progress()
		case text != "":
			return s.verdict.Progress() + "; " + text
		}
		return ""
	}
	return fmt.Sprintf("this version knows no gate %q", g.Kind)
}

// String returns what the gate wants, in words.
func (g Gate) String() string {
	who := strings.Join(g.Instances, ", ")
	switch g.Kind {
	case Spared:
		return "every other voter is in sync, and a majority stands without " + who
	case Back:
		return who + " serves again"
	case InSync:
		return who + " is in sync"
	case Written:
		if who == "" {
			return "a write is read back through every server"
		}
		return "a write through " + who + " is read back through every server"
	case Joined:
		return who + " is part of a quorum"
	}
	return "the ensemble is formed"
}

// each returns what the first of some instances lacks.
func (s scene) each(instances []string, lacks func(inventory.Member) string) string {
	for _, m := range s.e.Members() {
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
func (s scene) back(m inventory.Member) string {
	r, known := s.reports[m.Instance.ID]
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
func (s scene) inSync(m inventory.Member) string {
	if text := s.back(m); text != "" {
		return text
	}
	if !s.verdict.Quorum {
		return "there is no quorum: " + s.verdict.Progress()
	}
	for _, l := range s.verdict.Lacks {
		if slices.Contains(l.Instances, m.Instance.Name) {
			return strings.TrimPrefix(l.Text, m.Instance.Name+": ")
		}
	}
	return s.unsteady[m.Instance.Name]
}

// spared returns what the ensemble lacks to go on without the gate's instances.
func (g Gate) spared(s scene) string {
	voters, inSync, following := 0, 0, 0
	for _, m := range s.e.Members() {
		if m.Instance.Role != inventory.Participant {
			continue
		}
		voters++
		if a := s.reports[m.Instance.ID].Answer; a.Serving && a.Mode == ensemble.Follower {
			following++
		}
		if slices.Contains(g.Instances, m.Instance.Name) {
			continue
		}
		if text := s.inSync(m); text != "" {
			return m.Instance.Name + ": " + text
		}
		inSync++
	}
	// The verdict lists a follower that is not in sync as a lack of the leader, which may
	// be an instance of the gate.
	if s.verdict.InSync < following {
		return fmt.Sprintf("the leader has %d of %d followers in sync", s.verdict.InSync, following)
	}
	if inSync < s.e.Majority() {
		return fmt.Sprintf("without %s there is no majority: %d of %d voters are left, and it takes %d", strings.Join(g.Instances, ", "), inSync, voters, s.e.Majority())
	}
	return ""
}

func (g Gate) written(s scene) string {
	switch {
	case s.write == nil:
		return "nothing was written yet"
	case s.write.err != nil:
		return s.write.err.Error()
	}
	return ""
}

// formed returns what the whole ensemble lacks. What is lost counts by what the others
// say: the leader counts it in sync, or every other participant follows a leader that
// only it can be.
func (s scene) formed() string {
	unsteady := firstOf(s.unsteady)
	switch {
	case !s.verdict.FormedBut(slices.Concat(s.absent, s.lost)...), len(s.lost) > 0 && !s.vouched():
		if unsteady == "" {
			return s.verdict.Progress()
		}
		fallthrough
	case unsteady != "":
		return s.verdict.Progress() + "; " + unsteady
	}
	return ""
}

// vouched reports whether the servers that answer tell that those that were lost are
// well.
func (s scene) vouched() bool {
	followers, observers, seen := -1, 0, 0 // without the leader
	for _, m := range s.e.Members() {
		switch {
		case slices.Contains(s.absent, m.Instance.Name):
		case m.Instance.Role == inventory.Observer:
			observers++
		default:
			followers++
			if !slices.Contains(s.lost, m.Instance.Name) {
				seen++
			}
		}
	}
	if s.verdict.Leader == 0 {
		return s.verdict.InSync >= seen
	}
	return s.verdict.InSync >= followers && s.verdict.Observers >= observers
}

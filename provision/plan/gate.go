package plan

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
	// without them. Where the quorum does not need those of the gate, as they are
	// observers or do not serve, it wants no more than that quorum.
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
	// Agreed wants a majority of the leader's own list in sync without the gate's
	// instances: while the list of voters changes it may be another than the inventory's.
	Agreed GateKind = "majorities agree"
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
	// Outage is set on a Spared where the quorum may be lost: of the other voters it
	// wants those in sync that serve.
	Outage bool `json:"outage,omitempty"`
	// Elsewhere is set on a Spared whose instances serve in another place than the one that
	// is asked: that they do not answer there tells nothing.
	Elsewhere bool `json:"elsewhere,omitempty"`
}

// Judge returns what the gate lacks, in words; empty where it holds. It is pure.
func (g Gate) Judge(s Scene) string {
	if lacks := g.Lacks(s); lacks != "" {
		return lacks
	}
	if left := g.Settle - s.Held; left > 0 && !(g.Kind == Joined && s.formed() == "") {
		if g.Kind == Joined {
			return s.Verdict.Progress()
		}
		return fmt.Sprintf("%s, and it is made sure for %s that it stays so", g, provision.Roughly(g.Settle))
	}
	return ""
}

// Lacks returns what keeps the gate from holding at this moment.
func (g Gate) Lacks(s Scene) string {
	switch g.Kind {
	case Spared:
		return g.spared(s)
	case Agreed:
		return g.agreed(s)
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
		case !s.Verdict.Quorum:
			return s.Verdict.Progress()
		case text != "":
			return s.Verdict.Progress() + "; " + text
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
		if g.Outage {
			return "every other voter that serves is in sync"
		}
		return "every other voter is in sync, and a majority stands without " + who
	case Agreed:
		return "a majority of the leader's list stands without " + who
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

// spared returns what the ensemble lacks to go on without the gate's instances.
func (g Gate) spared(s Scene) string {
	voters, inSync, following, serving := 0, 0, 0, 0
	for _, m := range s.Ensemble.Members() {
		if slices.Contains(g.Instances, m.Instance.Name) && m.Instance.Role == inventory.Participant && s.mayServe(m) {
			serving++
		}
	}
	if serving == 0 && s.Verdict.Quorum && !g.Elsewhere {
		return ""
	}
	for _, m := range s.Ensemble.Members() {
		if m.Instance.Role != inventory.Participant {
			continue
		}
		voters++
		if a := s.Reports[m.Instance.ID].Answer; a.Serving && a.Mode == ensemble.Follower {
			following++
		}
		if slices.Contains(g.Instances, m.Instance.Name) || g.Outage && s.back(m) != "" {
			continue
		}
		if text := s.inSync(m); text != "" {
			return m.Instance.Name + ": " + text
		}
		if s.Flaps(m) && !g.Outage {
			return fmt.Sprintf("%s: serves, and may not go on to: it has ended by itself %d times", m.Instance.Name, s.Reports[m.Instance.ID].Crash.Times)
		}
		inSync++
	}
	// The verdict lists a follower that is not in sync as a lack of the leader, which may
	// be an instance of the gate.
	if s.Verdict.InSync < following {
		return fmt.Sprintf("the leader has %d of %d followers in sync", s.Verdict.InSync, following)
	}
	if inSync < s.Ensemble.Majority() && !g.Outage {
		return fmt.Sprintf("without %s there is no majority: %d of %d voters are left, and it takes %d", strings.Join(g.Instances, ", "), inSync, voters, s.Ensemble.Majority())
	}
	return ""
}

// flaps is how often a server that serves has ended by itself when it is not counted
// on while another is restarted.
const flaps = 3

// Flaps reports whether a server ends by itself again and again.
func (s Scene) Flaps(m inventory.Member) bool {
	c := s.Reports[m.Instance.ID].Crash
	return c != nil && c.Times >= flaps
}

// mayServe reports whether the quorum may need a voter: it serves, or it is not known to be
// none of it. One that was not asked, or takes no more connections, may be what the leader
// counts, and one that runs may be the leader where none is seen.
func (s Scene) mayServe(m inventory.Member) bool {
	r, known := s.Reports[m.Instance.ID]
	switch a := r.Answer; {
	case !known || s.back(m) == "":
		return true
	case a.Serving || !a.Running:
		return false
	case a.Error == ensemble.ErrNotServing.Error():
		return s.Verdict.Leader == nil
	}
	return true
}

func (g Gate) written(s Scene) string {
	switch {
	case s.Write == nil:
		return "nothing was written yet"
	case s.Write.Err != nil:
		return s.Write.Err.Error()
	}
	return ""
}

// ProveLimit is how long a write may take until it was read back everywhere.
const ProveLimit = 30 * time.Second

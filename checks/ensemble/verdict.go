package ensemble

import (
	"fmt"
	"slices"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// The names of what is found about an ensemble.
const (
	noQuorum         = "no-quorum"
	InstanceDown     = "instance-down" // nothing answers on the client port
	notServing       = "not-serving"
	notAsked         = "not-asked"
	wrongMode        = "wrong-mode"
	leaderUnseen     = "leader-unseen"
	twoLeaders       = "two-leaders"
	notInSync        = "not-in-sync"
	observerDetached = "observer-detached"
	versionDiffers   = "version-differs"
	epochDiffers     = "epoch-differs"
	QuorumSize       = "quorum-size" // the leader counts other voters
	mntrMissing      = "mntr-missing"
)

// OfSilence reports whether a finding of that name is about a server that does not
// answer, or does not serve.
func OfSilence(name string) bool { return name == InstanceDown || name == notServing }

// Verdict tells how an ensemble stands, by the answers of its servers.
type Verdict struct {
	// Formed is set where everything is as it should be: one leader, every other
	// participant a follower in sync, every observer attached, nobody standalone,
	// one epoch, one version.
	Formed bool `json:"formed"`
	// Quorum is set where the ensemble serves: it has one leader and, with it, a
	// majority of the participants.
	Quorum bool `json:"quorum"`
	// Unknown is set where nobody who was asked knows of a quorum, and those who could
	// not be asked may have one.
	Unknown bool `json:"unknown,omitempty"`
	// Leader is the leader's id; nil where none was seen, or more than one.
	Leader *int `json:"leader,omitempty"`
	// InSync counts the followers that are in sync, Observers those attached;
	// those that only the leader knows of are among them.
	InSync    int `json:"in_sync"`
	Observers int `json:"observers"`
	// Survives counts how many more participants may fail before the quorum is lost.
	Survives int `json:"survives"`
	// Serving counts the participants that serve.
	Serving int `json:"serving"`
	// Participants counts the participants of the inventory.
	Participants int              `json:"participants"`
	Findings     finding.Findings `json:"findings,omitempty"`
	// Lacks lists what keeps the ensemble from being formed.
	Lacks []Lack `json:"lacks,omitempty"`
}

// Lack is something that keeps the ensemble from being formed.
type Lack struct {
	// Name is that of the finding, where it is one.
	Name string `json:"name,omitempty"`
	// Instances names those of which any may be the cause; empty means the whole ensemble.
	Instances []string `json:"instances,omitempty"`
	Text      string   `json:"text"`
}

// FormedBut reports whether the ensemble has its quorum and lacks nothing but what
// the instances of those names may be the cause of.
func (v Verdict) FormedBut(instances ...string) bool {
	return v.Quorum && !slices.ContainsFunc(v.Lacks, func(l Lack) bool {
		return !slices.ContainsFunc(l.Instances, func(name string) bool { return slices.Contains(instances, name) })
	})
}

// Judge returns how the ensemble stands. answers has the answer of each server that was
// asked, by server id; nothing is known of a server without one. Judge is pure.
func Judge(e *inventory.Ensemble, answers map[int]Answer) Verdict {
	t := tally{e: e, answers: answers, members: e.Members()}
	t.v.Participants = e.Participants()
	t.modes()
	t.leader()
	t.agreement()
	t.quorum()
	t.silence()
	t.v.Formed = t.v.Quorum && len(t.v.Lacks) == 0
	t.v.Findings.Sort()
	return t.v
}

// Leads reports whether a server is the leader that was seen.
func (v Verdict) Leads(id int) bool { return v.Leader != nil && *v.Leader == id }

// Progress returns in one line what serves and what is waited for.
func (v Verdict) Progress() string {
	s := fmt.Sprintf("%d/%d participants serve", v.Serving, v.Participants)
	if v.Leader != nil {
		s += fmt.Sprintf(", leader %d", *v.Leader)
	}
	if len(v.Lacks) > 0 {
		s += "; waiting for " + v.Lacks[0].Text
		if n := len(v.Lacks) - 1; n > 0 {
			s += fmt.Sprintf(" (and %d more)", n)
		}
	}
	return s
}

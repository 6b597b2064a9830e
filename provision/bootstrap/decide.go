package bootstrap

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// State is what a voter's disk says of the past.
type State string

// The states.
const (
	// Blank is a voter without data, and without a vote.
	Blank State = "blank"
	// Founding is a voter that may vote and has no history yet.
	Founding State = "founding"
	// Existing is a voter whose disk, or whose host, remembers a quorum.
	Existing State = "existing"
	// Unreadable is a voter of which nothing can be told.
	Unreadable State = "unreadable"
)

// Word is what one host says of its voters.
type Word struct {
	Ensemble string `json:"ensemble"`
	Host     string `json:"host"`
	// Incarnation tells the host from what it was before it was installed anew.
	Incarnation string        `json:"incarnation"`
	Voters      map[int]State `json:"voters"` // by server id
	// Founders are the incarnations, by host, that it founds the ensemble with.
	Founders map[string]string `json:"founders,omitempty"`
}

// WordOf is what a host has to say, by what was observed on it.
func WordOf(e *inventory.Ensemble, h *inventory.Host, o provision.Observation) Word {
	w := Word{Ensemble: e.Name, Host: h.Name, Incarnation: o.Incarnation, Voters: make(map[int]State), Founders: o.Founders}
	for i := range h.Instances {
		in := &h.Instances[i]
		if in.Role != inventory.Participant {
			continue
		}
		data := o.Facts.DataDirs[in.Name]
		switch {
		case data.Error != "" || data.StampError != "" || data.Log != nil && data.Log.StampError != "":
			w.Voters[in.ID] = Unreadable
		case data.History || o.Formed:
			w.Voters[in.ID] = Existing
		case data.SnapshotPresent || data.Initialize:
			w.Voters[in.ID] = Founding
		default:
			w.Voters[in.ID] = Blank
		}
	}
	return w
}

// Action is what a host does with its voters.
type Action string

// The actions.
const (
	// Join starts the voters as they are: one without data copies from a leader
	// and has no vote before.
	Join Action = "join"
	// Found lets the empty voters vote.
	Found Action = "found"
	// Wait is for more hosts to be heard.
	Wait Action = "wait"
	// Refuse starts the voters without a vote, and there is nothing to wait for.
	Refuse Action = "refuse"
)

// Decision is what a host does and why.
type Decision struct {
	Action Action
	// Reason is a clause for people.
	Reason string
	// Silent are the hosts of voters that were not heard, by name.
	Silent []string
	// Founders are the incarnations, by host, that found the ensemble; of Found only.
	Founders map[string]string
}

// withUs says whether a voter in that state may found the ensemble together with
// an empty voter of ours. One that is blank may. One that founds already may only
// where it heard us, as we are, before it began: otherwise it has founded with
// others, and those, or what this host was before it was installed anew, may have
// a history that nobody here knows of.
func withUs(state State, w, own Word) bool {
	return state == Blank || state == Founding && (w.Host == own.Host || w.Founders[own.Host] == own.Incarnation && own.Incarnation != "")
}

// Decide says what host self does. words are by host, its own among them; serves
// says that a quorum of this ensemble answers. It is pure.
func Decide(e *inventory.Ensemble, self string, words map[string]Word, serves bool, now time.Time) Decision {
	own := words[self]
	founders := make(map[string]string)
	empty := false
	for _, s := range own.Voters {
		empty = empty || s == Blank
	}
	var without, existing, unreadable, silent []string
	blank := 0
	for _, m := range e.Members() {
		if m.Instance.Role != inventory.Participant {
			continue
		}
		word := words[m.Host.Name]
		state, heard := word.Voters[m.Instance.ID]
		switch {
		case !heard:
			if !slices.Contains(silent, m.Host.Name) {
				silent = append(silent, m.Host.Name)
			}
		case state == Existing:
			existing = append(existing, m.Instance.Name)
		case state == Unreadable:
			unreadable = append(unreadable, m.Instance.Name)
		case withUs(state, word, own):
			blank++
			founders[m.Host.Name] = word.Incarnation
			without = append(without, m.Instance.Name)
		}
	}
	d := Decision{Silent: silent}
	switch {
	case !empty:
		d.Action, d.Reason = Join, "no voter here is without data"
	case serves:
		d.Action, d.Reason = Join, "a quorum serves, from which the empty voters copy"
	case len(existing) > 0:
		d.Action, d.Reason = Join, "the ensemble exists, as "+strings.Join(existing, ", ")+" knows: an empty voter has no vote before it has copied"
	case e.Bootstrap == nil:
		d.Action, d.Reason = Refuse, "no quorum answers, and the inventory has no [bootstrap] by which one might be founded"
	case !now.Before(e.Bootstrap.Expires):
		d.Action, d.Reason = Refuse, fmt.Sprintf("no quorum answers, and the bootstrap expired at %s (it is %s here)",
			e.Bootstrap.Expires.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	case len(unreadable) > 0:
		d.Action, d.Reason = Wait, "it cannot be read what "+strings.Join(unreadable, ", ")+" knows; see zkprov plan or the agent's journal there"
	case blank >= e.Majority():
		d.Action, d.Founders = Found, founders
		d.Reason = fmt.Sprintf("%d of %d voters are heard to be without history: %s", blank, e.Participants(), strings.Join(without, ", "))
	default:
		d.Action, d.Reason = Wait, fmt.Sprintf("%d of %d voters are heard to be without history, and %d are needed%s", blank, e.Participants(), e.Majority(), hush(silent))
	}
	return d
}

func hush(silent []string) string {
	if len(silent) == 0 {
		return ""
	}
	return "; silent: " + strings.Join(silent, ", ")
}

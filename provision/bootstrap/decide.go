package bootstrap

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// State is what an instance's disk, and its host, say of the past.
type State string

// The states.
const (
	// Blank is an instance without data; a voter has no vote.
	Blank State = "blank"
	// Founding is a voter that may vote and has no history yet.
	Founding State = "founding"
	// Existing is an instance whose disk remembers a quorum.
	Existing State = "existing"
	// Emptied is one whose host remembers a quorum, and whose disk has nothing.
	Emptied State = "emptied"
	// Unreadable is one of which nothing can be told.
	Unreadable State = "unreadable"
)

// remembers says that there was a quorum.
func (s State) remembers() bool { return s == Existing || s == Emptied }

// Word is what one host says of its instances.
type Word struct {
	Ensemble string `json:"ensemble"`
	Host     string `json:"host"`
	// List identifies the servers that the host's inventory has; see ListOf.
	List string `json:"list"`
	// Incarnation tells the host from what it was before it was installed anew.
	Incarnation string        `json:"incarnation"`
	Instances   map[int]State `json:"instances"` // by server id, observers among them
	// Founders are the incarnations, by host, that it founds the ensemble with.
	Founders map[string]string `json:"founders,omitempty"`
	// Members are the servers that the host has seen form the quorum; nil where it has
	// not, or is of an earlier version.
	Members *provision.Members `json:"members,omitempty"`
}

// ListOf identifies the server list of an inventory. Hosts with different lists
// have different majorities, of which two may have no server in common.
func ListOf(e *inventory.Ensemble) string {
	sum := sha256.New()
	for _, m := range e.Members() {
		fmt.Fprintf(sum, "%d %s %q %d %d\n", m.Instance.ID, m.Instance.Role, m.Host.Address, m.Instance.QuorumPort, m.Instance.ElectionPort)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// WordOf is what a host has to say, by what was observed on it. A founding under
// another bootstrap id, which came to no history, is void: whoever writes a new id
// says that there never was an ensemble.
func WordOf(e *inventory.Ensemble, h *inventory.Host, o provision.Observation) Word {
	w := Word{Ensemble: e.Name, Host: h.Name, List: ListOf(e), Incarnation: o.Incarnation, Instances: make(map[int]State), Members: o.Members}
	void := false
	if f := o.Founding; f != nil {
		if void = e.Bootstrap != nil && f.Bootstrap != e.Bootstrap.ID; !void {
			w.Founders = f.Founders
		}
	}
	for i := range h.Instances {
		in := &h.Instances[i]
		data := o.Facts.DataDirs[in.Name]
		state := Blank
		switch {
		case data.Error != "" || data.StampError != "" || data.Log != nil && data.Log.StampError != "":
			state = Unreadable
		case data.History:
			state = Existing
		case o.Formed && data.SnapshotPresent:
			state = Existing
		case o.Formed:
			state = Emptied
		case (data.SnapshotPresent || data.Initialize) && !void && in.Role == inventory.Participant:
			state = Founding
		}
		w.Instances[in.ID] = state
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
	Action Action `json:"action"`
	// Reason is a clause for people.
	Reason string `json:"reason"`
	// Silent are the hosts that were not heard, by name.
	Silent []string `json:"silent,omitempty"`
	// Founders are the incarnations, by host, that found the ensemble; of Found only.
	Founders map[string]string `json:"founders,omitempty"`
	// Census is of the voters of an ensemble that exists and does not serve; nil where
	// there is none.
	Census *provision.Census `json:"census,omitempty"`
}

// Heard is what was heard of the others, by the names of the hosts.
type Heard struct {
	Words map[string]Word
	// Silence says of hosts that gave no word why, where that is more than that
	// nobody is there; of Strangers, what is strange.
	Silence, Strangers map[string]string
}

// Decide says what host self does. Its own word is among those that were heard;
// serves says that a quorum of this ensemble answers. It is pure.
func Decide(e *inventory.Ensemble, self string, heard Heard, serves bool, now time.Time) Decision {
	s := sift(e, self, heard)
	d := Decision{Silent: s.silent}
	if len(s.remember) > 0 && !serves {
		census := provision.TakeCensus(e, s.records, func(in *inventory.Instance) bool { return slices.Contains(s.empty, in.Name) })
		d.Census = &census
	}
	switch {
	case !s.needs:
		d.Action, d.Reason = Join, "no voter here is without data"
	case serves:
		d.Action, d.Reason = Join, "a quorum serves, from which the empty voters copy"
	case len(s.remember) > 0:
		d.Action, d.Reason = Join, "the ensemble exists, as "+strings.Join(s.remember, ", ")+" knows: an empty voter has no vote before it has copied"
	case e.Bootstrap == nil:
		d.Action, d.Reason = Refuse, "no quorum answers, and the inventory has no [bootstrap] by which one might be founded"
	case !now.Before(e.Bootstrap.Expires):
		d.Action, d.Reason = Refuse, fmt.Sprintf("no quorum answers, and the bootstrap expired at %s (it is %s here)",
			e.Bootstrap.Expires.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	case len(heard.Strangers) > 0:
		var names []string
		for _, name := range slices.Sorted(maps.Keys(heard.Strangers)) {
			names = append(names, name+" ("+heard.Strangers[name]+")")
		}
		d.Action, d.Reason = Wait, "it cannot be heard what others know: "+strings.Join(names, ", ")+"; give all hosts the same inventory"
	case len(s.otherList) > 0:
		d.Action, d.Reason = Wait, "the inventory of "+strings.Join(s.otherList, ", ")+" has other servers than the one here, and two majorities could be founded; give all hosts the same inventory"
	case len(s.unreadable) > 0:
		d.Action, d.Reason = Wait, "it cannot be read what "+strings.Join(s.unreadable, ", ")+" knows; see zkprov plan or the agent's journal there"
	case len(s.blank) >= e.Majority():
		d.Action, d.Founders = Found, s.founders
		d.Reason = fmt.Sprintf("%d of %d voters are heard to be without history: %s", len(s.blank), e.Participants(), strings.Join(s.blank, ", "))
	default:
		d.Action = Wait
		d.Reason = fmt.Sprintf("%d of %d voters are heard to be without history, and %d are needed%s", len(s.blank), e.Participants(), e.Majority(), s.rest(heard.Silence))
	}
	return d
}

// sifted is what was heard, by what it means for an empty voter of this host.
type sifted struct {
	// needs says that a voter of this host has no data.
	needs bool
	// blank are the voters that may found the ensemble with those of this host,
	// founders their hosts; remember are the instances that know of a quorum.
	blank, remember, unreadable []string
	founders                    map[string]string
	// empty are the voters that are heard to have no data, records the members that
	// hosts have seen form the quorum.
	empty   []string
	records []*provision.Members
	// elsewhere says of voters with whom they found, where that is not this host as
	// it is.
	elsewhere []string
	// silent are the hosts that gave no word, otherList those with another inventory.
	silent, otherList []string
}

func sift(e *inventory.Ensemble, self string, heard Heard) sifted {
	own := heard.Words[self]
	s := sifted{founders: make(map[string]string)}
	for i := range e.Hosts {
		h := &e.Hosts[i]
		word, ok := heard.Words[h.Name]
		switch {
		case !ok:
			if heard.Strangers[h.Name] == "" {
				s.silent = append(s.silent, h.Name)
			}
			continue
		case word.List != own.List:
			s.otherList = append(s.otherList, h.Name)
		}
		s.records = append(s.records, word.Members)
		for j := range h.Instances {
			s.take(own, word, &h.Instances[j])
		}
	}
	return s
}

// take sorts one instance in.
func (s *sifted) take(own, word Word, in *inventory.Instance) {
	state, ok := word.Instances[in.ID]
	voter := in.Role == inventory.Participant
	if voter && (state == Blank || state == Emptied) {
		s.empty = append(s.empty, in.Name)
		s.needs = s.needs || word.Host == own.Host
	}
	known := slices.Contains([]State{Blank, Founding, Existing, Emptied}, state)
	switch {
	case !ok || !known: // a later zkprov may have more to say
		s.unreadable = append(s.unreadable, in.Name)
	case state.remembers():
		s.remember = append(s.remember, in.Name)
	case !voter:
	case withUs(state, word, own):
		s.blank = append(s.blank, in.Name)
		s.founders[word.Host] = word.Incarnation
	default:
		with := slices.Sorted(maps.Keys(word.Founders))
		s.elsewhere = append(s.elsewhere, fmt.Sprintf("%s has begun to found with %s as they were", in.Name, strings.Join(with, ", ")))
	}
}

// withUs says whether a voter in that state may found the ensemble together with
// an empty voter of ours. One that is blank may. One that founds already may only
// where it heard us, as we are, before it began: otherwise it has founded with
// others, and those, or what this host was before it was installed anew, may have
// a history that nobody here knows of.
func withUs(state State, w, own Word) bool {
	return state == Blank || state == Founding && (w.Host == own.Host || w.Founders[own.Host] == own.Incarnation && own.Incarnation != "")
}

// rest says what is missing for a founding.
func (s sifted) rest(silence map[string]string) string {
	var text string
	if len(s.silent) > 0 {
		names := slices.Clone(s.silent)
		for i, name := range names {
			if why := silence[name]; why != "" {
				names[i] += " (" + why + ")"
			}
		}
		text = "; silent: " + strings.Join(names, ", ")
	}
	if len(s.elsewhere) > 0 {
		text += "; " + strings.Join(s.elsewhere, "; ") + ": boot those, or write a new [bootstrap] to every host's inventory, by which it is void"
	}
	return text
}

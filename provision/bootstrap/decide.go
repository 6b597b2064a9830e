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

// State is the past of one instance, by its disk and by the records of its host.
type State string

// The states.
const (
	// Blank is an instance without data; a voter has no vote.
	Blank State = "blank"
	// Founding is a voter that may vote and has no history yet.
	Founding State = "founding"
	// Existing is an instance whose disk remembers a quorum.
	Existing State = "existing"
	// Emptied is an instance whose host remembers a quorum while its disk has nothing.
	Emptied State = "emptied"
	// Unreadable is an instance whose disk cannot be read, or has a stamp that cannot.
	Unreadable State = "unreadable"
)

// remembers reports whether the instance or its host knows of a quorum in the past.
func (s State) remembers() bool { return s == Existing || s == Emptied }

// Statement is what one host tells the others about its instances. It travels as JSON
// between hosts whose releases of zkprov may differ: its keys are a contract.
type Statement struct {
	Ensemble string `json:"ensemble"`
	Host     string `json:"host"`
	// List identifies the server list of the host's inventory; see ListOf.
	List string `json:"list"`
	// Incarnation differs after the host was installed anew.
	Incarnation string        `json:"incarnation"`
	Instances   map[int]State `json:"instances"` // by server id, observers among them
	// Founders holds, by host, the incarnations with which it founds the ensemble.
	Founders map[string]string `json:"founders,omitempty"`
	// Members is the host's record of the servers that formed the quorum; nil where it
	// has none, or its zkprov is of an earlier version.
	Members *provision.Members `json:"members,omitempty"`
}

// ListOf returns a digest of the inventory's server list. Hosts with different lists
// have different majorities, of which two may have no server in common.
func ListOf(e *inventory.Ensemble) string {
	sum := sha256.New()
	for _, m := range e.Members() {
		fmt.Fprintf(sum, "%d %s %q %d %d\n", m.Instance.ID, m.Instance.Role, inventory.JoinAddresses(m.ListedAddresses()), m.Instance.QuorumPort, m.Instance.ElectionPort)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// StatementOf returns the statement of host h, by what was observed on it. A founding under
// another bootstrap id that led to no history is void: whoever writes a new id declares
// that there never was an ensemble.
func StatementOf(e *inventory.Ensemble, h *inventory.Host, o provision.Observation) Statement {
	w := Statement{Ensemble: e.Name, Host: h.Name, List: ListOf(e), Incarnation: o.Incarnation, Instances: make(map[int]State), Members: o.Members}
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
	// Join starts the voters as they are. One without data has no vote until it has
	// copied from a leader.
	Join Action = "join"
	// Found lets the empty voters vote.
	Found Action = "found"
	// Wait founds nothing yet: it takes more, or other, statements of the other hosts.
	Wait Action = "wait"
	// Refuse starts the voters as Join does. The ensemble cannot be founded, and
	// waiting for more hosts does not change that.
	Refuse Action = "refuse"
)

// Decision is what a host does with its voters, and why.
type Decision struct {
	Action Action `json:"action"`
	// Reason is a clause for people, without a full stop.
	Reason string `json:"reason"`
	// Silent names the hosts that gave no statement, in inventory order.
	Silent []string `json:"silent,omitempty"`
	// Founders holds, by host, the incarnations that found the ensemble; of Found only.
	Founders map[string]string `json:"founders,omitempty"`
	// Census counts the voters that still have data, where the ensemble exists and does
	// not serve; nil otherwise.
	Census *provision.Census `json:"census,omitempty"`
}

// Heard is the outcome of asking every host once, by the names of the hosts.
type Heard struct {
	// Statements includes the asking host's own.
	Statements map[string]Statement
	// Silence has the reason of a host that gave no statement, where it is more than
	// ErrNobody. Strangers has what ErrStranger says of those hosts.
	Silence, Strangers map[string]string
}

// Decide returns what host self does with its voters. Heard has its own statement too;
// serves is true where a quorum of this ensemble answers. It is pure: the same arguments
// give the same decision.
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

// sifted holds the instances and hosts that were heard, sorted by what they mean for an
// empty voter of this host.
type sifted struct {
	// needs is true where a voter of this host has no data.
	needs bool
	// blank names the voters that may found the ensemble with those of this host, and
	// founders has their hosts. remember names the instances that know of a quorum.
	blank, remember, unreadable []string
	founders                    map[string]string
	// empty names the voters without data. records has each host's record of members.
	empty   []string
	records []*provision.Members
	// elsewhere has a clause for each voter that founds without this host as it is.
	elsewhere []string
	// silent names the hosts that gave no statement, otherList those whose inventory
	// has another server list.
	silent, otherList []string
}

// sift sorts what was heard.
func sift(e *inventory.Ensemble, self string, heard Heard) sifted {
	ownStatement := heard.Statements[self]
	s := sifted{founders: make(map[string]string)}
	for i := range e.Hosts {
		h := &e.Hosts[i]
		statement, ok := heard.Statements[h.Name]
		switch {
		case !ok:
			if heard.Strangers[h.Name] == "" {
				s.silent = append(s.silent, h.Name)
			}
			continue
		case statement.List != ownStatement.List:
			s.otherList = append(s.otherList, h.Name)
		}
		s.records = append(s.records, statement.Members)
		for j := range h.Instances {
			s.take(ownStatement, statement, &h.Instances[j])
		}
	}
	return s
}

// take adds one instance of the host that made the statement.
func (s *sifted) take(ownStatement, statement Statement, in *inventory.Instance) {
	state, ok := statement.Instances[in.ID]
	voter := in.Role == inventory.Participant
	if voter && (state == Blank || state == Emptied) {
		s.empty = append(s.empty, in.Name)
		s.needs = s.needs || statement.Host == ownStatement.Host
	}
	known := slices.Contains([]State{Blank, Founding, Existing, Emptied}, state)
	switch {
	case !ok || !known: // a later zkprov may have more to say
		s.unreadable = append(s.unreadable, in.Name)
	case state.remembers():
		s.remember = append(s.remember, in.Name)
	case !voter:
	case mayFoundTogether(state, statement, ownStatement):
		s.blank = append(s.blank, in.Name)
		s.founders[statement.Host] = statement.Incarnation
	default:
		with := slices.Sorted(maps.Keys(statement.Founders))
		s.elsewhere = append(s.elsewhere, fmt.Sprintf("%s has begun to found with %s as they were", in.Name, strings.Join(with, ", ")))
	}
}

// mayFoundTogether reports whether a voter in that state may found the ensemble together
// with an empty voter of this host. One that is blank may. One that founds already may
// only where it heard this host, in its present incarnation, before it began: otherwise
// it has founded with others, and those, or what this host was before it was installed
// anew, may have a history that nobody here knows of.
func mayFoundTogether(state State, w, ownStatement Statement) bool {
	return state == Blank || state == Founding && (w.Host == ownStatement.Host || w.Founders[ownStatement.Host] == ownStatement.Incarnation && ownStatement.Incarnation != "")
}

// rest returns the hosts and voters that a founding still lacks, as the end of a Reason.
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

package plan

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// TransitionKind is what a transition does to the list of voters.
type TransitionKind string

// The kinds of transitions.
const (
	// Watch starts what is new as observers, with a list that only they have: one voter
	// that grows would be outvoted by blank ones, or wait for them in vain.
	Watch   TransitionKind = "observe"
	Add     TransitionKind = "add"
	Promote TransitionKind = "promote"
	TakeOut TransitionKind = "remove"
	Demote  TransitionKind = "demote"
	// Move gives a server another address, other ports or another host.
	Move TransitionKind = "move"
	// Handover restarts the leader as it is, so that another one leads: a server whose
	// list has the leader as no voter does not follow it.
	Handover TransitionKind = "hand over"
	// Listen has one server listen on an address more, which the others do not know yet: who
	// knows of two takes either that the host answers at, whether or not the server listens there.
	Listen TransitionKind = "listen"
	// Relist changes nothing about the voters.
	Relist TransitionKind = "relist"
)

// Transition is the way from one server list to the next. Every majority of the one
// shares a voter with every majority of the other, so that there is never more than one
// leader that can commit, whoever has which list meanwhile.
type Transition struct {
	Kind TransitionKind `json:"kind"`
	// Server is the one that it is about; nil where it is about none in particular.
	Server *int `json:"server,omitempty"`
	// List is what every server has at the end of it.
	List provision.Servers `json:"list"`
	// Limited is set where only the servers in Only are started or restarted.
	Limited bool  `json:"limited,omitempty"`
	Only    []int `json:"only,omitempty"`
	// Together are restarted at once: of two voters neither finds the leader of the old
	// list by itself.
	Together []int `json:"together,omitempty"`
	// First is restarted before all others, Last after all others; nil is nobody.
	First *int `json:"first,omitempty"`
	Last  *int `json:"last,omitempty"`
	// Retire are stopped and disabled: after all restarts or, where RetireFirst is set,
	// before anything is started in their place. Where else servers are that must not run
	// there is not a matter of the list.
	Retire      []int `json:"retire,omitempty"`
	RetireFirst bool  `json:"retire_first,omitempty"`
	// Outage is set where no order of restarts keeps a majority of both lists up.
	Outage bool `json:"outage,omitempty"`
}

// String returns the transition for people.
func (t Transition) String() string {
	server := "" // for those that are about one
	if t.Server != nil {
		server = "server " + strconv.Itoa(*t.Server)
	}
	switch t.Kind {
	case Watch:
		return "start " + serverNames(t.Only) + " as observers, until they have all data"
	case Add:
		return "add " + server + " as a voter: " + t.List.String()
	case Promote:
		return "make a voter of " + server + ": " + t.List.String()
	case TakeOut:
		return "take " + server + " out: " + t.List.String()
	case Demote:
		return "make an observer of " + server + ": " + t.List.String()
	case Move:
		s := t.List.Get(*t.Server)
		return fmt.Sprintf("move %s to %s:%d:%d", server, s.Address, s.QuorumPort, s.ElectionPort)
	case Listen:
		return fmt.Sprintf("let %s listen on %s", server, strings.Join(inventory.SplitAddresses(t.List.Get(*t.Server).Address), " and "))
	case Handover:
		return "restart " + server + " as it is, so that another one leads"
	}
	return "the same voters: " + t.List.String()
}

// isAbout reports whether the transition is about a server.
func (t Transition) isAbout(id int) bool { return is(t.Server, id) }

// first and last return the servers First and Last, as lists.
func (t Transition) first() []int { return known(t.First) }
func (t Transition) last() []int  { return known(t.Last) }

// is reports whether a server that may be none has an id.
func is(server *int, id int) bool { return server != nil && *server == id }

// known returns a server that may be none as a list.
func known(server *int) []int {
	if server == nil {
		return nil
	}
	return []int{*server}
}

func serverNames(ids []int) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = strconv.Itoa(id)
	}
	if len(ids) == 1 {
		return "server " + texts[0]
	}
	return "the servers " + strings.Join(texts, ", ")
}

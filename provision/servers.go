package provision

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/internal/properties"
	"github.com/zkprov/zkprov/inventory"
)

// Server is a line of a server list: what every server of the ensemble knows of one.
type Server struct {
	ID   int            `json:"id"`
	Role inventory.Role `json:"role"`
	// Address has all addresses of the server; see inventory.JoinAddresses.
	Address      string `json:"address"`
	QuorumPort   int    `json:"quorum_port"`
	ElectionPort int    `json:"election_port"`
}

// Servers is a server list, sorted by id.
type Servers []Server

// ServersOf returns the list that every server of an inventory is started with.
func ServersOf(e *inventory.Ensemble) Servers {
	var list Servers
	for _, m := range e.Members() {
		list = append(list, serverOf(m))
	}
	return list
}

func serverOf(m inventory.Member) Server {
	return Server{m.Instance.ID, m.Instance.Role, inventory.JoinAddresses(m.ListedAddresses()), m.Instance.QuorumPort, m.Instance.ElectionPort}
}

// ReadServers returns the list in the text of a zoo.cfg that zkprov wrote; nil where it
// has none. A line that it would not write is an error: nothing may be decided by a list
// that is only half understood.
func ReadServers(text string) (Servers, error) {
	var list Servers
	for _, p := range properties.Read(text) {
		id, ok := strings.CutPrefix(p.Key, "server.")
		if !ok {
			continue
		}
		s, err := readServer(id, p.Value)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s=%s: %w", p.Key, p.Value, err)
		}
		list = slices.DeleteFunc(list, func(o Server) bool { return o.ID == s.ID }) // the last one counts
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b Server) int { return a.ID - b.ID })
	return list, nil
}

// readServer reads host:port:port:role or, of a server with several addresses, several of
// them with a bar between, that have the same ports and role. The role may be left out.
func readServer(id, value string) (s Server, err error) {
	if s.ID, err = strconv.Atoi(id); err != nil {
		return s, fmt.Errorf("%q is no number", id)
	}
	value, _, _ = strings.Cut(value, ";")
	var addresses []string
	for part := range strings.SplitSeq(value, "|") {
		one, err := readAddress(part)
		switch {
		case err != nil:
			return s, err
		case addresses != nil && (one.QuorumPort != s.QuorumPort || one.ElectionPort != s.ElectionPort):
			return s, fmt.Errorf("its addresses have different ports")
		case addresses != nil && one.Role != "" && s.Role != "" && one.Role != s.Role:
			return s, fmt.Errorf("its addresses have different roles")
		}
		addresses = append(addresses, one.Address)
		s.QuorumPort, s.ElectionPort, s.Role = one.QuorumPort, one.ElectionPort, cmp.Or(s.Role, one.Role)
	}
	s.Address, s.Role = inventory.JoinAddresses(addresses), cmp.Or(s.Role, inventory.Participant)
	return s, nil
}

// readAddress reads one address of a server line.
func readAddress(value string) (s Server, err error) {
	rest := ""
	if strings.HasPrefix(value, "[") {
		if s.Address, rest, _ = strings.Cut(value[1:], "]"); !strings.HasPrefix(rest, ":") {
			return s, fmt.Errorf("it has no ports")
		}
		rest = rest[1:]
	} else {
		s.Address, rest, _ = strings.Cut(value, ":")
	}
	fields := strings.Split(rest, ":")
	if len(fields) < 2 || len(fields) > 3 {
		return s, fmt.Errorf("it is not address:port:port:role")
	}
	for _, n := range []struct {
		text string
		to   *int
	}{{fields[0], &s.QuorumPort}, {fields[1], &s.ElectionPort}} {
		if *n.to, err = strconv.Atoi(n.text); err != nil {
			return s, fmt.Errorf("%q is no number", n.text)
		}
	}
	if len(fields) == 3 {
		s.Role = inventory.Role(strings.ToLower(fields[2]))
		if s.Role != inventory.Participant && s.Role != inventory.Observer {
			return s, fmt.Errorf("%q is no role", fields[2])
		}
	}
	return s, nil
}

// Get returns the server of an id; nil where the list has none.
func (l Servers) Get(id int) *Server {
	for i := range l {
		if l[i].ID == id {
			return &l[i]
		}
	}
	return nil
}

// With returns the list with a server in the place of the one of its id, or as well.
func (l Servers) With(s Server) Servers {
	list := append(l.Without(s.ID), s)
	slices.SortFunc(list, func(a, b Server) int { return a.ID - b.ID })
	return list
}

// Without returns the list without the server of an id.
func (l Servers) Without(id int) Servers {
	return slices.DeleteFunc(slices.Clone(l), func(s Server) bool { return s.ID == id })
}

// Voters returns the ids of the participants.
func (l Servers) Voters() []int {
	var ids []int
	for _, s := range l {
		if s.Role == inventory.Participant {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// Votes reports whether the list has a participant of that id.
func (l Servers) Votes(id int) bool { return slices.Contains(l.Voters(), id) }

// Majority returns the smallest number of its voters that is a quorum.
func (l Servers) Majority() int { return majority(len(l.Voters())) }

// Same reports whether two lists are the same.
func (l Servers) Same(o Servers) bool { return slices.Equal(l, o) }

// String returns the voters, and the observers behind them, for people.
func (l Servers) String() string {
	var voters, observers []string
	for _, s := range l {
		if s.Role == inventory.Participant {
			voters = append(voters, strconv.Itoa(s.ID))
		} else {
			observers = append(observers, strconv.Itoa(s.ID))
		}
	}
	text := "{" + strings.Join(voters, ", ") + "}"
	if observers != nil {
		text += " with " + strings.Join(observers, ", ") + " observing"
	}
	return text
}

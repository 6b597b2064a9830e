package existing

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// joined is one ensemble, of what several servers say of it.
type joined struct {
	problems
	// members is the server list; empty for a server that runs alone.
	members []Member
	// of has the configuration of each member, by id. Several have the same one where a
	// single file stands for all.
	of map[int]*Server
	// sources has the servers in the order in which they were given.
	sources []*Server
}

// join makes one ensemble of servers, or says what keeps them from being one.
func join(servers []*Server) *joined {
	j := &joined{of: make(map[int]*Server), sources: servers}
	servers = j.lists(servers)
	j.sources = servers
	listed := slices.ContainsFunc(servers, func(s *Server) bool { return len(s.Members) > 0 })
	switch {
	case !listed && len(servers) > 1:
		for _, s := range servers[1:] {
			j.wrong(disagrees, finding.Position{File: s.Source}, "write an inventory for each", "neither %s nor %s has a server list: each is a server that runs alone, and an inventory is one ensemble", servers[0].Source, s.Source)
		}
		return j
	case !listed:
		return j
	}
	for _, s := range servers {
		if len(s.Members) == 0 {
			j.wrong(disagrees, finding.Position{File: s.Source}, "leave it out, or give its dynamic file with --from", "%s has no server list, and %s has one", s.Source, listedSource(servers))
		}
	}
	if len(j.found) > 0 {
		return j
	}
	if len(servers) == 1 {
		j.shared(servers[0])
	} else {
		j.identify(servers)
	}
	if len(j.found) == 0 {
		j.agree(servers)
	}
	return j
}

func listedSource(servers []*Server) string {
	return servers[slices.IndexFunc(servers, func(s *Server) bool { return len(s.Members) > 0 })].Source
}

// lists gives the server lists of files that hold nothing else to the servers that have
// none, and returns those servers.
func (j *joined) lists(servers []*Server) []*Server {
	var lists, rest []*Server
	for _, s := range servers {
		if len(s.Members) > 0 && len(s.Settings) == 0 && s.ID == nil {
			lists = append(lists, s)
		} else {
			rest = append(rest, s)
		}
	}
	if len(lists) == 0 || len(rest) == 0 {
		if len(lists) > 1 && len(rest) == 0 {
			j.sameLists(lists)
			return lists[:1]
		}
		return servers
	}
	j.sameLists(lists)
	for _, s := range rest {
		if len(s.Members) == 0 {
			s.Members = lists[0].Members
		}
	}
	return rest
}

// shared takes the one file for that of every server, where nothing of it can be just
// one's.
func (j *joined) shared(s *Server) {
	byAddress := make(map[string]Member)
	for _, m := range s.Members {
		j.of[m.ID] = s
		a := inventory.Canonical(m.Addresses[0].Host)
		first, again := byAddress[a]
		byAddress[a] = m
		if again && len(s.Settings) > 0 && (first.ClientPort == 0 || s.get("dataDir") != nil) {
			j.wrong(unknownServer, m.Pos, "give the files of all its servers, each with --from",
				"servers %d and %d are both at %s, and %s tells the ports and the data directory of one of them only", first.ID, m.ID, a, s.Source)
			return
		}
	}
}

// identify finds out which server each file is of.
func (j *joined) identify(servers []*Server) {
	for _, s := range servers {
		id, err := s.identity()
		if err != nil {
			j.wrong(unknownServer, finding.Position{File: s.Source}, fmt.Sprintf("say it: --from ID=%s, or --from NAME=%s with the address of the server", s.Source, s.Source), "%v", err)
			continue
		}
		if first := j.of[id]; first != nil {
			j.wrong(unknownServer, finding.Position{File: s.Source}, fmt.Sprintf("say which is which: --from %d=%s --from ID=%s", id, first.Source, s.Source), "%s is of server %d, and so is %s", s.Source, id, first.Source)
			continue
		}
		j.of[id] = s
	}
}

// agree looks whether all lists are the same and makes one of them. The address that a
// server has for itself may be every address (0.0.0.0), as in containers, or loopback.
func (j *joined) agree(servers []*Server) {
	for _, id := range idsOf(servers) {
		var agreed *Member
		for _, s := range servers {
			m := s.member(id)
			if m == nil {
				j.wrong(disagrees, s.Members[0].Pos, "an inventory is one ensemble: correct the file, or leave it out", "the list of %s lacks server %d, which %s has", s.Source, id, where(memberOf(servers, id).Pos))
				continue
			}
			own := j.of[id] == s && len(servers) > 1
			switch {
			case agreed == nil, isWildcard(agreed), own && isLoopback(m) && sameButAddress(agreed, m), isWildcard(m) && own:
				if agreed == nil || isWildcard(agreed) {
					agreed = m
				}
			case isLoopback(agreed) && j.of[id] != s && sameButAddress(agreed, m):
				agreed = m
			case !sameMember(agreed, m):
				j.wrong(disagrees, m.Pos, "correct one of the two", "server.%d is %s here and %s in %s", id, m, agreed, where(agreed.Pos))
			}
		}
		if agreed == nil {
			continue
		}
		if isWildcard(agreed) {
			j.wrong(unknownServer, agreed.Pos, "give the file of another server with --from as well, or write the address into a copy of this one", "server.%d stands as %s, which is every address of the server itself: by which the others reach it, the file does not tell", id, agreed.Addresses[0].Host)
			continue
		}
		j.members = append(j.members, *agreed)
	}
	if len(servers) > 1 {
		j.absent()
	}
}

func (j *joined) sameLists(lists []*Server) {
	for _, s := range lists[1:] {
		if !slices.EqualFunc(lists[0].Members, s.Members, func(a, b Member) bool { return sameMember(&a, &b) }) {
			j.wrong(disagrees, s.Members[0].Pos, "give the newest one only", "the server lists of %s and %s are not the same", lists[0].Source, s.Source)
		}
	}
}

// absent gives the members of which no file was given what all files have in common.
func (j *joined) absent() {
	var missing []int
	var given []*Server
	for _, m := range j.members {
		if s := j.of[m.ID]; s != nil {
			given = append(given, s)
		} else {
			missing = append(missing, m.ID)
		}
	}
	if len(missing) == 0 || len(given) == 0 {
		return
	}
	common := &Server{Source: "what the given files have in common", Members: given[0].Members, Process: given[0].Process}
	for _, s := range given[0].Settings {
		if !slices.ContainsFunc(given, func(o *Server) bool { v := o.get(s.Key); return v == nil || v.Value != s.Value }) {
			common.Settings = append(common.Settings, s)
		}
	}
	for _, id := range missing {
		m := memberOf(j.sources, id)
		for _, key := range []string{"dataDir", "clientPort"} {
			if given[0].get(key) != nil && common.get(key) == nil && (key != "clientPort" || m.ClientPort == 0) {
				j.wrong(unknownServer, m.Pos, fmt.Sprintf("give its file: --from %d=FILE", id), "no file is of server %d, and its %s cannot be told: the files that were given differ in it", id, key)
				break
			}
		}
		j.of[id] = common
	}
}

func idsOf(servers []*Server) []int {
	var ids []int
	for _, s := range servers {
		for _, m := range s.Members {
			ids = append(ids, m.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func memberOf(servers []*Server, id int) *Member {
	for _, s := range servers {
		if m := s.member(id); m != nil {
			return m
		}
	}
	return nil
}

func sameMember(a, b *Member) bool {
	return sameButAddress(a, b) && slices.EqualFunc(a.Addresses, b.Addresses, func(a, b Address) bool { return inventory.Canonical(a.Host) == inventory.Canonical(b.Host) })
}

// sameButAddress compares two lines of a server. One without a client port says nothing
// of it.
func sameButAddress(a, b *Member) bool {
	ports := func(a, b Address) bool { return a.QuorumPort == b.QuorumPort && a.ElectionPort == b.ElectionPort }
	return a.Role == b.Role && (a.ClientPort == b.ClientPort || a.ClientPort == 0 || b.ClientPort == 0) && slices.EqualFunc(a.Addresses, b.Addresses, ports)
}

// String returns the line as a server list has it.
func (m *Member) String() string {
	var parts []string
	for _, a := range m.Addresses {
		host := a.Host
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		parts = append(parts, fmt.Sprintf("%s:%d:%d:%s", host, a.QuorumPort, a.ElectionPort, m.Role))
	}
	text := strings.Join(parts, "|")
	if m.ClientPort != 0 {
		text += fmt.Sprintf(";%d", m.ClientPort)
	}
	return text
}

func isWildcard(m *Member) bool {
	a, err := netip.ParseAddr(m.Addresses[0].Host)
	return err == nil && a.Unmap().IsUnspecified()
}

func isLoopback(m *Member) bool { return inventory.IsLoopback(m.Addresses[0].Host) }

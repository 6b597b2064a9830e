package existing

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/inventory"
)

// identity returns the id of the server that a file is of: what somebody said, what only
// one server of the list can be, and otherwise what its names hint at, where all of them
// hint at the same.
func (s *Server) identity() (int, error) {
	ids, err := s.possible()
	if err != nil || len(ids) == 1 {
		return first(ids), err
	}
	type hint struct {
		what string
		id   int
	}
	var hints []hint
	add := func(what string, id int, ok bool) {
		if ok && slices.Contains(ids, id) {
			hints = append(hints, hint{what, id})
		}
	}
	name := func(what, name string) bool {
		n := len(hints)
		address, number := s.named(name, ids)
		add(what, address, address >= 0)
		add("the number in "+what, number, number >= 0)
		return len(hints) > n
	}
	file := filepath.Base(s.Source)
	if !name("its name", strings.TrimSuffix(file, filepath.Ext(file))) {
		name("its folder", filepath.Base(filepath.Dir(s.Source)))
	}
	if dir := s.get("dataDir"); dir != nil {
		name("its dataDir", filepath.Base(filepath.Clean(dir.Value)))
	}
	if len(hints) == 0 && s.Myid != nil {
		// Last, as it is that of this machine: the file may have come from another one.
		add("myid", *s.Myid, true)
	}
	for _, h := range hints {
		if h.id != hints[0].id {
			return 0, fmt.Errorf("%s may be of server %d, by %s, or of server %d, by %s", s.Source, hints[0].id, hints[0].what, h.id, h.what)
		}
	}
	if len(hints) == 0 {
		return 0, fmt.Errorf("which of the servers %s has the file %s cannot be told: not by a myid, its ports or its name", words(ids), s.Source)
	}
	return hints[0].id, nil
}

func first(ids []int) int {
	if len(ids) == 0 {
		return 0
	}
	return ids[0]
}

// possible returns the ids that the file can be of, by what was said and by what is
// written in it.
func (s *Server) possible() ([]int, error) {
	if s.ID != nil {
		if s.member(*s.ID) == nil {
			return nil, fmt.Errorf("%s was said to be of server %d, which its list does not have", s.Source, *s.ID)
		}
		return []int{*s.ID}, nil
	}
	members := slices.Clone(s.Members)
	keep := func(fits func(Member) bool) {
		if slices.ContainsFunc(members, fits) {
			members = slices.DeleteFunc(members, func(m Member) bool { return !fits(m) })
		}
	}
	if s.Host != "" {
		fits := func(m Member) bool { return m.calls(s.Host) }
		if !slices.ContainsFunc(members, fits) {
			return nil, fmt.Errorf("%s was said to be of %s, and no server of its list has that address", s.Source, s.Host)
		}
		keep(fits)
	}
	keep(func(m Member) bool { return isWildcard(&m) })
	if p := s.get("clientPort"); p != nil {
		keep(func(m Member) bool { return m.ClientPort == 0 || strconv.Itoa(m.ClientPort) == p.Value })
	}
	if a := s.get("clientPortAddress"); a != nil {
		keep(func(m Member) bool {
			return inventory.Canonical(m.Addresses[0].Host) == inventory.Canonical(a.Value) && !isLoopback(&m)
		})
	}
	if len(members) == 0 {
		return nil, errors.New(s.Source + " has no server list")
	}
	var ids []int
	for _, m := range members {
		ids = append(ids, m.ID)
	}
	return ids, nil
}

// calls reports whether a name is that of the member's address, or its first part.
func (m Member) calls(name string) bool {
	return slices.ContainsFunc(m.Addresses, func(a Address) bool {
		short, _, _ := strings.Cut(inventory.Canonical(a.Host), ".")
		return inventory.Canonical(a.Host) == inventory.Canonical(name) || short == inventory.Canonical(name) && strings.ContainsFunc(short, func(r rune) bool { return r > '9' })
	})
}

// named returns the servers that a name hints at: the one whose address it is, and the
// one whose id is the number that it ends with; -1 is none.
func (s *Server) named(name string, ids []int) (address, number int) {
	address, number = -1, -1
	var found []int
	for _, id := range ids {
		if s.member(id).calls(name) {
			found = append(found, id)
		}
	}
	if len(found) == 1 {
		address = found[0]
	}
	text := strings.TrimRight(name, "0123456789")
	// What ends with a dot and a number is a release or an address.
	if id, err := strconv.Atoi(name[len(text):]); err == nil && !strings.HasSuffix(text, ".") {
		number = id
	}
	return address, number
}

// words lists ids for a message.
func words(ids []int) string {
	text := make([]string, len(ids))
	for i, id := range ids {
		text[i] = strconv.Itoa(id)
	}
	return strings.Join(text, ", ")
}

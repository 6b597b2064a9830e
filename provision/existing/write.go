package existing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// Written is an inventory that was made of what exists.
type Written struct {
	Text []byte
	// Left counts what was left out, and Secrets those that are to be written by hand.
	// Comments name all of them.
	Left, Secrets int
	// Guards has those among what was left out that keep others out, such as SASL between
	// servers, each with its place.
	Guards []string
}

// Write writes the inventory of one ensemble. Servers has one for each file: a single one
// stands for all servers of its list. An inventory that the rules refuse is not written:
// what they refuse is left out with a comment, and where nothing can be left out the
// findings tell why, with the place in the files.
func Write(version inventory.Version, given bool, servers []*Server, rules ...inventory.Rule) (*Written, finding.Findings) {
	j := join(servers)
	if len(j.found) > 0 {
		return nil, j.found
	}
	w := &making{joined: j, version: version}
	w.instances()
	if len(w.found) > 0 {
		return nil, w.found
	}
	d := w.draft(given)
	text, found := d.settle(rules)
	if len(found) > 0 {
		for i := range found {
			if found[i].Pos.File == draftName {
				found[i].Pos = finding.Position{File: w.sources[0].Source}
			}
		}
		return nil, found
	}
	return d.counted(text), nil
}

// counted returns the inventory with the numbers of what was left out: what several
// instances have of one place counts once.
func (d *draft) counted(text string) *Written {
	out := &Written{Text: []byte(text)}
	seen := make(map[string]bool)
	for _, b := range d.blocks {
		for _, e := range b.entries {
			key := where(e.pos) + e.what
			if e.left == "" || seen[key] {
				continue
			}
			seen[key] = true
			if e.secret {
				out.Secrets++
			} else {
				out.Left++
				if key, _, _ := strings.Cut(e.what, "="); isGuard(key) {
					out.Guards = append(out.Guards, key+" ("+where(e.pos)+")")
				}
			}
		}
	}
	return out
}

// isGuard reports whether a key is one of encryption or authentication.
func isGuard(key string) bool {
	key = strings.TrimPrefix(key, "-Dzookeeper.")
	for _, prefix := range []string{"quorum.auth.", "ssl", "secureClientPort", "authProvider", "requireClientAuthScheme", "enforce.auth", "sessionRequireClientSASLAuth", "-Djava.security.auth.login.config"} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// making is an inventory that is being made.
type making struct {
	*joined
	version inventory.Version
	hosts   []*machine
}

// machine is a host of the inventory.
type machine struct {
	address   string
	addresses []string
	instances []*instance
}

// instances makes the instances of the members, on hosts by their addresses.
func (w *making) instances() {
	if len(w.members) == 0 {
		w.alone(w.sources[0])
		return
	}
	// What only the host itself reaches is on one host, whichever of its addresses it has.
	local := !slices.ContainsFunc(w.members, func(m Member) bool { return !isLoopback(&m) })
	several := slices.ContainsFunc(w.members, func(m Member) bool {
		return inventory.Canonical(m.Addresses[0].Host) != inventory.Canonical(w.members[0].Addresses[0].Host)
	})
	for _, m := range w.members {
		in := w.instance(w.of[m.ID], m)
		if local && several {
			in.add(m.Pos, form{text: "address = " + quoted(m.Addresses[0].Host)}).must = true
		}
		at := inventory.Canonical(m.Addresses[0].Host)
		i := slices.IndexFunc(w.hosts, func(h *machine) bool { return local || inventory.Canonical(h.address) == at })
		if i < 0 {
			h := &machine{address: m.Addresses[0].Host}
			for _, a := range m.Addresses {
				h.addresses = append(h.addresses, a.Host)
			}
			w.hosts = append(w.hosts, h)
			i = len(w.hosts) - 1
		}
		w.hosts[i].instances = append(w.hosts[i].instances, in)
	}
}

// toFill is the address of a server of which no file tells where it is: a name that never
// resolves (RFC 2606), so that nothing is done elsewhere by mistake.
const toFill = "fill-in.invalid"

// alone makes the instance of a server that runs alone.
func (w *making) alone(s *Server) {
	m := Member{ID: 1, Role: inventory.Participant, Addresses: []Address{{s.Host, 2888, 3888}}, Pos: finding.Position{File: s.Source}}
	switch {
	case s.ID != nil:
		m.ID = *s.ID
	case s.Myid != nil:
		m.ID = *s.Myid
	}
	if a := s.get("clientPortAddress"); s.Host == "" && a != nil && !inventory.IsLoopback(a.Value) && !strings.Contains(a.Value, "0.0.0.0") {
		m.Addresses[0].Host = a.Value
	}
	if m.Addresses[0].Host == "" {
		m.Addresses[0].Host = toFill
	}
	in := w.instance(s, m)
	in.entries[0].above = append(in.entries[0].above, "A server that ran alone. zkprov runs it as a quorum of one, which other servers can join later.")
	w.hosts = []*machine{{address: m.Addresses[0].Host, addresses: []string{m.Addresses[0].Host}, instances: []*instance{in}}}
}

// draft makes the inventory's first draft.
func (w *making) draft(given bool) *draft {
	d := &draft{intro: w.intro()}
	ensemble := &block{header: "[ensemble]"}
	ensemble.comment("Instances are named NAME-ID: their units, their folders.")
	ensemble.add(&entry{forms: []form{{text: `name = "zookeeper"`}}, must: true})
	note := ""
	if !given {
		note = "No zoo.cfg says which release reads it. Write the one that runs: 3.6.3 is what zkprov takes where nobody says (--zookeeper-version)."
	}
	ensemble.add(&entry{forms: []form{{"version = " + quoted(string(w.version)), note}}, must: true})
	if len(w.hosts) == 1 && len(w.hosts[0].instances) > 2 {
		ensemble.add(&entry{forms: []form{{"ignore = [\"voters-share-host\"]", "All voters are on one host, as they were."}}, must: true})
	}
	for _, n := range w.notes() {
		ensemble.leave(n)
	}
	d.blocks = append(d.blocks, ensemble)

	var all []*instance
	for _, h := range w.hosts {
		all = append(all, h.instances...)
	}
	shared := newShared(all)
	d.blocks = append(d.blocks, w.process(all)...)
	d.blocks = append(d.blocks, shared.blocks("zoo_cfg", all, w)...)
	for _, h := range w.hosts {
		d.blocks = append(d.blocks, w.host(h, shared)...)
	}
	return d
}

func (w *making) intro() []string {
	var names []string
	for _, s := range w.sources {
		name := s.Source
		for _, m := range w.members {
			if w.of[m.ID] == s && len(w.sources) > 1 {
				name += fmt.Sprintf(" (server %d)", m.ID)
			}
		}
		names = append(names, name)
	}
	intro := []string{
		"An inventory of zkprov, made from " + strings.Join(names, ", ") + ".",
		"Comments that begin with \"left out\" name what it does not keep, and why.",
		"  zkprov validate FILE   is it right?",
		"  zkprov plan FILE       what would change? It changes nothing.",
	}
	if len(w.sources) == 1 && len(w.hosts) > 1 {
		intro = append(intro, "One file stands for all servers here. Where theirs differ, give each with a --from of its own.")
	}
	return intro
}

// notes returns what reading the files has noted, once for files that say the same.
func (w *making) notes() []Note {
	var notes []Note
	for _, s := range w.sources {
		for _, n := range s.Notes {
			same := func(o Note) bool { return o.What == n.What && o.Why == n.Why }
			if !slices.ContainsFunc(notes, same) {
				notes = append(notes, n)
			}
		}
	}
	return notes
}

// host writes a host with its instances.
func (w *making) host(h *machine, shared *shared) []*block {
	b := &block{header: "[[host]]"}
	pos := h.instances[0].member.Pos
	switch {
	case h.address == toFill:
		b.about = append(b.about, "No file says where this server is. Write the host's name, and the address by which others reach it.")
	case nameOf(h.address) != h.address:
		b.about = append(b.about, "A name may have no colons: this one stands for the address. What ssh(1) is given is the address.")
	case h == w.hosts[0] && isAddress(h.address) && !inventory.IsLoopback(h.address):
		b.about = append(b.about, "The file has an address and no name: any name will do, with ssh = \"…\" where ssh(1) does not know it.")
	}
	local := len(w.hosts) == 1 && inventory.IsLoopback(h.address)
	name := nameOf(h.address)
	if local {
		name = "localhost"
	}
	b.add(&entry{forms: []form{{text: "name = " + quoted(name)}}, must: true, pos: pos})
	switch {
	case local:
		b.add(&entry{forms: []form{{"local = true", "This very machine, without SSH."}}, must: true, pos: pos})
	case name != h.address:
		b.add(&entry{forms: []form{{text: "ssh = " + quoted(h.address)}}, must: true, pos: pos})
	}
	b.add(addressEntry(h, pos))
	blocks := []*block{b}
	one := len(h.instances) == 1
	if one {
		blocks = append(blocks, shared.blocks("host.zoo_cfg", h.instances, w)...)
	}
	for _, in := range h.instances {
		blocks = append(blocks, in.block())
		if !one {
			blocks = append(blocks, shared.blocks("host.instance.zoo_cfg", []*instance{in}, w)...)
		}
	}
	return blocks
}

// addressEntry writes the addresses of a host.
func addressEntry(h *machine, pos finding.Position) *entry {
	e := &entry{must: true, pos: pos}
	first := form{text: "address = " + quoted(h.address)}
	if len(h.addresses) > 1 {
		var list []string
		for _, a := range h.addresses {
			list = append(list, quoted(a))
		}
		e.forms = append(e.forms, form{text: "address = [" + strings.Join(list, ", ") + "]"})
		first.note = "left out (" + where(pos) + "): the further addresses " + strings.Join(h.addresses[1:], ", ") + ", as this release takes one only."
	}
	e.forms = append(e.forms, first)
	return e
}

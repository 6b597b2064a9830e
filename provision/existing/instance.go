package existing

import (
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// instance is an instance of the inventory.
type instance struct {
	member Member
	source *Server
	// settings holds the keys under [zoo_cfg], of it alone or shared.
	settings []Setting
	entries  []*entry
}

// instance makes an instance of a member of the list and its configuration.
func (w *making) instance(s *Server, m Member) *instance {
	in := &instance{member: m, source: s}
	in.add(m.Pos, form{text: fmt.Sprintf("id = %d", m.ID)}).must = true
	in.role(s)
	w.clientPort(in)
	for _, p := range []struct {
		key           string
		port, without int
	}{{"quorum_port", m.Addresses[0].QuorumPort, 2888}, {"election_port", m.Addresses[0].ElectionPort, 3888}} {
		if p.port != p.without {
			in.add(m.Pos, form{text: fmt.Sprintf("%s = %d", p.key, p.port)}).must = true
		}
	}
	for _, a := range m.Addresses[1:] {
		if a.QuorumPort != m.Addresses[0].QuorumPort || a.ElectionPort != m.Addresses[0].ElectionPort {
			w.wrong(notKept, m.Pos, "give its addresses the same ports first", "server.%d has other ports at %s than at %s, and an instance has one of each", m.ID, a.Host, m.Addresses[0].Host)
		}
	}
	w.adminPort(in)
	in.folders(s)
	in.keys(s)
	return in
}

func (in *instance) add(pos finding.Position, forms ...form) *entry {
	e := &entry{forms: forms, pos: pos}
	in.entries = append(in.entries, e)
	return e
}

func (in *instance) block() *block { return &block{header: "[[host.instance]]", entries: in.entries} }

// role is the one on the list, which decides from 3.4.14 on.
func (in *instance) role(s *Server) {
	role := in.member.Role
	if role != inventory.Participant {
		in.add(in.member.Pos, form{text: "role = " + quoted(string(role))}).must = true
	}
	if p := s.get("peerType"); p != nil && !strings.EqualFold(p.Value, string(role)) {
		why := fmt.Sprintf("the server list says that server %d is a %s, and the list decides from ZooKeeper 3.4.14 on", in.member.ID, role)
		if roleOf(p.Value) == inventory.Observer {
			why += `; where it is meant to observe, write role = "observer"`
		}
		in.entries = append(in.entries, &entry{what: written(*p), pos: p.Pos, left: why})
	}
}

// clientPort is the one that zoo.cfg or the list has, which may not differ.
func (w *making) clientPort(in *instance) {
	m, p := in.member, in.source.get("clientPort")
	port, pos := m.ClientPort, m.Pos
	if p != nil {
		n, err := number(p.Value, 1, 65535)
		switch {
		case err != nil:
			w.wrong(unreadable, p.Pos, "", "clientPort %v", err)
			return
		case port != 0 && port != n:
			w.wrong(disagrees, p.Pos, "ZooKeeper refuses that: correct one of the two", "clientPort is %d, and server.%d has the client port %d at %s", n, m.ID, port, where(m.Pos))
			return
		}
		port, pos = n, p.Pos
	}
	secure := in.source.get("secureClientPort") != nil
	switch {
	case port == 0 && secure:
		in.add(in.source.get("secureClientPort").Pos, form{"client_port = 0", "No port without TLS, for anybody but the host itself."}).must = true
	case port == 0 && len(in.source.Settings) > 0:
		in.add(m.Pos, form{"client_port = 2181", "The file has no client port: this is the usual one."}).must = true
	case port != 0 && port != 2181:
		in.add(pos, form{text: fmt.Sprintf("client_port = %d", port)}).must = true
	}
	if a := m.ClientAddress; a != "" && in.source.get("clientPortAddress") == nil {
		if ip, err := netip.ParseAddr(a); err != nil || !ip.Unmap().IsUnspecified() {
			in.settings = append(in.settings, Setting{"clientPortAddress", a, m.Pos})
		}
	}
}

// setsAdmin reports whether the file tells where AdminServer is, or that it is off.
func (in *instance) setsAdmin() bool {
	return slices.ContainsFunc([]string{"admin.enableServer", "admin.serverPort", "admin.serverAddress"}, func(key string) bool { return in.source.get(key) != nil })
}

// adminPort is kept where the file sets it. zkprov lets AdminServer listen on loopback
// only, as it has no authentication.
func (w *making) adminPort(in *instance) {
	s := in.source
	on, port, address := s.get("admin.enableServer"), s.get("admin.serverPort"), s.get("admin.serverAddress")
	switch {
	case on != nil && on.Value == "false":
		return
	case !in.setsAdmin():
		return
	}
	n, pos := 8080, in.member.Pos
	if port != nil {
		var err error
		if n, err = number(port.Value, 1, 65535); err != nil {
			in.entries = append(in.entries, &entry{what: written(*port), pos: port.Pos, left: fmt.Sprintf("admin.serverPort %v", err)})
			return
		}
		pos = port.Pos
	} else if on != nil {
		pos = on.Pos
	}
	one := form{text: fmt.Sprintf("admin_port = %d", n)}
	if address == nil {
		one.note = "On 127.0.0.1 only, where it was on all addresses: AdminServer has no authentication."
	}
	in.add(pos, one).what = fmt.Sprintf("AdminServer on port %d", n)
	if address != nil && !inventory.IsLoopback(address.Value) {
		e := in.add(address.Pos, form{text: "admin_address = " + quoted(address.Value)})
		e.what = written(*address)
		e.why = "AdminServer has no authentication, and listens on 127.0.0.1 only; to keep it, write admin_address with admin_open = true"
	}
}

// folders are those of the data.
func (in *instance) folders(s *Server) {
	name := inventory.InstanceName("zookeeper", in.member.ID)
	byDefault := path.Join("/var/lib/zookeeper", name)
	data := s.get("dataDir")
	clean := func(p string) string {
		if strings.HasPrefix(p, "/") {
			return path.Clean(p)
		}
		return p
	}
	if data != nil && clean(data.Value) != byDefault {
		e := in.add(data.Pos, form{text: "data_dir = " + quoted(clean(data.Value))})
		e.what = written(*data)
		e.after = fmt.Sprintf("zkprov looks for the data in %s then: move it there, or to a folder that you name as data_dir, while the server is stopped", byDefault)
	}
	if log := s.get("dataLogDir"); log != nil && (data == nil || clean(log.Value) != clean(data.Value)) {
		e := in.add(log.Pos, form{text: "data_log_dir = " + quoted(clean(log.Value))})
		e.what = written(*log)
		e.after = "zkprov looks for the transaction logs in data_dir then: move them to a folder that you name as data_log_dir, while the server is stopped"
	}
}

// keys are those that stand under [zoo_cfg].
func (in *instance) keys(s *Server) {
	for _, setting := range s.Settings {
		switch setting.Key {
		case "dataDir", "dataLogDir", "clientPort", "peerType", "dynamicConfigFile", "admin.enableServer", "admin.serverPort", "admin.serverAddress":
		default:
			in.settings = append(in.settings, setting)
		}
	}
	if s.get("tickTime") == nil && len(s.Settings) > 0 {
		in.settings = append(in.settings, Setting{Key: "tickTime", Value: "3000"})
	}
}

// nameOf returns a host's name for an address.
func nameOf(address string) string {
	if inventory.IsName(address) {
		return address
	}
	return "host-" + strings.Trim(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, address), "-")
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

package inventory

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
)

// Listener is a port that a server listens on, and where.
type Listener struct {
	// Key is that of the inventory, or ZooKeeper's own, that gives the port.
	Key  string
	Port int
	// Addresses lists where it listens; nil is everywhere.
	Addresses []string
	// Pos is where ZooKeeper's own key stands.
	Pos finding.Position
}

// ListensOnAll reports whether the ports between servers listen on all addresses.
func (in *Instance) ListensOnAll() bool {
	s, _ := in.Written("quorumListenOnAllIPs")
	return strings.EqualFold(s.Value, "true")
}

// Listeners returns all ports of a server: the client port on clientPortAddress or
// everywhere, those between servers on the server's own addresses unless
// quorumListenOnAllIPs, AdminServer on its own, and those of ZooKeeper's own keys on the
// address beside them or everywhere.
func (m Member) Listeners() []Listener {
	in := m.Instance
	one := func(address string) []string {
		if address == "" {
			return nil
		}
		return []string{address}
	}
	own := m.Addresses()
	if in.ListensOnAll() {
		own = nil
	}
	client := "client_port"
	if in.TLSOnly() {
		client = "probe_port"
	}
	all := []Listener{
		{Key: client, Port: in.PlainPort(), Addresses: one(in.ClientAddress())},
		{Key: "quorum_port", Port: in.QuorumPort, Addresses: own},
		{Key: "election_port", Port: in.ElectionPort, Addresses: own},
	}
	if in.AdminPort != 0 {
		all = append(all, Listener{Key: "admin_port", Port: in.AdminPort, Addresses: one(in.AdminListens())})
	}
	for _, p := range in.SettingPorts() {
		l := Listener{Key: p.Key, Port: p.Port, Addresses: one(p.Address), Pos: p.Pos}
		if p.Key == "observerMasterPort" {
			l.Addresses = own
		}
		all = append(all, l)
	}
	for i := range all {
		if slices.ContainsFunc(all[i].Addresses, func(a string) bool { return a == "0.0.0.0" || a == "::" }) {
			all[i].Addresses = nil
		}
	}
	return all
}

// Clash reports whether two listeners cannot be on one host. Names that lead to one
// address are told on the host.
func (l Listener) Clash(o Listener) bool {
	if l.Port != o.Port {
		return false
	}
	return l.Addresses == nil || o.Addresses == nil || slices.ContainsFunc(l.Addresses, func(a string) bool {
		return slices.ContainsFunc(o.Addresses, func(b string) bool { return Canonical(a) == Canonical(b) })
	})
}

// IsLoopback reports whether an address is the host itself.
func IsLoopback(address string) bool {
	a, err := netip.ParseAddr(address)
	return err == nil && a.Unmap().IsLoopback() || Canonical(address) == "localhost"
}

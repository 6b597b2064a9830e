package inventory

import (
	"net"
	"slices"
	"strconv"
	"strings"
)

// Loopback is where a host reaches its own servers.
const Loopback = "127.0.0.1"

// MultiAddressFlag lets a server take a list of servers with several addresses each.
// QuorumPeer.QuorumServer reads it as a system property in every release from 3.6.0 on, so
// that the key of that name in zoo.cfg alone has no effect.
const MultiAddressFlag = "-Dzookeeper.multiAddress.enabled"

// JoinAddresses writes the addresses of one server as one text, with a bar between.
func JoinAddresses(all []string) string { return strings.Join(all, "|") }

// SplitAddresses returns the addresses that JoinAddresses has joined.
func SplitAddresses(text string) []string { return strings.Split(text, "|") }

// Meet reports whether two servers, each with its addresses as JoinAddresses writes them,
// have one in common: who knows either of them reaches both.
func Meet(a, b string) bool {
	others := SplitAddresses(b)
	return slices.ContainsFunc(SplitAddresses(a), func(x string) bool { return slices.Contains(others, x) })
}

// Addresses returns the addresses of a host, the first of which names it.
func (h *Host) Addresses() []string { return append([]string{h.Address}, h.MoreAddresses...) }

// AllAddresses returns the addresses of a host and those that its instances have of their
// own, each once.
func (h *Host) AllAddresses() []string {
	all := h.Addresses()
	for i := range h.Instances {
		for _, a := range (Member{h, &h.Instances[i]}).Addresses() {
			if !slices.Contains(all, a) {
				all = append(all, a)
			}
		}
	}
	return all
}

// Addresses returns the addresses that a server has by the inventory: its own, or those of
// its host.
func (m Member) Addresses() []string {
	if in := m.Instance; in.Address != "" {
		return append([]string{in.Address}, in.MoreAddresses...)
	}
	return m.Host.Addresses()
}

// ListedAddresses returns the addresses of a server on every instance's list.
func (m Member) ListedAddresses() []string {
	if m.Instance.Listed != "" {
		return SplitAddresses(m.Instance.Listed)
	}
	return m.Addresses()
}

// SeveralAddresses reports whether any server has more than one address on the lists.
func (e *Ensemble) SeveralAddresses() bool {
	return slices.ContainsFunc(e.Members(), func(m Member) bool { return len(m.ListedAddresses()) > 1 })
}

// TLSOnly reports whether clients are served by TLS alone: the plain port is for the host
// itself.
func (in *Instance) TLSOnly() bool { return in.ClientPort == 0 }

// PlainPort returns the port where the server answers without TLS.
func (in *Instance) PlainPort() int {
	if in.TLSOnly() {
		return in.ProbePort
	}
	return in.ClientPort
}

// ClientAddress returns the one address that the plain client port listens on; empty is
// all. An instance with an address of its own listens on that one, so that others of its
// host may have the same port.
func (in *Instance) ClientAddress() string {
	if in.TLSOnly() {
		return Loopback
	}
	return in.onAddress("clientPortAddress")
}

// SecureClientAddress does what ClientAddress does, for the port that takes TLS.
func (in *Instance) SecureClientAddress() string { return in.onAddress("secureClientPortAddress") }

func (in *Instance) onAddress(key string) string {
	s, set := in.Written(key)
	switch {
	case !set:
		return in.Address
	case s.Value == "0.0.0.0" || s.Value == "::":
		return ""
	}
	return s.Value
}

// ClientAddr returns host:port of the plain client port, as seen from where the machine
// has that address.
func (in *Instance) ClientAddr(address string) string {
	if a := in.ClientAddress(); a != "" {
		address = a
	}
	return net.JoinHostPort(address, strconv.Itoa(in.PlainPort()))
}

// ClientAddrs returns host:port of the plain client port as other hosts see it, once for
// each address where it listens.
func (m Member) ClientAddrs() []string {
	var all []string
	for _, a := range m.Addresses() {
		if addr := m.Instance.ClientAddr(a); !slices.Contains(all, addr) {
			all = append(all, addr)
		}
	}
	return all
}

// AdminListens returns the address that AdminServer listens on.
func (in *Instance) AdminListens() string {
	if in.AdminAddress == "" {
		return Loopback
	}
	return in.AdminAddress
}

package inventory

import (
	"net/netip"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
)

// taken is the host that has an address, and where that stands.
type taken struct {
	host int
	pos  finding.Position
}

// ownAddresses judges whether the addresses of a host and of its instances are no other
// host's.
func (j *judge) ownAddresses(host int, all map[string]taken, hint string) {
	for _, n := range append([]*node{j.hosts[host]}, j.instances[host]...) {
		for _, item := range n.addressNodes() {
			a := Canonical(item.scalar)
			switch first, known := all[a]; {
			case a == "":
			case !known:
				all[a] = taken{host, item.pos}
			case first.host != host:
				j.fail(item.pos, "duplicate-address", hint, "address %s is there twice, first at line %d", a, first.pos.Line)
			}
		}
	}
}

// addressNodes returns the values of the address of a host or an instance.
func (n *node) addressNodes() []*node {
	v := n.get("address")
	switch {
	case v == nil:
		return nil
	case v.kind == nodeArray:
		var all []*node
		for _, item := range v.items {
			if item.kind == string(text) {
				all = append(all, item)
			}
		}
		return all
	case v.kind == string(text):
		return []*node{v}
	}
	return nil
}

// addresses judges the addresses of a host or an instance.
func (j *judge) addresses(n *node) {
	seen := make(map[string]bool)
	all := n.addressNodes()
	for _, item := range all {
		j.address(item.scalar, item.pos)
		if a := Canonical(item.scalar); seen[a] {
			j.fail(item.pos, "duplicate-address", "name each once", "address %s is there twice", a)
		} else {
			seen[a] = true
		}
	}
	if len(all) > 1 && j.ensemble.Version.Before("3.6.0") {
		j.fail(all[1].pos, "several-addresses", "name one, or choose a later release", "a server has several addresses, and ZooKeeper %s takes one; 3.6.0 is the first that takes more", j.ensemble.Version)
	}
}

// oneAddress judges a flag that keeps a server from reading a list in which servers have
// several addresses.
func (j *judge) oneAddress(flag string, pos finding.Position) {
	key, value, _ := strings.Cut(flag, "=")
	if key == MultiAddressFlag && value != "true" && j.ensemble.SeveralAddresses() {
		j.once(pos, "several-addresses", "remove it: zkprov gives the JVM the flag with true", "jvm.flags has %q, and a server has several addresses: with it no server starts", flag)
	}
}

// tlsOnly judges an instance that serves clients by TLS alone.
func (j *judge) tlsOnly(in *Instance, n *node) {
	if !in.TLSOnly() {
		if n.get("probe_port") != nil {
			j.fail(n.at("probe_port"), "tls-only", "remove it, or set client_port = 0", "probe_port has no effect: zkprov asks the server at its client_port, %d", in.ClientPort)
		}
		return
	}
	pos := n.at("client_port")
	if _, secure := in.Written("secureClientPort"); !secure {
		j.fail(pos, "tls-only", "set secureClientPort under [zoo_cfg], with serverCnxnFactory and the key stores that it needs, or a client_port", "client_port is 0, and no secureClientPort is set: no client could connect")
	}
	if s, set := in.Written("clientPortAddress"); set {
		j.fail(s.Pos, "tls-only", "remove it; secureClientPortAddress is for the port that takes TLS", "clientPortAddress is set and client_port is 0: the plain port is on %s alone, for zkprov", Loopback)
	}
	if j.ensemble.Bootstrap != nil && len(j.ensemble.Hosts) > 1 {
		j.fail(pos, "tls-only", "leave [bootstrap] out, and run zkprov apply from a control machine", "with client_port = 0 the other hosts cannot see whether this server runs, by which [bootstrap] tells what may be founded")
	}
}

// admin judges where AdminServer listens.
func (j *judge) admin(in *Instance, n *node) {
	address := n.get("admin_address")
	if address == nil || address.kind != string(text) {
		return
	}
	if ip, err := netip.ParseAddr(in.AdminAddress); err != nil || !ip.IsUnspecified() {
		j.hostOrIP(in.AdminAddress, address.pos)
	}
	switch secure, pos, _ := in.Effective("admin.forceHttps"); {
	case in.AdminPort == 0:
		j.fail(address.pos, "admin-open", "set admin_port too, or remove it", "admin_address is set, and AdminServer is off without an admin_port")
	case IsLoopback(in.AdminAddress), in.AdminOpen:
	case secure != "true":
		hint := "write admin_open = true where the network keeps others away"
		if v := j.ensemble.Version; !v.Before("3.6.3") && v != "3.7.0" {
			hint = "set admin.forceHttps = true under [zoo_cfg], or " + hint
		}
		j.fail(address.pos, "admin-open", hint, "AdminServer would listen on %s, without TLS and without authentication", in.AdminAddress)
	default:
		for _, key := range []string{"ssl.quorum.keyStore.location", "ssl.quorum.trustStore.location"} {
			if _, _, set := in.Effective(key); !set {
				j.fail(pos, "admin-open", "set it under [zoo_cfg], and its password", "admin.forceHttps needs %s: AdminServer takes the key stores of the quorum, and without them it does not start, of which there is a warning in the journal only", key)
			}
		}
	}
}

// literals judges the addresses under [zoo_cfg] that servers listen on: one that is another
// host's, or is given to several hosts, is one that a server cannot listen on, and then it
// does not start.
func (j *judge) literals() {
	owners := make(map[string]int)
	for i := range j.ensemble.Hosts {
		for _, a := range j.ensemble.Hosts[i].AllAddresses() {
			owners[Canonical(a)] = i
		}
	}
	for _, key := range []string{"clientPortAddress", "secureClientPortAddress", "metricsProvider.httpHost"} {
		first := make(map[string]int)
		for i := range j.ensemble.Hosts {
			h := &j.ensemble.Hosts[i]
			for k := range h.Instances {
				s, set := h.Instances[k].Written(key)
				value, pos := s.Value, s.Pos
				ip, err := netip.ParseAddr(value)
				if !set || err != nil || ip.Unmap().IsUnspecified() || ip.IsLoopback() {
					continue
				}
				a := Canonical(value)
				owner, owned := owners[a]
				other, again := first[a]
				switch {
				case owned && owner != i:
					j.once(pos, "address-of-another", "set it with each host or instance, as one of its own addresses", "%s is %s for host %s, and that is the address of host %s", key, value, h.Name, j.ensemble.Hosts[owner].Name)
				case again && other != i && !owned:
					j.once(pos, "address-of-another", "set it with each host or instance, as one of its own addresses", "%s is %s for host %s and for host %s, and only one of them has that address", key, value, j.ensemble.Hosts[other].Name, h.Name)
				case !again:
					first[a] = i
				}
			}
		}
	}
}

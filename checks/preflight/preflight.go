package preflight

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// Judge judges the facts of host h before anything is changed. It is pure,
// and finds all there is to find at once. Findings that are Critical must
// stop an apply.
func Judge(e *inventory.Ensemble, h *inventory.Host, f facts.Host) finding.Findings {
	p := judgment{e: e, h: h, f: f}
	p.systemd()
	p.ports()
	p.rivals()
	p.ownAddress()
	p.peers()
	p.folders()
	p.places()
	p.memory()
	p.found.Sort()
	return p.found
}

type judgment struct {
	e     *inventory.Ensemble
	h     *inventory.Host
	f     facts.Host
	found finding.Findings
}

func (p *judgment) add(name string, s finding.Severity, instance, message, hint string) {
	p.found = append(p.found, finding.Finding{
		Name: name, Severity: s, Host: p.h.Name, Instance: instance, Message: message, Hint: hint,
	})
}

// refuse adds a critical finding that is a refusal.
func (p *judgment) refuse(name, instance, message, hint string) {
	p.add(name, finding.Critical, instance, message, hint)
	p.found[len(p.found)-1].Refusal = true
}

func (p *judgment) systemd() {
	if !p.f.Systemd {
		p.add(NoSystemd, finding.Critical, "", "systemd is not running as the system manager (there is no /run/systemd/system)",
			"use a host that systemd booted; to try zkprov on a machine without it, run: make demo")
	}
}

// port is a port that an instance is going to listen on.
type port struct {
	what string
	port int
	// addrs lists the addresses that it binds to; empty means all.
	addrs []netip.Addr
}

// portsOf lists the ports of an instance and where ZooKeeper binds them: the
// client port to clientPortAddress or everywhere, quorum and election port to
// the server's own address unless quorumListenOnAllIPs, AdminServer to loopback,
// and those of ZooKeeper's own keys to the address beside them or everywhere.
func (p *judgment) portsOf(i *inventory.Instance) []port {
	var client, server []netip.Addr
	if s, ok := i.Written("clientPortAddress"); ok {
		if a, ok := facts.ParseAddress(s.Value); ok {
			client = []netip.Addr{a}
		}
	}
	if !listensOnAll(i) {
		server = p.f.Names[p.h.Address].Addresses
	}
	ports := []port{
		{"client port", i.ClientPort, client},
		{"quorum port", i.QuorumPort, server},
		{"election port", i.ElectionPort, server},
		{"admin port", i.AdminPort, []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}},
	}
	for _, s := range i.SettingPorts() {
		more := port{what: s.Key, port: s.Port}
		if a, ok := facts.ParseAddress(s.Address); ok {
			more.addrs = []netip.Addr{a}
		}
		ports = append(ports, more)
	}
	return ports
}

func (p *judgment) ports() {
	for n := range p.h.Instances {
		i := &p.h.Instances[n]
		for _, want := range p.portsOf(i) {
			var holders []string
			for _, l := range p.f.Listeners {
				if l.Port != want.port || l.Unit == i.Name+".service" || !collides(l.Address, want.addrs) {
					continue
				}
				if slices.ContainsFunc(p.f.ZooKeepers, func(z facts.ZooKeeper) bool { return z.Holds(l) }) {
					continue // rivals says it
				}
				// One process may listen on several addresses.
				if o := l.Owner(); !slices.Contains(holders, o) {
					holders = append(holders, o)
				}
			}
			if len(holders) > 0 {
				p.add(portInUse, finding.Critical, i.Name,
					fmt.Sprintf("%s %d is taken by %s", want.what, want.port, strings.Join(holders, " and ")),
					"give the instance another port, or stop that program where nobody needs it")
			}
		}
	}
}

// collides reports whether a listener on addr keeps a server from binding wanted;
// an unspecified address stands for all, and on Linux :: takes IPv4 along.
func collides(addr netip.Addr, wanted []netip.Addr) bool {
	if addr.IsUnspecified() || len(wanted) == 0 {
		return true
	}
	return slices.ContainsFunc(wanted, func(w netip.Addr) bool { return w.IsUnspecified() || w.WithZone("") == addr })
}

// alone reports whether the whole ensemble lives on this host.
func (p *judgment) alone() bool { return len(p.e.Hosts) == 1 }

func hostsLine(r facts.Resolution) string {
	if r.HostsLine == "" {
		return ""
	}
	return " (" + r.HostsLine + ")"
}

// peers looks at the other members' addresses as this host resolves them, and
// at whether its own resolves at all.
func (p *judgment) peers() {
	seen := make(map[string]bool)
	for n := range p.e.Hosts {
		peer := &p.e.Hosts[n]
		r, known := p.f.Names[peer.Address]
		if !known || seen[peer.Address] {
			continue
		}
		seen[peer.Address] = true
		switch {
		case len(r.Addresses) == 0:
			why := r.Error
			if why == "" {
				why = "it has no address"
			}
			p.add(peerUnresolvable, finding.Critical, "",
				fmt.Sprintf("cannot resolve %s, the address of host %s: %s", peer.Address, peer.Name, why),
				"add it to DNS or /etc/hosts of this host, or use an IP address in the inventory")
		case peer.Address == p.h.Address:
			// ownAddress has looked at it.
		case slices.ContainsFunc(r.Addresses, netip.Addr.IsLoopback):
			p.add(peerLoopback, finding.Critical, "",
				fmt.Sprintf("%s, the address of host %s, resolves to %s here%s", peer.Address, peer.Name, facts.JoinAddresses(r.Addresses), hostsLine(r)),
				"take the name off that loopback line or use the address itself")
		case !slices.ContainsFunc(r.Addresses, netip.Addr.Is4) && !slices.ContainsFunc(p.f.Addresses, routableIPv6):
			p.add(peerIPv6Only, finding.Warning, "",
				fmt.Sprintf("%s, the address of host %s, has only IPv6 (%s) and this host has no IPv6 address beyond its link", peer.Address, peer.Name, facts.JoinAddresses(r.Addresses)),
				"give this host an IPv6 address or the peer an IPv4 one")
		}
	}
}

func routableIPv6(a netip.Addr) bool {
	return a.Is6() && !a.IsLoopback() && !a.IsLinkLocalUnicast()
}

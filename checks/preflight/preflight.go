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
	p.ownPorts()
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

// portsOf lists the ports of an instance and where it binds them. What does not resolve
// counts as everywhere.
func (p *judgment) portsOf(i *inventory.Instance) []port {
	var ports []port
	for _, l := range (inventory.Member{Host: p.h, Instance: i}).Listeners() {
		want := port{what: strings.ReplaceAll(l.Key, "_", " "), port: l.Port}
		for _, text := range l.Addresses {
			if a, ok := facts.ParseAddress(text); ok {
				want.addrs = append(want.addrs, a)
			} else {
				want.addrs = append(want.addrs, p.f.Names[text].Addresses...)
			}
		}
		ports = append(ports, want)
	}
	return ports
}

// meet reports whether two ports of the host's own are one.
func (w port) meet(o port) bool {
	return w.port == o.port && (len(w.addrs) == 0 || len(o.addrs) == 0 || slices.ContainsFunc(w.addrs, func(a netip.Addr) bool { return facts.ContainsAddress(o.addrs, a) }))
}

// ownPorts finds ports of two instances that are one, as names lead to one address: by the
// names alone the inventory could not tell.
func (p *judgment) ownPorts() {
	for n := range p.h.Instances {
		for k := range n {
			i, other := &p.h.Instances[n], &p.h.Instances[k]
			for _, want := range p.portsOf(i) {
				for _, has := range p.portsOf(other) {
					if want.meet(has) {
						p.add(portInUse, finding.Critical, i.Name,
							fmt.Sprintf("%s %d is that of %s as well, its %s: their addresses are one here", want.what, want.port, other.Name, has.what),
							"give the instance another port, or an address of its own")
					}
				}
			}
		}
	}
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
		for _, address := range p.e.Hosts[n].AllAddresses() {
			if !seen[address] {
				seen[address] = true
				p.peer(&p.e.Hosts[n], address)
			}
		}
	}
}

// peer looks at one address of a host.
func (p *judgment) peer(peer *inventory.Host, address string) {
	r, known := p.f.Names[address]
	if !known {
		return
	}
	switch {
	case len(r.Addresses) == 0:
		why := r.Error
		if why == "" {
			why = "it has no address"
		}
		p.add(peerUnresolvable, finding.Critical, "",
			fmt.Sprintf("cannot resolve %s, the address of host %s: %s", address, peer.Name, why),
			"add it to DNS or /etc/hosts of this host, or use an IP address in the inventory")
	case peer.Name == p.h.Name:
		// ownAddress has looked at it.
	case slices.ContainsFunc(r.Addresses, netip.Addr.IsLoopback):
		p.add(peerLoopback, finding.Critical, "",
			fmt.Sprintf("%s, the address of host %s, resolves to %s here%s", address, peer.Name, facts.JoinAddresses(r.Addresses), hostsLine(r)),
			"take the name off that loopback line or use the address itself")
	case !slices.ContainsFunc(r.Addresses, netip.Addr.Is4) && !slices.ContainsFunc(p.f.Addresses, routableIPv6):
		p.add(peerIPv6Only, finding.Warning, "",
			fmt.Sprintf("%s, the address of host %s, has only IPv6 (%s) and this host has no IPv6 address beyond its link", address, peer.Name, facts.JoinAddresses(r.Addresses)),
			"give this host an IPv6 address or the peer an IPv4 one")
	}
}

func routableIPv6(a netip.Addr) bool {
	return a.Is6() && !a.IsLoopback() && !a.IsLinkLocalUnicast()
}

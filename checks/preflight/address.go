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

// javaAddresses returns the addresses of a name of which a server uses one.
// ZooKeeper takes the first that Java's InetAddress gives it
// (QuorumCnxManager.Listener, MultipleAddresses of release-3.6.3): an IPv4 address
// where the name has one, unless a flag of the JVM says otherwise. Which of
// several comes first is up to the resolver, and changes.
func javaAddresses(all []netip.Addr, i *inventory.Instance) []netip.Addr {
	first := netip.Addr.Is4
	for _, flag := range i.JVM.Flags {
		switch flag {
		case "-Djava.net.preferIPv6Addresses=true":
			first = netip.Addr.Is6
		case "-Djava.net.preferIPv6Addresses=system":
			return all
		}
	}
	chosen := slices.DeleteFunc(slices.Clone(all), func(a netip.Addr) bool { return !first(a) })
	if len(chosen) == 0 {
		return all
	}
	return chosen
}

// ownAddress looks at the addresses that stand in this host's own server lines:
// ZooKeeper binds its election port to each of them, and its quorum port where it leads.
func (p *judgment) ownAddress() {
	for _, address := range p.h.AllAddresses() {
		var has []*inventory.Instance
		for n := range p.h.Instances {
			i := &p.h.Instances[n]
			if slices.Contains((inventory.Member{Host: p.h, Instance: i}).Addresses(), address) {
				has = append(has, i)
			}
		}
		p.listensOn(address, has)
	}
	p.otherAddresses()
}

// listensOn looks at an address of some instances.
func (p *judgment) listensOn(address string, instances []*inventory.Instance) {
	r, known := p.f.Names[address]
	if !known || len(r.Addresses) == 0 || len(instances) == 0 {
		return // said by peers
	}
	if slices.ContainsFunc(r.Addresses, netip.Addr.IsLoopback) {
		if p.alone() {
			return
		}
		p.add(ownNameLoopback, finding.Critical, "",
			fmt.Sprintf("%s resolves to %s here, so the other hosts could not reach its election port%s",
				address, facts.JoinAddresses(r.Addresses), hostsLine(r)),
			"take the name off that loopback line or use the address itself")
		return
	}
	var never, sometimes []string // the instances that cannot bind it
	var elsewhere []string        // those that can, and no interface has it
	var several []string          // those that bind one of many, of which others may take another
	for _, i := range instances {
		if i.ListensOnAll() {
			continue
		}
		may := javaAddresses(r.Addresses, i)
		local := slices.DeleteFunc(slices.Clone(may), func(a netip.Addr) bool { return !a.IsUnspecified() && !facts.ContainsAddress(p.f.Addresses, a) })
		foreign := slices.DeleteFunc(slices.Clone(may), func(a netip.Addr) bool { return facts.ContainsAddress(p.f.Bindable, a) })
		switch {
		case len(local) == 0 && len(foreign) == 0:
			elsewhere = append(elsewhere, i.Name)
		case len(local) == 0:
			never = append(never, i.Name)
		case len(local) < len(may):
			sometimes = append(sometimes, i.Name)
		case len(local) > 1 && !p.alone():
			several = append(several, i.Name)
		}
	}
	has := fmt.Sprintf("%s (%s) is not an address of this host, which has %s", address, facts.JoinAddresses(r.Addresses), facts.JoinAddresses(p.f.Addresses))
	if literal, ok := facts.ParseAddress(address); ok {
		has = fmt.Sprintf("%s is not an address of this host, which has %s", literal, facts.JoinAddresses(p.f.Addresses))
	}
	for _, instance := range p.whole(never) {
		p.add(ownAddressNotLocal, finding.Critical, instance, has+": a server cannot listen on its election port there, and ends",
			"correct the address, or what its name resolves to on this host; where an address translation stands in front, set quorumListenOnAllIPs = true")
	}
	for _, instance := range p.whole(elsewhere) {
		p.add(ownAddressNotLocal, finding.Warning, instance, has+", though a server can listen there: net.ipv4.ip_nonlocal_bind is set, or a local route leads there",
			"see that the other hosts reach this one by it; otherwise correct the address")
	}
	for _, instance := range p.whole(sometimes) {
		p.add(ownAddressNotLocal, finding.Warning, instance,
			fmt.Sprintf("%s resolves to %s here, and this host has only %s: a server takes one of them, and ends where it takes another's",
				address, facts.JoinAddresses(r.Addresses), facts.JoinAddresses(p.f.Addresses)),
			"let the name have this host's own address alone, use that address in the inventory, or set quorumListenOnAllIPs = true")
	}
	for _, instance := range p.whole(several) {
		p.add(ownAddressSeveral, finding.Warning, instance,
			fmt.Sprintf("%s resolves to %s, which this host has: a server listens on one of them, and the other servers may take another", address, facts.JoinAddresses(r.Addresses)),
			"use one of the addresses in the inventory, or set quorumListenOnAllIPs = true")
	}
}

// otherAddresses looks at the addresses that ZooKeeper's own keys have servers listen on.
func (p *judgment) otherAddresses() {
	for n := range p.h.Instances {
		i := &p.h.Instances[n]
		m := inventory.Member{Host: p.h, Instance: i}
		for _, l := range m.Listeners() {
			for _, address := range l.Addresses {
				if inventory.IsLoopback(address) || slices.Contains(m.Addresses(), address) {
					continue
				}
				r := p.f.Names[address]
				has := func(a netip.Addr) bool {
					return facts.ContainsAddress(p.f.Addresses, a) || facts.ContainsAddress(p.f.Bindable, a)
				}
				if len(r.Addresses) == 0 || slices.ContainsFunc(r.Addresses, has) {
					continue
				}
				p.add(ownAddressNotLocal, finding.Critical, i.Name,
					fmt.Sprintf("its %s is to listen on %s, which is not an address of this host, which has %s", strings.ReplaceAll(l.Key, "_", " "), address, facts.JoinAddresses(p.f.Addresses)),
					"correct the address, or leave it out")
			}
		}
	}
}

// whole names the instances of a finding: each of them or, where it is about all of
// the host's, the host by "".
func (p *judgment) whole(instances []string) []string {
	if len(instances) > 0 && len(instances) == len(p.h.Instances) {
		return []string{""}
	}
	return instances
}

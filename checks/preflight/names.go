package preflight

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// NamesAgree compares what the hosts resolve the members' addresses to, with one
// another and with the addresses that the members have. It is critical where a
// host cannot reach a member by what it resolves.
//
// A host's own name counts on that host where its servers listen on all addresses:
// a server tells the others the address that it has by its own look-up, and who has a greater
// id drops its connection and connects to that one (QuorumCnxManager.handleConnection,
// from 3.5 on). Where they do not, Judge has said what is wrong with it, as it
// has of names that did not resolve or led to loopback.
func NamesAgree(e *inventory.Ensemble, known map[string]facts.Host) finding.Findings {
	var found finding.Findings
	seen := make(map[string]bool)
	for n := range e.Hosts {
		for _, name := range e.Hosts[n].AllAddresses() {
			if !seen[name] {
				seen[name] = true
				found = append(found, nameAgrees(e, &e.Hosts[n], name, known)...)
			}
		}
	}
	found.Sort()
	return found
}

// nameAgrees does what NamesAgree does, for one address of a member.
func nameAgrees(e *inventory.Ensemble, member *inventory.Host, name string, known map[string]facts.Host) (found finding.Findings) {
	answers := make(map[string][]string) // addresses to the hosts that see them
	wrong := make(map[string][]string)   // why a member is not reached to the hosts that do not
	for k := range e.Hosts {
		h := &e.Hosts[k]
		r, ok := known[h.Name].Names[name]
		if !ok || len(r.Addresses) == 0 || r.Addresses[0].IsLoopback() {
			continue
		}
		if h == member && !allListenOnAll(member) {
			continue // own-address-not-local says what is wrong with it
		}
		text := facts.JoinAddresses(r.Addresses)
		answers[text] = append(answers[text], h.Name)
		if why := astray(e, h, member, name, known); why != "" {
			wrong[why] = append(wrong[why], h.Name)
		}
	}
	for _, why := range slices.Sorted(maps.Keys(wrong)) {
		found = append(found, finding.Finding{
			Name: namesDiffer, Severity: finding.Critical, Host: member.Name,
			Message: fmt.Sprintf("its address %s, as seen on %s, %s", name, strings.Join(wrong[why], ", "), why),
			Hint:    "make DNS and the hosts' /etc/hosts agree with the addresses that the hosts have, or use IP addresses in the inventory",
		})
	}
	if len(answers) < 2 || len(wrong) > 0 {
		return found
	}
	var parts []string
	for _, text := range slices.Sorted(maps.Keys(answers)) {
		parts = append(parts, fmt.Sprintf("%s on %s", text, strings.Join(answers[text], ", ")))
	}
	found = append(found, finding.Finding{
		Name: namesDiffer, Severity: finding.Warning, Host: member.Name,
		Message: fmt.Sprintf("its address %s is not the same everywhere: %s", name, strings.Join(parts, "; ")),
		Hint:    "make DNS and /etc/hosts agree, or use IP addresses in the inventory",
	})
	return found
}

// astray describes where a host is led that resolves a member's address, in words that
// follow on "its address …, as seen on …,"; empty where the host may reach the
// member, or where that cannot be told.
//
// No address translation leads to another host of the inventory. What is nobody's
// may be translated where the member listens on all addresses: where it listens on
// an inner one, it tells the others that one.
func astray(e *inventory.Ensemble, h, member *inventory.Host, name string, seen map[string]facts.Host) string {
	has, ok := seen[member.Name]
	if !ok || len(has.Addresses) == 0 || len(member.Instances) == 0 || len(h.Instances) == 0 {
		return ""
	}
	resolved := javaAddresses(seen[h.Name].Names[name].Addresses, &h.Instances[0])
	// What the member listens on, as far as that is its own; Judge says what is not.
	binds := slices.DeleteFunc(slices.Clone(has.Names[name].Addresses), func(a netip.Addr) bool {
		return a.IsLoopback() || !facts.ContainsAddress(has.Addresses, a)
	})
	onAll := allListenOnAll(member)
	whose := ""
	for _, a := range resolved {
		other := ownerOf(e, h, member, a, seen)
		switch {
		case other != "" && !facts.ContainsAddress(binds, a):
			whose = fmt.Sprintf("is %s, which is %s's; %s has %s", a, other, member.Name, facts.JoinAddresses(outward(has.Addresses)))
		case onAll && facts.ContainsAddress(has.Addresses, a):
			return ""
		case facts.ContainsAddress(has.Addresses, a) && (len(binds) == 0 || facts.ContainsAddress(binds, a)):
			return ""
		case facts.ContainsAddress(has.Addresses, a):
			whose = fmt.Sprintf("is %s, and on %s itself it is %s, where alone the server listens", a, member.Name, facts.JoinAddresses(binds))
		case onAll:
			return ""
		case slices.Equal(resolved, javaAddresses(has.Names[name].Addresses, &member.Instances[0])):
			return "" // own-address-not-local says it
		default:
			whose = fmt.Sprintf("is %s, and %s has %s", a, member.Name, facts.JoinAddresses(outward(has.Addresses)))
		}
	}
	return whose
}

// ownerOf returns the host, other than the member, that has an address of its own; empty
// where none is known to. Addresses that several hosts have, such as those of a
// bridge for containers, lead from each host to itself.
func ownerOf(e *inventory.Ensemble, h, member *inventory.Host, a netip.Addr, seen map[string]facts.Host) string {
	if h != member && facts.ContainsAddress(seen[h.Name].Addresses, a) {
		return h.Name
	}
	if facts.ContainsAddress(seen[member.Name].Addresses, a) {
		return ""
	}
	for _, other := range e.Hosts {
		if facts.ContainsAddress(seen[other.Name].Addresses, a) {
			return other.Name
		}
	}
	return ""
}

// outward returns the addresses that other hosts may reach.
func outward(all []netip.Addr) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(all), func(a netip.Addr) bool { return a.IsLoopback() || a.IsLinkLocalUnicast() })
}

// allListenOnAll reports whether all servers of a host listen on all its addresses.
func allListenOnAll(h *inventory.Host) bool {
	for n := range h.Instances {
		if !h.Instances[n].ListensOnAll() {
			return false
		}
	}
	return true
}

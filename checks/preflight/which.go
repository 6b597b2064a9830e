package preflight

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/inventory"
)

// NoHostError means that a machine is no host of an inventory, or could be
// several.
type NoHostError struct {
	Machine facts.Identity
	// Tried has what was compared, in order, and what came of it.
	Tried []string
}

func (e *NoHostError) Error() string {
	return fmt.Sprintf("cannot tell which host of the inventory this machine is; tried %s; this machine is: %s; name it with --host, or give its marks under match", strings.Join(e.Tried, "; "), e.Machine)
}

// WhichHost finds the host that a machine is: by the marks that the inventory
// gives, then by an address, then by name. The first of the three that fits any
// host decides, and must fit just one. A host whose marks say that it is another
// machine is never taken. lookup resolves the addresses that are names; nil
// leaves them unresolved. The error is a *NoHostError.
func WhichHost(ctx context.Context, e *inventory.Ensemble, i facts.Identity, lookup func(context.Context, string) ([]netip.Addr, error)) (*inventory.Host, error) {
	failed := &NoHostError{Machine: i}
	var candidates []*inventory.Host
	for n := range e.Hosts {
		if h := &e.Hosts[n]; !contradicts(h.Match, i) {
			candidates = append(candidates, h)
		}
	}
	if n := len(e.Hosts) - len(candidates); n > 0 {
		failed.Tried = append(failed.Tried, fmt.Sprintf("match (rules out %d)", n))
	}
	for _, way := range []struct {
		what string
		fits func(h *inventory.Host) bool
	}{
		{"match", func(h *inventory.Host) bool { return h.Match != inventory.Match{} }},
		{"address", func(h *inventory.Host) bool {
			return slices.ContainsFunc(h.AllAddresses(), func(a string) bool { return hasAddress(ctx, i, a, lookup) })
		}},
		{"name", func(h *inventory.Host) bool {
			return isCalled(i, h.Name) || slices.ContainsFunc(h.AllAddresses(), func(a string) bool { return isCalled(i, a) })
		}},
	} {
		var fitting []*inventory.Host
		for _, h := range candidates {
			if way.fits(h) {
				fitting = append(fitting, h)
			}
		}
		switch len(fitting) {
		case 0:
			failed.Tried = append(failed.Tried, way.what+" (fits no host)")
		case 1:
			return fitting[0], nil
		default:
			var names []string
			for _, h := range fitting {
				names = append(names, h.Name)
			}
			failed.Tried = append(failed.Tried, fmt.Sprintf("%s (fits %s)", way.what, strings.Join(names, " and ")))
			return nil, failed
		}
	}
	return nil, failed
}

// contradicts reports whether a mark of the host is another machine's.
func contradicts(m inventory.Match, i facts.Identity) bool {
	return m.InstanceID != "" && m.InstanceID != i.InstanceID ||
		m.MachineID != "" && m.MachineID != i.MachineID ||
		m.Serial != "" && m.Serial != i.Serial ||
		m.MAC != "" && !slices.Contains(i.MACs, m.MAC)
}

func hasAddress(ctx context.Context, i facts.Identity, address string, lookup func(context.Context, string) ([]netip.Addr, error)) bool {
	addresses := []netip.Addr{}
	if a, ok := facts.ParseAddress(address); ok {
		addresses = append(addresses, a)
	} else if lookup != nil {
		addresses = facts.Resolve(ctx, address, lookup).Addresses
	}
	return slices.ContainsFunc(addresses, func(a netip.Addr) bool { return slices.Contains(i.Addresses, a) })
}

// isCalled compares whole names, and a name without a domain with the first
// part of this machine's.
func isCalled(i facts.Identity, name string) bool {
	for _, own := range []string{i.FQDN, i.Hostname} {
		if own == "" {
			continue
		}
		short, _, _ := strings.Cut(own, ".")
		if strings.EqualFold(own, strings.TrimSuffix(name, ".")) || strings.EqualFold(short, name) {
			return true
		}
	}
	return false
}

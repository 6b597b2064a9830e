package checks

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/inventory"
)

// Identity is what a machine knows of itself, by which it finds out which host
// of an inventory it is. What it does not know is empty.
type Identity struct {
	InstanceID string       `json:"instance_id,omitempty"` // cloud-init's
	MachineID  string       `json:"machine_id,omitempty"`
	Serial     string       `json:"serial,omitempty"`
	MACs       []string     `json:"macs,omitempty"`
	Addresses  []netip.Addr `json:"addresses,omitempty"` // without loopback
	Hostname   string       `json:"hostname,omitempty"`
	FQDN       string       `json:"fqdn,omitempty"`
}

// String lists it for a message.
func (i Identity) String() string {
	var parts []string
	for _, p := range []struct{ what, value string }{
		{"instance-id", i.InstanceID}, {"machine-id", i.MachineID}, {"serial", i.Serial}, {"mac", strings.Join(i.MACs, ", ")},
		{"addresses", join(i.Addresses)}, {"host name", i.Hostname}, {"full name", i.FQDN},
	} {
		if p.value != "" {
			parts = append(parts, p.what+" "+p.value)
		}
	}
	return strings.Join(parts, "; ")
}

// GatherIdentity reads what this machine knows of itself. Of the query only
// Root and Interfaces matter.
func GatherIdentity(q Query) (Identity, error) {
	q = q.withDefaults()
	i := Identity{
		InstanceID: strings.TrimSpace(q.text("/var/lib/cloud/data/instance-id")),
		MachineID:  strings.TrimSpace(q.text("/etc/machine-id")),
		Serial:     strings.TrimSpace(q.text("/sys/class/dmi/id/product_serial")),
		Hostname:   strings.TrimSpace(q.text("/proc/sys/kernel/hostname")),
	}
	i.FQDN = fqdn(i.Hostname, parseHosts(q.text("/etc/hosts")))
	if i.FQDN == i.Hostname {
		i.FQDN = ""
	}
	addresses, err := q.Interfaces()
	if err != nil {
		return i, fmt.Errorf("cannot list the addresses of this machine: %w", err)
	}
	i.Addresses = slices.DeleteFunc(addresses, netip.Addr.IsLoopback)
	interfaces, err := net.Interfaces()
	if err != nil {
		return i, fmt.Errorf("cannot list the network interfaces of this machine: %w", err)
	}
	for _, n := range interfaces {
		if mac := n.HardwareAddr.String(); mac != "" && n.Flags&net.FlagLoopback == 0 {
			i.MACs = append(i.MACs, mac)
		}
	}
	return i, nil
}

// NoHostError says that a machine is no host of an inventory, or could be
// several.
type NoHostError struct {
	Machine Identity
	// Tried is what was compared, in order, and what came of it.
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
func WhichHost(ctx context.Context, e *inventory.Ensemble, i Identity, lookup func(context.Context, string) ([]netip.Addr, error)) (*inventory.Host, error) {
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
		{"address", func(h *inventory.Host) bool { return hasAddress(ctx, i, h.Address, lookup) }},
		{"name", func(h *inventory.Host) bool { return isCalled(i, h.Name) || isCalled(i, h.Address) }},
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

// contradicts says that a mark of the host is not this machine's.
func contradicts(m inventory.Match, i Identity) bool {
	return m.InstanceID != "" && m.InstanceID != i.InstanceID ||
		m.MachineID != "" && m.MachineID != i.MachineID ||
		m.Serial != "" && m.Serial != i.Serial ||
		m.MAC != "" && !slices.Contains(i.MACs, m.MAC)
}

func hasAddress(ctx context.Context, i Identity, address string, lookup func(context.Context, string) ([]netip.Addr, error)) bool {
	addresses := []netip.Addr{}
	if a, ok := literal(address); ok {
		addresses = append(addresses, a)
	} else if lookup != nil {
		addresses = resolve(ctx, address, lookup).Addresses
	}
	return slices.ContainsFunc(addresses, func(a netip.Addr) bool { return slices.Contains(i.Addresses, a) })
}

// isCalled compares whole names, and a name without a domain with the first
// part of this machine's.
func isCalled(i Identity, name string) bool {
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

package facts

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Identity holds what a machine knows of itself, by which it is told which host
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

// String lists what is known, for a message.
func (i Identity) String() string {
	var parts []string
	for _, p := range []struct{ what, value string }{
		{"instance-id", i.InstanceID}, {"machine-id", i.MachineID}, {"serial", i.Serial}, {"mac", strings.Join(i.MACs, ", ")},
		{"addresses", JoinAddresses(i.Addresses)}, {"host name", i.Hostname}, {"full name", i.FQDN},
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

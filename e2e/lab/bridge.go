package lab

import (
	"context"
	"fmt"
	"net"
	"net/netip"
)

// openBridge makes the subnet's bridge, or leaves one that is there as it is.
func openBridge(ctx context.Context, subnet Subnet) error {
	if _, err := net.InterfaceByName(subnet.Bridge()); err == nil {
		return nil
	}
	for _, args := range [][]string{
		{"link", "add", subnet.Bridge(), "type", "bridge"},
		{"address", "add", netip.PrefixFrom(subnet.Machine(), 24).String(), "dev", subnet.Bridge()},
		{"link", "set", subnet.Bridge(), "up"},
	} {
		if _, err := run(ctx, "ip", args...); err != nil {
			return fmt.Errorf("cannot make the bridge %s: %w", subnet.Bridge(), err)
		}
	}
	return nil
}

// closeBridge removes the subnet's bridges, those of them that are there.
func closeBridge(ctx context.Context, subnet Subnet) error {
	for _, bridge := range []string{subnet.Second(), subnet.Bridge()} {
		if _, err := net.InterfaceByName(bridge); err != nil {
			continue
		}
		if _, err := run(ctx, "ip", "link", "delete", bridge); err != nil {
			return fmt.Errorf("cannot remove the bridge %s: %w", bridge, err)
		}
	}
	return nil
}

// unusedOnMachine reports whether no interface of the machine stands in a subnet's way.
func unusedOnMachine(subnet Subnet) (bool, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return false, err
	}
	for _, iface := range interfaces {
		if iface.Name == subnet.Bridge() {
			return false, nil
		}
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return false, err
	}
	for _, address := range addresses {
		if prefix, err := netip.ParsePrefix(address.String()); err == nil && prefix.Overlaps(subnet.Prefix()) {
			return false, nil
		}
	}
	return true, nil
}

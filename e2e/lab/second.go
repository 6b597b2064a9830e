package lab

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
)

// Second is the name of the second bridge of a lab, which the machine itself has no address in.
func (s Subnet) Second() string { return s.Bridge() + "b" }

// Plug gives a running host an interface in a second network, with these addresses. It is there until the host ends.
func (h *Host) Plug(ctx context.Context, name string, addresses ...netip.Prefix) error {
	state, err := h.running()
	if err != nil {
		return err
	}
	bridge := h.lab.Subnet.Second()
	outside := fmt.Sprintf("%s-%d", bridge, h.Octet)
	if _, err := net.InterfaceByName(outside); err == nil { // of a host that has just ended
		if _, err := run(ctx, "ip", "link", "delete", outside); err != nil {
			return err
		}
	}
	var steps [][]string
	if _, err := net.InterfaceByName(bridge); err != nil {
		steps = append(steps, []string{"link", "add", bridge, "type", "bridge"}, []string{"link", "set", bridge, "up"})
	}
	steps = append(steps,
		[]string{"link", "add", outside, "type", "veth", "peer", "name", name, "netns", strconv.Itoa(state.Leader.PID)},
		[]string{"link", "set", outside, "master", bridge, "up"})
	for _, args := range steps {
		if _, err := run(ctx, "ip", args...); err != nil {
			return fmt.Errorf("cannot plug the host %s into %s: %w", h.Name, bridge, err)
		}
	}
	for _, a := range addresses {
		if _, err := h.Run(ctx, fmt.Sprintf("ip address add %s dev %s", a, name)); err != nil {
			return err
		}
	}
	_, err = h.Run(ctx, "ip link set "+name+" up")
	return err
}

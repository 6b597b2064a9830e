package load

import (
	"fmt"
	"net"
	"strings"

	"github.com/zkprov/zkprov/inventory"
)

// Servers returns the servers of an inventory. Those on a loopback address are reached at another: of the host that they are on.
func Servers(e *inventory.Ensemble, loopback string) []Server {
	var servers []Server
	for _, m := range e.Members() {
		address := m.Addresses()[0]
		if ip := net.ParseIP(address); loopback != "" && ip != nil && ip.IsLoopback() {
			address = loopback
		}
		servers = append(servers, Server{Name: m.Instance.Name, Addr: m.Instance.ClientAddr(address), Voter: m.Instance.Role == inventory.Participant})
	}
	return servers
}

// ReadServers returns the servers of an inventory's file.
func ReadServers(path string) ([]Server, error) {
	data, err := inventory.ReadFile(path)
	if err != nil {
		return nil, err
	}
	e, findings := inventory.Read(path, data)
	if e == nil {
		var said strings.Builder
		for _, f := range findings {
			fmt.Fprintln(&said, f)
		}
		return nil, fmt.Errorf("cannot read the inventory %s: %s", path, said.String())
	}
	return Servers(e, ""), nil
}

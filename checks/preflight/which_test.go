package preflight

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/inventory"
)

func TestWhichHost(t *testing.T) {
	hosts := []inventory.Host{
		{Name: "zk1", Address: "10.0.0.1"},
		{Name: "zk2", Address: "zk2.example.org"},
		{Name: "zk3", Address: "10.0.0.3", Match: inventory.Match{Serial: "S3"}},
		{Name: "zk4", Address: "10.0.0.4", Match: inventory.Match{MAC: "02:00:00:00:00:04"}},
	}
	lookup := func(_ context.Context, name string) ([]netip.Addr, error) {
		if name == "zk2.example.org" {
			return []netip.Addr{netip.MustParseAddr("10.0.0.2")}, nil
		}
		return nil, errors.New("no such host")
	}
	at := func(address string) []netip.Addr { return []netip.Addr{netip.MustParseAddr(address)} }
	for name, test := range map[string]struct {
		machine facts.Identity
		want    string // the host, or what the error says
	}{
		"literal address":         {facts.Identity{Addresses: at("10.0.0.1")}, "zk1"},
		"resolved address":        {facts.Identity{Addresses: at("10.0.0.2")}, "zk2"},
		"host name":               {facts.Identity{Addresses: at("10.9.9.9"), Hostname: "zk1"}, "zk1"},
		"first part of the name":  {facts.Identity{Hostname: "ZK1.example.org"}, "zk1"},
		"full name as address":    {facts.Identity{Hostname: "something", FQDN: "zk2.example.org"}, "zk2"},
		"serial before address":   {facts.Identity{Serial: "S3", Addresses: at("10.0.0.1")}, "zk3"},
		"mac":                     {facts.Identity{MACs: []string{"02:00:00:00:00:09", "02:00:00:00:00:04"}}, "zk4"},
		"address of another mark": {facts.Identity{Serial: "S9", Addresses: at("10.0.0.3")}, "match (rules out 2); match (fits no host); address (fits no host); name (fits no host); this machine is: serial S9; addresses 10.0.0.3"},
		"two marks":               {facts.Identity{Serial: "S3", MACs: []string{"02:00:00:00:00:04"}}, "match (fits zk3 and zk4)"},
		"two addresses":           {facts.Identity{Addresses: append(at("10.0.0.1"), at("10.0.0.2")...)}, "address (fits zk1 and zk2)"},
		"nobody":                  {facts.Identity{Hostname: "db1", MachineID: "ab"}, "this machine is: machine-id ab; addresses none; host name db1"},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := WhichHost(t.Context(), &inventory.Ensemble{Hosts: hosts}, test.machine, lookup)
			switch {
			case err == nil && h.Name != test.want:
				t.Errorf("got %s, want %s", h.Name, test.want)
			case err != nil && !strings.Contains(err.Error(), test.want):
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

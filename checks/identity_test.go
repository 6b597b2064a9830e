package checks

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"

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
		machine Identity
		want    string // the host, or what the error says
	}{
		"literal address":         {Identity{Addresses: at("10.0.0.1")}, "zk1"},
		"resolved address":        {Identity{Addresses: at("10.0.0.2")}, "zk2"},
		"host name":               {Identity{Addresses: at("10.9.9.9"), Hostname: "zk1"}, "zk1"},
		"first part of the name":  {Identity{Hostname: "ZK1.example.org"}, "zk1"},
		"full name as address":    {Identity{Hostname: "something", FQDN: "zk2.example.org"}, "zk2"},
		"serial before address":   {Identity{Serial: "S3", Addresses: at("10.0.0.1")}, "zk3"},
		"mac":                     {Identity{MACs: []string{"02:00:00:00:00:09", "02:00:00:00:00:04"}}, "zk4"},
		"address of another mark": {Identity{Serial: "S9", Addresses: at("10.0.0.3")}, "match (rules out 2); match (fits no host); address (fits no host); name (fits no host); this machine is: serial S9; addresses 10.0.0.3"},
		"two marks":               {Identity{Serial: "S3", MACs: []string{"02:00:00:00:00:04"}}, "match (fits zk3 and zk4)"},
		"two addresses":           {Identity{Addresses: append(at("10.0.0.1"), at("10.0.0.2")...)}, "address (fits zk1 and zk2)"},
		"nobody":                  {Identity{Hostname: "db1", MachineID: "ab"}, "this machine is: machine-id ab; addresses none; host name db1"},
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

func TestGatherIdentity(t *testing.T) {
	root := fakeRoot(t, map[string]string{
		"/etc/machine-id":                  "0123456789abcdef0123456789abcdef\n",
		"/etc/hosts":                       "127.0.0.1 localhost\n10.0.0.1 zk1.example.org zk1\n",
		"/proc/sys/kernel/hostname":        "zk1\n",
		"/sys/class/dmi/id/product_serial": "S1\n",
		"/var/lib/cloud/data/instance-id":  "i-1\n",
	})
	i, err := GatherIdentity(Query{Root: root, Interfaces: func() ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("10.0.0.1")}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	i.MACs = nil // this machine's own
	want := "instance-id i-1; machine-id 0123456789abcdef0123456789abcdef; serial S1; addresses 10.0.0.1; host name zk1; full name zk1.example.org"
	if i.String() != want {
		t.Errorf("got %s, want %s", i, want)
	}
}

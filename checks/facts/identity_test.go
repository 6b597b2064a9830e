package facts

import (
	"net/netip"
	"testing"

	"github.com/zkprov/zkprov/checks/facts/factstest"
)

func TestGatherIdentity(t *testing.T) {
	root := factstest.Root(t, map[string]string{
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

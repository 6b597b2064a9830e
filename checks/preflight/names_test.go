package preflight

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/checks/facts/factstest"
	"github.com/zkprov/zkprov/inventory"
)

// TestAstray has three hosts with a name and an address each, and changes what they
// see and are.
func TestAstray(t *testing.T) {
	type world struct {
		e     *inventory.Ensemble
		facts map[string]facts.Host
	}
	// sees lets a host resolve a name to other addresses.
	sees := func(w world, host, name string, as ...string) {
		w.facts[host].Names[name] = facts.Resolution{Addresses: factstest.Addresses(as...)}
	}
	has := func(w world, host string, as ...string) {
		f := w.facts[host]
		f.Addresses = factstest.Addresses(as...)
		w.facts[host] = f
	}
	onAll := func(w world, n int) {
		w.e.Hosts[n].Instances[0].ZooCfg = inventory.Settings{{Key: "quorumListenOnAllIPs", Value: "true"}}
	}
	hint := "; make DNS and the hosts' /etc/hosts agree with the addresses that the hosts have, or use IP addresses in the inventory [names-differ]"
	differ := "; make DNS and /etc/hosts agree, or use IP addresses in the inventory [names-differ]"
	tests := []struct {
		name string
		edit func(w world)
		want []string
	}{
		{"all agree", func(world) {}, nil},
		{"to another host", func(w world) { sees(w, "zk1", "zk2", "10.0.0.13") }, []string{
			"critical zk2: its address zk2, as seen on zk1, is 10.0.0.13, which is zk3's; zk2 has 10.0.0.12" + hint,
		}},
		{"to another host, from all", func(w world) {
			sees(w, "zk1", "zk2", "10.0.0.13")
			sees(w, "zk3", "zk2", "10.0.0.1")
			sees(w, "zk2", "zk2", "10.0.0.12")
		}, []string{
			"critical zk2: its address zk2, as seen on zk1, is 10.0.0.13, which is zk3's; zk2 has 10.0.0.12" + hint,
			"critical zk2: its address zk2, as seen on zk3, is 10.0.0.1, and zk2 has 10.0.0.12" + hint,
		}},
		{"to itself", func(w world) { sees(w, "zk1", "zk2", "10.0.0.11") }, []string{
			"critical zk2: its address zk2, as seen on zk1, is 10.0.0.11, which is zk1's; zk2 has 10.0.0.12" + hint,
		}},
		{"to another host, however it listens", func(w world) { onAll(w, 1); sees(w, "zk1", "zk2", "10.0.0.13") }, []string{
			"critical zk2: its address zk2, as seen on zk1, is 10.0.0.13, which is zk3's; zk2 has 10.0.0.12" + hint,
		}},
		{"to nobody", func(w world) { sees(w, "zk1", "zk2", "10.0.0.99"); sees(w, "zk3", "zk2", "10.0.0.99") }, []string{
			"critical zk2: its address zk2, as seen on zk1, zk3, is 10.0.0.99, and zk2 has 10.0.0.12" + hint,
		}},
		{"to nobody, and it listens on all", func(w world) { onAll(w, 1); sees(w, "zk1", "zk2", "10.0.0.99") }, []string{
			"warning zk2: warning: its address zk2 is not the same everywhere: 10.0.0.12 on zk2, zk3; 10.0.0.99 on zk1" + differ,
		}},
		{"an outer address in front of an inner one", func(w world) { sees(w, "zk1", "zk2", "198.51.100.2") }, []string{
			"critical zk2: its address zk2, as seen on zk1, is 198.51.100.2, and zk2 has 10.0.0.12" + hint,
		}},
		{"an outer address for all, and it listens on all", func(w world) {
			onAll(w, 1)
			for _, h := range []string{"zk1", "zk2", "zk3"} {
				sees(w, h, "zk2", "198.51.100.2")
			}
		}, nil},
		{"an outer address for the others alone, and it listens on all", func(w world) {
			onAll(w, 1)
			sees(w, "zk1", "zk2", "198.51.100.2")
			sees(w, "zk3", "zk2", "198.51.100.2")
		}, []string{
			"warning zk2: warning: its address zk2 is not the same everywhere: 10.0.0.12 on zk2; 198.51.100.2 on zk1, zk3" + differ,
		}},
		{"the member was not seen", func(w world) { delete(w.facts, "zk2"); sees(w, "zk1", "zk2", "10.0.0.99") }, []string{
			"warning zk2: warning: its address zk2 is not the same everywhere: 10.0.0.12 on zk3; 10.0.0.99 on zk1" + differ,
		}},
		{"everywhere the same, and not its own", func(w world) {
			for _, h := range []string{"zk1", "zk2", "zk3"} {
				sees(w, h, "zk2", "10.0.0.99") // own-address-not-local says it
			}
		}, nil},
		{"everywhere another host's, and it listens on all", func(w world) {
			onAll(w, 1)
			for _, h := range []string{"zk1", "zk2", "zk3"} {
				sees(w, h, "zk2", "10.0.0.13")
			}
		}, []string{
			"critical zk2: its address zk2, as seen on zk1, zk2, zk3, is 10.0.0.13, which is zk3's; zk2 has 10.0.0.12" + hint,
		}},
		{"to an address of the member on which it does not listen", func(w world) {
			has(w, "zk2", "10.0.0.12", "192.168.7.2")
			sees(w, "zk2", "zk2", "192.168.7.2")
		}, []string{
			"critical zk2: its address zk2, as seen on zk1, zk3, is 10.0.0.12, and on zk2 itself it is 192.168.7.2, where alone the server listens" + hint,
		}},
		{"to an address of the member, which listens on all", func(w world) {
			onAll(w, 1)
			has(w, "zk2", "10.0.0.12", "192.168.7.2")
			sees(w, "zk2", "zk2", "192.168.7.2")
		}, []string{
			"warning zk2: warning: its address zk2 is not the same everywhere: 10.0.0.12 on zk1, zk3; 192.168.7.2 on zk2" + differ,
		}},
		// That is own-address-not-local; and where it listens on all, it tells the
		// others another's address.
		{"its own name leads it astray", func(w world) { sees(w, "zk2", "zk2", "10.0.0.13") }, nil},
		{"its own name leads it astray, and it listens on all", func(w world) { onAll(w, 1); sees(w, "zk2", "zk2", "10.0.0.13") }, []string{
			"critical zk2: its address zk2, as seen on zk2, is 10.0.0.13, which is zk3's; zk2 has 10.0.0.12" + hint,
		}},
		{"each host has a bridge", func(w world) {
			for _, h := range []string{"zk1", "zk2", "zk3"} {
				has(w, h, "10.0.0.1"+h[2:], "172.17.0.1")
			}
		}, nil},
		{"to the bridge that each host has", func(w world) {
			for _, h := range []string{"zk1", "zk2", "zk3"} {
				has(w, h, "10.0.0.1"+h[2:], "172.17.0.1")
			}
			sees(w, "zk1", "zk2", "172.17.0.1")
		}, []string{
			"critical zk2: its address zk2, as seen on zk1, is 172.17.0.1, which is zk1's; zk2 has 10.0.0.12, 172.17.0.1" + hint,
		}},
		{"of several addresses one is the member's", func(w world) { sees(w, "zk1", "zk2", "10.0.0.12", "10.0.0.99") }, []string{
			"warning zk2: warning: its address zk2 is not the same everywhere: 10.0.0.12 on zk3; 10.0.0.12, 10.0.0.99 on zk1" + differ,
		}},
		{"two inventory hosts on one machine", func(w world) {
			has(w, "zk1", "10.0.0.11", "10.0.0.12")
			has(w, "zk2", "10.0.0.11", "10.0.0.12")
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := world{testEnsemble(), make(map[string]facts.Host)}
			third := w.e.Hosts[1]
			third.Name, third.Address = "zk3", "zk3"
			w.e.Hosts = append(w.e.Hosts, third)
			for n := range w.e.Hosts {
				h := &w.e.Hosts[n]
				h.Instances = append([]inventory.Instance{}, h.Instances...)
				w.facts[h.Name] = facts.Host{Names: make(map[string]facts.Resolution)}
				has(w, h.Name, "127.0.0.1", "10.0.0.1"+h.Name[2:])
			}
			for host := range w.facts {
				for _, name := range []string{"zk1", "zk2", "zk3"} {
					sees(w, host, name, "10.0.0.1"+name[2:])
				}
			}
			tt.edit(w)
			var got []string
			for _, f := range NamesAgree(w.e, w.facts) {
				got = append(got, string(f.Severity)+" "+f.String())
			}
			if diff := cmp.Diff(strings.Join(tt.want, "\n"), strings.Join(got, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNamesAgree(t *testing.T) {
	e := testEnsemble()
	third := e.Hosts[1]
	third.Name, third.Address = "zk3", "zk3"
	e.Hosts = append(e.Hosts, third)
	seen := func(zk2, zk3 string) facts.Host {
		return facts.Host{Names: map[string]facts.Resolution{
			"zk1": {Addresses: factstest.Addresses("10.0.0.11")}, "zk2": {Addresses: factstest.Addresses(zk2)}, "zk3": {Addresses: factstest.Addresses(zk3)},
		}}
	}
	// zk2 sees itself on loopback, which is its own finding; zk3 sees zk2 elsewhere.
	found := NamesAgree(e, map[string]facts.Host{
		"zk1": seen("10.0.0.12", "10.0.0.13"),
		"zk2": seen("127.0.1.1", "10.0.0.13"),
		"zk3": seen("192.0.2.12", "192.0.2.13"),
	})
	want := []string{"zk2: warning: its address zk2 is not the same everywhere: 10.0.0.12 on zk1; 192.0.2.12 on zk3; make DNS and /etc/hosts agree, or use IP addresses in the inventory [names-differ]"}
	var got []string
	for _, f := range found {
		got = append(got, f.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

package preflight

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/checks/facts/factstest"
	"github.com/zkprov/zkprov/inventory"
)

// goodFacts are those of a fresh host zk1 that nothing is wrong with.
func goodFacts() facts.Host {
	return facts.Host{
		Systemd:   true,
		Memory:    facts.Memory{Total: 4 << 30, Available: 3 << 30},
		Addresses: factstest.Addresses("10.0.0.11", "127.0.0.1"),
		Names: map[string]facts.Resolution{
			"zk1": {Addresses: factstest.Addresses("10.0.0.11")},
			"zk2": {Addresses: factstest.Addresses("10.0.0.12")},
		},
		Folders: []facts.Folder{
			{Path: "/opt/zookeeper", Use: facts.UseInstall, NeedBytes: 64 << 20, NeedInodes: 100, MountPoint: "/", FreeBytes: 1 << 30, FreeInodes: 1000, TotalInodes: 5000},
			{Path: "/var/lib/zookeeper/zookeeper-1", Use: facts.UseData, NeedBytes: 128 << 20, NeedInodes: 20, MountPoint: "/", FreeBytes: 1 << 30, FreeInodes: 1000, TotalInodes: 5000},
		},
	}
}

func listener(addr string, port int) facts.Listener {
	return facts.Listener{Address: netip.MustParseAddr(addr), Port: port, PID: 900, Exe: "/usr/sbin/nginx", Unit: "nginx.service"}
}

func TestJudge(t *testing.T) {
	type edit func(e *inventory.Ensemble, f *facts.Host)
	tests := []struct {
		name string
		edit edit
		want []string // severity and finding
	}{
		{"nothing wrong", func(*inventory.Ensemble, *facts.Host) {}, nil},
		{"no systemd", func(_ *inventory.Ensemble, f *facts.Host) { f.Systemd = false }, []string{
			"critical zk1: systemd is not running as the system manager (there is no /run/systemd/system); use a host that systemd booted; to try zkprov on a machine without it, run: make demo [no-systemd]",
		}},

		{"a port is taken", func(_ *inventory.Ensemble, f *facts.Host) {
			f.Listeners = []facts.Listener{listener("0.0.0.0", 2181), listener("::", 2181)}
		}, []string{
			"critical zk1: zookeeper-1: client port 2181 is taken by pid 900 (/usr/sbin/nginx) of nginx.service; give the instance another port, or stop that program where nobody needs it [port-in-use]",
		}},
		{"a port is taken by two", func(_ *inventory.Ensemble, f *facts.Host) {
			f.Listeners = []facts.Listener{listener("10.0.0.11", 2181), {Address: netip.MustParseAddr("127.0.0.1"), Port: 2181, UID: 33}}
		}, []string{
			"critical zk1: zookeeper-1: client port 2181 is taken by pid 900 (/usr/sbin/nginx) of nginx.service and a process that only root can see (user id 33); give the instance another port, or stop that program where nobody needs it [port-in-use]",
		}},
		{"our own unit holds them", func(_ *inventory.Ensemble, f *facts.Host) {
			for _, p := range []int{2181, 3888, 8080} {
				f.Listeners = append(f.Listeners, facts.Listener{Address: netip.MustParseAddr("::"), Port: p, PID: 812, Unit: "zookeeper-1.service"})
			}
		}, nil},
		{"another instance's unit is not ours", func(_ *inventory.Ensemble, f *facts.Host) {
			f.Listeners = []facts.Listener{{Address: netip.MustParseAddr("::"), Port: 3888, PID: 812, Exe: "/usr/bin/java", Unit: "zookeeper-2.service"}}
		}, []string{
			"critical zk1: zookeeper-1: election port 3888 is taken by pid 812 (/usr/bin/java) of zookeeper-2.service; give the instance another port, or stop that program where nobody needs it [port-in-use]",
		}},
		{"listeners on other addresses do not collide", func(e *inventory.Ensemble, f *facts.Host) {
			e.Hosts[0].Instances[0].ZooCfg = inventory.Settings{{Key: "clientPortAddress", Value: "10.0.0.11"}}
			f.Listeners = []facts.Listener{listener("127.0.0.1", 2181), listener("127.0.0.1", 3888), listener("10.0.0.11", 8080)}
		}, nil},
		{"unless the instance wants all", func(e *inventory.Ensemble, f *facts.Host) {
			e.Hosts[0].Instances[0].ZooCfg = inventory.Settings{{Key: "quorumListenOnAllIPs", Value: "true"}}
			f.Listeners = []facts.Listener{listener("127.0.0.1", 3888), listener("127.0.0.1", 8080)}
		}, []string{
			"critical zk1: zookeeper-1: admin port 8080 is taken by pid 900 (/usr/sbin/nginx) of nginx.service; give the instance another port, or stop that program where nobody needs it [port-in-use]",
			"critical zk1: zookeeper-1: election port 3888 is taken by pid 900 (/usr/sbin/nginx) of nginx.service; give the instance another port, or stop that program where nobody needs it [port-in-use]",
		}},

		{"ports of ZooKeeper's own keys", func(e *inventory.Ensemble, f *facts.Host) {
			e.Hosts[0].Instances[0].ZooCfg = inventory.Settings{
				{Key: "metricsProvider.className", Value: "org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider"},
				{Key: "secureClientPort", Value: "2281"}, {Key: "secureClientPortAddress", Value: "10.0.0.11"},
			}
			f.Listeners = []facts.Listener{listener("127.0.0.1", 7000), listener("127.0.0.1", 2281)}
		}, []string{
			"critical zk1: zookeeper-1: metricsProvider.httpPort 7000 is taken by pid 900 (/usr/sbin/nginx) of nginx.service; give the instance another port, or stop that program where nobody needs it [port-in-use]",
		}},

		{"own name on loopback", func(_ *inventory.Ensemble, f *facts.Host) {
			f.Names["zk1"] = facts.Resolution{Addresses: factstest.Addresses("127.0.1.1"), HostsLine: "/etc/hosts:2: 127.0.1.1 zk1"}
		}, []string{
			"critical zk1: zk1 resolves to 127.0.1.1 here, so the other hosts could not reach its election port (/etc/hosts:2: 127.0.1.1 zk1); take the name off that loopback line or use the address itself [own-name-loopback]",
		}},
		{"own name on loopback, but alone", func(e *inventory.Ensemble, f *facts.Host) {
			e.Hosts = e.Hosts[:1]
			f.Names["zk1"] = facts.Resolution{Addresses: factstest.Addresses("127.0.1.1")}
		}, nil},
		{"behind an address translation", func(_ *inventory.Ensemble, f *facts.Host) {
			f.Names["zk1"] = facts.Resolution{Addresses: factstest.Addresses("192.0.2.1")}
		}, []string{
			"critical zk1: zk1 (192.0.2.1) is not an address of this host, which has 10.0.0.11, 127.0.0.1: a server cannot listen on its election port there, and ends; correct the address, or what its name resolves to on this host; where an address translation stands in front, set quorumListenOnAllIPs = true [own-address-not-local]",
		}},
		{"an address that is nobody's", func(e *inventory.Ensemble, f *facts.Host) {
			e.Hosts[0].Address = "10.0.0.99"
			f.Names["10.0.0.99"] = facts.Resolution{Addresses: factstest.Addresses("10.0.0.99")}
		}, []string{
			"critical zk1: 10.0.0.99 is not an address of this host, which has 10.0.0.11, 127.0.0.1: a server cannot listen on its election port there, and ends; correct the address, or what its name resolves to on this host; where an address translation stands in front, set quorumListenOnAllIPs = true [own-address-not-local]",
		}},
		{"an address that no interface has, and that it can listen on", func(e *inventory.Ensemble, f *facts.Host) {
			e.Hosts[0].Address = "10.0.0.99"
			f.Names["10.0.0.99"] = facts.Resolution{Addresses: factstest.Addresses("10.0.0.99")}
			f.Bindable = factstest.Addresses("10.0.0.99")
		}, []string{
			"warning zk1: warning: 10.0.0.99 is not an address of this host, which has 10.0.0.11, 127.0.0.1, though a server can listen there: net.ipv4.ip_nonlocal_bind is set, or a local route leads there; see that the other hosts reach this one by it; otherwise correct the address [own-address-not-local]",
		}},
		{"one instance of two listens on all", func(e *inventory.Ensemble, f *facts.Host) {
			second := e.Hosts[0].Instances[0]
			second.Name, second.ID, second.ClientPort, second.QuorumPort, second.ElectionPort, second.AdminPort = "zookeeper-9", 9, 2182, 2889, 3889, 8081
			second.ZooCfg = inventory.Settings{{Key: "quorumListenOnAllIPs", Value: "true"}}
			e.Hosts[0].Instances = append(e.Hosts[0].Instances, second)
			f.Names["zk1"] = facts.Resolution{Addresses: factstest.Addresses("192.0.2.1")}
		}, []string{
			"critical zk1: zookeeper-1: zk1 (192.0.2.1) is not an address of this host, which has 10.0.0.11, 127.0.0.1: a server cannot listen on its election port there, and ends; correct the address, or what its name resolves to on this host; where an address translation stands in front, set quorumListenOnAllIPs = true [own-address-not-local]",
		}},
		{"several addresses, of which one is nobody's", func(e *inventory.Ensemble, f *facts.Host) {
			e.Hosts[0].MoreAddresses = []string{"192.168.0.99"}
			f.Names["192.168.0.99"] = facts.Resolution{Addresses: factstest.Addresses("192.168.0.99")}
		}, []string{
			"critical zk1: 192.168.0.99 is not an address of this host, which has 10.0.0.11, 127.0.0.1: a server cannot listen on its election port there, and ends; correct the address, or what its name resolves to on this host; where an address translation stands in front, set quorumListenOnAllIPs = true [own-address-not-local]",
		}},
		{"an address that a server had", func(e *inventory.Ensemble, f *facts.Host) {
			e.Hosts[0].Instances[0].Listed = "192.168.0.99"
			f.Names["192.168.0.99"] = facts.Resolution{Addresses: factstest.Addresses("192.168.0.99")}
		}, nil},
		{"several addresses of another that do not resolve", func(e *inventory.Ensemble, f *facts.Host) {
			e.Hosts[1].MoreAddresses = []string{"zk2b"}
			f.Names["zk2b"] = facts.Resolution{Error: "no such host"}
		}, []string{
			"critical zk1: cannot resolve zk2b, the address of host zk2: no such host; add it to DNS or /etc/hosts of this host, or use an IP address in the inventory [peer-unresolvable]",
		}},
		{"an address each, and the same ports", func(e *inventory.Ensemble, f *facts.Host) {
			second := e.Hosts[0].Instances[0]
			second.Name, second.ID, second.AdminPort, second.Address = "zookeeper-9", 9, 8081, "10.0.0.19"
			e.Hosts[0].Instances[0].Address = "10.0.0.11"
			e.Hosts[0].Instances = append(e.Hosts[0].Instances, second)
			f.Addresses = factstest.Addresses("10.0.0.11", "10.0.0.19", "127.0.0.1")
			f.Names["10.0.0.11"] = facts.Resolution{Addresses: factstest.Addresses("10.0.0.11")}
			f.Names["10.0.0.19"] = facts.Resolution{Addresses: factstest.Addresses("10.0.0.19")}
			f.Listeners = []facts.Listener{listener("10.0.0.19", 2181)}
		}, []string{
			"critical zk1: zookeeper-9: client port 2181 is taken by pid 900 (/usr/sbin/nginx) of nginx.service; give the instance another port, or stop that program where nobody needs it [port-in-use]",
		}},
		{"an address each, by names that lead to one", func(e *inventory.Ensemble, f *facts.Host) {
			second := e.Hosts[0].Instances[0]
			second.Name, second.ID, second.ClientPort, second.QuorumPort, second.AdminPort, second.Address = "zookeeper-9", 9, 2182, 2889, 8081, "10.0.0.11"
			e.Hosts[0].Instances = append(e.Hosts[0].Instances, second)
			f.Names["10.0.0.11"] = facts.Resolution{Addresses: factstest.Addresses("10.0.0.11")}
		}, []string{
			"critical zk1: zookeeper-9: election port 3888 is that of zookeeper-1 as well, its election port: their addresses are one here; give the instance another port, or an address of its own [port-in-use]",
		}},
		{"a client port where the host is not", func(e *inventory.Ensemble, f *facts.Host) {
			e.Hosts[0].Instances[0].ZooCfg = inventory.Settings{{Key: "clientPortAddress", Value: "10.0.0.99"}}
			f.Names["10.0.0.99"] = facts.Resolution{Addresses: factstest.Addresses("10.0.0.99")}
		}, []string{
			"critical zk1: zookeeper-1: its client port is to listen on 10.0.0.99, which is not an address of this host, which has 10.0.0.11, 127.0.0.1; correct the address, or leave it out [own-address-not-local]",
		}},
		{"a host alone with an address that is nobody's", func(e *inventory.Ensemble, f *facts.Host) {
			e.Hosts = e.Hosts[:1]
			f.Names["zk1"] = facts.Resolution{Addresses: factstest.Addresses("10.0.0.99")}
		}, []string{
			"critical zk1: zk1 (10.0.0.99) is not an address of this host, which has 10.0.0.11, 127.0.0.1: a server cannot listen on its election port there, and ends; correct the address, or what its name resolves to on this host; where an address translation stands in front, set quorumListenOnAllIPs = true [own-address-not-local]",
		}},
		{"a name with two addresses of the host", func(_ *inventory.Ensemble, f *facts.Host) {
			f.Addresses = factstest.Addresses("10.0.0.11", "10.0.0.12", "127.0.0.1")
			f.Names["zk1"] = facts.Resolution{Addresses: factstest.Addresses("10.0.0.11", "10.0.0.12")}
		}, []string{
			"warning zk1: warning: zk1 resolves to 10.0.0.11, 10.0.0.12, which this host has: a server listens on one of them, and the other servers may take another; use one of the addresses in the inventory, or set quorumListenOnAllIPs = true [own-address-several]",
		}},
		{"a name with two addresses of the host, one of each sort", func(_ *inventory.Ensemble, f *facts.Host) {
			f.Addresses = factstest.Addresses("10.0.0.11", "127.0.0.1", "2001:db8::11")
			f.Names["zk1"] = facts.Resolution{Addresses: factstest.Addresses("10.0.0.11", "2001:db8::11")}
		}, nil},
		{"a name with two addresses of the host, which listens on all", func(e *inventory.Ensemble, f *facts.Host) {
			e.Hosts[0].Instances[0].ZooCfg = inventory.Settings{{Key: "quorumListenOnAllIPs", Value: "true"}}
			f.Addresses = factstest.Addresses("10.0.0.11", "10.0.0.12", "127.0.0.1")
			f.Names["zk1"] = facts.Resolution{Addresses: factstest.Addresses("10.0.0.11", "10.0.0.12")}
		}, nil},
		{"a name with an address that is not the host's", func(_ *inventory.Ensemble, f *facts.Host) {
			f.Names["zk1"] = facts.Resolution{Addresses: factstest.Addresses("10.0.0.11", "10.0.0.12")}
		}, []string{
			"warning zk1: warning: zk1 resolves to 10.0.0.11, 10.0.0.12 here, and this host has only 10.0.0.11, 127.0.0.1: a server takes one of them, and ends where it takes another's; let the name have this host's own address alone, use that address in the inventory, or set quorumListenOnAllIPs = true [own-address-not-local]",
		}},
		{"Java takes the IPv4 address", func(_ *inventory.Ensemble, f *facts.Host) {
			f.Names["zk1"] = facts.Resolution{Addresses: factstest.Addresses("10.0.0.11", "2001:db8::99")}
		}, nil},
		{"unless a flag says otherwise", func(e *inventory.Ensemble, f *facts.Host) {
			e.Hosts[0].Instances[0].JVM.Flags = []string{"-Djava.net.preferIPv6Addresses=true"}
			f.Names["zk1"] = facts.Resolution{Addresses: factstest.Addresses("10.0.0.11", "2001:db8::99")}
		}, []string{
			"critical zk1: zk1 (10.0.0.11, 2001:db8::99) is not an address of this host, which has 10.0.0.11, 127.0.0.1: a server cannot listen on its election port there, and ends; correct the address, or what its name resolves to on this host; where an address translation stands in front, set quorumListenOnAllIPs = true [own-address-not-local]",
		}},
		{"an alias is an address too", func(_ *inventory.Ensemble, f *facts.Host) {
			f.Names["zk1"] = facts.Resolution{Addresses: factstest.Addresses("192.168.7.1")}
			f.Addresses = append(f.Addresses, factstest.Addresses("192.168.7.1")...)
		}, nil},
		{"behind an address translation, and said so", func(e *inventory.Ensemble, f *facts.Host) {
			e.Hosts[0].Instances[0].ZooCfg = inventory.Settings{{Key: "quorumListenOnAllIPs", Value: "true"}}
			f.Names["zk1"] = facts.Resolution{Addresses: factstest.Addresses("192.0.2.1")}
		}, nil},
		{"a zone does not matter", func(_ *inventory.Ensemble, f *facts.Host) {
			f.Names["zk1"] = facts.Resolution{Addresses: factstest.Addresses("fe80::1%eth0")}
			f.Addresses = factstest.Addresses("fe80::1")
		}, nil},
		{"a peer and the host itself do not resolve", func(_ *inventory.Ensemble, f *facts.Host) {
			f.Names = map[string]facts.Resolution{"zk1": {}, "zk2": {Error: "no such host"}}
		}, []string{
			"critical zk1: cannot resolve zk1, the address of host zk1: it has no address; add it to DNS or /etc/hosts of this host, or use an IP address in the inventory [peer-unresolvable]",
			"critical zk1: cannot resolve zk2, the address of host zk2: no such host; add it to DNS or /etc/hosts of this host, or use an IP address in the inventory [peer-unresolvable]",
		}},
		{"a peer on loopback", func(_ *inventory.Ensemble, f *facts.Host) {
			f.Names["zk2"] = facts.Resolution{Addresses: factstest.Addresses("127.0.0.1"), HostsLine: "/etc/hosts:1: 127.0.0.1 zk1 zk2"}
		}, []string{
			"critical zk1: zk2, the address of host zk2, resolves to 127.0.0.1 here (/etc/hosts:1: 127.0.0.1 zk1 zk2); take the name off that loopback line or use the address itself [peer-loopback]",
		}},
		{"a peer with IPv6 only", func(_ *inventory.Ensemble, f *facts.Host) {
			f.Names["zk2"] = facts.Resolution{Addresses: factstest.Addresses("2001:db8::12")}
			f.Addresses = factstest.Addresses("10.0.0.11", "::1", "fe80::1")
		}, []string{
			"warning zk1: warning: zk2, the address of host zk2, has only IPv6 (2001:db8::12) and this host has no IPv6 address beyond its link; give this host an IPv6 address or the peer an IPv4 one [peer-ipv6-only]",
		}},
		{"IPv6 on both sides", func(_ *inventory.Ensemble, f *facts.Host) {
			f.Names["zk2"] = facts.Resolution{Addresses: factstest.Addresses("2001:db8::12")}
			f.Addresses = factstest.Addresses("10.0.0.11", "2001:db8::11")
		}, nil},

		{"too little space for all folders on one disk together", func(_ *inventory.Ensemble, f *facts.Host) {
			for i := range f.Folders {
				f.Folders[i].FreeBytes = 150 << 20
			}
		}, []string{
			"critical zk1: / has 150.0 MiB free (157286400 bytes), but what goes into /opt/zookeeper, /var/lib/zookeeper/zookeeper-1 needs 192.0 MiB (201326592 bytes); make room or choose another path in the inventory [disk-space]",
		}},
		{"enough on two disks", func(_ *inventory.Ensemble, f *facts.Host) {
			for i := range f.Folders {
				f.Folders[i].FreeBytes = 150 << 20
			}
			f.Folders[1].MountPoint = "/var/lib/zookeeper"
		}, nil},
		{"installed long ago, and the disk fills up", func(_ *inventory.Ensemble, f *facts.Host) {
			for i := range f.Folders {
				f.Folders[i].FreeBytes, f.Folders[i].Present = 100<<20, true
			}
		}, []string{
			"warning zk1: warning: / has only 100.0 MiB free (104857600 bytes) for the data on it; ZooKeeper stops when it cannot write its log; make room, and see that autopurge is on [disk-space]",
		}},
		{"no inodes", func(_ *inventory.Ensemble, f *facts.Host) {
			for i := range f.Folders {
				f.Folders[i].FreeInodes = 100
			}
		}, []string{
			"critical zk1: / has 100 inodes free, but what goes into /opt/zookeeper, /var/lib/zookeeper/zookeeper-1 needs 120; remove small files there or choose another path in the inventory [inodes]",
		}},
		{"a file system without a count of inodes", func(_ *inventory.Ensemble, f *facts.Host) {
			for i := range f.Folders {
				f.Folders[i].FreeInodes, f.Folders[i].TotalInodes = 0, 0
			}
		}, nil},
		{"read-only", func(_ *inventory.Ensemble, f *facts.Host) {
			f.Folders[1].ReadOnly = true
		}, []string{
			"critical zk1: /var/lib/zookeeper/zookeeper-1 lies on /, which is mounted read-only; remount it for writing or choose another path in the inventory [read-only-mount]",
		}},
		{"read-only releases that are there", func(_ *inventory.Ensemble, f *facts.Host) {
			f.Folders[0].ReadOnly, f.Folders[0].Present = true, true
		}, nil},
		{"read-only releases that are not there", func(_ *inventory.Ensemble, f *facts.Host) {
			f.Folders[0].ReadOnly = true
		}, []string{
			"critical zk1: /opt/zookeeper lies on /, which is mounted read-only; remount it for writing or choose another path in the inventory [read-only-mount]",
		}},
		{"noexec", func(_ *inventory.Ensemble, f *facts.Host) {
			f.Folders[0].NoExec, f.Folders[1].NoExec = true, true
		}, []string{
			"notice zk1: notice: /opt/zookeeper lies on /, which is mounted noexec: the units run all the same, but ZooKeeper's own scripts do not [noexec-mount]",
		}},
		{"a folder that cannot be", func(_ *inventory.Ensemble, f *facts.Host) {
			f.Folders[0] = facts.Folder{Path: "/opt/zookeeper", Use: facts.UseInstall, Error: "/opt is not a folder"}
		}, []string{
			"critical zk1: /opt/zookeeper: /opt is not a folder; repair it on the host or choose another path in the inventory [folder-unusable]",
		}},

		{"more heap than memory", func(e *inventory.Ensemble, _ *facts.Host) { e.Hosts[0].Instances[0].JVM.Heap = "5g" }, []string{
			"critical zk1: the instances here may take 5.0 GiB of heap, but the host has 4.0 GiB of memory; lower [jvm] heap or move an instance to another host [low-memory]",
		}},
		{"more heap than is available", func(_ *inventory.Ensemble, f *facts.Host) { f.Memory.Available = 512 << 20 }, []string{
			"warning zk1: warning: the instances to start may take 1.0 GiB of heap, but only 512.0 MiB of memory is available; lower [jvm] heap or free memory on the host [low-memory]",
		}},
		{"the instance that takes it runs already", func(_ *inventory.Ensemble, f *facts.Host) {
			f.Memory.Available = 512 << 20
			f.Listeners = []facts.Listener{{Address: netip.MustParseAddr("::"), Port: 3888, PID: 812, Unit: "zookeeper-1.service"}}
		}, nil},
		{"a share of the memory", func(e *inventory.Ensemble, f *facts.Host) {
			e.Hosts[0].Instances[0].JVM.Heap, f.Memory.Available = "50%", 1<<30
		}, []string{
			"warning zk1: warning: the instances to start may take 2.0 GiB of heap, but only 1.0 GiB of memory is available; lower [jvm] heap or free memory on the host [low-memory]",
		}},
		{"what the JVM chooses", func(e *inventory.Ensemble, f *facts.Host) { e.Hosts[0].Instances[0].JVM.Heap = "auto" }, nil},
		{"a share of a limit above the memory", func(e *inventory.Ensemble, f *facts.Host) {
			e.Hosts[0].Instances[0].JVM.Heap, e.Hosts[0].Instances[0].Unit.MemoryMax = "75%", "8g"
		}, []string{
			"critical zk1: the instances here may take 6.0 GiB of heap, but the host has 4.0 GiB of memory; lower [jvm] heap or move an instance to another host [low-memory]",
			"warning zk1: zookeeper-1: warning: unit.memory_max is 8.0 GiB, and the host has 4.0 GiB of memory: the limit keeps the server from nothing; lower memory_max under [unit] [limit-above-memory]",
		}},
		{"more files than the kernel gives", func(e *inventory.Ensemble, f *facts.Host) {
			e.Hosts[0].Instances[0].Unit.NoFile, f.OpenFiles = 1048577, 1048576
		}, []string{
			"warning zk1: zookeeper-1: warning: unit.nofile is 1048577, and systemd can give a service 1048576 on this host: the server would have those; lower nofile under [unit], or raise fs.nr_open with sysctl on the host; of a container, the limit that it was started with [files-above-limit]",
		}},
		{"as many files as the kernel gives", func(e *inventory.Ensemble, f *facts.Host) {
			e.Hosts[0].Instances[0].Unit.NoFile, f.OpenFiles = 1048576, 1048576
		}, nil},
		{"an old kernel knows no available memory", func(_ *inventory.Ensemble, f *facts.Host) { f.Memory.Available = 0 }, nil},
		{"swap", func(_ *inventory.Ensemble, f *facts.Host) { f.Memory.SwapTotal = 2 << 30 }, []string{
			"notice zk1: notice: swap is on (2.0 GiB): a server that is swapped out misses its heartbeats; switch it off, or keep the heaps well below the memory of the host [swap-on]",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, f := testEnsemble(), goodFacts()
			tt.edit(e, &f)
			var got []string
			for _, x := range Judge(e, &e.Hosts[0], f) {
				got = append(got, string(x.Severity)+" "+x.String())
				if x.Refusal {
					t.Errorf("a refusal: %s", x)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestJudgePseudoCluster judges two instances on 127.0.0.1 of one host.
func TestJudgePseudoCluster(t *testing.T) {
	e := testEnsemble()
	e.Hosts = e.Hosts[:1]
	h := &e.Hosts[0]
	h.Address = "127.0.0.1"
	second := h.Instances[0]
	second.Name, second.ID, second.ClientPort, second.QuorumPort, second.ElectionPort, second.AdminPort = "zookeeper-2", 2, 2182, 2889, 3889, 8081
	h.Instances = append(h.Instances, second)
	f := goodFacts()
	f.Names = map[string]facts.Resolution{"127.0.0.1": {Addresses: factstest.Addresses("127.0.0.1")}}
	f.Listeners = []facts.Listener{
		{Address: netip.MustParseAddr("::"), Port: 2181, PID: 812, Unit: "zookeeper-1.service"},
		{Address: netip.MustParseAddr("::"), Port: 2182, PID: 813, Unit: "zookeeper-1.service"},
		{Address: netip.MustParseAddr("10.0.0.11"), Port: 3888, PID: 900},
	}
	found := Judge(e, h, f)
	if len(found) != 1 || found[0].Name != portInUse || found[0].Instance != "zookeeper-2" {
		t.Errorf("got %v, want port 2182 to be in use for zookeeper-2 only", found)
	}
}

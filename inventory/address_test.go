package inventory

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// addressed returns an inventory with two hosts and a third voter; what belongs to the
// first host begins on line 5, below its name, and what belongs to the second on line 8.
func addressed(first, second string) string {
	return supported + "[[host]]\nname = \"zk1\"\n" + first + "\n[[host]]\nname = \"zk2\"\n" + second +
		"\n[[host]]\nname = \"zk3\"\naddress = \"10.0.0.3\"\ninstance = [ { id = 3 } ]\n"
}

func addressCases() map[string]readCase {
	const (
		one = "address = \"10.0.0.1\"\ninstance = [ { id = 1 } ]"
		two = "address = \"10.0.0.2\"\ninstance = [ { id = 2 } ]"
	)
	each := func(keys string) string {
		return supported + "ignore = [\"few-voters\"]\n" + oneHost("instance = [\n  { id = 1, address = \"10.0.0.11\""+keys+" },\n  { id = 2, address = \"10.0.0.12\" } ]\n")
	}
	admin := func(version, top, keys string) string {
		return "[ensemble]\nversion = \"" + version + "\"\nignore = [\"zk-eol\", \"zk-advisory\", \"few-voters\"]\n[zoo_cfg]\n" + top + "\n" + oneHost("instance = [ { id = 1, "+keys+" } ]\n")
	}
	const stores = "ssl.quorum.keyStore.location = \"/k\"\nssl.quorum.trustStore.location = \"/t\""
	return map[string]readCase{
		"several": {addressed("address = [\"10.0.0.1\", \"192.168.0.1\"]\ninstance = [ { id = 1 } ]", two), nil},
		"several of another": {addressed("address = [\"10.0.0.1\", \"10.0.0.2\"]\ninstance = [ { id = 1 } ]", two), []string{
			`zk.toml:9:11: address 10.0.0.2 is there twice, first at line 5; put all instances of one machine into one [[host]] [duplicate-address]`,
		}},
		"of an instance and another host": {addressed("address = \"10.0.0.1\"\ninstance = [ { id = 1, address = \"10.0.0.2\" } ]", two), []string{
			`zk.toml:9:11: address 10.0.0.2 is there twice, first at line 6; put all instances of one machine into one [[host]] [duplicate-address]`,
		}},
		"one twice": {addressed("address = [\"10.0.0.1\", \"10.0.0.1\"]\ninstance = [ { id = 1 } ]", two), []string{
			`zk.toml:5:24: address 10.0.0.1 is there twice; name each once [duplicate-address]`,
		}},
		"none": {addressed("address = []\ninstance = [ { id = 1 } ]", two), []string{
			`zk.toml:5:1: host.address has none [bad-address]`,
		}},
		"wrong types": {addressed("address = [1]\ninstance = [ { id = 1, address = 7 } ]", two), []string{
			`zk.toml:5:12: host.address must be a string or array of strings, and holds an integer [wrong-type]`,
			`zk.toml:6:34: host.instance.address must be a string or array of strings, and is an integer [wrong-type]`,
		}},
		"several before 3.6": {"[ensemble]\nversion = \"3.5.10\"\n" + addressed("address = [\"10.0.0.1\", \"192.168.0.1\"]\ninstance = [ { id = 1 } ]", two)[len(supported):], []string{
			`zk.toml:5:24: a server has several addresses, and ZooKeeper 3.5.10 takes one; 3.6.0 is the first that takes more; name one, or choose a later release [several-addresses]`,
		}},
		"several, and a flag against it": {addressed("address = [\"10.0.0.1\", \"192.168.0.1\"]\ninstance = [ { id = 1 } ]\njvm.flags = [\"-Dzookeeper.multiAddress.enabled=false\"]", two), []string{
			`zk.toml:7:14: jvm.flags has "-Dzookeeper.multiAddress.enabled=false", and a server has several addresses: with it no server starts; remove it: zkprov gives the JVM the flag with true [several-addresses]`,
		}},
		"an address each": {each(""), nil},
		"an address each, and all listen everywhere": {each(", zoo_cfg.quorumListenOnAllIPs = true, zoo_cfg.clientPortAddress = \"0.0.0.0\""), []string{
			`zk.toml:9:5: on host zk1 port 2181 is client_port of zookeeper-2 and already client_port of zookeeper-1, line 8; give zookeeper-2 a client_port of its own [duplicate-port]`,
			`zk.toml:9:5: on host zk1 port 2888 is quorum_port of zookeeper-2 and already quorum_port of zookeeper-1, line 8; give zookeeper-2 a quorum_port of its own [duplicate-port]`,
			`zk.toml:9:5: on host zk1 port 3888 is election_port of zookeeper-2 and already election_port of zookeeper-1, line 8; give zookeeper-2 an election_port of its own [duplicate-port]`,
		}},
		"one literal for all hosts": {"[zoo_cfg]\nclientPortAddress = \"10.9.0.1\"\nsecureClientPort = 2281\nsecureClientPortAddress = \"10.0.0.1\"\n" + addressed(one, two)[len(supported):], []string{
			`zk.toml:2:1: clientPortAddress is 10.9.0.1 for host zk1 and for host zk2, and only one of them has that address; set it with each host or instance, as one of its own addresses [address-of-another]`,
			`zk.toml:2:1: clientPortAddress is 10.9.0.1 for host zk1 and for host zk3, and only one of them has that address; set it with each host or instance, as one of its own addresses [address-of-another]`,
			`zk.toml:4:1: secureClientPortAddress is 10.0.0.1 for host zk2, and that is the address of host zk1; set it with each host or instance, as one of its own addresses [address-of-another]`,
			`zk.toml:4:1: secureClientPortAddress is 10.0.0.1 for host zk3, and that is the address of host zk1; set it with each host or instance, as one of its own addresses [address-of-another]`,
		}},
		"an address for each host": {addressed(one+"\nzoo_cfg.clientPortAddress = \"10.9.0.1\"", two+"\nzoo_cfg.clientPortAddress = \"10.9.0.2\""), nil},
		"loopback or all for all":  {"[zoo_cfg]\nclientPortAddress = \"0.0.0.0\"\nmetricsProvider.httpHost = \"127.0.0.1\"\n" + addressed(one, two), nil},
		"TLS alone":                {"[zoo_cfg]\nsecureClientPort = 2281\n" + addressed("address = \"10.0.0.1\"\ninstance = [ { id = 1, client_port = 0, probe_port = 21810 } ]", two), nil},
		"TLS alone, without its port": {addressed("address = \"10.0.0.1\"\ninstance = [ { id = 1, client_port = 0 } ]", two), []string{
			`zk.toml:6:38: client_port is 0, and no secureClientPort is set: no client could connect; set secureClientPort under [zoo_cfg], with serverCnxnFactory and the key stores that it needs, or a client_port [tls-only]`,
		}},
		"TLS alone, and an address": {addressed("address = \"10.0.0.1\"\ninstance = [ { id = 1, client_port = 0, zoo_cfg.secureClientPort = 2281, zoo_cfg.clientPortAddress = \"10.0.0.1\" } ]", two), []string{
			`zk.toml:6:74: clientPortAddress is set and client_port is 0: the plain port is on 127.0.0.1 alone, for zkprov; remove it; secureClientPortAddress is for the port that takes TLS [tls-only]`,
		}},
		"TLS alone twice on a host": {supported + "ignore = [\"few-voters\"]\n[zoo_cfg]\nsecureClientPort = 2281\n" + oneHost("instance = [ { id = 1, client_port = 0, address = \"10.0.0.11\" },\n  { id = 2, client_port = 0, address = \"10.0.0.12\" } ]\n"), []string{
			`zk.toml:10:5: on host zk1 port 2181 is probe_port of zookeeper-2 and already probe_port of zookeeper-1, line 9; give zookeeper-2 a probe_port of its own [duplicate-port]`,
		}},
		"a port for probes beside one for clients": {addressed("address = \"10.0.0.1\"\ninstance = [ { id = 1, probe_port = 7 } ]", two), []string{
			`zk.toml:6:37: probe_port has no effect: zkprov asks the server at its client_port, 2181; remove it, or set client_port = 0 [tls-only]`,
		}},
		"TLS alone and bootstrap": {"[bootstrap]\nid = \"0123456789abcdef0123\"\nexpires = 2026-01-31T12:00:00Z\n" + addressed("address = \"10.0.0.1\"\ninstance = [ { id = 1, client_port = 0, zoo_cfg.secureClientPort = 2281 } ]", two), []string{
			`zk.toml:9:38: with client_port = 0 the other hosts cannot see whether this server runs, by which [bootstrap] tells what may be founded; leave [bootstrap] out, and run zkprov apply from a control machine [tls-only]`,
		}},
		"AdminServer on loopback": {admin("3.6.3", "", `admin_port = 8080, admin_address = "::1"`), nil},
		"AdminServer open":        {admin("3.5.10", "", `admin_port = 8080, admin_address = "0.0.0.0", admin_open = true`), nil},
		"AdminServer without TLS": {admin("3.6.3", "", `admin_port = 8080, admin_address = "10.0.0.1"`), []string{
			`zk.toml:9:59: AdminServer would listen on 10.0.0.1, without TLS and without authentication; set admin.forceHttps = true under [zoo_cfg], or write admin_open = true where the network keeps others away [admin-open]`,
		}},
		"AdminServer without TLS, before there was any": {admin("3.6.2", "", `admin_port = 8080, admin_address = "10.0.0.1"`), []string{
			`zk.toml:9:59: AdminServer would listen on 10.0.0.1, without TLS and without authentication; write admin_open = true where the network keeps others away [admin-open]`,
		}},
		"AdminServer with TLS": {admin("3.6.3", "admin.forceHttps = true\n"+stores, `admin_port = 8080, admin_address = "10.0.0.1"`), nil},
		"AdminServer with TLS and no key stores": {admin("3.6.3", "admin.forceHttps = true", `admin_port = 8080, admin_address = "10.0.0.1"`), []string{
			`zk.toml:5:1: admin.forceHttps needs ssl.quorum.keyStore.location: AdminServer takes the key stores of the quorum, and without them it does not start, of which there is a warning in the journal only; set it under [zoo_cfg], and its password [admin-open]`,
			`zk.toml:5:1: admin.forceHttps needs ssl.quorum.trustStore.location: AdminServer takes the key stores of the quorum, and without them it does not start, of which there is a warning in the journal only; set it under [zoo_cfg], and its password [admin-open]`,
		}},
		"AdminServer off": {admin("3.6.3", "", `admin_address = "10.0.0.1"`), []string{
			`zk.toml:9:40: admin_address is set, and AdminServer is off without an admin_port; set admin_port too, or remove it [admin-open]`,
		}},
		"AdminServer with a port": {admin("3.6.3", "", `admin_port = 8080, admin_address = "10.0.0.1:8080", admin_open = true`), []string{
			`zk.toml:9:59: address "10.0.0.1:8080" must be an address or a name, without a port or brackets; ports belong to an instance: quorum_port, election_port [bad-address]`,
		}},
	}
}

// TestListeners compares where a server listens, and where zkprov asks it, with the addresses of its inventory.
func TestListeners(t *testing.T) {
	e, found := read(supported + "[zoo_cfg]\nsecureClientPort = 2281\n[[host]]\nname = \"zk1\"\naddress = [\"10.0.0.1\", \"fd00::1\"]\n" +
		"instance = [ { id = 1, admin_port = 8080 }, { id = 2, address = \"10.0.0.2\" }, { id = 3, address = \"10.0.0.3\", client_port = 0 } ]\n")
	if e == nil {
		t.Fatal(found)
	}
	type where struct {
		Asked []string
		On    map[string][]string
	}
	got := make(map[int]where)
	for _, m := range e.Members() {
		w := where{m.ClientAddrs(), make(map[string][]string)}
		for _, l := range m.Listeners() {
			w.On[l.Key] = l.Addresses
		}
		got[m.Instance.ID] = w
	}
	both, second, third := []string{"10.0.0.1", "fd00::1"}, []string{"10.0.0.2"}, []string{"10.0.0.3"}
	want := map[int]where{
		1: {[]string{"10.0.0.1:2181", "[fd00::1]:2181"}, map[string][]string{"client_port": nil, "quorum_port": both, "election_port": both, "admin_port": {"127.0.0.1"}, "secureClientPort": nil}},
		2: {[]string{"10.0.0.2:2181"}, map[string][]string{"client_port": second, "quorum_port": second, "election_port": second, "secureClientPort": second}},
		3: {[]string{"127.0.0.1:2181"}, map[string][]string{"probe_port": {"127.0.0.1"}, "quorum_port": third, "election_port": third, "secureClientPort": third}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !slices.Equal(e.Hosts[0].AllAddresses(), []string{"10.0.0.1", "fd00::1", "10.0.0.2", "10.0.0.3"}) || !e.SeveralAddresses() {
		t.Error(e.Hosts[0].AllAddresses())
	}
	text, err := json.Marshal(e.Hosts[0])
	if err != nil {
		t.Fatal(err)
	}
	var back Host
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if got, want := (Member{&back, &back.Instances[1]}).Addresses(), []string{"10.0.0.2"}; !slices.Equal(got, want) {
		t.Errorf("%v after a trip, want %v", got, want)
	}
}

func TestMeet(t *testing.T) {
	for text, want := range map[[2]string]bool{
		{"a", "a"}: true, {"a|b", "b|c"}: true, {"a|b", "c"}: false, {"ab", "a"}: false,
	} {
		if Meet(text[0], text[1]) != want || Meet(text[1], text[0]) != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
}

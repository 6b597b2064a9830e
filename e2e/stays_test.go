//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// TestQuorumStays looks at what lets servers serve for some seconds and end: addresses that are not the host's, an
// election port that is taken where no listener is seen, and servers that end as they start.
func TestQuorumStays(t *testing.T) {
	e := threeHosts(t)
	for _, h := range e.lab.Hosts() {
		for _, other := range e.lab.Hosts() {
			e.in(h.Name, fmt.Sprintf("echo '%s %s.lab' >>/etc/hosts", other.Address(), other.Name))
		}
	}
	for _, h := range e.lab.Hosts() {
		e.edit(fmt.Sprintf("address = %q", h.Address()), fmt.Sprintf("address = %q", h.Name+".lab"))
	}
	e.zkprov("plan").exits(0)

	for _, r := range astrayRefusals() {
		e.refused(r)
	}
	// From here on zk2 is behind an address translation, and its server listens on all addresses.
	e.translate()
	onAll := onAllAddresses()
	e.edit(onAll.old, onAll.new)
	t.Run("PortTakenUnseen", e.portTakenUnseen)
	if t.Failed() {
		return
	}
	t.Run("CrashLoop", e.crashLoop)
	t.Run("NoQuorum", e.noQuorum)
	t.Run("TornLog", e.tornLog)
	t.Run("LyingRelease", e.lyingRelease)
}

// astrayRefusals are about addresses that are not those of the hosts that have them in the inventory.
func astrayRefusals() []refusal {
	// On the host that has this file zk2.lab is zk3.
	hosts := file{path: "/etc/hosts", content: `127.0.0.1 localhost
10.77.0.11 zk1 zk1.lab
10.77.0.13 zk2.lab
10.77.0.13 zk3 zk3.lab
`}
	return []refusal{
		{
			name:  "AddressOfNobody",
			edits: []edit{{`"zk2.lab"`, `"10.77.0.99"`}},
			code:  1,
			says:  []string{"zk2: 10.77.0.99 is not an address of this host", "own-address-not-local"},
		},
		{
			name:  "PeerAstray",
			hosts: map[string]fixture{"zk1": {files: []file{hosts}}},
			code:  1,
			says:  []string{"zk2: its address zk2.lab, as seen on zk1, is 10.77.0.13, which is zk3's", "names-differ"},
		},
		{
			name:  "OwnNameAstray",
			hosts: map[string]fixture{"zk2": {files: []file{hosts}}},
			code:  1,
			says:  []string{"zk2: zk2.lab (10.77.0.13) is not an address of this host", "own-address-not-local"},
		},
		{
			// A server that listens on all addresses tells the others this one: those with a greater id connect to it.
			name:  "OwnNameAstrayListeningOnAll",
			hosts: map[string]fixture{"zk2": {files: []file{hosts}}},
			edits: []edit{onAllAddresses()},
			code:  1,
			says:  []string{"zk2: its address zk2.lab, as seen on zk2, is 10.77.0.13, which is zk3's", "names-differ"},
		},
	}
}

// onAllAddresses lets the server of zk2 listen on all addresses, and try for as long as it takes.
func onAllAddresses() edit {
	return edit{"address = \"zk2.lab\"\n", "address = \"zk2.lab\"\nzoo_cfg = { quorumListenOnAllIPs = true, electionPortBindRetry = 0 }\n"}
}

// translate gives zk2 an outer address, which no interface of it has and which leads there.
func (e *ensemble) translate() {
	e.t.Helper()
	zk2 := e.host("zk2").Address().String()
	outer := strings.TrimSuffix(zk2, ".12") + ".112"
	e.in("zk2", "ip route add local "+outer+" dev lo")
	for _, h := range e.lab.Hosts() {
		e.in(h.Name, "sed -i 's/"+zk2+" zk2.lab/"+outer+" zk2.lab/' /etc/hosts")
	}
}

// bindPort lets a unit squatter hold a port without listening on it, until it is stopped: no list of listeners shows it.
const bindPort = `systemd-run -q --collect --unit=squatter --service-type=notify --property=NotifyAccess=all perl -MSocket -e '
socket(S, PF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(3888, INADDR_ANY)) or die; system "systemd-notify", "--ready"; sleep 600'`

// portTakenUnseen forms a quorum of servers of which one cannot bind its election port and serves all the same: for the 3 s
// that ZooKeeper tries by default or, here, for ever.
func (e *ensemble) portTakenUnseen(t *testing.T) {
	e = e.on(t)
	e.in("zk2", bindPort)
	e.zkprov("apply", "--timeout", "12s", "--progress", "plain").exits(1).says("zookeeper-2: serves, and does not listen on its election port 3888", "no-quorum")
	e.zkprov("check").exits(2).says("zk2: zookeeper-2: serves, and does not listen on its election port 3888", "election-port-closed", "quorum, not formed in full")
	e.in("zk2", "systemctl stop squatter")
	e.zkprov("apply").exits(0).says("2/2 followers in sync", "a write was read back")
	e.zkprov("check").exits(0).says("OK", "survives 1 more failure")
	if out := e.in("zk2", "ss -Htln sport = :3888"); !strings.Contains(out, "*:3888") {
		t.Errorf("zk2 listens on %q", out)
	}
}

// listenPort is bindPort with a listener. It may take the port though connections of the one before are not forgotten yet.
var listenPort = strings.Replace(bindPort, "bind(S", "setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1); listen(S, 1) if bind(S", 1)

// crashLoop lets a server end again and again, and looks what check says of it.
func (e *ensemble) crashLoop(t *testing.T) {
	e = e.on(t)
	e.in("zk1", "systemctl stop zookeeper-1; "+listenPort+"; systemctl start zookeeper-1")
	waitFor(t, func() bool { return e.in("zk1", "systemctl show --property NRestarts --value zookeeper-1") == "1" })
	r := e.zkprov("check").exits(2).says("zk1: zookeeper-1: has ended by itself", "exited with 14 (the election port could not be bound)",
		e.host("zk1").Address().String()+":3888 is taken by another program", "java.net.BindException: Address already in use",
		"zkprov explain election-port-in-use", "crash-loop")
	if strings.Contains(r.stdout, "connection refused") {
		t.Errorf("it says of a crash loop:\n%s", r.stdout)
	}
	e.zkprov("check", "-q", "-o", "json").exits(2).says(`"name": "crash-loop"`)
	// Started by somebody and well since, it is a crash loop no more.
	e.in("zk1", "systemctl stop squatter zookeeper-1; systemctl start zookeeper-1")
	e.zkprov("apply").exits(0).says("2/2 followers in sync")
	e.zkprov("check").exits(0)
}

func (e *ensemble) noQuorum(t *testing.T) {
	e = e.on(t)
	e.in("zk1", "systemctl stop zookeeper-1")
	e.in("zk2", "systemctl stop zookeeper-2")
	if r := e.zkprov("check").exits(2).says("CRITICAL  no quorum"); strings.Contains(r.stdout, "survives") {
		t.Errorf("it says:\n%s", r.stdout)
	}
	e.zkprov("apply").exits(0).says("2/2 followers in sync")
}

// tornLog starts a server beside an empty transaction log, follows the advice and starts it again.
func (e *ensemble) tornLog(t *testing.T) {
	e = e.on(t)
	const version2 = "/var/lib/zookeeper/zookeeper-3/version-2"
	e.in("zk3", "systemctl stop zookeeper-3; install -o zookeeper -g zookeeper /dev/null "+version2+"/log.900000001")
	e.zkprov("apply").exits(1).says("a transaction log is empty", "transaction-log-torn", "java.io.EOFException")
	e.zkprov("check").exits(2).says("a transaction log is empty", "find DATA_DIR/version-2 -name 'log.*' -size -16c", "crash-loop")
	found := e.in("zk3", "find "+version2+" -name 'log.*' -size -16c")
	if found != version2+"/log.900000001" {
		t.Fatalf("the advice finds %q", found)
	}
	e.in("zk3", "mv "+found+" /root; systemctl start zookeeper-3")
	e.zkprov("apply").exits(0).says("2/2 followers in sync")
}

// lyingRelease names a Java whose file release says 17, and that loads no class that is newer than Java 7's: a trial finds out before the
// server is started with it.
func (e *ensemble) lyingRelease(t *testing.T) {
	e = e.on(t)
	defer e.write(e.text)
	e.in("zk1", `mkdir -p /opt/old/bin; printf 'JAVA_VERSION="17.0.9"\nOS_ARCH="x86_64"\n' >/opt/old/release
cat >/opt/old/bin/java <<'END'
#!/bin/sh
echo 'Exception in thread "main" java.lang.UnsupportedClassVersionError: org/apache/zookeeper/server/quorum/QuorumPeerMain : Unsupported major.minor version 52.0' >&2
exit 1
END
chmod 755 /opt/old/bin/java; systemctl stop zookeeper-1`)
	e.edit("address = \"zk1.lab\"\n", "address = \"zk1.lab\"\njava = { home = \"/opt/old\" }\n")
	e.zkprov("apply").exits(1).says("the Java that the unit starts is too old for this ZooKeeper: Java 8 is needed", "unsupported-class", "UnsupportedClassVersionError")
	e.zkprov("check").exits(2).says("zk1: zookeeper-1: does not answer").silent("Java 8 is needed")
}

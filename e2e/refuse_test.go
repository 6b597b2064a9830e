//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/e2e/lab"
)

// refusal is something that stands against an apply: it is said, with its own exit code, and nothing is changed on any host.
type refusal struct {
	name string
	// spoil makes it so on a lab of three fresh hosts, and mend takes it back.
	spoil, mend func(e *ensemble)
	code        int
	says        []string
}

// TestRefusals goes through all that an apply must not begin with.
func TestRefusals(t *testing.T) {
	e := threeHosts(t)
	text := e.text
	onHost := func(host, script string) func(*ensemble) { return func(e *ensemble) { e.in(host, script) } }
	edit := func(old, new string) func(*ensemble) { return func(e *ensemble) { e.edit(old, new) } }
	for _, r := range []refusal{
		{
			name:  "JavaMissing",
			spoil: onHost("zk2", "mv /usr/lib/jvm /usr/lib/jvm.away; mv /usr/bin/java /usr/bin/java.away"),
			mend:  onHost("zk2", "mv /usr/lib/jvm.away /usr/lib/jvm; mv /usr/bin/java.away /usr/bin/java"),
			code:  1, says: []string{"zk2", "java-not-found", "install = true"},
		},
		{
			name: "Java7",
			spoil: onHost("zk2", `mkdir -p /opt/jdk7/bin; echo 'JAVA_VERSION="1.7.0_80"' >/opt/jdk7/release; cp /bin/true /opt/jdk7/bin/java
mv /usr/lib/jvm /usr/lib/jvm.away; mv /usr/bin/java /usr/bin/java.away; ln -s /opt/jdk7/bin/java /usr/bin/java`),
			mend: onHost("zk2", "rm -r /opt/jdk7 /usr/bin/java; mv /usr/lib/jvm.away /usr/lib/jvm; mv /usr/bin/java.away /usr/bin/java"),
			code: 1, says: []string{"zk2", "Java 7", "1.7.0_80", "older than 8", "ZooKeeper 3.6.3 needs Java 8"},
		},
		{
			name:  "UsersFloor",
			spoil: edit("[archive]", "[java]\nminimum = 21\n[archive]"),
			code:  1, says: []string{"zk1", "zk2", "zk3", "older than 21", "java.minimum in the inventory is 21"},
		},
		{
			name:  "PortTaken",
			spoil: onHost("zk3", squat(2181)),
			mend:  onHost("zk3", "systemctl stop squatter-2181"),
			code:  1, says: []string{"zk3", "zookeeper-3", "client port 2181 is taken by pid", "squatter-2181.service", "port-in-use"},
		},
		{
			name:  "ForeignMyid",
			spoil: onHost("zk1", "mkdir -p /var/lib/zookeeper/zookeeper-1; echo 7 >/var/lib/zookeeper/zookeeper-1/myid"),
			mend:  onHost("zk1", "rm -r /var/lib/zookeeper"),
			code:  78, says: []string{"zk1", "is for server 7, and the inventory says 1", "foreign-myid"},
		},
		{
			name:  "ForeignStamp",
			spoil: onHost("zk1", `mkdir -p /var/lib/zookeeper/zookeeper-1; echo '{"ensemble":"other","id":1}' >/var/lib/zookeeper/zookeeper-1/.zkprov.json`),
			mend:  onHost("zk1", "rm -r /var/lib/zookeeper"),
			code:  78, says: []string{"zk1", `belongs to server 1 of ensemble "other"`, "foreign-data"},
		},
		{
			name:  "UnstampedData",
			spoil: onHost("zk1", "mkdir -p /var/lib/zookeeper/zookeeper-1/version-2; touch /var/lib/zookeeper/zookeeper-1/version-2/snapshot.100000001"),
			mend:  onHost("zk1", "rm -r /var/lib/zookeeper"),
			code:  78, says: []string{"zk1", "without zkprov's ownership stamp", "unstamped-data"},
		},
		{
			name: "ForeignLogs",
			spoil: func(e *ensemble) {
				e.in("zk1", "mkdir -p /srv/log/zookeeper-1; touch /srv/log/zookeeper-1/syslog.1")
				e.edit("id = 1", `id = 1, data_log_dir = "/srv/log/zookeeper-1"`)
			},
			mend: onHost("zk1", "rm -r /srv/log"),
			code: 78, says: []string{"zk1", "/srv/log/zookeeper-1 holds what is not ZooKeeper's: syslog.1", "foreign-data"},
		},
		{
			name: "UnstampedLogs",
			spoil: func(e *ensemble) {
				e.in("zk1", "mkdir -p /srv/log/zookeeper-1/version-2; touch /srv/log/zookeeper-1/version-2/log.100000001")
				e.edit("id = 1", `id = 1, data_log_dir = "/srv/log/zookeeper-1"`)
			},
			mend: onHost("zk1", "rm -r /srv/log"),
			code: 78, says: []string{"zk1", "/srv/log/zookeeper-1 holds ZooKeeper data without zkprov's ownership stamp", "unstamped-data"},
		},
		{
			name: "OwnNameOnLoopback",
			spoil: func(e *ensemble) {
				e.in("zk1", "cp /etc/hosts /etc/hosts.away; printf '127.0.1.1 zk1\\n' >/etc/hosts; sed /zk1/d /etc/hosts.away >>/etc/hosts")
				e.edit(fmt.Sprintf("address = %q", e.host("zk1").Address()), `address = "zk1"`)
			},
			mend: onHost("zk1", "mv /etc/hosts.away /etc/hosts"),
			code: 1, says: []string{"zk1 resolves to 127.0.1.1 here", "/etc/hosts:1: 127.0.1.1 zk1", "own-name-loopback"},
		},
		{
			name: "NameUnresolvable",
			spoil: func(e *ensemble) {
				e.edit(fmt.Sprintf("address = %q", e.host("zk2").Address()), `address = "nowhere.invalid"`)
			},
			code: 1, says: []string{"cannot resolve nowhere.invalid, the address of host zk2", "peer-unresolvable"},
		},
		{
			name:  "Unreachable",
			spoil: func(e *ensemble) { stopHost(e, "zk2") },
			mend:  func(e *ensemble) { startHost(e, "zk2") },
			code:  4, says: []string{"zk2", "host-unreachable"},
		},
		{
			name:  "HostKeyUnknown",
			spoil: func(e *ensemble) { trust(e, "zk1", "zk3") },
			mend:  func(e *ensemble) { trust(e, "zk1", "zk2", "zk3") },
			code:  4, says: []string{"zk2", "host's key is not known", "host-key-unknown"},
		},
		{
			name:  "HostKeyChanged",
			spoil: func(e *ensemble) { replaceKey(e, "zk2") },
			mend:  func(e *ensemble) { trust(e, "zk1", "zk2", "zk3") },
			code:  4, says: []string{"zk2", "host's key is not the one in known_hosts", "host-key-changed"},
		},
		{
			name:  "SudoPassword",
			spoil: edit(`name = "zk2"`, "name = \"zk2\"\nssh = \"zk2.ops-pw\""),
			code:  4, says: []string{"zk2", "sudo wants a password on this host", "--ask-become-pass", "sudo-password"},
		},
		{
			name:  "SudoTTY",
			spoil: edit(`name = "zk2"`, "name = \"zk2\"\nssh = \"zk2.ops-tty\""),
			code:  4, says: []string{"zk2", "sudo wants a terminal on this host", "sudo-tty"},
		},
		{
			name:  "WrongChecksum",
			spoil: edit(release.SHA512, strings.Repeat("0", 128)),
			code:  1, says: []string{"file://", ": wrong SHA-512: want 0000000000000000…", "got " + release.SHA512[:16]},
		},
		{
			name:  "MaskedUnit",
			spoil: onHost("zk2", "systemctl mask -q zookeeper-2.service"),
			mend:  onHost("zk2", "systemctl unmask -q zookeeper-2.service"),
			code:  1, says: []string{"zk2", "zookeeper-2.service is masked", "unit-masked"},
		},
		{
			name:  "ForeignUnit",
			spoil: onHost("zk2", "printf '[Service]\\nExecStart=/bin/sleep 1\\n' >/etc/systemd/system/zookeeper-2.service; systemctl daemon-reload"),
			mend:  onHost("zk2", "rm /etc/systemd/system/zookeeper-2.service; systemctl daemon-reload"),
			code:  78, says: []string{"zk2", "zookeeper-2.service was not written by zkprov", "foreign-unit"},
		},
		{
			name:  "ReadOnlyInstallFolder",
			spoil: onHost("zk2", "mkdir -p /opt/zookeeper; mount -t tmpfs -o ro,mode=755 tmpfs /opt/zookeeper"),
			mend:  onHost("zk2", "umount /opt/zookeeper; rmdir /opt/zookeeper"),
			code:  1, says: []string{"zk2", "/opt/zookeeper", "read-only"},
		},
		{
			name:  "DiskFull",
			spoil: onHost("zk2", "mkdir -p /opt/zookeeper; mount -t tmpfs -o size=4m,mode=755 tmpfs /opt/zookeeper"),
			mend:  onHost("zk2", "umount /opt/zookeeper; rmdir /opt/zookeeper"),
			code:  1, says: []string{"zk2", "/opt/zookeeper", "free"},
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			e := e.on(t)
			e.write(text)
			if r.spoil != nil {
				r.spoil(e)
			}
			if r.mend != nil {
				defer func() { e.on(t).mended(r.mend) }()
			}
			e.unchanged(ownFolders, func() {
				e.zkprov("apply").exits(r.code).says(r.says...).says("nothing was changed")
			})
			if left := e.in("zk3", "ls -A /opt/zookeeper /etc/zookeeper 2>/dev/null || true"); left != "" {
				t.Errorf("zk3 has\n%s", left)
			}
		})
	}

	// After all that the hosts are as fresh as before.
	e.write(text)
	e.zkprov("apply").exits(0).says("2/2 followers in sync")
}

// mended runs a mend with a context that outlives a failed test.
func (e *ensemble) mended(mend func(*ensemble)) {
	defer func() {
		if e.t.Failed() {
			e.t.Log("what was spoilt is mended")
		}
	}()
	mend(e)
}

// squat takes a port by a unit of its own.
func squat(port int) string {
	return fmt.Sprintf(`systemd-run -q --unit=squatter-%d perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(LocalPort => %d, Listen => 1) or die; sleep 600'
for i in $(seq 100); do (exec 3<>/dev/tcp/127.0.0.1/%d) 2>/dev/null && break; sleep 0.05; done`, port, port, port)
}

func stopHost(e *ensemble, name string) {
	e.t.Helper()
	if err := e.host(name).Stop(context.Background()); err != nil {
		e.t.Fatal(err)
	}
}

func startHost(e *ensemble, name string) {
	e.t.Helper()
	if err := e.host(name).Start(context.Background()); err != nil {
		e.t.Fatal(err)
	}
}

func trust(e *ensemble, names ...string) {
	e.t.Helper()
	var hosts []*lab.Host
	for _, name := range names {
		hosts = append(hosts, e.host(name))
	}
	if err := e.lab.Trust(hosts...); err != nil {
		e.t.Fatal(err)
	}
}

func replaceKey(e *ensemble, name string) {
	e.t.Helper()
	if err := e.host(name).ReplaceHostKey(e.t.Context()); err != nil {
		e.t.Fatal(err)
	}
}

// TestDamagedCache damages archives in caches: one that can be had anew is replaced, and one that cannot is an error.
func TestDamagedCache(t *testing.T) {
	e := threeHosts(t)
	cached := filepath.Join("/var/cache/zkprov/sha512", release.SHA512)
	content, err := os.ReadFile(release.Path)
	if err != nil {
		t.Fatal(err)
	}
	damage := func() {
		if err := os.MkdirAll(filepath.Dir(cached), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(cached, content[:len(content)/2], 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Remove(cached) })
	damage()
	good := e.text
	e.edit("file://"+release.Path, "file:///nowhere/apache-zookeeper-3.6.3-bin.tar.gz")
	e.unchanged(ownFolders, func() {
		e.zkprov("apply").exits(1).says("the cached archive is damaged", "/nowhere/", "no such file", "nothing was changed")
	})
	e.write(good)
	damage()
	e.in("zk2", "mkdir -p /var/cache/zkprov/sha512; echo half >/var/cache/zkprov/sha512/"+release.SHA512)
	e.zkprov("apply").exits(0).says("2/2 followers in sync")
}

// TestLogsApart bootstraps voters that have a folder each for their logs, in which a server looks for the marker.
func TestLogsApart(t *testing.T) {
	e := threeHosts(t)
	for id := 1; id <= 3; id++ {
		e.edit(fmt.Sprintf("id = %d", id), fmt.Sprintf(`id = %d, data_log_dir = "/srv/log/zookeeper-%[1]d"`, id))
	}
	e.zkprov("apply").exits(0).says("2/2 followers in sync")
	e.zkprov("apply").exits(0).says("nothing to change")
}

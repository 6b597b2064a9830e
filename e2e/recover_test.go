//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestRecovery takes things away from a running ensemble.
func TestRecovery(t *testing.T) {
	t.Parallel()
	e := threeHosts(t)
	e.zkprov("apply").exits(0)
	t.Run("StoppedInstance", e.stoppedInstance)
	t.Run("Drift", e.drifted)
	t.Run("Reboot", e.rebooted)
	t.Run("PowerCut", e.powerCut)
	t.Run("EmptiedDisk", e.emptiedDisk)
	t.Run("LostMajority", e.lostMajority)
}

// stoppedInstance is started by an apply, which touches nothing else.
func (e *ensemble) stoppedInstance(t *testing.T) {
	e = e.on(t)
	host := "zk2"
	if e.mode(host, 2181) == "leader" { // without which there is no quorum for a moment
		host = "zk1"
	}
	instance := "zookeeper-" + strings.TrimPrefix(host, "zk")
	others := make(map[string]string)
	for _, h := range e.lab.Hosts() {
		if h.Name != host {
			others[h.Name] = e.invocation(h.Name, "zookeeper-"+strings.TrimPrefix(h.Name, "zk"))
		}
	}
	e.in(host, "systemctl stop "+instance)
	e.zkprov("check").exits(2).says(instance+": does not answer", "survives 0 more failures", "instance-down")
	e.zkprov("plan").exits(0).says(host+"  1 change", "start "+instance+".service")
	e.unchanged([]string{"/var/lib/zookeeper/zookeeper-1/version-2", "/var/lib/zookeeper/zookeeper-2/version-2", "/var/lib/zookeeper/zookeeper-3/version-2"}, func() {
		e.zkprov("apply").exits(0).says("applied: 1 change on 1 host", "a write was read back through every server")
	})
	for host, id := range others {
		if now := e.invocation(host, "zookeeper-"+strings.TrimPrefix(host, "zk")); now != id {
			t.Errorf("the server on %s was restarted", host)
		}
	}
}

// drifted edits, removes and re-modes files: the plan names just those, and an apply puts them back.
func (e *ensemble) drifted(t *testing.T) {
	e = e.on(t)
	before := e.invocation("zk1", "zookeeper-1")
	for _, drift := range []struct{ script, file, says string }{
		// Through the link that people use, which leads to the generation's file.
		{"echo '# by hand' >> /etc/zookeeper/zookeeper-1/zoo.cfg", "/zoo.cfg", "content"},
		{"rm $(readlink -f /etc/zookeeper/zookeeper-1/log4j.properties)", "/log4j.properties", "0640 root:zookeeper"},
		{"chmod 644 /etc/zookeeper/zookeeper-1/zoo.cfg", "/zoo.cfg", "mode 0644 -> 0640"},
		{"rm /etc/zookeeper/zookeeper-1/log4j.properties", "/etc/zookeeper/zookeeper-1/log4j.properties", "->"},
		{"sed -i '$a# by hand' /etc/zookeeper/zookeeper-1/zoo.cfg", "/etc/zookeeper/zookeeper-1/zoo.cfg", "in place of a regular file"},
		{"chown root /var/lib/zookeeper/zookeeper-1", "/var/lib/zookeeper/zookeeper-1/", "zookeeper:zookeeper"},
		{"systemctl disable -q zookeeper-1", "zookeeper-1.service starts at boot", "enable"},
	} {
		e.in("zk1", drift.script)
		e.zkprov("check").exits(1).says("drift", "zk1")
		r := e.zkprov("plan", "--detailed-exitcode").exits(2).says("zk1  1 change", drift.file, drift.says)
		if strings.Contains(r.stdout, "zk2") {
			t.Errorf("after %q on zk1 the plan has other hosts:\n%s", drift.script, r.stdout)
		}
		e.zkprov("apply").exits(0).says("applied: 1 change on 1 host")
		e.zkprov("plan", "--detailed-exitcode").exits(0)
	}
	if after := e.invocation("zk1", "zookeeper-1"); after != before {
		t.Error("putting files back restarted the server")
	}
}

// rebooted stops and boots a host: the ensemble comes back without zkprov.
func (e *ensemble) rebooted(t *testing.T) {
	e = e.on(t)
	if err := e.host("zk3").Reboot(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.waitOK(30 * time.Second).says("survives 1 more failure")
	e.zkprov("apply").exits(0).says("nothing to change on 3 hosts")
}

// powerCut takes all hosts away at once.
func (e *ensemble) powerCut(t *testing.T) {
	e = e.on(t)
	e.write1("zk1", "/before", "the cut")
	for _, h := range e.lab.Hosts() {
		if err := h.PowerOff(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	e.zkprov("check").exits(2).says("host-unreachable")
	if err := e.lab.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.waitOK(30 * time.Second)
	if got := e.read1("zk2", "/before"); got != "the cut" {
		t.Errorf("what was written before is %q", got)
	}
}

// emptiedDisk empties the data directory of a follower: it comes back as a follower with the ensemble's data and never votes empty.
func (e *ensemble) emptiedDisk(t *testing.T) {
	e = e.on(t)
	e.write1("zk1", "/kept", "through the loss of a disk")
	host := "zk1"
	if e.mode("zk1", 2181) == "leader" {
		host = "zk2"
	}
	unit := "zookeeper-" + strings.TrimPrefix(host, "zk")
	// Another disk in the place of its own is not an emptied one.
	e.in(host, "systemctl stop "+unit+"; mount -t tmpfs -o mode=755 tmpfs /var/lib/zookeeper")
	e.zkprov("apply").exits(78).says("disk-missing", "another one was mounted over it at /var/lib/zookeeper", "nothing was changed")
	e.in(host, "[ -z \"$(ls -A /var/lib/zookeeper)\" ]; umount /var/lib/zookeeper")

	e.in(host, "find /var/lib/zookeeper/"+unit+" -mindepth 1 -delete")
	e.zkprov("check").exits(2).says("has no data, and the ensemble exists", "empty-data", unit)
	r := e.zkprov("plan").exits(0)
	if strings.Contains(r.stdout, "initialize") || strings.Contains(r.stdout, "first bootstrap") {
		t.Fatalf("the plan lets an empty server vote:\n%s", r.stdout)
	}
	e.zkprov("apply").exits(0).says("2/2 followers in sync")
	if got := e.mode(host, 2181); got != "follower" {
		t.Errorf("the server with the emptied disk is a %s", got)
	}
	if got := e.read1(host, "/kept"); got != "through the loss of a disk" {
		t.Errorf("the server with the emptied disk has %q", got)
	}

}

// lostMajority empties two disks of three: a loss that no apply may paper over, as the two would be a quorum that knows nothing.
func (e *ensemble) lostMajority(t *testing.T) {
	e = e.on(t)
	e.in("zk1", "systemctl stop zookeeper-1; find /var/lib/zookeeper/zookeeper-1 -mindepth 1 -delete")
	e.in("zk2", "systemctl stop zookeeper-2; find /var/lib/zookeeper/zookeeper-2 -mindepth 1 -delete")
	e.unchanged(append(ownFolders, "/var/lib/zookeeper/zookeeper-3/version-2"), func() {
		e.zkprov("apply").exits(78).says("data-lost", "only 1 of its 3 voters still have data", "nothing was changed")
	})

	// Started by hand, the two wait for somebody who knows something.
	e.in("zk3", "systemctl stop zookeeper-3")
	for _, host := range []string{"zk1", "zk2"} {
		id := strings.TrimPrefix(host, "zk")
		e.in(host, fmt.Sprintf("echo %s >/var/lib/zookeeper/zookeeper-%s/myid; chown -R zookeeper: /var/lib/zookeeper/zookeeper-%s; systemctl start zookeeper-%s", id, id, id, id))
	}
	time.Sleep(6 * time.Second) // two of three need less than 2 s for a quorum
	for _, host := range []string{"zk1", "zk2"} {
		if mode := e.mode(host, 2181); mode != "" {
			t.Errorf("with an empty disk the server on %s is a %s", host, mode)
		}
	}
	e.in("zk3", "systemctl start zookeeper-3")
	time.Sleep(3 * time.Second)
	e.zkprov("check").exits(2).says("no quorum: 0 of 3 participants serve", "data-lost")

	// The way out that zkprov explain data-lost names: one of them may vote, for the one that has data.
	e.in("zk1", "systemctl stop zookeeper-1; rm -r /var/lib/zookeeper/zookeeper-1/version-2; install -m 640 -o zookeeper -g zookeeper /dev/null /var/lib/zookeeper/zookeeper-1/initialize; systemctl start zookeeper-1")
	waitFor(t, func() bool { return e.mode("zk3", 2181) == "leader" })
	waitFor(t, func() bool { return e.mode("zk1", 2181) == "follower" && e.mode("zk2", 2181) == "follower" })
	if got := e.read1("zk1", "/kept"); got != "through the loss of a disk" {
		t.Errorf("the server with the emptied disk has %q", got)
	}
}

// write1 and read1 use ZooKeeper's own command line client.
func (e *ensemble) write1(host, path, value string) {
	e.t.Helper()
	e.in(host, fmt.Sprintf("%s create %s '%s' 2>&1", zkCli, path, value))
}

func (e *ensemble) read1(host, path string) string {
	e.t.Helper()
	lines := strings.Split(e.in(host, fmt.Sprintf("%s get %s 2>/dev/null", zkCli, path)), "\n")
	// What the client says of its connection comes before the value or after it.
	lines = slices.DeleteFunc(lines, func(line string) bool {
		return strings.TrimSpace(line) == "" || strings.HasPrefix(line, "WATCHER::") || strings.HasPrefix(line, "WatchedEvent ")
	})
	if len(lines) == 0 {
		return ""
	}
	return strings.TrimSpace(lines[len(lines)-1])
}

const zkCli = "/opt/zookeeper/apache-zookeeper-3.6.3-bin/bin/zkCli.sh -server 127.0.0.1:2181"

// TestTwoRuns lets two applies meet: one works, the other says who holds the host.
func TestTwoRuns(t *testing.T) {
	e := threeHosts(t)
	first := e.command(t.Context(), "apply", "--progress", "plain")
	done := make(chan result, 1)
	go func() { done <- runCommand(t, first) }()
	waitFor(t, func() bool {
		out, err := e.host("zk1").Run(t.Context(), "cat /run/zkprov/lock 2>/dev/null || true")
		return err == nil && strings.Contains(out, "pid")
	})
	e.zkprov("apply").exits(75).says("another run holds this host", "locked", "process ", "--lock-timeout")
	if r := <-done; r.code != 0 {
		r.exits(0)
	}
	// The one who waits finds the work done.
	e.zkprov("apply", "--lock-timeout", "60s").exits(0).says("nothing to change")
}

func waitFor(t *testing.T, true func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !true(); {
		if time.Now().After(end) {
			t.Fatal("it did not happen within 30 s")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// TestLimit changes one host alone.
func TestLimit(t *testing.T) {
	e := threeHosts(t)
	e.zkprov("apply").exits(0)
	before := e.snapshots("/var/lib/zookeeper")
	for _, h := range e.lab.Hosts() {
		e.in(h.Name, "chmod 600 /etc/zookeeper/zookeeper-*/zoo.cfg")
	}
	e.zkprov("apply", "--limit", "zk2").exits(0).says("applied: 1 change on 1 host")
	after := e.snapshots("/var/lib/zookeeper")
	if diff := cmp.Diff(before["zk2"], after["zk2"]); diff != "" {
		t.Errorf("zk2 is not as before:\n%s", diff)
	}
	if cmp.Equal(before["zk1"], after["zk1"]) {
		t.Error("zk1 was changed, and the limit was zk2")
	}
	e.zkprov("apply", "--limit", "zk9").exits(64).says("--limit", "zk9")
}

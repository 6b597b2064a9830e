//go:build e2e

package e2e

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestJavaInstalled lets zkprov install the distribution's Java on a host that has none, while something else holds dpkg's lock there.
func TestJavaInstalled(t *testing.T) {
	t.Parallel()
	debs, err := store.Debs(t.Context(), "openjdk-17-jre-headless")
	if err != nil {
		t.Fatal(err)
	}
	e := threeHosts(t)
	if err := e.host("zk2").UseDebs(debs); err != nil {
		t.Fatal(err)
	}
	e.in("zk2", "dpkg --purge --force-depends openjdk-17-jre-headless 2>&1; rm -rf /usr/lib/jvm; ! command -v java")
	e.zkprov("plan").exits(1).says("java-not-found", "install = true")
	e.edit("[archive]", "[java]\ninstall = true\n[archive]")
	e.unchanged(nil, func() {
		e.zkprov("plan").exits(0).says("openjdk-17-jre-headless (apt-get), Java 17")
	})

	e.in("zk2", holdDpkg)
	done := make(chan result, 1)
	go func() { done <- runCommand(t, e.command(t.Context(), "apply", "-v", "--progress", "plain")) }()
	// Where it does not wait, apt-get is gone at once.
	waitFor(t, func() bool {
		out, err := e.host("zk2").Run(t.Context(), "ps -C apt-get -o etimes= || true")
		age, _ := strconv.Atoi(strings.TrimSpace(out))
		return err == nil && age >= 2
	})
	select {
	case r := <-done:
		r.exits(0)
		t.Fatal("it did not wait for dpkg's lock")
	default:
	}
	e.in("zk2", "! dpkg -s openjdk-17-jre-headless >/dev/null 2>&1; systemctl stop dpkg-holder")
	r := <-done
	r.exits(0).says("zk2  openjdk-17-jre-headless (apt-get), Java 17", "2/2 followers in sync")
	if strings.Contains(r.stderr, "zk1  openjdk") || strings.Contains(r.stderr, "zk3  openjdk") {
		t.Errorf("a host that had a Java got another:\n%s", r.stderr)
	}
	if got := e.javaOf("zk2", "zookeeper-2"); got != "/usr/lib/jvm/java-17-openjdk-amd64/bin/java" {
		t.Errorf("the server on zk2 runs %s", got)
	}
	if roles := e.roles(); !cmp.Equal(roles, map[string]int{"leader": 1, "follower": 2}) {
		t.Errorf("the roles are %v", roles)
	}
	e.zkprov("apply").exits(0).says("nothing to change on 3 hosts")
}

// holdDpkg takes dpkg's lock, as an installation does that runs by itself, until its unit is stopped. (systemd makes a
// single dollar sign of two.)
const holdDpkg = `systemd-run -q --unit=dpkg-holder --service-type=notify --property=NotifyAccess=all perl -MFcntl -e '
open F, ">>", "/var/lib/dpkg/lock-frontend" or die;
my $$range = pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0);
fcntl(F, F_SETLK, $$range) or die;
system "systemd-notify", "--ready";
sleep 120'`

// javaOf is the program that an instance runs.
func (e *ensemble) javaOf(host, unit string) string {
	e.t.Helper()
	return e.in(host, "readlink /proc/$(systemctl show --property MainPID --value "+unit+")/exe")
}

// TestJavaHome names a Java of the user's own: one that cannot run is refused with the reason, and a real 11 serves.
func TestJavaHome(t *testing.T) {
	home, err := store.JDK(t.Context(), "11")
	if err != nil {
		t.Fatal(err)
	}
	e := threeHosts(t)
	for _, h := range e.lab.Hosts() {
		if err := h.CopyTree(home, "/opt/runtime"); err != nil {
			t.Fatal(err)
		}
	}
	e.edit("[archive]", "[java]\nhome = \"/opt/runtime\"\n[archive]")
	e.in("zk1", `cp /opt/runtime/release /root; echo 'OS_ARCH="aarch64"' >>/opt/runtime/release`)
	e.in("zk2", "mount --bind /opt/runtime /opt/runtime; mount -o remount,bind,noexec /opt/runtime")
	e.in("zk3", "chmod 700 /opt/runtime")
	e.unchanged(ownFolders, func() {
		e.zkprov("apply").exits(1).says("java-not-found", "nothing was changed",
			"it is for aarch64 and this host is amd64", "/opt/runtime/bin/java lies on a file system mounted noexec",
			"cannot enter /opt/runtime (mode 0700)", "Correct home under [java] in the inventory")
	})
	e.in("zk2", "umount /opt/runtime")
	e.in("zk3", "chmod 755 /opt/runtime")
	// A runtime that jlink made, as this one, says nothing of an architecture; its program does.
	e.in("zk1", `mv /root/release /opt/runtime/release; cp /opt/runtime/bin/java /root; printf '\xb7' | dd of=/opt/runtime/bin/java bs=1 seek=18 conv=notrunc status=none`)
	e.zkprov("plan").exits(1).says("it is for arm64 and this host is amd64")
	e.in("zk1", "mv /root/java /opt/runtime/bin/java")

	e.zkprov("apply").exits(0).says("2/2 followers in sync")
	for host, unit := range map[string]string{"zk1": "zookeeper-1", "zk2": "zookeeper-2", "zk3": "zookeeper-3"} {
		if got := e.javaOf(host, unit); got != "/opt/runtime/bin/java" {
			t.Errorf("the server on %s runs %s", host, got)
		}
	}
	if out := e.in("zk1", "journalctl -q -o cat -u zookeeper-1 | grep 'java.version='"); !strings.Contains(out, "11.0.13") {
		t.Errorf("the server on zk1 says %q", out)
	}
	e.zkprov("check").exits(0)
	e.zkprov("apply").exits(0).says("nothing to change on 3 hosts")
}

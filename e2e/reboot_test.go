//go:build e2e

package e2e

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/e2e/lab"
)

// TestReboot boots the hosts of an ensemble one after the other.
func TestReboot(t *testing.T) {
	t.Parallel()
	e := threeHosts(t)
	e.zkprov("apply").exits(0)
	e.put1("/kept", "one")

	t.Run("Refused", e.rebootRefused)
	t.Run("IfNeeded", e.rebootsIfNeeded)
	t.Run("All", e.rebootsAll)
	t.Run("Interrupted", e.rebootInterrupted)
	t.Run("NeverBack", e.rebootsOneThatNeverComesBack)
}

// booted tells which boot of a host this is.
func (e *ensemble) booted() map[string]string {
	e.t.Helper()
	all := make(map[string]string)
	for _, h := range e.lab.Hosts() {
		if h.Running() {
			all[h.Name] = e.in(h.Name, "cut -d ' ' -f 22 /proc/1/stat")
		}
	}
	return all
}

func (e *ensemble) rebootRefused(t *testing.T) {
	e = e.on(t)
	before := e.booted()
	e.in("zk2", "systemctl disable -q zookeeper-2")
	e.zkprov("reboot").exits(1).says("zookeeper-2.service does not start at boot", "not-at-boot")
	e.in("zk2", "systemctl enable -q zookeeper-2")
	e.zkprov("reboot", "--limit", "zookeeper-2").exits(64)
	if err := e.host("zk1").Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.zkprov("reboot").exits(4).says("zk1")
	e.zkprov("reboot", "--limit", "zk2", "--timeout", "10s").exits(1).says("zookeeper-1", "no host was rebooted")
	delete(before, "zk1")
	if diff := cmp.Diff(before, e.booted()); diff != "" {
		t.Errorf("a host was booted:\n%s", diff)
	}
	if err := e.host("zk1").Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.waitOK(time.Minute)
}

func (e *ensemble) rebootsIfNeeded(t *testing.T) {
	e = e.on(t)
	before := e.booted()
	e.zkprov("reboot", "--if-needed").exits(0).says("no host is to be rebooted")
	e.in("zk2", "touch /run/reboot-required")
	e.zkprov("reboot", "--if-needed").exits(0).says("rebooted: zk2", "2/2 followers in sync")
	after := e.booted()
	for host := range before {
		if same := before[host] == after[host]; same != (host != "zk2") {
			t.Errorf("%s was booted: %v", host, !same)
		}
	}
}

func (e *ensemble) rebootsAll(t *testing.T) {
	e = e.on(t)
	before := e.booted()
	order := strings.NewReplacer("zookeeper-", "zk").Replace(strings.Join(e.order()[:2], ", "))
	w := e.writes()
	e.zkprov("reboot", "--stop-after", "2", "--settle", "1s").exits(0).says("rebooted: "+order, "next: ", "--limit zk")
	after := e.booted()
	changed := 0
	for host := range before {
		if before[host] != after[host] {
			changed++
		}
	}
	if changed != 2 {
		t.Errorf("%d hosts were booted, want 2", changed)
	}
	e.waitOK(time.Minute)
	left := e.last(before, after)
	e.zkprov("reboot", "--limit", left, "--settle", "1s").exits(0).says("rebooted: " + left)
	w.stops()
	e.holds("/kept", "one")
}

// rebootInterrupted interrupts a run, and then kills one, while a host boots: the host comes back by itself, its server serves, and no
// other host is touched.
func (e *ensemble) rebootInterrupted(t *testing.T) {
	e = e.on(t)
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		host := hostOfServer(e.order()[0])
		e.host(host).SetFirmware(lab.Firmware{Delay: 3 * time.Second})
		before := e.booted()
		u := e.begins("reboot", "--settle", "1s")
		waitFor(t, func() bool { return !e.host(host).Running() })
		u.signal(signal)
		r := u.ends(30 * time.Second)
		if signal == syscall.SIGINT {
			r.exits(130).says("interrupted", "not rebooted, or not seen back: "+host, "next: ", "--limit "+host)
		}
		e.host(host).SetFirmware(lab.Firmware{})
		waitFor(t, e.host(host).Running)
		e.waitOK(time.Minute)
		after := e.booted()
		for name := range before {
			if same := before[name] == after[name]; same != (name != host) {
				t.Errorf("%s was booted: %v", name, !same)
			}
		}
	}
	e.zkprov("plan", "--detailed-exitcode").exits(0)
	e.holds("/kept", "one")
}

// last is the host that was not booted between two looks.
func (e *ensemble) last(before, after map[string]string) string {
	for host := range before {
		if before[host] == after[host] {
			return host
		}
	}
	e.t.Fatal("all hosts were booted")
	return ""
}

// rebootsOneThatNeverComesBack leaves the others alone.
func (e *ensemble) rebootsOneThatNeverComesBack(t *testing.T) {
	e = e.on(t)
	first := strings.Replace(e.order()[0], "zookeeper-", "zk", 1)
	e.host(first).SetFirmware(lab.Firmware{Stuck: true})
	before := e.booted()
	e.zkprov("reboot", "--boot-timeout", "15s").exits(1).says("host-not-back", "it has not come back within 15 s", "not", first)
	delete(before, first)
	if diff := cmp.Diff(before, e.booted()); diff != "" {
		t.Errorf("another host was booted:\n%s", diff)
	}
}

//go:build e2e

package e2e

import (
	"bufio"
	"maps"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
	"github.com/google/go-cmp/cmp"
)

// TestReset takes away what applies made: one host's part, all of it, and the data with it.
func TestReset(t *testing.T) {
	t.Parallel()
	e := threeHosts(t)
	before := e.paths()
	e.zkprov("apply").exits(0)
	e.put1("/kept", "one")

	t.Run("Refused", e.resetRefused)
	t.Run("OneHost", e.resetsOneHost)
	t.Run("KeepsData", e.resetsAndKeepsData)
	t.Run("DeletesData", func(t *testing.T) { e.resetsAndDeletesData(t, before) })
}

// paths lists what lies on the disk of each host, less what zkprov has for all ensembles and what the tools of the host leave.
func (e *ensemble) paths() map[string][]string {
	e.t.Helper()
	all := make(map[string][]string)
	for host, disk := range e.snapshots("/var/lib/zkprov/bin", "/var/cache/zkprov", "/root") {
		all[host] = slices.DeleteFunc(slices.Sorted(maps.Keys(disk)), func(name string) bool {
			// Folders of the image are copied up where anything was made in them.
			imaged := strings.HasPrefix(disk[name], "d") && !strings.Contains(name, "zoo") && !strings.Contains(name, "zk")
			// userdel(8) and systemd-sysusers rewrite the accounts, and keep the files of before.
			return imaged || slices.Contains([]string{"/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/subuid", "/etc/subgid", "/var/lib/zkprov"}, strings.TrimSuffix(name, "-"))
		})
	}
	return all
}

// session opens one with the server on a host.
func (e *ensemble) session(host string) *zk.Conn {
	e.t.Helper()
	conn, events, err := zk.Connect([]string{net.JoinHostPort(e.host(host).Address().String(), "2181")}, 10*time.Second, zk.WithLogInfo(false))
	if err != nil {
		e.t.Fatal(err)
	}
	for deadline := time.After(20 * time.Second); ; {
		select {
		case event := <-events:
			if event.State == zk.StateHasSession {
				return conn
			}
		case <-deadline:
			conn.Close()
			e.t.Fatalf("no session with %s", host)
		}
	}
}

// put1 writes a value.
func (e *ensemble) put1(path, value string) {
	e.t.Helper()
	conn := e.session("zk1")
	defer conn.Close()
	if _, err := conn.Create(path, []byte(value), 0, zk.WorldACL(zk.PermAll)); err != nil {
		e.t.Fatal(err)
	}
}

// holds wants a value on every host.
func (e *ensemble) holds(path, value string) {
	e.t.Helper()
	for _, h := range e.lab.Hosts() {
		conn := e.session(h.Name)
		_, _ = conn.Sync(path)
		got, _, err := conn.Get(path)
		conn.Close()
		if err != nil || string(got) != value {
			e.t.Errorf("%s has %q, %v, want %q", h.Name, got, err, value)
		}
	}
}

func (e *ensemble) resetRefused(t *testing.T) {
	e = e.on(t)
	running := e.allInvocations()
	data := []string{"/var/lib/zookeeper"}
	e.unchanged(data, func() {
		e.zkprov("reset").exits(64).says("zk[1-3]", "stop zookeeper-{1-3}.service", "--confirm=zookeeper", "nothing was changed")
		e.zkprov("reset", "--confirm=zookeper").exits(64).says("nothing was changed")
		e.zkprov("reset", "--confirm=zookeeper", "--limit", "zk1,zk2").exits(78).says("quorum-hangs", "without zookeeper-1, zookeeper-2 there is no majority")
		e.zkprov("reset", "--confirm=zookeeper", "--limit", "zookeeper-1").exits(64)
	})
	if err := e.host("zk2").Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.unchanged(data, func() {
		e.zkprov("reset", "--confirm=zookeeper").exits(4).says("zk2")
		e.zkprov("reset", "--confirm=zookeeper", "--limit", "zk3").exits(78).says("quorum-hangs")
	})
	if err := e.host("zk2").Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.waitOK(time.Minute)
	for name, id := range e.allInvocations() {
		if id != running[name] && name != "zookeeper-2" {
			t.Errorf("%s was restarted", name)
		}
	}
}

// resetsOneHost takes one host's part away while the others serve, and makes it again.
func (e *ensemble) resetsOneHost(t *testing.T) {
	e = e.on(t)
	e.in("zk3", "mkdir /etc/systemd/system/zookeeper-3.service.d; printf '[Service]\nNice=1\n' >/etc/systemd/system/zookeeper-3.service.d/mine.conf; touch /etc/zookeeper/zookeeper-3/mine")
	others := e.allInvocations()
	e.zkprov("reset", "--confirm=zookeeper", "--limit", "zk3", "--delete-data").exits(0).says("drop-ins are yours", "/etc/zookeeper/zookeeper-3/mine", "the data goes")
	if left := e.in("zk3", "ls -d /opt/zookeeper /var/lib/zookeeper /var/lib/zkprov/zookeeper /etc/systemd/system/zookeeper-3.service 2>/dev/null || true; systemctl is-active zookeeper-3 || true"); left != "inactive" {
		t.Errorf("of zk3 is left:\n%s", left)
	}
	e.in("zk3", "rm /etc/zookeeper/zookeeper-3/mine; test -e /etc/systemd/system/zookeeper-3.service.d/mine.conf; rm -r /etc/systemd/system/zookeeper-3.service.d")
	var roles []string
	for end := time.Now().Add(time.Minute); time.Now().Before(end) && !(slices.Contains(roles, "leader") && slices.Contains(roles, "follower")); {
		roles = []string{e.mode("zk1", 2181), e.mode("zk2", 2181)} // zk3 may have led
	}
	if !slices.Contains(roles, "leader") {
		t.Errorf("the others are %v", roles)
	}
	for _, name := range []string{"zookeeper-1", "zookeeper-2"} {
		if now := e.allInvocationsBut("zk3"); now[name] != others[name] {
			t.Errorf("%s was restarted", name)
		}
	}
	e.zkprov("apply", "--timeout", "2m").exits(0).says("2/2 followers in sync")
	e.holds("/kept", "one")
}

func (e *ensemble) allInvocationsBut(host string) map[string]string {
	e.t.Helper()
	all := make(map[string]string)
	for _, h := range e.lab.Hosts() {
		if h.Name != host {
			all[serverOf(h)] = e.invocation(h.Name, serverOf(h))
		}
	}
	return all
}

// resetsAndKeepsData is killed on its way, goes on, and lets the data serve again.
func (e *ensemble) resetsAndKeepsData(t *testing.T) {
	e = e.on(t)
	cmd := e.command(t.Context(), "reset", "--confirm=zookeeper", "-v", "--progress", "plain")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	for lines.Scan() && !strings.Contains(lines.Text(), "zk2  /etc/systemd/system/zookeeper-2.service") {
	}
	_ = cmd.Process.Signal(syscall.SIGKILL)
	_ = cmd.Wait()
	e.zkprov("reset", "--confirm=zookeeper", "--lock-timeout", "1m").exits(0)
	e.zkprov("reset", "--confirm=zookeeper").exits(0).says("nothing to take away on 3 hosts", "the data of zookeeper-1")
	for _, h := range e.lab.Hosts() {
		left := e.in(h.Name, "ls -d /opt/zookeeper /etc/zookeeper /var/lib/zkprov/zookeeper /etc/systemd/system/zookeeper-* /etc/systemd/system/multi-user.target.wants/zookeeper-* 2>/dev/null || true; pgrep -c java || true")
		if left != "0" {
			t.Errorf("on %s is left:\n%s", h.Name, left)
		}
		e.in(h.Name, "test -e /var/lib/zookeeper/"+serverOf(h)+"/version-2/currentEpoch; test -z \"$(systemctl --failed --no-legend)\"; ! systemctl list-units --all --no-legend | grep zookeeper-")
	}
	e.zkprov("apply", "--timeout", "2m").exits(0).says("2/2 followers in sync")
	e.holds("/kept", "one")
}

// resetsAndDeletesData leaves the hosts as they were, and a new ensemble begins.
func (e *ensemble) resetsAndDeletesData(t *testing.T, before map[string][]string) {
	e = e.on(t)
	e.zkprov("reset", "--confirm=zookeeper", "--delete-data").exits(0)
	if diff := cmp.Diff(before, e.paths()); diff != "" {
		t.Errorf("the hosts are not as they were before:\n%s", diff)
	}
	for _, h := range e.lab.Hosts() {
		e.in(h.Name, "! getent passwd zookeeper && ! getent group zookeeper")
	}
	e.zkprov("apply", "--timeout", "2m").exits(0).says("2/2 followers in sync")
	conn := e.session("zk1")
	defer conn.Close()
	if there, _, err := conn.Exists("/kept"); err != nil || there {
		t.Errorf("the new ensemble has the value of the old one: %v, %v", there, err)
	}
}

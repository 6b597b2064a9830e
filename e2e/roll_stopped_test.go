//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// hostOfServer is the host that a server is on, of which each has one.
func hostOfServer(name string) string { return "zk" + strings.TrimPrefix(name, "zookeeper-") }

// slowStart keeps a server down for some seconds each time it is started, until the function that it returns is called.
func (e *ensemble) slowStart(server string) (usual func()) {
	e.t.Helper()
	dir := "/etc/systemd/system/" + server + ".service.d"
	e.in(hostOfServer(server), "mkdir "+dir+"; printf '[Service]\\nExecStartPre=+/bin/sleep 4\\n' >"+dir+"/slow.conf; systemctl daemon-reload")
	return func() { e.in(hostOfServer(server), "rm -r "+dir+"; systemctl daemon-reload") }
}

// inRestart waits until a server that starts slowly is down in the middle of its restart, and returns the process that works on its host.
func (e *ensemble) inRestart(server string) (pid int) {
	e.t.Helper()
	pid = e.inStep(hostOfServer(server), "restart "+server+".service")
	e.waitIn(hostOfServer(server), "[ $(systemctl show -p SubState --value "+server+") = start-pre ]")
	return pid
}

// servesAgain waits until a server serves, which nobody has to start for that.
func (e *ensemble) servesAgain(server string) {
	e.t.Helper()
	waitFor(e.t, func() bool { return e.mode(hostOfServer(server), 2181) != "" })
}

// restartedSince returns the servers that were started since, and wants each that runs to have been started with one generation.
func (e *ensemble) restartedSince(before map[string]string) []string {
	e.t.Helper()
	names := []string{}
	after := e.allInvocations()
	for _, h := range e.lab.Hosts() {
		if name := serverOf(h); after[name] != before[name] {
			names = append(names, name)
		}
		if mixed := e.in(h.Name, whole); mixed != "" {
			e.t.Error(mixed)
		}
	}
	return names
}

// onlyRestarted wants just one server to have been started since.
func (e *ensemble) onlyRestarted(before map[string]string, server string) {
	e.t.Helper()
	if diff := cmp.Diff([]string{server}, e.restartedSince(before)); diff != "" {
		e.t.Errorf("the servers that were restarted (-want +got):\n%s", diff)
	}
}

// interruptedInRoll asks a roll to stop: while the first server is down for its restart, while the second has come back, and twice while
// the leader is down. Each time what is down comes back, what is left is said, and the next run goes on with that alone.
func (e *ensemble) interruptedInRoll(t *testing.T) {
	e = e.on(t)
	order, all := e.order(), e.allInvocations()
	e.setting("203m", "maxClientCnxns = 77\n")
	again := "run it again to go on: " + binary + " apply " + e.inventory

	before := all
	usual := e.slowStart(order[0])
	u := e.begins("apply", "--settle", "1s")
	e.inRestart(order[0])
	u.signal(syscall.SIGINT)
	u.ends(30*time.Second).exits(130).says("interrupted", "every change that had begun was finished; not restarted, or not seen back: "+order[1]+", "+order[2]+"; ", again)
	if mode := e.mode(hostOfServer(order[0]), 2181); mode == "" {
		t.Errorf("%s was being restarted, and it left before that served", order[0])
	}
	e.onlyRestarted(before, order[0])
	usual()

	before = e.allInvocations()
	u = e.begins("apply", "--settle", "20s", "--lock-timeout", "60s")
	u.until("it is made sure for 20 s that it stays so", time.Minute)
	signalled := time.Now()
	u.signal(syscall.SIGTERM)
	u.ends(30*time.Second).exits(143).says("interrupted", "every change that had begun was finished; not restarted, or not seen back: "+order[2]+"; ", again)
	if took := time.Since(signalled); took > 5*time.Second {
		t.Errorf("it left %s after it was asked to, and the server that it had restarted served", took)
	}
	e.onlyRestarted(before, order[1])

	before = e.allInvocations()
	usual = e.slowStart(order[2])
	u = e.begins("apply", "--settle", "1s", "--lock-timeout", "60s")
	e.inRestart(order[2])
	u.signal(syscall.SIGINT)
	select {
	case <-u.ended:
		t.Errorf("it left while %s was down:\n%s", order[2], u.text())
	case <-time.After(time.Second):
		signalled = time.Now()
		u.signal(syscall.SIGINT)
	}
	u.ends(10*time.Second).exits(130).says("left at once", "the same command goes on")
	if took := time.Since(signalled); took > time.Second {
		t.Errorf("the second signal took effect after %s", took)
	}
	e.servesAgain(order[2])
	usual()
	e.onlyRestarted(before, order[2])

	before = e.allInvocations()
	e.converges()
	if again := e.restartedSince(before); len(again) > 0 {
		t.Errorf("the last run restarted %v once more", again)
	}
	if n := len(e.restartedSince(all)); n != 3 {
		t.Errorf("%d servers were restarted", n)
	}
}

// interruptedWhereItFails asks a roll to stop while a server does not come back with a configuration that none can run with: it gets back
// what it had before the run leaves.
func (e *ensemble) interruptedWhereItFails(t *testing.T) {
	e = e.on(t)
	order, before := e.order(), e.allInvocations()
	e.setting("203m", "maxClientCnxns = 77\n"+broken)
	u := e.begins("apply")
	e.waitIn(hostOfServer(order[0]), "[ $(systemctl show -p SubState --value "+order[0]+") = auto-restart ]")
	u.signal(syscall.SIGINT)
	u.ends(time.Minute).exits(130).says("interrupted", order[0]+" runs again with what it ran with before", "not restarted: "+order[1]+", "+order[2])
	if mode := e.mode(hostOfServer(order[0]), 2181); mode == "" {
		t.Errorf("%s did not come back, and it left before that was put right", order[0])
	}
	e.onlyRestarted(before, order[0])
	e.setting("203m", "maxClientCnxns = 77\n")
	e.converges()
}

// cutOffInRoll cuts the connection to the host of a server that is down for its restart: by the end of what works there, and by the end of
// the SSH session. The restart goes on without them, the run says that it does not know of it and stops there, and the next goes on.
func (e *ensemble) cutOffInRoll(t *testing.T) {
	e = e.on(t)
	order := e.order()
	e.setting("204m", "maxClientCnxns = 77\n")
	for i, cut := range []string{
		"kill -9 %d",
		// The process of this one session, of which what works there is a descendant.
		"pid=%d; until [ \"$(cat /proc/$pid/comm)\" = sshd ]; do pid=$(sed -n 's/^PPid:\\t//p' /proc/$pid/status); done; [ $pid != 1 ]; kill -9 $pid",
	} {
		host, before := hostOfServer(order[i]), e.allInvocations()
		usual := e.slowStart(order[i])
		u := e.begins("apply", "--settle", "1s", "--lock-timeout", "60s")
		pid := e.inRestart(order[i])
		e.in(host, fmt.Sprintf(cut, pid))
		r := u.ends(30*time.Second).exits(1).says(host+": the connection was lost", "how far it got is not known", "connection-lost", "1 unknown: "+host,
			"the host of "+order[i]+" was lost in its restart: how it is there is not known, and nothing was undone; not restarted: "+strings.Join(order[i+1:], ", "), "roll-stopped")
		if strings.Contains(r.stderr, "✔ restart "+order[i]) {
			t.Errorf("a restart of which nothing is known got a tick:\n%s", r.stderr)
		}
		e.servesAgain(order[i])
		e.free(host, 20*time.Second)
		usual()
		e.onlyRestarted(before, order[i])
	}
	before := e.allInvocations()
	e.converges()
	e.onlyRestarted(before, order[2])
}

// fullInRoll has no room left where the unit of the second server lies once the first was restarted: the second runs on as it is, and the
// next is not begun. Where it is seen before, be it for lack of room or of leave to write, nothing is begun.
func (e *ensemble) fullInRoll(t *testing.T) {
	e = e.on(t)
	order := e.order()
	e.setting("205m", "maxClientCnxns = 77\n")
	const folder = "/etc/systemd/system"
	host, before := hostOfServer(order[1]), e.allInvocations()
	u := e.begins("apply", "--settle", "3s")
	u.until("it is made sure for 3 s that it stays so", time.Minute)
	e.in(host, "cp -a "+folder+" /root/units; mount -t tmpfs -o mode=755,size=512k tmpfs "+folder+"; cp -a /root/units/. "+folder+"; cat /dev/zero >"+folder+"/fill 2>/dev/null || true")
	r := u.ends(90*time.Second).exits(1).says(host+": ", folder, "no space left on device", order[1]+" runs again with what it ran with before", "not restarted: "+order[2], "roll-stopped")
	t.Logf("on a full disk it says\n%s", r.stderr)
	e.onlyRestarted(before, order[0])

	before = e.allInvocations()
	e.zkprov("apply").exits(1).says(host+": "+folder+" has 0 bytes free", "disk-space", "nothing was changed")
	e.in(host, "umount "+folder+"; rm -r /root/units; mount --bind "+folder+" "+folder+"; mount -o remount,bind,ro "+folder)
	e.zkprov("apply").exits(1).says(host+": ", folder, "read-only", "nothing was changed")
	if again := e.restartedSince(before); len(again) > 0 {
		t.Errorf("where there is no room or no leave to write, it restarted %v", again)
	}
	e.in(host, "umount "+folder)
	e.converges()
}

//go:build e2e

package e2e

import (
	"bufio"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// killPoints are texts of a first apply's progress: it is killed at the first line that has one. They are spread over the whole of it:
// connect, the archive, staging, the start, the wait for the quorum, the record.
var killPoints = []struct{ name, text string }{
	{"Begun", "zk-eol"},
	{"Sent", "✔ send"},
	{"Unpacked", "-bin in /opt/zookeeper"},
	{"Generation", "/log4j.properties  (0640"},
	{"Unit", ".service  (0644"},
	{"Link", "/log4j.properties  (->"},
	{"Enabled", "starts at boot"},
	{"Started", "> zk2  start zookeeper-2"},
	{"Waiting", "participants serve"},
	{"Recorded", "/formed.json"},
}

// TestKilled kills the control process at many points of a first apply: a second one goes on from what is there.
func TestKilled(t *testing.T) {
	for _, point := range killPoints {
		t.Run(point.name, func(t *testing.T) {
			t.Parallel()
			e := threeHosts(t)
			e.interrupt(syscall.SIGKILL, point.text)
			e.converges()
		})
	}
}

// interrupt starts an apply and sends it a signal at the first line of progress with a text, which must come. The result is of a command
// that may have ended by itself before.
func (e *ensemble) interrupt(signal syscall.Signal, text string) result {
	e.t.Helper()
	cmd := e.command(e.t.Context(), "apply", "-v", "--progress", "plain")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		e.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		e.t.Fatal(err)
	}
	var said strings.Builder
	scanner := bufio.NewScanner(stderr)
	for scanner.Scan() {
		said.WriteString(scanner.Text() + "\n")
		if strings.Contains(scanner.Text(), text) {
			break
		}
	}
	if !strings.Contains(said.String(), text) {
		e.t.Errorf("no line has %q:\n%s", text, said.String())
	}
	_ = cmd.Process.Signal(signal)
	for scanner.Scan() {
		said.WriteString(scanner.Text() + "\n")
	}
	_ = cmd.Wait()
	e.t.Logf("the last line before the signal took effect: %s", last(said.String()))
	return result{t: e.t, command: "apply", stderr: said.String(), code: cmd.ProcessState.ExitCode()}
}

func last(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// converges wants the next apply to finish the work, and nothing of the one before to be left.
func (e *ensemble) converges() {
	e.t.Helper()
	e.zkprov("apply", "--lock-timeout", "60s").exits(0).says("2/2 followers in sync")
	e.zkprov("plan", "--detailed-exitcode").exits(0)
	e.zkprov("check").exits(0)
	if roles := e.roles(); !cmp.Equal(roles, map[string]int{"leader": 1, "follower": 2}) {
		e.t.Errorf("the roles are %v", roles)
	}
	for _, h := range e.lab.Hosts() {
		e.swept(h.Name)
	}
}

// swept wants nothing on a host that is only there while it is worked on, and no lock.
func (e *ensemble) swept(host string) {
	e.t.Helper()
	left := e.in(host, `find /opt /etc /var/lib/zkprov /var/lib/zookeeper /var/cache/zkprov /dev/shm -xdev \( -name '.zkprov-staging-*' -o -name '*.part' \
		-o -name 'zkprov-????????????????????????' -o -name '.new-*' -o -name '.*[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]' \) 2>/dev/null || true`)
	if left != "" {
		e.t.Errorf("%s has left-overs:\n%s", host, left)
	}
	e.in(host, "flock --nonblock /run/zkprov/lock true")
}

// TestInterrupted asks an apply to stop: it finishes the step that it is in and says what is left.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	e := threeHosts(t)
	e.interrupt(syscall.SIGINT, "/incarnation").exits(130).says("interrupted", "run it again to go on: "+binary+" apply "+e.inventory)
	e.interrupt(syscall.SIGTERM, "/myid").exits(143).says("interrupted")
	// A test that is run under nohup would have the command leave SIGHUP alone, as it should.
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGHUP)
	defer signal.Stop(heard)
	e.interrupt(syscall.SIGHUP, ".service  (0644").exits(129).says("interrupted")
	e.converges()
	t.Run("InRoll", e.interruptedInRoll)
	t.Run("WhereItFails", e.interruptedWhereItFails)
}

// TestInterruptedTwice asks an apply to stop while a host takes its time for the step that it is in: the first time it waits, the
// second time it does not.
func TestInterruptedTwice(t *testing.T) {
	e := threeHosts(t)
	e.slowUser("zk2")
	cmd := e.command(t.Context(), "apply")
	done := make(chan result, 1)
	go func() { done <- runCommand(t, cmd) }()
	e.inStep("zk2", "system user")
	_ = cmd.Process.Signal(syscall.SIGINT)
	select {
	case r := <-done:
		r.exits(-1) // it left a host in the middle of a step
	case <-time.After(2 * time.Second):
	}
	again := time.Now()
	_ = cmd.Process.Signal(syscall.SIGINT)
	(<-done).exits(130)
	if took := time.Since(again); took > time.Second {
		t.Errorf("the second signal took effect after %s", took)
	}
	// The far side is not told to stop in the middle: it finishes its step, and ends.
	e.free("zk2", 20*time.Second)
	if out := e.in("zk2", "getent passwd zookeeper || true"); out == "" {
		t.Error("the step that zk2 was in was not finished")
	}
	e.converges()
}

// staging waits until a host of threeHosts is in the middle of its work, and returns the process that works there.
func (e *ensemble) staging(host string) (pid int) {
	e.t.Helper()
	id := strings.TrimPrefix(host, "zk")
	waitFor(e.t, func() bool {
		out, err := e.host(host).Run(e.t.Context(), "[ -e /etc/zookeeper/zookeeper-"+id+"/*/log4j.properties ] && sed -n 's/.*\"pid\":\\([0-9]*\\).*/\\1/p' /run/zkprov/lock || true")
		pid, _ = strconv.Atoi(strings.TrimSpace(out))
		return err == nil && pid > 0
	})
	return pid
}

// TestFarSideKilled kills what works on a host in the middle of its work.
func TestFarSideKilled(t *testing.T) {
	t.Parallel()
	e := threeHosts(t)
	done := make(chan result, 1)
	go func() { done <- runCommand(t, e.command(t.Context(), "apply")) }()
	pid := e.staging("zk2")
	e.in("zk2", fmt.Sprintf("kill -9 %d", pid))
	r := <-done
	r.exits(1).says("zk2", "the connection was lost", "how far it got is not known", "connection-lost", "run the same command again", "1 unknown: zk2")
	if strings.Contains(r.stderr, "✔ zk2") {
		t.Errorf("a host that was lost in a step got a tick:\n%s", r.stderr)
	}
	e.converges()
	t.Run("InRoll", e.cutOffInRoll)
}

// TestCutOff takes a host off the network in the middle of an apply.
func TestCutOff(t *testing.T) {
	t.Parallel()
	e := threeHosts(t)
	done := make(chan result, 1)
	go func() { done <- runCommand(t, e.command(t.Context(), "apply", "--timeout", "20s")) }()
	waitFor(t, func() bool {
		out, err := e.host("zk2").Run(t.Context(), "[ -e /var/lib/zookeeper/zookeeper-2/myid ] && echo there || true")
		return err == nil && strings.Contains(out, "there")
	})
	e.in("zk2", "ip link set host0 down")
	begin := time.Now()
	r := <-done
	if took := time.Since(begin); took > time.Minute {
		t.Errorf("the loss of a host was noticed after %s", took)
	}
	if r.code != 1 && r.code != 4 {
		r.exits(4)
	}
	r.says("zk2")
	e.in("zk2", "ip link set host0 up")
	e.converges()
}

// TestControlGone takes the control machine away while a host has nothing to do, so that no packet ever tells that host: it notices by
// itself, and gives its lock back.
func TestControlGone(t *testing.T) {
	t.Parallel()
	e := threeHosts(t)
	cmd := e.command(t.Context(), "apply")
	done := make(chan result, 1)
	go func() { done <- runCommand(t, cmd) }()
	pid := e.staging("zk2")
	e.in("zk2", fmt.Sprintf("kill -STOP %d", pid))
	// Now zk1 waits for zk2.
	e.in("zk1", `port=$(ss -Htn state established '( sport = :22 )' | sed -n 's/.*:\([0-9]*\) *$/\1/p'); [ "$port" ]
nft add table inet gone; nft add chain inet gone in '{ type filter hook input priority 0; }'; nft add rule inet gone in tcp dport 22 tcp sport $port drop`)
	_ = cmd.Process.Kill()
	<-done
	e.in("zk2", fmt.Sprintf("kill -CONT %d", pid))
	e.zkprov("apply").exits(75).says("zk1", "another run holds this host")
	e.converges()
}

// TestPowerCut takes the power from a host in the middle of an apply.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	e := threeHosts(t)
	done := make(chan result, 1)
	go func() { done <- runCommand(t, e.command(t.Context(), "apply", "--timeout", "20s")) }()
	waitFor(t, func() bool {
		out, err := e.host("zk3").Run(t.Context(), "[ -e /opt/zookeeper ] && echo there || true")
		return err == nil && strings.Contains(out, "there")
	})
	if err := e.host("zk3").PowerOff(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := <-done; r.code != 1 && r.code != 4 {
		r.exits(4)
	}
	if err := e.host("zk3").Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.converges()
}

// TestOneBinaryPerArchitecture meets a host of another architecture without having the build for it.
func TestOneBinaryPerArchitecture(t *testing.T) {
	e := threeHosts(t)
	e.in("zk2", `mv /usr/bin/uname /usr/bin/uname.real
printf '#!/bin/sh\n[ "$*" = -m ] && echo aarch64 || exec /usr/bin/uname.real "$@"\n' >/usr/bin/uname; chmod 755 /usr/bin/uname`)
	alone := t.TempDir() + "/zkprov"
	content, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(alone, content, 0o755); err != nil {
		t.Fatal(err)
	}
	e.unchanged(ownFolders, func() {
		cmd := e.command(t.Context(), "apply")
		cmd.Path = alone
		runCommand(t, cmd).exits(4).says("zk2", "aarch64", "no-binary", "zkprov-linux-arm64", "nothing was changed")
	})
}

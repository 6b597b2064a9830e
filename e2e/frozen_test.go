//go:build e2e

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// underway is a command that runs, and what it has said so far.
type underway struct {
	t     *testing.T
	cmd   *exec.Cmd
	mu    sync.Mutex
	said  strings.Builder
	ended chan struct{}
	begin time.Time
}

// begins starts a command and reads what it says.
func (e *ensemble) begins(command string, args ...string) *underway {
	e.t.Helper()
	u := &underway{t: e.t, cmd: e.command(e.t.Context(), command, append(args, "--progress", "plain")...), ended: make(chan struct{}), begin: time.Now()}
	r, w := io.Pipe()
	u.cmd.Stdout, u.cmd.Stderr = w, w
	if err := u.cmd.Start(); err != nil {
		e.t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for scanner := bufio.NewScanner(r); scanner.Scan(); {
			u.mu.Lock()
			u.said.WriteString(scanner.Text() + "\n")
			u.mu.Unlock()
		}
	}()
	go func() {
		_ = u.cmd.Wait()
		w.Close()
		<-read
		close(u.ended)
	}()
	e.t.Cleanup(func() { _ = u.cmd.Process.Kill(); <-u.ended })
	return u
}

func (u *underway) text() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.said.String()
}

// until waits until the command has said something, and returns when that was.
func (u *underway) until(text string, limit time.Duration) time.Time {
	u.t.Helper()
	for end := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
		if strings.Contains(u.text(), text) {
			return time.Now()
		}
		select {
		case <-u.ended:
			u.t.Fatalf("it ended without saying %q:\n%s", text, u.text())
		default:
		}
		if time.Now().After(end) {
			u.t.Fatalf("it did not say %q within %s:\n%s", text, limit, u.text())
		}
	}
}

// ends waits for the end of the command.
func (u *underway) ends(limit time.Duration) result {
	u.t.Helper()
	select {
	case <-u.ended:
	case <-time.After(limit):
		u.t.Fatalf("it did not end within %s:\n%s", limit, u.text())
	}
	return result{t: u.t, command: strings.Join(u.cmd.Args[1:], " "), stderr: u.text(), code: u.cmd.ProcessState.ExitCode(), took: time.Since(u.begin)}
}

func (u *underway) signal(s syscall.Signal) {
	u.t.Helper()
	if err := u.cmd.Process.Signal(s); err != nil {
		u.t.Fatal(err)
	}
}

// slowUser makes the creation of the service user on a host take some seconds, each time it is created.
func (e *ensemble) slowUser(host string) {
	e.t.Helper()
	e.in(host, `mv /usr/bin/systemd-sysusers /usr/bin/systemd-sysusers.real
printf '#!/bin/sh\nsleep 4\nexec /usr/bin/systemd-sysusers.real "$@"\n' >/usr/bin/systemd-sysusers; chmod 755 /usr/bin/systemd-sysusers`)
}

// inStep waits until a host's lock names a step, and returns the process that is in it.
func (e *ensemble) inStep(host, step string) (pid int) {
	e.t.Helper()
	waitFor(e.t, func() bool {
		out, err := e.host(host).Run(e.t.Context(), `grep -F '"step":"`+step+`' /run/zkprov/lock | sed -n 's/.*"pid":\([0-9]*\).*/\1/p' || true`)
		pid, _ = strconv.Atoi(strings.TrimSpace(out))
		return err == nil && pid > 0
	})
	return pid
}

// holder is the process that holds a host's lock.
func (e *ensemble) holder(host string) (pid int) {
	e.t.Helper()
	waitFor(e.t, func() bool {
		out, err := e.host(host).Run(e.t.Context(), `sed -n 's/.*"pid":\([0-9]*\).*/\1/p' /run/zkprov/lock`)
		pid, _ = strconv.Atoi(strings.TrimSpace(out))
		return err == nil && pid > 0
	})
	return pid
}

// apart keeps a host's server from its quorum: it runs and does not serve.
func (e *ensemble) apart(host string) {
	e.t.Helper()
	e.in(host, `nft add table inet apart; nft add chain inet apart in '{ type filter hook input priority 0; }'; nft add chain inet apart out '{ type filter hook output priority 0; }'
nft add rule inet apart in tcp dport '{ 2888, 3888 }' drop; nft add rule inet apart out tcp dport '{ 2888, 3888 }' drop`)
}

func (e *ensemble) together(host string) {
	e.t.Helper()
	e.in(host, "nft delete table inet apart")
}

// free waits until nobody holds a host's lock.
func (e *ensemble) free(host string, limit time.Duration) {
	e.t.Helper()
	e.in(host, fmt.Sprintf("flock --timeout %d /run/zkprov/lock true", int(limit.Seconds())))
}

// TestFrozen freezes what works on a host: it is named, and never called finished.
func TestFrozen(t *testing.T) {
	t.Parallel()
	e := threeHosts(t)
	e.slowUser("zk2")
	t.Run("GivenUp", e.frozenGivenUp)
	t.Run("Interrupted", e.frozenInterrupted)
	t.Run("KilledInWait", e.killedInWait)
}

// frozenInterrupted freezes zk2 in a step and interrupts the run.
func (e *ensemble) frozenInterrupted(t *testing.T) {
	e = e.on(t)
	e.in("zk2", "userdel zookeeper") // so that it is created once more
	u := e.begins("apply")
	pid := e.inStep("zk2", "system user")
	e.in("zk2", fmt.Sprintf("kill -STOP %d", pid))
	begin := time.Now()
	u.signal(syscall.SIGINT)
	r := u.ends(10*time.Second).exits(130).says("interrupted", "zk2: it gave no sign of life for ", "preparing the host: system user zookeeper; how far it got is not known",
		"every change that had begun was finished but on zk2, of which it is not known", "1 unknown: zk2", "run it again to go on: "+binary+" apply "+e.inventory)
	if took := time.Since(begin); took > 4*time.Second {
		t.Errorf("it left %s after it was interrupted", took)
	}
	if strings.Contains(r.stderr, "✔ zk2") {
		t.Errorf("a frozen host got a tick:\n%s", r.stderr)
	}
	// The frozen one holds its lock, and whoever comes next hears why, and while it waits.
	locked := []string{"zk2", "another run holds this host", "that process is stopped (state T) in system user zookeeper, begun ", fmt.Sprintf("on zk2, kill -CONT %d lets it go on", pid)}
	e.zkprov("apply").exits(75).says(locked...)
	waits := e.begins("apply", "--lock-timeout", "60s")
	waits.until("zk2: waits for another run, 1 min at most: another run holds this host", 20*time.Second)
	// The hint works: it finishes its one step, sees that its client is gone, and leaves.
	e.in("zk2", fmt.Sprintf("kill -CONT %d", pid))
	waits.until("✔ lock", 20*time.Second)
	if out := e.in("zk2", "getent passwd zookeeper || true"); out == "" {
		t.Error("the step that zk2 was in was not finished")
	}
	waits.signal(syscall.SIGINT)
	waits.ends(10 * time.Second).exits(130).says("every change that had begun was finished; run it again to go on")
}

// frozenGivenUp freezes zk2 in a step and lets the run go on.
func (e *ensemble) frozenGivenUp(t *testing.T) {
	e = e.on(t)
	u := e.begins("apply")
	pid := e.inStep("zk2", "system user")
	e.in("zk2", fmt.Sprintf("kill -STOP %d", pid))
	begin := time.Now()
	named := u.until("zk2 has given no sign of life for 10 s, preparing the host: system user zookeeper; it is given up after 1 min", 20*time.Second)
	if took := named.Sub(begin); took < 8*time.Second || took > 14*time.Second {
		t.Errorf("it was named after %s", took)
	}
	r := u.ends(80*time.Second).exits(1).says("zk2: it gave no sign of life for 1 min, preparing the host: system user zookeeper; how far it got is not known", "host-silent",
		"1 unknown: zk2", "✔ zk1  prepared: ", "✔ zk3  prepared: ")
	if took := time.Since(begin); took > 70*time.Second {
		t.Errorf("it was given up after %s", took)
	}
	if strings.Contains(r.stderr, "✔ zk2") || strings.Contains(r.stderr, "✔ prepare") {
		t.Errorf("a frozen host got a tick:\n%s", r.stderr)
	}
	e.in("zk2", fmt.Sprintf("kill -CONT %d", pid))
	e.free("zk2", 20*time.Second)
}

// killedInWait kills the far side of zk2 while the quorum is waited for, which no server has to do with.
func (e *ensemble) killedInWait(t *testing.T) {
	e = e.on(t)
	e.apart("zk3")
	u := e.begins("apply")
	u.until("2/3 participants serve", 60*time.Second)
	e.in("zk2", fmt.Sprintf("kill -9 %d", e.holder("zk2")))
	u.until("the session with zk2 was lost; it is connected to once more", 10*time.Second)
	e.together("zk3")
	u.ends(45*time.Second).exits(0).says("quorum formed", "2/2 followers in sync", "a write was read back through every server")
	e.converges()
}

// TestSuspended stops the control process while it waits for the quorum, for longer than its hosts wait for it and than the quorum may
// take. Woken, it says so and goes on over new sessions.
func TestSuspended(t *testing.T) {
	t.Parallel()
	e := threeHosts(t)
	e.apart("zk3")
	u := e.begins("apply", "--timeout", "40s")
	u.until("2/3 participants serve", 60*time.Second)
	u.signal(syscall.SIGSTOP)
	for _, host := range []string{"zk1", "zk2", "zk3"} {
		e.free(host, time.Minute)
	}
	e.together("zk3")
	u.signal(syscall.SIGCONT)
	woken := time.Now()
	r := u.ends(45*time.Second).exits(0).says("this run was suspended for ", "the session with zk1 was lost; it is connected to once more", "the session with zk2 was lost", "the session with zk3 was lost",
		"quorum formed", "2/2 followers in sync", "a write was read back through every server")
	t.Logf("formed %s after it was woken:\n%s", time.Since(woken), r.stderr)
	e.converges()
}

// TestSuspendedInRoll stops the control process in the middle of a roll, for longer than its hosts wait for it. All that runs serves on,
// and woken it says so, locks the hosts anew, and goes on with the next server.
func TestSuspendedInRoll(t *testing.T) {
	t.Parallel()
	e := threeHosts(t)
	e.zkprov("apply").exits(0)
	e.write(e.text + "\n[zoo_cfg]\nmaxClientCnxns = 77\n")
	u := e.begins("apply")
	u.until("it is made sure for 5 s that it stays so", 90*time.Second)
	u.signal(syscall.SIGSTOP)
	for _, host := range []string{"zk1", "zk2", "zk3"} {
		e.free(host, time.Minute)
	}
	e.zkprov("check").exits(1).says("2/2 followers in sync", "was not applied yet")
	before := make(map[string]string)
	for i, host := range []string{"zk1", "zk2", "zk3"} {
		before[host] = e.invocation(host, fmt.Sprintf("zookeeper-%d", i+1))
	}
	u.signal(syscall.SIGCONT)
	r := u.ends(2*time.Minute).exits(0).says("this run was suspended for ", "the session with zk1 was lost; it is connected to once more", "quorum formed", "2/2 followers in sync")
	if n := strings.Count(r.stderr, " ok  "); n != 3 {
		t.Errorf("%d restarts ended well, want 3:\n%s", n, r.stderr)
	}
	again := 0
	for i, host := range []string{"zk1", "zk2", "zk3"} {
		e.in(host, "exec 3<>/dev/tcp/127.0.0.1/2181; echo conf >&3; grep -q ^maxClientCnxns=77 <&3")
		if e.invocation(host, fmt.Sprintf("zookeeper-%d", i+1)) != before[host] {
			again++
		}
	}
	if again != 2 {
		t.Errorf("%d servers were restarted after it was woken, want 2:\n%s", again, r.stderr)
	}
	e.converges()
}

//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestRunsMeet lets runs meet on the same hosts: one works, and the others wait, and say for whom, or end.
func TestRunsMeet(t *testing.T) {
	t.Parallel()
	e := threeHosts(t)
	t.Run("AgentWorks", e.agentWorks)
	t.Run("Rolls", e.twoRolls)
	t.Run("FarSideKilled", e.holderKilled)
}

// agentWorks has the agent of zk2 work there by itself, as a push comes.
func (e *ensemble) agentWorks(t *testing.T) {
	e = e.on(t)
	e.slowUser("zk2")
	e.agentOn("zk2")
	e.in("zk2", "systemd-run --unit agent-by-hand /root/zkprov agent --once --timeout 1s")
	pid := e.inStep("zk2", "system user")
	r := e.zkprov("apply").exits(75).says("zk2", fmt.Sprintf("another run holds this host: process %d, ensemble \"zookeeper\", since ", pid), `by "zkprov agent on zk2"`, ", at stage; it is in ", "[locked]")
	if strings.Contains(r.stderr, "waits for another run") {
		t.Errorf("without --lock-timeout it waits:\n%s", r.stderr)
	}
	e.zkprov("apply", "--lock-timeout", "60s").exits(0).says("2/2 followers in sync")
}

// agentOn puts zkprov and the inventory on a host, for its agent.
func (e *ensemble) agentOn(host string) {
	e.t.Helper()
	e.in(host, "mkdir -p /etc/zkprov")
	err := errors.Join(
		e.host(host).CopyIn(binary, "/root/zkprov", 0o755),
		e.host(host).CopyIn(release.Path, archiveOnHost, 0o644),
		e.host(host).WriteFile(e.t.Context(), "/etc/zkprov/inventory.toml", []byte(strings.Replace(e.text, release.Path, archiveOnHost, 1)), 0o600),
	)
	if err != nil {
		e.t.Fatal(err)
	}
}

// twoRolls begins a roll, lets a second and a third run come, kills the control process of the first, and wants the second to finish
// what it began.
func (e *ensemble) twoRolls(t *testing.T) {
	e = e.on(t)
	e.write(e.text + "\n[zoo_cfg]\nmaxClientCnxns = 77\n")
	e.agentOn("zk3")
	first := e.begins("apply")
	first.until(" ok  ", time.Minute)
	e.zkprov("apply").exits(75).says(`zk1: another run holds this host: process `, `, ensemble "zookeeper", since `, ` by "`, ", at restart zookeeper-", "[locked]")
	begin := time.Now()
	e.zkprov("apply", "--lock-timeout", "3s").exits(75).says("zk1: waits for another run, 3 s at most: another run holds this host", "[locked]")
	if took := time.Since(begin); took < 3*time.Second || took > 20*time.Second {
		t.Errorf("with --lock-timeout 3s it took %s", took)
	}
	e.in("zk3", "! /root/zkprov agent --once --lock-timeout 1s 2>/root/said; grep -q 'another run holds this host' /root/said; grep -q ', at ' /root/said")
	second := e.begins("apply", "--lock-timeout", "60s")
	second.until("zk1: waits for another run, 1 min at most: another run holds this host", 20*time.Second)
	first.signal(syscall.SIGKILL)
	second.ends(time.Minute).exits(0).says("✔ lock the hosts", "quorum formed", "2/2 followers in sync")
	for _, host := range []string{"zk1", "zk2", "zk3"} {
		e.in(host, "exec 3<>/dev/tcp/127.0.0.1/2181; echo conf >&3; grep -q ^maxClientCnxns=77 <&3")
	}
	e.converges()
}

// holderKilled kills what works on zk2: its lock goes with it.
func (e *ensemble) holderKilled(t *testing.T) {
	e = e.on(t)
	e.write(strings.Replace(e.text, "maxClientCnxns = 77", "maxClientCnxns = 78", 1))
	u := e.begins("apply")
	u.until(" ok  ", time.Minute)
	e.in("zk2", fmt.Sprintf("kill -9 %d", e.holder("zk2")))
	e.free("zk2", 5*time.Second)
	u.ends(time.Minute)
	e.converges()
}

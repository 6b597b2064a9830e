//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFourHosts is the main job: fresh hosts over SSH become an ensemble, and nothing but that.
func TestFourHosts(t *testing.T) {
	e := fourHosts(t)
	// A hardened host, where the binary cannot run in memory.
	e.in("zk2", "mount -o remount,noexec /dev/shm")
	e.unchanged(nil, func() {
		e.zkprov("plan").exits(0).says("zk[1-3]  new: 1 participant", "zk4  new: 1 observer", "first bootstrap")
		for _, host := range []string{"zk1", "zk2"} {
			if left := e.in(host, "ls -A /dev/shm /run/zkprov 2>/dev/null || true"); strings.Contains(left, "zkprov-") || strings.Contains(left, "lock") {
				t.Errorf("plan left something in memory of %s:\n%s", host, left)
			}
		}
		e.zkprov("plan", "--detailed-exitcode").exits(2)
		e.zkprov("check").exits(2).says("no quorum")
	})

	e.zkprov("apply").exits(0).says("2/2 followers in sync", "1/1 observer attached", "a write was read back through every server")
	if roles := e.roles(); !cmp.Equal(roles, map[string]int{"leader": 1, "follower": 2, "observer": 1}) {
		t.Errorf("the roles are %v", roles)
	}
	if mode := e.mode("zk4", 2181); mode != "observer" {
		t.Errorf("the server on zk4 is a %s", mode)
	}
	e.zkprov("check").exits(0).says("OK", "survives 1 more failure")

	t.Run("SecondApply", e.secondApplyChangesNothing)
	t.Run("OneSessionPerHost", e.oneSessionPerHost)
	t.Run("Hardening", e.hardened)
	t.Run("RestartPlanned", e.restartPlanned)
	t.Run("JSON", e.speaksJSON)
	t.Run("Scripts", e.scriptsWork)
}

// roles counts the modes of all servers, as they say themselves.
func (e *ensemble) roles() map[string]int {
	e.t.Helper()
	roles := make(map[string]int)
	for _, h := range e.lab.Hosts() {
		roles[e.mode(h.Name, 2181)]++
	}
	return roles
}

// mode asks a server by srvr, without any of zkprov's code; it is empty where the server is down or does not serve.
func (e *ensemble) mode(host string, port int) string {
	e.t.Helper()
	out := e.in(host, fmt.Sprintf(`(exec 3<>/dev/tcp/127.0.0.1/%d; printf srvr >&3; sed -n 's/^Mode: //p' <&3) 2>/dev/null || true`, port))
	return strings.TrimSpace(out)
}

func (e *ensemble) secondApplyChangesNothing(t *testing.T) {
	e = e.on(t)
	before := make(map[string]string)
	for _, h := range e.lab.Hosts() {
		before[h.Name] = e.invocation(h.Name, "zookeeper-"+strings.TrimPrefix(h.Name, "zk"))
	}
	// ZooKeeper itself writes below version-2.
	e.unchanged([]string{"/var/lib/zookeeper/zookeeper-1/version-2", "/var/lib/zookeeper/zookeeper-2/version-2",
		"/var/lib/zookeeper/zookeeper-3/version-2", "/var/lib/zookeeper/zookeeper-4/version-2"}, func() {
		e.zkprov("plan", "--detailed-exitcode").exits(0).says("Plan: nothing to change on 4 hosts")
		e.zkprov("apply").exits(0).says("nothing to change on 4 hosts")
	})
	for host, id := range before {
		if now := e.invocation(host, "zookeeper-"+strings.TrimPrefix(host, "zk")); now != id {
			t.Errorf("the server on %s was restarted", host)
		}
	}
}

func (e *ensemble) oneSessionPerHost(t *testing.T) {
	e = e.on(t)
	logins := func() int { return strings.Count(e.in("zk2", "journalctl -q -u ssh -o cat"), "Accepted publickey") }
	before := logins()
	e.zkprov("apply").exits(0)
	if n := logins() - before; n != 1 {
		t.Errorf("an apply logged in %d times", n)
	}
}

// hardened wants what systemd itself thinks of the unit.
func (e *ensemble) hardened(t *testing.T) {
	e = e.on(t)
	out := e.in("zk1", "systemd-analyze security --no-pager zookeeper-1.service | tail -n 1")
	match := regexp.MustCompile(`: ([0-9.]+) `).FindStringSubmatch(out)
	if match == nil {
		t.Fatalf("systemd-analyze says %q", out)
	}
	if exposure, err := strconv.ParseFloat(match[1], 64); err != nil || exposure > 1.5 {
		t.Errorf("the exposure is %s, want 1.5 at most", match[1])
	}
}

// restartPlanned changes what running servers would have to be restarted for.
func (e *ensemble) restartPlanned(t *testing.T) {
	e = e.on(t)
	text := e.text
	defer e.write(text)
	e.edit("[zoo_cfg]\n", "[zoo_cfg]\nmaxClientCnxns = 200\n")
	e.unchanged([]string{"/var/lib/zookeeper"}, func() {
		e.zkprov("plan", "--diff").exits(0).says("+maxClientCnxns=200", "zk[1-4]", "restart order: zookeeper-4 -> ")
	})
}

func (e *ensemble) speaksJSON(t *testing.T) {
	e = e.on(t)
	for command, code := range map[string]int{"plan": 0, "apply": 0, "check": 0, "validate": 0} {
		e := *e
		if command == "validate" {
			e.args = nil
		}
		r := e.zkprov(command, "-o", "json").exits(code)
		var document struct {
			Command  string          `json:"command"`
			ExitCode int             `json:"exit_code"`
			Result   json.RawMessage `json:"result"`
		}
		decoder := json.NewDecoder(strings.NewReader(r.stdout))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&document); err != nil || decoder.More() || document.Command != command || document.ExitCode != code || len(document.Result) == 0 {
			t.Errorf("%s -o json: %v:\n%s", command, err, r.stdout)
		}
	}
}

// scriptsWork uses ZooKeeper's own scripts on what zkprov laid out, as people do.
func (e *ensemble) scriptsWork(t *testing.T) {
	e = e.on(t)
	out := e.in("zk1", "/opt/zookeeper/apache-zookeeper-3.6.3-bin/bin/zkServer.sh --config /etc/zookeeper/zookeeper-1 status 2>&1")
	if !strings.Contains(out, "Mode: ") {
		t.Errorf("zkServer.sh status says:\n%s", out)
	}
}

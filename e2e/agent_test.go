//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/e2e/lab"
	"github.com/zkprov/zkprov/provision/host"
)

// archiveOnHost is where hosts without a control machine have the release.
const archiveOnHost = "/srv/apache-zookeeper.tar.gz"

// alone makes an inventory of all hosts, a voter each, that may found the ensemble for a while from now; a negative one has expired.
func (e *ensemble) alone(valid time.Duration) {
	e.t.Helper()
	bootstrap := fmt.Sprintf("[bootstrap]\nid = \"0123456789abcdef\"\nexpires = %s\n\n", time.Now().Add(valid).UTC().Format(time.RFC3339))
	e.write(bootstrap + e.lab.Voters(len(e.lab.Hosts())) + release.SectionFrom("file://"+archiveOnHost))
}

// install puts on a host what the package and cloud-init would. One try of the agent lasts for timeout.
func (e *ensemble) install(host string, timeout time.Duration) {
	e.t.Helper()
	h := e.host(host)
	e.in(host, "mkdir -p /etc/zkprov /etc/systemd/system/zkprov-agent.service.d")
	unit := "/etc/systemd/system/zkprov-agent.service"
	for _, file := range []struct {
		source, target string
		mode           fs.FileMode
	}{{binary, "/usr/bin/zkprov", 0o755}, {release.Path, archiveOnHost, 0o644}, {"../packaging/systemd/zkprov-agent.service", unit, 0o644}} {
		if err := h.CopyIn(file.source, file.target, file.mode); err != nil {
			e.t.Fatal(err)
		}
	}
	pace := fmt.Sprintf("[Service]\nRestartSec=1\nExecStart=\nExecStart=/usr/bin/zkprov agent --once --progress plain --splay 1s --timeout %s\n", timeout)
	for path, text := range map[string]string{unit + ".d/pace.conf": pace, "/etc/zkprov/inventory.toml": e.text} {
		if err := h.WriteFile(e.t.Context(), path, []byte(text), 0o600); err != nil {
			e.t.Fatal(err)
		}
	}
	e.in(host, "systemctl daemon-reload; systemctl enable -q zkprov-agent")
}

// status is what the agent's last run on a host came to.
func (e *ensemble) status(host string) (s host.Status) {
	e.t.Helper()
	if err := json.Unmarshal([]byte(e.in(host, "cat /var/lib/zkprov/status.json")), &s); err != nil {
		e.t.Fatal(err)
	}
	return s
}

// waitResult waits until a run of the agent on a host has come to that result.
func (e *ensemble) waitResult(host, result string) host.Status {
	e.t.Helper()
	e.waitIn(host, fmt.Sprintf(`grep -q '"result": "%s"' /var/lib/zkprov/status.json`, result))
	return e.status(host)
}

// runAgent runs the agent on a host by hand.
func (e *ensemble) runAgent(host, args string) (out string, code int) {
	e.t.Helper()
	text := e.in(host, "zkprov agent --once --splay 0s "+args+" 2>&1 || echo \"exit code $?\"")
	out, ended, _ := strings.Cut(text, "exit code ")
	_, _ = fmt.Sscan(ended, &code)
	return out, code
}

// neverFounded wants no run of the agent on a host to have let its voter start empty, since the host was installed.
func (e *ensemble) neverFounded(host string) {
	e.t.Helper()
	journal := e.in(host, "journalctl --quiet --no-pager --unit zkprov-agent")
	if !strings.Contains(journal, "zkprov") {
		e.t.Errorf("the journal of the agent on %s is empty", host)
	}
	for _, text := range []string{"may start empty", "founds the ensemble"} {
		if strings.Contains(journal, text) {
			e.t.Errorf("the agent on %s let an empty voter vote:\n%s", host, journal)
		}
	}
	if left := e.in(host, "ls /var/lib/zkprov/zookeeper /var/lib/zookeeper/zookeeper-*"); strings.Contains(left, "founders.json") || strings.Contains(left, "initialize") {
		e.t.Errorf("the host %s has founded:\n%s", host, left)
	}
}

// reinstall takes everything from a host but what its user-data puts there again, and boots it with a new machine-id.
func (e *ensemble) reinstall(host string) {
	e.t.Helper()
	id := strings.TrimPrefix(host, "zk")
	before := e.in(host, "cat /etc/machine-id")
	e.in(host, fmt.Sprintf(`systemctl stop zkprov-agent zookeeper-%s
		systemctl disable -q zookeeper-%s
		rm -rf /var/lib/zookeeper /var/lib/zkprov /var/cache/zkprov /etc/zookeeper /opt/zookeeper /etc/systemd/system/zookeeper-*
		truncate -s 0 /etc/machine-id`, id, id))
	if err := e.host(host).PowerOff(e.t.Context()); err != nil {
		e.t.Fatal(err)
	}
	// The journal of the host that it was is gone as well.
	if err := e.host(host).Start(e.t.Context()); err != nil {
		e.t.Fatal(err)
	}
	if after := e.in(host, "cat /etc/machine-id"); after == before {
		e.t.Fatalf("the host %s is still %s", host, after)
	}
}

// TestAgent lets three hosts become an ensemble that nobody coordinates, and takes a voter's disk away from it.
func TestAgent(t *testing.T) {
	t.Parallel()
	e := boot(t, lab.Hosts(3)...)
	e.alone(time.Hour)
	for _, h := range e.lab.Hosts() {
		e.install(h.Name, 30*time.Second)
		e.in(h.Name, "systemctl start zkprov-agent")
		time.Sleep(2 * time.Second)
	}
	for _, h := range e.lab.Hosts() {
		if s := e.waitResult(h.Name, "formed"); s.ExitCode != 0 || s.Host != h.Name || s.Reason != "" || len(s.Missing)+len(s.RestartPending) > 0 {
			t.Errorf("the status on %s is %+v", h.Name, s)
		}
		if out := e.in(h.Name, "zkprov check -q"); !strings.Contains(out, "survives 1 more failure") {
			t.Errorf("on %s zkprov check says\n%s", h.Name, out)
		}
		e.waitIn(h.Name, "[ $(systemctl is-active zkprov-agent) = inactive ]")
	}
	e.zkprov("apply").exits(0).says("nothing to change on 3 hosts")
	e.write1("zk1", "/kept", "through everything")
	t.Run("Changed", e.agentStages)
	t.Run("WhichHost", e.agentTellsHosts)
	t.Run("Reinstalled", e.agentJoins)
	t.Run("ReinstalledWithoutQuorum", e.agentWaitsForHistory)
}

// agentStages changes a setting on one host: its server goes on as it is.
func (e *ensemble) agentStages(t *testing.T) {
	e = e.on(t)
	process := func() string { return e.in("zk2", "systemctl show -p MainPID -p InvocationID zookeeper-2") }
	before := process()
	e.in("zk2", "cp /etc/zkprov/inventory.toml /root; printf '\\n[zoo_cfg]\\nmaxClientCnxns = 77\\n' >>/etc/zkprov/inventory.toml; systemctl start zkprov-agent")
	e.waitIn("zk2", "grep -q restart_pending /var/lib/zkprov/status.json")
	if s := e.status("zk2"); s.Result != "formed" || s.ExitCode != 0 || !cmp.Equal(s.RestartPending, []string{"zookeeper-2"}) {
		t.Errorf("the status is %+v", s)
	}
	e.in("zk2", "grep -q maxClientCnxns=77 /etc/zookeeper/zookeeper-2/*/zoo.cfg; ! grep -q maxClientCnxns=77 /etc/zookeeper/zookeeper-2/zoo.cfg")
	if out, code := e.runAgent("zk2", ""); code != 0 || !strings.Contains(out, "restart pending: zookeeper-2") {
		t.Errorf("a second run ends with %d:\n%s", code, out)
	}
	e.in("zk2", "mv /root/inventory.toml /etc/zkprov/inventory.toml")
	if out, code := e.runAgent("zk2", ""); code != 0 || strings.Contains(out, "restart pending") {
		t.Errorf("with the old inventory it ends with %d:\n%s", code, out)
	}
	if after := process(); after != before {
		t.Errorf("the server was restarted: %s, then %s", before, after)
	}
	e.zkprov("apply").exits(0).says("nothing to change on 3 hosts")
}

// agentTellsHosts lets a machine be another host than it is.
func (e *ensemble) agentTellsHosts(t *testing.T) {
	e = e.on(t)
	server := e.invocation("zk3", "zookeeper-3")
	e.in("zk3", `sed 's/^address = "[0-9.]*\./address = "203.0.113./; s/^name = "zk/name = "elsewhere/' /etc/zkprov/inventory.toml >/root/elsewhere.toml`)
	for _, test := range []struct {
		args string
		code int
		says []string
	}{
		{"--host zk3", 0, []string{"formed"}},
		{"--host zk9", 1, []string{`cannot be host "zk9"`}},
		{"--host zk1", 78, []string{"other-host-data", "taken for host zk1", "data of server 3"}},
		{"/root/elsewhere.toml", 1, []string{"zk3", e.host("zk3").Address().String(), "host name zk3", "--host"}},
		{"/root/nowhere.toml", 64, []string{"nowhere.toml"}},
	} {
		out, code := e.runAgent("zk3", test.args)
		if code != test.code {
			t.Errorf("%s: exit code %d, want %d\n%s", test.args, code, test.code, out)
		}
		for _, text := range test.says {
			if !strings.Contains(out, text) {
				t.Errorf("%s: no %q in\n%s", test.args, text, out)
			}
		}
		if s := e.status("zk3"); test.code == 78 && (s.Result != "refused" || s.ExitCode != 78 || s.Hint == "") {
			t.Errorf("%s: the status is %+v", test.args, s)
		}
	}
	if now := e.invocation("zk3", "zookeeper-3"); now != server {
		t.Error("the server was restarted")
	}
	e.runAgent("zk3", "")
	e.zkprov("apply").exits(0).says("nothing to change on 3 hosts")
}

// agentJoins installs a host anew while the others serve.
func (e *ensemble) agentJoins(t *testing.T) {
	e = e.on(t)
	e.reinstall("zk1")
	if s := e.waitResult("zk1", "formed"); s.Changes == 0 {
		t.Errorf("the status is %+v", s)
	}
	e.neverFounded("zk1")
	if mode := e.mode("zk1", 2181); mode != "follower" {
		t.Errorf("the server on zk1 is a %s", mode)
	}
	if got := e.read1("zk1", "/kept"); got != "through everything" {
		t.Errorf("the server on zk1 has %q", got)
	}
	e.zkprov("apply").exits(0).says("nothing to change on 3 hosts")
}

// agentWaitsForHistory installs a host anew whose only living peer lacks a write that was acknowledged: together with an empty vote
// that one would be a quorum which knows nothing of it.
func (e *ensemble) agentWaitsForHistory(t *testing.T) {
	e = e.on(t)
	power := func(host string, do func(*lab.Host) error) {
		if err := do(e.host(host)); err != nil {
			t.Fatal(err)
		}
	}
	off := func(h *lab.Host) error { return h.PowerOff(t.Context()) }
	on := func(h *lab.Host) error { return h.Start(t.Context()) }
	power("zk3", off)
	e.waitIn("zk1", fmt.Sprintf("%s create /acknowledged 'by zk1 and zk2' 2>&1 | grep -q 'Created /acknowledged'", zkCli))
	e.install("zk1", 8*time.Second)
	power("zk2", off)
	power("zk3", on)
	e.reinstall("zk1")
	e.waitIn("zk1", "[ -e /var/lib/zkprov/status.json ]")
	if s := e.status("zk1"); s.Result != "waiting" || s.ExitCode != 75 || s.Reason == "" || s.Hint == "" {
		t.Errorf("the status is %+v", s)
	}
	e.neverFounded("zk1")
	for _, host := range []string{"zk1", "zk3"} {
		if mode := e.mode(host, 2181); mode != "" {
			t.Errorf("the server on %s is a %s, and only zk2 knows what was acknowledged", host, mode)
		}
	}
	power("zk2", on)
	for _, h := range e.lab.Hosts() {
		e.waitResult(h.Name, "formed")
		e.waitIn(h.Name, "zkprov check -q")
		for path, want := range map[string]string{"/kept": "through everything", "/acknowledged": "by zk1 and zk2"} {
			if got := e.read1(h.Name, path); got != want {
				t.Errorf("through %s, %s is %q", h.Name, path, got)
			}
		}
	}
	e.neverFounded("zk1")
}

// TestAgentSandbox has the agent's unit do what its sandbox might keep it from: install a Java, and put data below /home.
func TestAgentSandbox(t *testing.T) {
	t.Parallel()
	debs, err := store.Debs(t.Context(), "openjdk-17-jre-headless")
	if err != nil {
		t.Fatal(err)
	}
	e := boot(t, lab.Hosts(1)...)
	if err := e.host("zk1").UseDebs(debs); err != nil {
		t.Fatal(err)
	}
	e.in("zk1", "dpkg --purge --force-depends openjdk-17-jre-headless 2>&1; rm -rf /usr/lib/jvm; ! command -v java")
	e.alone(time.Hour)
	e.edit("[archive]", "[paths]\ndata = \"/home/zookeeper\"\n[java]\ninstall = true\n[archive]")
	e.install("zk1", 30*time.Second)
	e.in("zk1", "systemctl start zkprov-agent")
	e.waitResult("zk1", "formed")
	if audit := e.in("zk1", "dpkg --audit; cat /home/zookeeper/zookeeper-1/myid"); audit != "1" {
		t.Errorf("the package database and the myid say\n%s", audit)
	}
	if got := e.mode("zk1", 2181); got != "leader" {
		t.Errorf("the server is a %q", got)
	}
}

// TestAgentMissing boots one host of three, later a second one, later the third.
func TestAgentMissing(t *testing.T) {
	t.Parallel()
	specs := lab.Hosts(3)
	specs[1].Down, specs[2].Down = true, true
	e := boot(t, specs...)
	e.alone(time.Hour)
	e.install("zk1", 6*time.Second)
	e.in("zk1", "systemctl start zkprov-agent")
	s := e.waitResult("zk1", "waiting")
	if s.ExitCode != 75 || s.Hint == "" || !strings.Contains(s.Reason, "1 of 3 voters") || !strings.Contains(s.Reason, "silent: zk2, zk3") {
		t.Errorf("the status is %+v", s)
	}
	e.waitIn("zk1", "systemctl status zkprov-agent | grep 'Status: .*silent: zk2, zk3'")
	e.waitIn("zk1", "[ $(systemctl show -p NRestarts --value zkprov-agent) -ge 1 ]")
	if out := e.in("zk1", "journalctl -q -u zkprov-agent"); !strings.Contains(out, "status=75/TEMPFAIL") {
		t.Errorf("the agent did not end with 75:\n%s", out)
	}
	if state := e.in("zk1", "systemctl is-active zookeeper-1"); state != "active" || e.mode("zk1", 2181) != "" {
		t.Errorf("the server on zk1 is %s and a %q", state, e.mode("zk1", 2181))
	}
	// One that waits ends at once when it is stopped, and has not failed.
	e.waitIn("zk1", "[ $(systemctl is-active zkprov-agent) = active ]")
	if state := e.in("zk1", "timeout 5 systemctl stop zkprov-agent; systemctl is-active zkprov-agent || true"); state != "inactive" {
		t.Errorf("the agent on zk1 was stopped and is %s", state)
	}
	e.in("zk1", "systemctl start zkprov-agent")

	come := func(host string) {
		t.Helper()
		if err := e.host(host).Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		e.install(host, 6*time.Second)
		e.in(host, "systemctl start zkprov-agent")
	}
	come("zk2")
	for _, host := range []string{"zk1", "zk2"} {
		if s := e.waitResult(host, "quorum"); s.ExitCode != 75 || !cmp.Equal(s.Missing, []string{"zookeeper-3"}) || !strings.Contains(s.Reason, "missing: zookeeper-3") {
			t.Errorf("the status on %s is %+v", host, s)
		}
	}
	e.write1("zk2", "/before", "the third")
	come("zk3")
	for _, h := range e.lab.Hosts() {
		e.waitResult(h.Name, "formed")
		e.waitIn(h.Name, "[ $(systemctl is-active zkprov-agent) = inactive ]")
	}
	e.neverFounded("zk3")
	if got := e.read1("zk3", "/before"); got != "the third" {
		t.Errorf("the server on zk3 has %q", got)
	}
	e.zkprov("apply").exits(0).says("nothing to change on 3 hosts")
}

// TestAgentExpired boots a host whose inventory is old: it waits for an ensemble that exists and founds none.
func TestAgentExpired(t *testing.T) {
	t.Parallel()
	e := boot(t, lab.Hosts(3)...)
	e.alone(-time.Hour)
	e.install("zk1", 6*time.Second)
	e.in("zk1", "systemctl start zkprov-agent")
	s := e.waitResult("zk1", "refused")
	if s.ExitCode != 78 || !strings.Contains(s.Reason, "the bootstrap expired at ") || !strings.Contains(s.Hint, "[bootstrap]") {
		t.Errorf("the status is %+v", s)
	}
	e.waitIn("zk1", "[ $(systemctl is-failed zkprov-agent) = failed ]") // and does not try again
	if state := e.in("zk1", "systemctl is-active zookeeper-1"); state != "active" || e.mode("zk1", 2181) != "" {
		t.Errorf("the server on zk1 is %s and a %q", state, e.mode("zk1", 2181))
	}

	// The others found nothing beside a server of which nobody says what it knows.
	e.alone(time.Hour)
	for _, host := range []string{"zk2", "zk3"} {
		e.install(host, 20*time.Second)
		e.in(host, "systemctl start zkprov-agent")
	}
	e.waitIn("zk2", `journalctl --quiet --unit zkprov-agent | grep -q 'a server runs on zk1, and it is not heard what it knows'`)
	e.neverFounded("zk2")
	e.in("zk1", "systemctl stop zookeeper-1")
	waitFor(t, func() bool { return e.mode("zk2", 2181) == "leader" || e.mode("zk3", 2181) == "leader" })
	e.in("zk1", "systemctl start zookeeper-1")
	server := e.invocation("zk1", "zookeeper-1")
	for _, host := range []string{"zk2", "zk3"} {
		e.waitResult(host, "formed")
	}
	e.neverFounded("zk1")
	if out, code := e.runAgent("zk1", "--timeout 10s"); code != 0 {
		t.Errorf("with a quorum it ends with %d:\n%s", code, out)
	}
	e.neverFounded("zk1")
	if now := e.invocation("zk1", "zookeeper-1"); now != server {
		t.Error("the server on zk1 was restarted")
	}
	if mode := e.mode("zk1", 2181); mode != "follower" {
		t.Errorf("the server on zk1 is a %s", mode)
	}
}

// TestAgentKilled ends the agent at several steps, and takes a host's power away.
func TestAgentKilled(t *testing.T) {
	t.Parallel()
	e := boot(t, lab.Hosts(3)...)
	e.alone(time.Hour)
	for _, h := range e.lab.Hosts() {
		e.install(h.Name, 30*time.Second)
	}
	killAt := func(host, step string) {
		t.Helper()
		e.in(host, fmt.Sprintf("timeout 60 sh -c 'until %s; do sleep 0.01; done'; systemctl kill --signal KILL zkprov-agent || true", step))
	}
	const founding, unpacking = "[ -e /var/lib/zkprov/zookeeper/founders.json ]", "ls -d /opt/zookeeper/.zkprov-staging-* >/dev/null 2>&1"
	e.in("zk1", "systemctl start zkprov-agent")
	killAt("zk1", "[ -e /var/lib/zkprov/zookeeper ]")
	killAt("zk1", "[ -e /etc/zookeeper/zookeeper-1/zoo.cfg ]")
	killAt("zk1", "systemctl -q is-active zookeeper-1")
	e.in("zk2", "systemctl start zkprov-agent")
	killAt("zk1", founding)
	killAt("zk2", founding+" && systemctl -q is-active zookeeper-2")
	if kills := e.in("zk1", "journalctl -q -u zkprov-agent | grep -c status=9/KILL || true"); kills < "3" {
		t.Errorf("the agent on zk1 was killed %s times", kills)
	}
	e.in("zk3", "systemctl start zkprov-agent; timeout 60 sh -c 'until "+unpacking+"; do sleep 0.01; done'")
	if err := e.host("zk3").PowerOff(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := e.host("zk3").Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, h := range e.lab.Hosts() {
		e.waitResult(h.Name, "formed")
	}
	e.zkprov("apply").exits(0).says("nothing to change on 3 hosts")
}

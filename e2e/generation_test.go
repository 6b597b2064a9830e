//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/e2e/lab"
)

// startedWith prints the generation that the server was started with, and the zoo.cfg that its command line names.
const startedWith = `pid=$(systemctl show -p MainPID --value zookeeper-2); [ "$pid" != 0 ]
tr '\0' '\n' </proc/$pid/environ | sed -n 's/^ZKPROV_GENERATION=//p'; tr '\0' '\n' </proc/$pid/cmdline | tail -n 1`

// late makes a host start a server at boot only once the agent there has come to its end twice, for which half a minute is
// plenty. How that looked to systemd is in /run/jobs and /run/unit then.
func (e *ensemble) late(host, instance string) {
	e.t.Helper()
	e.in(host, `cat >/etc/systemd/system/late.service <<'END'
[Service]
Type=oneshot
ExecStart=-/usr/bin/timeout 30 /bin/sh -c 'until [ $(systemctl show -p NRestarts --value zkprov-agent) -ge 2 ]; do sleep 0.1; done'
ExecStart=/bin/sh -c 'systemctl list-jobs --no-legend >/run/jobs; cp /etc/systemd/system/`+instance+`.service /run/unit'
END
dir=/etc/systemd/system/`+instance+`.service.d; mkdir -p $dir
printf '[Unit]\nWants=late.service\nAfter=late.service\n' >$dir/late.conf
sed -i 's/--timeout [^ ]*/--timeout 3s/' /etc/systemd/system/zkprov-agent.service.d/pace.conf
sync`)
}

// TestGeneration stages a new generation beside a running server. Whatever ends the server then, it comes back with
// the old one.
func TestGeneration(t *testing.T) {
	t.Parallel()
	e := boot(t, lab.Hosts(3)...)
	e.alone(time.Hour)
	for _, h := range e.lab.Hosts() {
		e.install(h.Name, 30*time.Second)
		e.in(h.Name, "systemctl start zkprov-agent")
	}
	for _, h := range e.lab.Hosts() {
		e.waitResult(h.Name, "formed")
	}
	e.waitIn("zk2", "[ $(systemctl is-active zkprov-agent) = inactive ]")
	before := e.in("zk2", startedWith)
	generation, zooCfg, _ := strings.Cut(before, "\n")
	if want := "/etc/zookeeper/zookeeper-2/" + generation + "/zoo.cfg"; generation == "" || zooCfg != want {
		t.Fatalf("the server runs with generation %q and reads %s, want %s", generation, zooCfg, want)
	}

	e.in("zk2", "printf '\\n[zoo_cfg]\\nmaxClientCnxns = 77\\n' >>/etc/zkprov/inventory.toml; systemctl start zkprov-agent")
	e.waitIn("zk2", "grep -q restart_pending /var/lib/zkprov/status.json")
	staged := strings.Fields(e.in("zk2", "grep -l maxClientCnxns=77 /etc/zookeeper/zookeeper-2/*/zoo.cfg"))
	if len(staged) != 1 || staged[0] == zooCfg {
		t.Fatalf("staged is %q beside %s", staged, zooCfg)
	}

	comesBack := func(how string) {
		t.Helper()
		// Half a start has the environment of systemd's own process.
		e.waitIn("zk2", `exec 3<>/dev/tcp/127.0.0.1/2181 && echo srvr >&3 && grep -q Mode <&3`)
		if after := e.in("zk2", startedWith); !cmp.Equal(after, before) {
			t.Errorf("%s it runs with %q, and before with %q", how, after, before)
		}
	}
	comesBack("staged,")
	invocation := e.invocation("zk2", "zookeeper-2")
	e.in("zk2", "kill -9 $(systemctl show -p MainPID --value zookeeper-2)")
	e.waitIn("zk2", `[ $(systemctl show -p NRestarts --value zookeeper-2) = 1 ]`)
	comesBack("killed,")
	if again := e.invocation("zk2", "zookeeper-2"); again == invocation {
		t.Error("it was not started again")
	}
	if err := e.host("zk2").Reboot(t.Context()); err != nil {
		t.Fatal(err)
	}
	comesBack("after a boot")
	if err := e.host("zk2").PowerOff(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := e.host("zk2").Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	comesBack("after its power was cut")

	e.late("zk2", "zookeeper-2")
	if err := e.host("zk2").Reboot(t.Context()); err != nil {
		t.Fatal(err)
	}
	comesBack("started after the agent")
	e.in("zk2", "grep -q 'zookeeper-2.service *start *waiting' /run/jobs; grep -q "+generation+" /run/unit")
	if status := e.waitResult("zk2", "formed"); !cmp.Equal(status.RestartPending, []string{"zookeeper-2"}) {
		t.Errorf("the agent's status is %+v", status)
	}
	e.in("zk2", "[ -e "+staged[0]+" ]")
}

// killedOnce are what changes on a host while zookeeper-1 gets another generation, in this order.
var killedOnce = []struct{ name, seen string }{
	{"Folder", "ls -d /etc/zookeeper/zookeeper-1/*/"},
	{"Logging", "ls /etc/zookeeper/zookeeper-1/*/log4j.properties"},
	{"ZooCfg", "ls /etc/zookeeper/zookeeper-1/*/zoo.cfg"},
	{"Unit", "stat -c %i /etc/systemd/system/zookeeper-1.service"},
	{"Link", "readlink /etc/zookeeper/zookeeper-1/log4j.properties"},
}

// TestGenerationKilled kills what gives an instance another generation, at many points. Whatever starts the instance then has it run with
// the old one or the new one, never with a mix, and the same command goes on from there.
func TestGenerationKilled(t *testing.T) {
	t.Parallel()
	e := boot(t, lab.Hosts(1)...)
	want := func(n int) string { return fmt.Sprintf("-Xmx%dm maxClientCnxns=%d", 128+n, 60+n) }
	desire := func(e *ensemble, n int) {
		e.write(fmt.Sprintf("[ensemble]\nname = \"zookeeper\"\nignore = [\"few-voters\"]\n[jvm]\nheap = \"%dm\"\n[zoo_cfg]\nmaxClientCnxns = %d\n", 128+n, 60+n) + e.lab.Voters(1))
	}
	desire(e, 0)
	e.zkprov("apply").exits(0)
	if got := e.runsWith(); got != want(0) {
		t.Fatalf("the server runs with %s, want %s", got, want(0))
	}
	for i, once := range killedOnce {
		t.Run(once.name, func(t *testing.T) {
			e := e.on(t)
			desire(e, i+1)
			e.in("zk1", "systemctl stop zookeeper-1")
			killed := make(chan error, 1)
			go func() {
				_, err := e.host("zk1").Run(t.Context(), fmt.Sprintf(`was=$(%s); touch /run/watched; for ((end = SECONDS + 30; SECONDS < end; )); do
	[ "$(%[1]s)" = "$was" ] || { kill -9 $(sed 's/.*"pid":\([0-9]*\).*/\1/' /run/zkprov/lock); exit; }
done; exit 1`, once.seen))
				killed <- err
			}()
			e.waitIn("zk1", "[ -e /run/watched ]")
			r := e.zkprov("apply")
			if err := <-killed; err != nil {
				t.Fatalf("it was not killed: %v\n%s", err, r.stderr)
			}
			r.exits(1).says("connection-lost")

			e.in("zk1", "rm /run/watched; systemctl daemon-reload; systemctl start zookeeper-1") // as a boot does
			if got := e.runsWith(); got != want(i) && got != want(i+1) {
				t.Errorf("after a kill the server runs with %s, want %s or %s", got, want(i), want(i+1))
			}
			e.in("zk1", "systemctl stop zookeeper-1")
			e.zkprov("apply").exits(0)
			if got := e.runsWith(); got != want(i+1) {
				t.Errorf("in the end the server runs with %s, want %s", got, want(i+1))
			}
			e.zkprov("plan", "--detailed-exitcode").exits(0)
			e.swept("zk1")
		})
	}
}

// TestClockSetBack gives an instance another generation on a host whose clock was set back: its unit gets an earlier time than the one
// that systemd has read, and systemd does not call it changed. A change of it while it runs takes the quorum away.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	e := boot(t, lab.Hosts(1)...)
	desire := func(heap string) {
		e.write("[ensemble]\nname = \"zookeeper\"\nignore = [\"few-voters\"]\n[jvm]\nheap = \"" + heap + "\"\n[zoo_cfg]\nmaxClientCnxns = 61\n" + e.lab.Voters(1))
	}
	desire("128m")
	e.zkprov("apply").exits(0)
	e.in("zk1", "touch -d '+1 hour' /etc/systemd/system/zookeeper-1.service; systemctl daemon-reload; systemctl stop zookeeper-1")
	desire("130m")
	e.zkprov("apply").exits(0)
	if got, want := e.runsWith(), "-Xmx130m maxClientCnxns=61"; got != want {
		t.Errorf("the server runs with %s, want %s", got, want)
	}
	e.zkprov("plan", "--detailed-exitcode").exits(0)

	// The restart of the only voter loses the quorum.
	desire("131m")
	e.zkprov("apply").exits(78).says("outage-needed", "leaves none of 1 voters", "nothing was changed")
	e.zkprov("apply", "--allow-outage").exits(0).says("nobody is served for about 10 s", "restarted: zookeeper-1")
	if got, want := e.runsWith(), "-Xmx131m maxClientCnxns=61"; got != want {
		t.Errorf("the server runs with %s, want %s", got, want)
	}
}

// runsWith waits until zookeeper-1 serves. It returns the heap that the server was started with, and a setting that it read from the
// folder of its generation.
func (e *ensemble) runsWith() string {
	e.t.Helper()
	e.waitIn("zk1", `exec 3<>/dev/tcp/127.0.0.1/2181 && echo srvr >&3 && grep -q Mode <&3`)
	return e.in("zk1", `pid=$(systemctl show -p MainPID --value zookeeper-1); generation=$(tr '\0' '\n' </proc/$pid/environ | sed -n 's/^ZKPROV_GENERATION=//p')
tr '\0' '\n' </proc/$pid/cmdline | grep -qx "/etc/zookeeper/zookeeper-1/$generation/zoo.cfg"
exec 3<>/dev/tcp/127.0.0.1/2181; echo conf >&3
echo $(tr '\0' '\n' </proc/$pid/cmdline | grep ^-Xmx) $(grep ^maxClientCnxns= <&3)`)
}

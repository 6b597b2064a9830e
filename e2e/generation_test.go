//go:build e2e

package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/e2e/lab"
)

// startedWith prints the generation that the server was started with, and the zoo.cfg that its command line names.
const startedWith = `pid=$(systemctl show -p MainPID --value zookeeper-2); [ "$pid" != 0 ]
tr '\0' '\n' </proc/$pid/environ | sed -n 's/^ZKPROV_GENERATION=//p'; tr '\0' '\n' </proc/$pid/cmdline | tail -n 1`

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
	// An agent that came first at a boot would start the server with what is staged.
	e.in("zk2", "systemctl disable -q zkprov-agent")
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
	e.in("zk2", "[ -e "+staged[0]+" ]")
}

//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/e2e/lab"
)

// TestPseudoCluster runs zkprov on the very host that it provisions: four instances on 127.0.0.1.
func TestPseudoCluster(t *testing.T) {
	t.Parallel()
	e := boot(t, lab.Hosts(1)...)
	host := e.host("zk1")
	for source, target := range map[string]string{binary: "/usr/local/bin/zkprov", release.Path: "/root/zookeeper.tar.gz"} {
		if err := host.CopyIn(source, target, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile("../examples/pseudo-cluster.toml")
	if err != nil {
		t.Fatal(err)
	}
	if err := host.WriteFile(t.Context(), "/root/pseudo-cluster.toml", append(text, release.SectionFrom("file:///root/zookeeper.tar.gz")...), 0o644); err != nil {
		t.Fatal(err)
	}
	out := e.in("zk1", "zkprov apply /root/pseudo-cluster.toml 2>&1")
	for _, want := range []string{"2/2 followers in sync", "1/1 observer attached", "a write was read back through every server"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	roles := make(map[string]int)
	for port := 2181; port <= 2184; port++ {
		roles[e.mode("zk1", port)]++
	}
	if fmt.Sprint(roles) != "map[follower:2 leader:1 observer:1]" || e.mode("zk1", 2184) != "observer" {
		t.Errorf("the roles are %v", roles)
	}
	for id := 1; id <= 4; id++ {
		if got := e.in("zk1", fmt.Sprintf("cat /usr/local/data/zookeeper-%d/myid", id)); got != fmt.Sprint(id) {
			t.Errorf("the myid of server %d is %q", id, got)
		}
	}
	e.in("zk1", "zkprov check /root/pseudo-cluster.toml")
	if out := e.in("zk1", "zkprov apply /root/pseudo-cluster.toml 2>&1"); !strings.Contains(out, "nothing to change on 1 host") {
		t.Errorf("the second apply says\n%s", out)
	}
	e.madeAgain(t)
	e.restarted(t)
}

// madeAgain makes an inventory of what lies on the host, which is the same ensemble: the keys stand in another order, for
// which no server is restarted.
func (e *ensemble) madeAgain(t *testing.T) {
	e = e.on(t)
	e.in("zk1", "zkprov init --from=/etc/zookeeper/zookeeper-{1,2,3,4}/zoo.cfg --unit /etc/systemd/system/zookeeper-1.service > /root/made.toml")
	text := e.in("zk1", "cat /root/made.toml")
	if err := e.host("zk1").WriteFile(t.Context(), "/root/made.toml", append([]byte(text), release.SectionFrom("file:///root/zookeeper.tar.gz")...), 0o644); err != nil {
		t.Fatal(err)
	}
	if out := e.in("zk1", "zkprov plan /root/made.toml 2>&1"); !strings.Contains(out, "Plan: 4 changes on 1 host; instances that run are left alone") {
		t.Errorf("with the inventory\n%s\nthe plan says\n%s", text, out)
	}
}

// restarted changes what the servers have to be restarted for, on a host that has them all: the observer first, the leader last.
func (e *ensemble) restarted(t *testing.T) {
	e = e.on(t)
	e.in("zk1", `sed -i 's/^heap = .*/heap = "200m"/' /root/pseudo-cluster.toml`)
	followers, leader := []string{}, ""
	for id := 1; id <= 3; id++ {
		if name := fmt.Sprintf("zookeeper-%d", id); e.mode("zk1", 2180+id) == "leader" {
			leader = name
		} else {
			followers = append(followers, name)
		}
	}
	servers := append(append([]string{"zookeeper-4"}, followers...), leader)
	before := e.invocations(servers)
	if out := e.in("zk1", "zkprov apply /root/pseudo-cluster.toml 2>&1"); !strings.Contains(out, "restarted: "+strings.Join(servers, ", ")) {
		t.Errorf("it says\n%s", out)
	}
	after := e.invocations(servers)
	for _, name := range servers {
		if before[name] == after[name] {
			t.Errorf("%s was not restarted", name)
		}
	}
	if out := e.in("zk1", "zkprov apply /root/pseudo-cluster.toml 2>&1"); !strings.Contains(out, "nothing to change on 1 host") {
		t.Errorf("after all restarts it says\n%s", out)
	}
}

// invocations are those of servers on zk1, by name.
func (e *ensemble) invocations(servers []string) map[string]string {
	all := make(map[string]string)
	for _, name := range servers {
		all[name] = e.invocation("zk1", name)
	}
	return all
}

// TestWithoutSystemd runs on the machine of the tests itself, which may have another PID 1.
func TestWithoutSystemd(t *testing.T) {
	if _, err := os.Stat("/run/systemd/system"); err == nil {
		t.Log("this machine has systemd as PID 1: there is nothing to refuse")
		return
	}
	for _, command := range []string{"plan", "apply"} {
		r := runCommand(t, exec.CommandContext(t.Context(), binary, command, "../examples/pseudo-cluster.toml"))
		r.exits(1).says("systemd is not running as the system manager", "make demo", "no-systemd")
		if command == "apply" {
			r.says("nothing was changed")
		}
	}
}

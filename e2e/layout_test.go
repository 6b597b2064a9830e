//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/e2e/lab"
)

// formerLayout gives the instances of a host the layout of the version before: files that are replaced in place, a unit that names them
// and is not started while a hold file is there, and a generation that is counted otherwise.
const formerLayout = `for name in zookeeper-{1,2,3}; do
	unit=/etc/systemd/system/$name.service; cd /etc/zookeeper/$name
	generation=$(dirname $(readlink zoo.cfg)); former=$(rev <<<$generation)
	rm zoo.cfg log4j.properties; mv $generation/{zoo.cfg,log4j.properties} .; rm -r $generation
	sed -i "s,/etc/zookeeper/$name/$generation,/etc/zookeeper/$name,; s,ZKPROV_GENERATION=$generation,ZKPROV_GENERATION=$former,
/^# Never give up/i # Exists while the files of this instance are being replaced.\nConditionPathExists=!/var/lib/zkprov/zookeeper/$name.hold" $unit
done
systemctl daemon-reload; systemctl restart zookeeper-{1,2,3}`

// TestFormerLayout has a host as the version before has set it up. It is changed as by any change that needs restarts: by hand, one
// server at a time.
func TestFormerLayout(t *testing.T) {
	t.Parallel()
	e := boot(t, lab.Hosts(1)...)
	e.write(fmt.Sprintf(`[ensemble]
name = "zookeeper"
ignore = ["voters-share-host"]
[jvm]
heap = "128m"
[[host]]
name = "zk1"
address = %q
instance = [
  { id = 1 },
  { id = 2, client_port = 2182, quorum_port = 2889, election_port = 3889, admin_port = 8081 },
  { id = 3, client_port = 2183, quorum_port = 2890, election_port = 3890, admin_port = 8082 },
]
`, e.host("zk1").Address()))
	e.zkprov("apply").exits(0)
	current, former := e.started(), make(map[string]string)
	for name := range current {
		former[name] = "/etc/zookeeper/" + name + "/zoo.cfg"
	}
	e.in("zk1", formerLayout)
	e.runWith(former)

	data := append([]string{"/var/lib/zookeeper"}, ownFolders...)
	first, second, leader := e.leaderLast()
	e.unchanged(data, func() {
		e.zkprov("plan").exits(0).says("restart order: " + first + " -> " + second + " -> " + leader)
		e.zkprov("check").exits(1).says("restart-needed")
	})
	e.zkprov("apply", "--limit", first).exits(0)
	mixed := map[string]string{first: current[first], second: former[second], leader: former[leader]}
	e.runWith(mixed)
	// As after a power cut between the unit and the links, and one while the version before replaced the files of another instance.
	e.in("zk1", fmt.Sprintf(`cd /etc/zookeeper/%s; cp --remove-destination -p $(readlink -f zoo.cfg) zoo.cfg; echo notRead=1 >>zoo.cfg
systemctl stop %s; echo hold >/var/lib/zkprov/zookeeper/%[2]s.hold`, first, second))
	if err := e.host("zk1").Reboot(t.Context()); err != nil {
		t.Fatal(err)
	}
	delete(mixed, second)
	e.runWith(mixed)

	e.zkprov("plan").exits(0).says("/etc/zookeeper/"+first+"/zoo.cfg", "in place of a regular file", "restart order: "+leader)
	e.zkprov("apply").exits(0).says("restarted: " + leader)
	e.runWith(current)

	if err := e.host("zk1").Reboot(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.runWith(current)
	e.in("zk1", "[ -e /var/lib/zkprov/zookeeper/"+second+".hold ]")
	before := e.invocations([]string{first, second, leader})
	e.unchanged(data, func() { e.zkprov("apply").exits(0).says("nothing to change on 1 host") })
	if diff := cmp.Diff(before, e.invocations([]string{first, second, leader})); diff != "" {
		t.Errorf("the second apply restarted servers:\n%s", diff)
	}
	for name, zooCfg := range current {
		if leads := e.in("zk1", "readlink -f /etc/zookeeper/"+name+"/zoo.cfg"); leads != zooCfg {
			t.Errorf("the link of %s leads to %s, and it reads %s", name, leads, zooCfg)
		}
	}
	e.zkprov("check").exits(0)
}

// started returns which zoo.cfg each server on zk1 was started with.
func (e *ensemble) started() map[string]string {
	e.t.Helper()
	all := make(map[string]string)
	for _, line := range strings.Split(e.in("zk1", `for name in zookeeper-{1,2,3}; do
	pid=$(systemctl show -p MainPID --value $name); [ $pid = 0 ] || echo $name $(tr '\0' '\n' </proc/$pid/cmdline | tail -n 1)
done`), "\n") {
		name, zooCfg, _ := strings.Cut(line, " ")
		all[name] = zooCfg
	}
	return all
}

// runWith waits until servers on zk1 serve, which must be those that were started with these zoo.cfg.
func (e *ensemble) runWith(want map[string]string) {
	e.t.Helper()
	waitFor(e.t, func() bool {
		serving := 0
		for port := 2181; port <= 2183; port++ {
			if e.mode("zk1", port) != "" {
				serving++
			}
		}
		return serving == len(want)
	})
	if diff := cmp.Diff(want, e.started()); diff != "" {
		e.t.Fatalf("the servers do not run with what they should (-want +got):\n%s", diff)
	}
}

// leaderLast returns the names of the servers on zk1.
func (e *ensemble) leaderLast() (first, second, leader string) {
	e.t.Helper()
	var followers []string
	for id := 1; id <= 3; id++ {
		if name := fmt.Sprintf("zookeeper-%d", id); e.mode("zk1", 2180+id) == "leader" {
			leader = name
		} else {
			followers = append(followers, name)
		}
	}
	if len(followers) != 2 {
		e.t.Fatalf("followers are %v", followers)
	}
	return followers[0], followers[1], leader
}

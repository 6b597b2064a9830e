//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/e2e/lab"
	"github.com/zkprov/zkprov/inventory"
)

// TestUpgrade takes three voters to a newer release under a client that writes all the time.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	e := boot(t, lab.Hosts(3)...)
	e.wants("3.6.3")
	e.zkprov("apply").exits(0)
	t.Run("Rolls", func(t *testing.T) { e.on(t).upgrades("3.6.3", "3.8.4") })
	t.Run("NotDown", e.refusesDown)
	t.Run("Copy", e.copyServes)
	t.Run("GC", e.collects)
}

// wants makes the inventory of three voters of a release.
func (e *ensemble) wants(version string) {
	e.t.Helper()
	r, err := store.ZooKeeper(e.t.Context(), version)
	if err != nil {
		e.t.Fatal(err)
	}
	e.write(fmt.Sprintf("[ensemble]\nname = \"zookeeper\"\nversion = %q\n[jvm]\nheap = \"128m\"\n", version) + e.lab.Voters(3) + r.Section())
}

// upgrades rolls a newer release out under writes. All servers run it then, the former release is there, and so is a copy of the data.
func (e *ensemble) upgrades(from, to string) {
	e.t.Helper()
	e.wants(to)
	e.zkprov("plan").exits(0).says(fmt.Sprintf("ZooKeeper %s -> %s", from, to), "before-upgrade", "before ZooKeeper "+to)
	saw := e.rolls(e.writes(), "apply", "--settle", "2s")
	e.t.Logf("from %s to %s: the largest gap was %s", from, to, saw.Gap)
	e.runs(to)
	for _, h := range e.lab.Hosts() {
		note := "/var/lib/zookeeper/" + serverOf(h) + "/before-upgrade/copy.json"
		if text := e.in(h.Name, "cat "+note); !strings.Contains(text, fmt.Sprintf("%q", from)) || !strings.Contains(text, fmt.Sprintf("%q", to)) {
			e.t.Errorf("the copy on %s is %s", h.Name, text)
		}
		e.in(h.Name, "test -d /opt/zookeeper/"+inventory.ReleaseFolder(inventory.Version(from)))
	}
	e.zkprov("plan", "--detailed-exitcode").exits(0)
}

// runs wants all servers to say that they are of a release.
func (e *ensemble) runs(version string) {
	e.t.Helper()
	for _, h := range e.lab.Hosts() {
		out := e.in(h.Name, `exec 3<>/dev/tcp/127.0.0.1/2181; printf srvr >&3; sed -n 's/^Zookeeper version: //p' <&3`)
		if !strings.HasPrefix(out, version+"-") {
			e.t.Errorf("%s runs %s, want %s", h.Name, out, version)
		}
	}
}

// refusesDown wants an older release to be refused before anything is changed.
func (e *ensemble) refusesDown(t *testing.T) {
	e = e.on(t)
	e.wants("3.6.3")
	defer e.wants("3.8.4")
	before := e.invocationsOfAll()
	e.unchanged(ownFolders, func() {
		e.zkprov("plan").exits(78).says("version-down")
		e.zkprov("apply").exits(78).says("the inventory says ZooKeeper 3.6.3", "3.8.4", "zkprov rollback")
	})
	for name, id := range e.invocationsOfAll() {
		if before[name] != id {
			t.Errorf("%s was restarted", name)
		}
	}
}

// copyServes starts a server of the former release by itself on a copy of the data, as docs/versions.md has it for a host whose data
// is to go back.
func (e *ensemble) copyServes(t *testing.T) {
	e = e.on(t)
	out := e.in("zk1", `set -e
mkdir -p /var/tmp/restored; cp -a /var/lib/zookeeper/zookeeper-1/before-upgrade/version-2 /var/tmp/restored/
ls /var/tmp/restored/version-2 | grep -q '^snapshot\.'
printf 'tickTime=2000\ndataDir=/var/tmp/restored\nclientPort=2999\nadmin.enableServer=false\n4lw.commands.whitelist=*\n' >/var/tmp/restored/zoo.cfg
java -Xmx64m -cp '/opt/zookeeper/apache-zookeeper-3.6.3-bin/lib/*' org.apache.zookeeper.server.quorum.QuorumPeerMain /var/tmp/restored/zoo.cfg >/var/tmp/restored/log 2>&1 &
for i in $(seq 100); do
  if (exec 3<>/dev/tcp/127.0.0.1/2999; printf mntr >&3; cat <&3) 2>/dev/null | grep zk_znode_count; then kill %1; exit 0; fi
  sleep 0.2
done
cat /var/tmp/restored/log; kill %1; exit 1`)
	nodes := 0
	if _, err := fmt.Sscanf(out[strings.LastIndex(out, "zk_znode_count"):], "zk_znode_count %d", &nodes); err != nil || nodes < 10 {
		t.Errorf("the copy has %d nodes: %s", nodes, out)
	}
	e.in("zk1", "rm -r /var/tmp/restored")
}

// collects removes what nothing names any more: the former release once no generation with it is kept, and no sooner.
func (e *ensemble) collects(t *testing.T) {
	e = e.on(t)
	const old = "/opt/zookeeper/apache-zookeeper-3.6.3-bin"
	e.zkprov("gc", "--yes", "-v").exits(0).says(old, "that is kept")
	for _, h := range e.lab.Hosts() {
		e.in(h.Name, "test -d "+old)
		e.in(h.Name, `cd /etc/zookeeper/`+serverOf(h)+` && grep -l 3.6.3 */*.service | xargs dirname | xargs rm -r`)
	}
	e.unchanged(ownFolders, func() { e.zkprov("gc", "--dry-run").exits(0).says("To remove: ", old) })
	before := e.invocationsOfAll()
	e.zkprov("gc", "--yes", "--copies").exits(0).says("removed: ")
	for _, h := range e.lab.Hosts() {
		e.in(h.Name, "! test -e "+old+" && test -d /opt/zookeeper/apache-zookeeper-3.8.4-bin && ! test -e /var/lib/zookeeper/"+serverOf(h)+"/before-upgrade")
	}
	for name, id := range e.invocationsOfAll() {
		if before[name] != id {
			t.Errorf("%s was restarted", name)
		}
	}
	e.zkprov("gc", "--yes").exits(0).says("Nothing to remove on 3 hosts")
	e.zkprov("apply").exits(0).says("nothing to change on 3 hosts")
	e.waitOK(0)
}

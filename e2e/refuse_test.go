//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRefusals goes through what an apply must not begin with. Afterwards the hosts are as fresh as before.
func TestRefusals(t *testing.T) {
	t.Parallel()
	e := threeHosts(t)
	fresh := e.listings()
	for _, r := range slices.Concat(hostRefusals(), dataRefusals(), networkRefusals()) {
		e.refused(r)
	}
	if diff := cmp.Diff(fresh, e.listings()); diff != "" {
		t.Errorf("what was put on the hosts was not all taken back (-before +after):\n%s", diff)
	}
	e.zkprov("apply").exits(0).says("2/2 followers in sync")
}

// listings returns what a case may have left on each host: files, mounts and units.
func (e *ensemble) listings() map[string][]string {
	e.t.Helper()
	all := make(map[string][]string)
	for _, h := range e.lab.Hosts() {
		all[h.Name] = strings.Split(e.in(h.Name, `find /etc /opt /srv /usr/bin /var/lib -path /var/lib/zkprov -prune -o -path /var/lib/systemd -prune -o -printf '%p %y %m %u:%g %l\n' | sort
findmnt -rno TARGET -t tmpfs,overlay | grep -v ^/run/user/ | sort; systemctl list-units --plain --no-legend 'squatter*'`), "\n")
	}
	return all
}

// TestDamagedCache damages archives in caches: one that can be had anew is replaced, and one that cannot is an error.
func TestDamagedCache(t *testing.T) {
	e := threeHosts(t)
	cached := filepath.Join("/var/cache/zkprov/sha512", release.SHA512)
	content, err := os.ReadFile(release.Path)
	if err != nil {
		t.Fatal(err)
	}
	damage := func() {
		if err := os.MkdirAll(filepath.Dir(cached), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(cached, content[:len(content)/2], 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Remove(cached) })
	damage()
	good := e.text
	e.edit("file://"+release.Path, "file:///nowhere/apache-zookeeper-3.6.3-bin.tar.gz")
	e.unchanged(ownFolders, func() {
		e.zkprov("apply").exits(1).says("the cached archive is damaged", "/nowhere/", "no such file", "nothing was changed")
	})
	e.write(good)
	damage()
	e.in("zk2", "mkdir -p /var/cache/zkprov/sha512; echo half >/var/cache/zkprov/sha512/"+release.SHA512)
	e.zkprov("apply").exits(0).says("2/2 followers in sync")
}

// TestLogsApart bootstraps voters that have a folder each for their logs, in which a server looks for the marker. On zk2 no program runs
// from where the release and the data lie, nor from /tmp, and its server uses Netty, which looks for a library there.
func TestLogsApart(t *testing.T) {
	e := threeHosts(t)
	e.in("zk2", "for d in /opt/zookeeper /var/lib/zookeeper /srv/log /tmp /var/tmp; do mkdir -p $d; mount --bind $d $d; mount -o remount,bind,noexec $d; done")
	for id := 1; id <= 3; id++ {
		e.edit(fmt.Sprintf("id = %d", id), fmt.Sprintf(`id = %d, data_log_dir = "/srv/log/zookeeper-%[1]d"`, id))
	}
	address := fmt.Sprintf("address = %q\n", e.host("zk2").Address())
	e.edit(address, address+"zoo_cfg = { serverCnxnFactory = \"org.apache.zookeeper.server.NettyServerCnxnFactory\" }\n")
	e.zkprov("apply").exits(0).says("2/2 followers in sync")
	e.zkprov("apply").exits(0).says("nothing to change")
}

//go:build e2e

package e2e

import (
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/e2e/lab"
)

// misplaced is a host on which a path is not what it seems.
type misplaced struct {
	name string
	// spoil makes it so on a fresh host, and mend takes it back.
	spoil, mend string
	// data are the data directories in the inventory, where they are not /srv/zk/1 and /srv/zk/2.
	data [2]string
	code int
	says []string
}

// pathsOf is an inventory of one host with a voter and an observer.
func (e *ensemble) pathsOf(data [2]string) {
	e.t.Helper()
	e.write(fmt.Sprintf(`[ensemble]
name = "zookeeper"
ignore = ["few-voters"]
[jvm]
heap = "128m"
[[host]]
name = "zk1"
address = %q
instance = [
  { id = 1, data_dir = %q },
  { id = 2, data_dir = %q, role = "observer", client_port = 2182, quorum_port = 2889, election_port = 3889, admin_port = 8081 },
]
`, e.host("zk1").Address(), data[0], data[1]))
}

// TestPaths has folders that are other ones than their paths say, folders that do not last, and files that root cannot change.
func TestPaths(t *testing.T) {
	e := boot(t, lab.Hosts(1)...)
	for _, m := range []misplaced{
		{
			name:  "OneByLink",
			spoil: "mkdir -p /srv/zk/1; ln -s 1 /srv/zk/2", mend: "rm -r /srv/zk",
			code: 78, says: []string{"zookeeper-2: the data_dir of zookeeper-2, /srv/zk/2, which is /srv/zk/1, overlaps the data_dir of zookeeper-1, /srv/zk/1", "overlapping-folders"},
		},
		{
			name:  "OneByLinkedParent",
			spoil: "mkdir -p /srv/zk; ln -s zk /srv/p", mend: "rm -r /srv/zk /srv/p", data: [2]string{"/srv/zk/1", "/srv/p/1"},
			code: 78, says: []string{"the data_dir of zookeeper-2, /srv/p/1, which is /srv/zk/1, overlaps the data_dir of zookeeper-1, /srv/zk/1"},
		},
		{
			name:  "OneByMount",
			spoil: "mkdir -p /srv/zk/1 /srv/zk/2; mount --bind /srv/zk/1 /srv/zk/2", mend: "umount /srv/zk/2; rm -r /srv/zk",
			code: 78, says: []string{"the data_dir of zookeeper-2, /srv/zk/2, overlaps the data_dir of zookeeper-1, /srv/zk/1", "where they are /srv/zk/1 and /srv/zk/1"},
		},
		{
			name:  "InsideByMount",
			spoil: "mkdir -p /srv/zk/1/sub /srv/zk/2; mount --bind /srv/zk/1/sub /srv/zk/2", mend: "umount /srv/zk/2; rm -r /srv/zk",
			code: 78, says: []string{"the data_dir of zookeeper-2, /srv/zk/2, overlaps the data_dir of zookeeper-1, /srv/zk/1", "where they are /srv/zk/1/sub and /srv/zk/1"},
		},
		{
			name:  "InsideByLink",
			spoil: "mkdir -p /srv/a; ln -s /srv/a /srv/p", mend: "rm -r /srv/a /srv/p", data: [2]string{"/srv/a", "/srv/p/sub"},
			code: 78, says: []string{"the data_dir of zookeeper-2, /srv/p/sub, which is /srv/a/sub, overlaps the data_dir of zookeeper-1, /srv/a"},
		},
		{
			name:  "ConfigurationInData",
			spoil: "mkdir -p /srv/zk/1; ln -s /srv/zk/1 /etc/zookeeper", mend: "rm -r /srv/zk /etc/zookeeper",
			code: 78, says: []string{"the data_dir of zookeeper-1, /srv/zk/1, overlaps the configuration of zookeeper-1, /etc/zookeeper/zookeeper-1, which is /srv/zk/1/zookeeper-1"},
		},
		{
			name:  "ReleaseInData",
			spoil: "mkdir -p /srv/zk/1; ln -s /srv/zk/1 /opt/zookeeper", mend: "rm -r /srv/zk /opt/zookeeper",
			code: 78, says: []string{"the data_dir of zookeeper-1, /srv/zk/1, overlaps the release, /opt/zookeeper/apache-zookeeper-3.6.3-bin, which is /srv/zk/1/apache-zookeeper-3.6.3-bin"},
		},
		{
			name:  "InMemory",
			spoil: "mkdir -p /srv/zk; mount -t tmpfs -o mode=755 tmpfs /srv/zk", mend: "umount /srv/zk; rmdir /srv/zk",
			code: 78, says: []string{"zookeeper-1: the data_dir of zookeeper-1, /srv/zk/1, lies in memory, on the tmpfs that is mounted at /srv/zk", "volatile-data"},
		},
		{
			name:  "LinkIntoRun",
			spoil: "mkdir -p /srv/zk /run/zk/2; ln -s /run/zk/2 /srv/zk/2", mend: "rm -r /srv/zk /run/zk",
			code: 78, says: []string{"zookeeper-2: the data_dir of zookeeper-2, /srv/zk/2, which is /run/zk/2, lies in memory, on the tmpfs that is mounted at /run", "volatile-data"},
		},
		{
			name:  "ConfigurationInMemory",
			spoil: "mkdir -p /etc/zookeeper; mount -t tmpfs -o mode=755 tmpfs /etc/zookeeper", mend: "umount /etc/zookeeper; rmdir /etc/zookeeper",
			code: 1, says: []string{"the configuration of zookeeper-1, /etc/zookeeper/zookeeper-1, lies in memory", "volatile-folder"},
		},
	} {
		t.Run(m.name, func(t *testing.T) {
			e := e.on(t)
			if m.data[0] == "" {
				m.data = [2]string{"/srv/zk/1", "/srv/zk/2"}
			}
			e.pathsOf(m.data)
			e.in("zk1", m.spoil)
			defer e.mended(func(e *ensemble) { e.in("zk1", m.mend) })
			e.unchanged(ownFolders, func() {
				e.zkprov("plan").exits(m.code).says(m.says...)
				e.zkprov("apply").exits(m.code).says(m.says...).says("nothing was changed")
			})
		})
	}

	e.pathsOf([2]string{"/srv/zk/1", "/srv/zk/2"})
	e.zkprov("apply").exits(0).says("1/1 observer attached")
	t.Run("Immutable", e.immutable)
	t.Run("TwoArchives", e.twoArchives)
}

// immutable gives files and folders attributes that forbid changes to root. What the plan says to type is typed, and the apply succeeds.
func (e *ensemble) immutable(t *testing.T) {
	e = e.on(t)
	zooCfg := e.in("zk1", "readlink -f /etc/zookeeper/zookeeper-1/zoo.cfg")
	for _, frozen := range []struct{ spoil, path, flag string }{
		{"echo '# by hand' >>" + zooCfg, zooCfg, "i"},
		{"chmod 600 " + zooCfg, zooCfg, "a"},
		{"rm /etc/zookeeper/zookeeper-1/log4j.properties", "/etc/zookeeper/zookeeper-1", "i"},
		{"systemctl stop zookeeper-1", "/srv/zk/1/version-2", "i"},
	} {
		e.in("zk1", fmt.Sprintf("%s; chattr +%s %s", frozen.spoil, frozen.flag, frozen.path))
		hint := fmt.Sprintf("chattr -%s %s", frozen.flag, frozen.path)
		e.unchanged([]string{"/var/lib/zkprov/bin", "/srv/zk/2/version-2"}, func() {
			e.zkprov("plan").exits(1).says("must write to "+frozen.path+",", "immutable-file", hint)
			e.zkprov("apply").exits(1).says("immutable-file", "nothing was changed")
		})
		e.in("zk1", hint)
		e.zkprov("apply").exits(0).says("applied: 1 change on 1 host")
	}
	// What is as it should be may have it.
	e.in("zk1", "chattr +i "+zooCfg)
	e.zkprov("apply").exits(0).says("nothing to change on 1 host")
	e.in("zk1", "chattr -i "+zooCfg)
}

// twoArchives puts another ensemble of the same version on the host, from another archive: the first one's servers do not notice.
func (e *ensemble) twoArchives(t *testing.T) {
	e = e.on(t)
	other := *e
	other.inventory = filepath.Join(t.TempDir(), "other.toml")
	second := withAnotherHash(t)
	other.write(fmt.Sprintf(`[ensemble]
name = "other"
ignore = ["few-voters"]
[jvm]
heap = "128m"
[[host]]
name = "zk1"
address = %q
instance = [ { id = 1, client_port = 2191, quorum_port = 2898, election_port = 3898, admin_port = 8090 } ]
`, e.host("zk1").Address()) + second.Section())

	const plain = "/opt/zookeeper/apache-zookeeper-3.6.3-bin"
	beside := plain + "-" + second.SHA512[:12]
	// What a server has open and was started with.
	runsFrom := func(unit string) string {
		return e.in("zk1", fmt.Sprintf("pid=$(systemctl show -P MainPID %s); echo $pid; ls -l /proc/$pid/fd | grep -o '/opt/.*' | sort", unit))
	}
	before := runsFrom("zookeeper-1")
	if !strings.Contains(before, plain+"/lib/zookeeper-3.6.3.jar") {
		t.Fatalf("zookeeper-1 has open\n%s", before)
	}
	other.zkprov("plan").exits(0).says("apache-zookeeper-3.6.3-bin, beside another archive's release in " + beside)
	other.zkprov("apply").exits(0).says("a write was read back")
	if diff := cmp.Diff(before, runsFrom("zookeeper-1")); diff != "" {
		t.Errorf("the first ensemble's server noticed:\n%s", diff)
	}
	if now := runsFrom("other-1"); !strings.Contains(now, beside+"/lib/zookeeper-3.6.3.jar") || regexp.MustCompile(plain+"/|deleted").MatchString(now) {
		t.Errorf("other-1 has open\n%s", now)
	}
	for _, each := range []*ensemble{e, &other} {
		each.zkprov("apply").exits(0).says("nothing to change on 1 host")
		each.zkprov("check").exits(0)
	}
	// The first one stays where it is, too, when it is restarted.
	e.in("zk1", "systemctl stop zookeeper-1")
	e.zkprov("apply").exits(0).says("applied: 1 change on 1 host")
	if now := runsFrom("zookeeper-1"); !strings.Contains(now, plain+"/lib/zookeeper-3.6.3.jar") {
		t.Errorf("zookeeper-1 has open\n%s", now)
	}
}

// withAnotherHash is the release with an empty gzip file behind it: the same content, and another hash.
func withAnotherHash(t *testing.T) lab.Release {
	t.Helper()
	content, err := os.ReadFile(release.Path)
	if err != nil {
		t.Fatal(err)
	}
	packed := bytes.NewBuffer(content)
	if err := gzip.NewWriter(packed).Close(); err != nil {
		t.Fatal(err)
	}
	other := lab.Release{Path: filepath.Join(t.TempDir(), filepath.Base(release.Path))}
	if err := os.WriteFile(other.Path, packed.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	sum := sha512.Sum512(packed.Bytes())
	other.SHA512 = hex.EncodeToString(sum[:])
	return other
}

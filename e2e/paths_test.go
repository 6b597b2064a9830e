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

// TestPaths has folders that are other ones than their paths say, folders that do not last, and files that root cannot change.
func TestPaths(t *testing.T) {
	t.Parallel()
	e := boot(t, lab.Hosts(1)...)
	e.write(fmt.Sprintf(`[ensemble]
name = "zookeeper"
ignore = ["few-voters"]
[jvm]
heap = "128m"
[[host]]
name = "zk1"
address = %q
instance = [
  { id = 1, data_dir = "/srv/zk/1" },
  { id = 2, data_dir = "/srv/zk/2", role = "observer", client_port = 2182, quorum_port = 2889, election_port = 3889, admin_port = 8081 },
]
`, e.host("zk1").Address()))
	for _, r := range pathRefusals() {
		e.refused(r)
	}
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

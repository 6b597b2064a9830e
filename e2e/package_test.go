//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/e2e/lab"
)

// machineNames are the architectures as rpm spells them.
var machineNames = map[string]string{"amd64": "x86_64", "arm64": "aarch64"}

// packageFile is the one package that make packages left for this pattern.
func packageFile(t *testing.T, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../dist", pattern))
	if err != nil || len(files) != 1 {
		t.Fatalf("make packages left %v for %s, want one file (%v)", files, pattern, err)
	}
	return files[0]
}

func debFile(t *testing.T) string { return packageFile(t, "zkprov_*_"+runtime.GOARCH+".deb") }

// olderDeb is the package with a version before all others.
func olderDeb(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	local(t, fmt.Sprintf(`dpkg-deb -R '%[1]s' '%[2]s/tree'
sed -i 's/^Version:.*/Version: 0.0.0~0/' '%[2]s/tree/DEBIAN/control'
echo '# from before' >>'%[2]s/tree/usr/lib/tmpfiles.d/zkprov.conf'
dpkg-deb --root-owner-group -Zgzip -z1 -b '%[2]s/tree' '%[2]s/older.deb'`, debFile(t), dir))
	return filepath.Join(dir, "older.deb")
}

// packageHost boots a host with packages in /root.
func packageHost(t *testing.T, files map[string]string) *ensemble {
	t.Helper()
	e := boot(t, lab.Hosts(1)...)
	for source, target := range files {
		if err := e.host("zk1").CopyIn(source, target, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// TestDeb is the life of the package on a host: install, upgrade, remove, purge.
func TestDeb(t *testing.T) {
	e := packageHost(t, map[string]string{olderDeb(t): "/root/older.deb", debFile(t): "/root/zkprov.deb"})
	// What the host has before is what it has after the purge.
	before := e.in("zk1", "find / -xdev -name '*zkprov*' -not -path '/root/*' -not -path '/var/log/*' -not -path '/proc/*'")

	e.in("zk1", "dpkg -i /root/older.deb")
	for want, script := range map[string]string{
		"0.0.0~0":              "dpkg-query -W -f '${Version}' zkprov",
		"700 root root":        "stat -c '%a %U %G' /var/lib/zkprov",
		"755 root root":        "stat -c '%a %U %G' /var/cache/zkprov",
		"zookeeper":            "id -un zookeeper",
		"disabled disabled":    "{ systemctl is-enabled zkprov-agent.service zkprov-agent.timer || true; } | xargs",
		"inactive inactive":    "{ systemctl is-active zkprov-agent.service zkprov-agent.timer || true; } | xargs",
		"loaded loaded":        "systemctl show -P LoadState zkprov-agent.service zkprov-agent.timer | xargs",
		"0":                    "systemctl list-units --failed --no-legend 'zk*' | wc -l",
		"unit files are clean": "systemd-analyze verify --man=no /usr/lib/systemd/system/zkprov-agent.service /usr/lib/systemd/system/zkprov-agent.timer 2>&1; echo unit files are clean",
		"other":                "test -x /usr/lib/zkprov/zkprov-linux-" + otherArch() + " && echo other",
	} {
		if got := e.in("zk1", script); got != want {
			t.Errorf("%s\nsays %q, want %q", script, got, want)
		}
	}
	if out := e.in("zk1", "zkprov version"); !strings.Contains(out, runtime.Version()) || !strings.Contains(out, "commit ") {
		t.Errorf("zkprov version says %q", out)
	}

	// An upgrade keeps what the administrator made.
	e.in("zk1", "echo '# mine' >>/etc/zkprov/inventory.toml.example; echo '# an inventory' >/etc/zkprov/inventory.toml; systemctl -q enable --now zkprov-agent.timer")
	e.timerRuns("enabled")
	e.in("zk1", "dpkg -i /root/zkprov.deb </dev/null")
	if out := e.in("zk1", "tail -qn 1 /etc/zkprov/inventory.toml.example /etc/zkprov/inventory.toml; systemctl is-enabled zkprov-agent.timer; grep -c before /usr/lib/tmpfiles.d/zkprov.conf || true"); out != "# mine\n# an inventory\nenabled\n0" {
		t.Errorf("after the upgrade there is\n%s", out)
	}

	e.in("zk1", "rm /var/lib/zkprov/status.json")
	if err := errors.Join(e.host("zk1").PowerOff(t.Context()), e.host("zk1").Start(t.Context())); err != nil {
		t.Fatal(err)
	}
	e.timerRuns("booted")

	e.in("zk1", "dpkg -r zkprov")
	if out := e.in("zk1", "ls /etc/zkprov /var/lib/zkprov; ls /usr/bin/zkprov /usr/lib/zkprov /etc/systemd/system/timers.target.wants/zkprov-agent.timer 2>/dev/null || true"); out != "/etc/zkprov:\ninventory.toml\ninventory.toml.example\n\n/var/lib/zkprov:\nstatus.json" {
		t.Errorf("a removal leaves\n%s", out)
	}
	e.in("zk1", "dpkg -P zkprov")
	if after := e.in("zk1", "find / -xdev -name '*zkprov*' -not -path '/root/*' -not -path '/var/log/*' -not -path '/proc/*'"); after != before {
		t.Errorf("a purge leaves\n%s\nand before the installation there was\n%s", after, before)
	}
}

// timerRuns wants the agent to have run on zk1, where nothing but the timer starts it, and the timer to look again.
func (e *ensemble) timerRuns(when string) {
	e.t.Helper()
	e.waitIn("zk1", "grep -q 'cannot be used' /var/lib/zkprov/status.json && ! systemctl -q is-active zkprov-agent.service")
	if got := e.in("zk1", "systemctl is-enabled zkprov-agent.service || true; systemctl show -p SubState -p NextElapseUSecMonotonic zkprov-agent.timer"); !strings.HasPrefix(got, "disabled\n") || !strings.Contains(got, "SubState=waiting") || strings.Contains(got, "infinity") {
		e.t.Errorf("%s, the service and the timer are\n%s", when, got)
	}
}

func otherArch() string {
	if runtime.GOARCH == "arm64" {
		return "amd64"
	}
	return "arm64"
}

// TestPurge purges the package under a running ensemble, and installs it again.
func TestPurge(t *testing.T) {
	t.Parallel()
	e := packageHost(t, map[string]string{debFile(t): "/root/zkprov.deb", release.Path: "/root/zookeeper.tar.gz"})
	text, err := os.ReadFile("../examples/pseudo-cluster.toml")
	if err != nil {
		t.Fatal(err)
	}
	e.in("zk1", "dpkg -i /root/zkprov.deb")
	if err := e.host("zk1").WriteFile(t.Context(), "/etc/zkprov/inventory.toml", append(text, release.SectionFrom("file:///root/zookeeper.tar.gz")...), 0o644); err != nil {
		t.Fatal(err)
	}
	e.in("zk1", "zkprov apply /etc/zkprov/inventory.toml 2>&1")
	e.in("zk1", "mkdir /var/lib/zkprov/gone; echo {} >/var/lib/zkprov/gone/formed.json; echo {} >/var/lib/zkprov/status.json")
	servers := func() string {
		return e.in("zk1", "systemctl show -P InvocationID -P MainPID zookeeper-1 zookeeper-2 zookeeper-3 zookeeper-4")
	}
	kept := []string{"/usr", "/var/cache", "/var/lib/dpkg", "/var/lib/zkprov/gone", "/var/lib/zkprov/status.json", "/etc/zkprov/inventory.toml.example", "/root"}
	for id := 1; id <= 4; id++ {
		// The servers write on.
		kept = append(kept, fmt.Sprintf("/usr/local/data/zookeeper-%d/version-2", id))
	}
	before := servers()
	var said string
	e.unchanged(kept, func() { said = e.in("zk1", "dpkg -P zkprov 2>&1") })
	for id := 1; id <= 4; id++ {
		if want := fmt.Sprintf("zookeeper-%d.service: data in /usr/local/data/zookeeper-%d", id, id); !strings.Contains(said, want) {
			t.Errorf("the purge does not say %q:\n%s", want, said)
		}
		if got := e.in("zk1", fmt.Sprintf("cat /usr/local/data/zookeeper-%d/myid", id)); got != fmt.Sprint(id) {
			t.Errorf("the myid of server %d is %q", id, got)
		}
	}
	stay := []string{"/etc/zkprov", "/etc/zkprov/inventory.toml", "/var/lib/zkprov", "/var/lib/zkprov/zookeeper", "/var/lib/zkprov/zookeeper/formed.json", "/var/lib/zkprov/zookeeper/history", "/var/lib/zkprov/zookeeper/incarnation"}
	for id := 1; id <= 4; id++ {
		stay = append(stay, fmt.Sprintf("/var/lib/zkprov/zookeeper/history/zookeeper-%d.000001", id),
			fmt.Sprintf("/var/lib/zkprov/zookeeper/zookeeper-%d.disks", id), fmt.Sprintf("/var/lib/zkprov/zookeeper/zookeeper-%d.trial", id))
	}
	slices.Sort(stay)
	left := e.in("zk1", "{ find /var/lib/zkprov /var/cache/zkprov /etc/zkprov 2>/dev/null || true; } | sed 's/\\.[0-9a-f]*\\.json$//' | LC_ALL=C sort")
	if diff := cmp.Diff(stay, strings.Split(left, "\n")); diff != "" {
		t.Errorf("the purge leaves something else than it should:\n%s", diff)
	}

	e.in("zk1", "dpkg -i /root/zkprov.deb")
	e.in("zk1", "zkprov plan --detailed-exitcode /etc/zkprov/inventory.toml")
	if out := e.in("zk1", "zkprov apply /etc/zkprov/inventory.toml 2>&1"); !strings.Contains(out, "nothing to change on 1 host") {
		t.Errorf("after a purge and an installation an apply says\n%s", out)
	}
	e.in("zk1", "zkprov check /etc/zkprov/inventory.toml")
	e.in("zk1", `zkprov agent --once --host localhost && grep -q '"changes": 0' /var/lib/zkprov/status.json`)
	if after := servers(); after != before {
		t.Errorf("the servers were\n%s\nand are\n%s", before, after)
	}

	// Once the servers are gone, a purge takes everything but the data.
	e.in("zk1", "systemctl -q disable --now zookeeper-1 zookeeper-2 zookeeper-3 zookeeper-4; rm /etc/systemd/system/zookeeper-*.service; systemctl daemon-reload")
	if said := e.in("zk1", "dpkg -P zkprov 2>&1"); strings.Contains(said, "stay installed") {
		t.Errorf("the purge says\n%s", said)
	}
	if left := e.in("zk1", "find /var/lib/zkprov /var/cache/zkprov /etc/zkprov 2>/dev/null || true; cat /usr/local/data/zookeeper-1/myid"); left != "1" {
		t.Errorf("the last purge leaves\n%s", left)
	}
}

// TestLintian wants no error and no warning beyond what packaging/deb/lintian-overrides explains.
func TestLintian(t *testing.T) {
	for arch := range machineNames {
		if out := local(t, fmt.Sprintf("lintian --allow-root --fail-on error,warning '%s'", packageFile(t, "zkprov_*_"+arch+".deb"))); out != "" {
			t.Errorf("lintian says of the deb for %s:\n%s", arch, out)
		}
	}
}

// TestRPM reads the rpms and installs this machine's into a root of its own.
func TestRPM(t *testing.T) {
	for arch, machine := range machineNames {
		file := packageFile(t, "zkprov-*."+machine+".rpm")
		other := map[string]string{"amd64": "arm64", "arm64": "amd64"}[arch]
		list := local(t, fmt.Sprintf("rpm -K --nosignature '%[1]s' >&2; rpm -qlp '%[1]s'", file))
		for _, want := range []string{"/usr/bin/zkprov", "/usr/lib/zkprov/zkprov-linux-" + other, "/usr/lib/systemd/system/zkprov-agent.timer", "/usr/share/man/man1/zkprov-apply.1.gz", "/usr/share/zsh/site-functions/_zkprov"} {
			if !strings.Contains("\n"+list+"\n", "\n"+want+"\n") {
				t.Errorf("the rpm for %s has no %s:\n%s", arch, want, list)
			}
		}
		if got := local(t, fmt.Sprintf("rpm -qp --qf '%%{ARCH} %%{BUILDHOST}' '%s'", file)); got != machine+" zkprov" {
			t.Errorf("the rpm for %s says %q", arch, got)
		}
		if got := local(t, fmt.Sprintf("rpm -qcp '%s'", file)); got != "/etc/zkprov/inventory.toml.example" {
			t.Errorf("the configuration of the rpm for %s is %q", arch, got)
		}
	}
	root := t.TempDir()
	file := packageFile(t, "zkprov-*."+machineNames[runtime.GOARCH]+".rpm")
	// Such a root has no shell for the scripts.
	local(t, fmt.Sprintf("rpm --root '%[1]s' --dbpath /var/lib/rpm -i --nodeps --noscripts '%[2]s'; rpm --root '%[1]s' --dbpath /var/lib/rpm -V --nodeps --noscripts zkprov", root, file))
	if out := local(t, fmt.Sprintf("'%s/usr/bin/zkprov' version", root)); !strings.Contains(out, "zkprov ") {
		t.Errorf("the installed zkprov says %q", out)
	}
	local(t, fmt.Sprintf("rpm --root '%s' --dbpath /var/lib/rpm -e --noscripts zkprov", root))
	if _, err := os.Stat(filepath.Join(root, "usr/bin/zkprov")); !os.IsNotExist(err) {
		t.Errorf("the removal leaves zkprov: %v", err)
	}
}

// TestSameBytes builds the packages once more, in a folder and an environment that have nothing in common with those of make packages.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "deep/deep/deep/copy")
	sums := "cd %[1]s/dist && sha256sum *.deb *.rpm"
	first := local(t, fmt.Sprintf(sums, ".."))
	// The checkout as it is now, with what is not committed.
	again := local(t, fmt.Sprintf(`umask 077; export TZ=Asia/Tokyo LANG=C HOSTNAME=other
mkdir -p '%[1]s' && cp -r ../.git '%[1]s/.git'
(cd .. && git ls-files -z --cached --others --exclude-standard | tar --ignore-failed-read --null -T - -cf -) | tar -xf - -C '%[1]s'
make -s -C '%[1]s' packages >&2
`+sums, folder))
	if first != again || strings.Count(first, "\n") != 3 {
		t.Errorf("built twice:\n%s\n\n%s", first, again)
	}
}

// local runs a script on the machine of the tests, which must succeed, and returns its standard output without the last newline.
func local(t *testing.T, script string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s\n%v\n%s%s", script, err, out, &stderr)
	}
	return strings.TrimRight(string(out), "\n")
}

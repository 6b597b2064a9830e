//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zkprov/zkprov/e2e/lab"
)

// TestCloudInit boots three hosts with one user-data at different times: each installs the package from an apt repository, and they
// form a quorum without a hand.
func TestCloudInit(t *testing.T) {
	t.Parallel()
	specs := lab.Hosts(3)
	for i := range specs {
		specs[i].Cloud, specs[i].Down = &lab.Cloud{InstanceID: "i-" + specs[i].Name}, true
	}
	e := boot(t, specs...)
	e.voters(3)
	repository, dir := serveRepository(t, e)
	e.write(strings.ReplaceAll(e.text, "file://"+release.Path, repository+"/zookeeper.tar.gz") +
		fmt.Sprintf("[bootstrap]\nid = \"0123456789abcdef\"\nexpires = %s\n", time.Now().Add(time.Hour).UTC().Format(time.RFC3339)))
	fromRepository := render(t, e, "--apt-source", "deb [trusted=yes] "+repository+"/ ./")
	// The last host takes the package from its URL.
	fromURL := render(t, e, "--package-url", repository+"/zkprov_amd64.deb", "--package-sha256", local(t, "sha256sum <'"+dir+"/zkprov_amd64.deb' | cut -c 1-64"))
	userData := []string{fromRepository, fromRepository, fromURL}

	begin := time.Now()
	for i, host := range e.lab.Hosts() {
		if err := host.Seed(lab.Cloud{InstanceID: "i-" + host.Name, UserData: userData[i]}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Until(begin.Add(bootAt[i])))
		if err := host.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		switch i {
		case 1: // two are a quorum
			waitFor(t, func() bool { return e.mode("zk1", 2181) == "leader" || e.mode("zk2", 2181) == "leader" })
			t.Logf("the quorum stands %.1f s after the second of three hosts was switched on", (time.Since(begin) - bootAt[1]).Seconds())
		case 2:
			waitFor(t, func() bool { return e.mode("zk3", 2181) == "follower" })
			t.Logf("the last host serves %.1f s after it was switched on", (time.Since(begin) - bootAt[2]).Seconds())
		}
	}
	e.waitIn("zk3", "zkprov check")
	for _, host := range e.lab.Hosts() {
		if out := e.in(host.Name, "zkprov check -q"); !strings.Contains(out, "survives 1 more failure") {
			t.Errorf("on %s zkprov check says\n%s", host.Name, out)
		}
		e.in(host.Name, "cloud-init status --wait >/dev/null; cloud-init schema --config-file /var/lib/cloud/seed/nocloud/user-data")
		e.waitIn(host.Name, `grep -q '"result": "formed"' /var/lib/zkprov/status.json`)
	}

	// The control machine has nothing to add.
	e.zkprov("check").exits(0).says("survives 1 more failure")
	e.zkprov("plan", "--detailed-exitcode").exits(0)
	e.zkprov("apply").exits(0).says("nothing to change on 3 hosts")
	e.in("zk1", "[ ! -e /var/lib/zkprov/bin ]") // the package brought the same binary

	// A second boot, and one that cloud-init takes for that of a new instance.
	before := e.read1Of("zk2", "/etc/zookeeper/zookeeper-2/zoo.cfg")
	if err := e.host("zk2").Seed(lab.Cloud{InstanceID: "i-another", UserData: fromRepository}); err != nil {
		t.Fatal(err)
	}
	if err := e.host("zk2").Reboot(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.in("zk2", "cloud-init status --wait >/dev/null")
	e.waitIn("zk2", "zkprov check")
	if after := e.read1Of("zk2", "/etc/zookeeper/zookeeper-2/zoo.cfg"); after != before {
		t.Errorf("the second boot rewrote zoo.cfg: %s, %s", before, after)
	}
	e.zkprov("apply").exits(0).says("nothing to change on 3 hosts")
}

// bootAt is when the hosts are switched on.
var bootAt = [...]time.Duration{0, 30 * time.Second, 90 * time.Second}

// read1Of is a file's identity: a file that was replaced has another.
func (e *ensemble) read1Of(host, path string) string {
	e.t.Helper()
	return e.in(host, "stat -c '%i %y' "+path)
}

// waitIn runs a script on a host until it succeeds.
func (e *ensemble) waitIn(host, script string) {
	e.t.Helper()
	var out string
	var err error
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(250 * time.Millisecond) {
		if out, err = e.host(host).Run(e.t.Context(), script); err == nil {
			return
		}
	}
	e.t.Fatalf("%s does not succeed on %s: %v\n%s\n%s", script, host, err, out,
		e.in(host, "systemctl status --no-pager zkprov-agent 2>&1 || true; cloud-init status --long 2>&1 || true; tail -n 30 /var/log/cloud-init-output.log 2>/dev/null || true"))
}

// render writes the user-data of the inventory.
func render(t *testing.T, e *ensemble, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, append([]string{"render", "--cloud-init", e.inventory}, args...)...)
	return runCommand(t, cmd).exits(0).stdout
}

// serveRepository serves a flat apt repository with the package that was built, and the release's archive, to the lab's hosts.
func serveRepository(t *testing.T, e *ensemble) (url, dir string) {
	t.Helper()
	debs, err := filepath.Glob("../dist/zkprov_*_amd64.deb")
	if err != nil || len(debs) == 0 {
		t.Fatal("there is no package in dist/: make packages")
	}
	dir = t.TempDir()
	newest := debs[0]
	for _, deb := range debs {
		if modified(t, deb).After(modified(t, newest)) {
			newest = deb
		}
	}
	for source, name := range map[string]string{newest: "zkprov_amd64.deb", release.Path: "zookeeper.tar.gz"} {
		content, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "Packages"), packageIndex(t, dir, "zkprov_amd64.deb"), 0o644); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(e.lab.Subnet.Machine().String(), "0"))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.FileServer(http.Dir(dir))}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Close() })
	return "http://" + listener.Addr().String(), dir
}

func modified(t *testing.T, path string) time.Time {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.ModTime()
}

// packageIndex is the index of a repository of one package: its own control fields, and where it is.
func packageIndex(t *testing.T, dir, name string) []byte {
	t.Helper()
	control, err := exec.CommandContext(t.Context(), "dpkg-deb", "--field", filepath.Join(dir, name)).Output()
	if err != nil {
		t.Fatal(err)
	}
	sum, err := exec.CommandContext(t.Context(), "sha256sum", filepath.Join(dir, name)).Output()
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	hash, _, _ := strings.Cut(string(sum), " ")
	return append(bytes.TrimRight(control, "\n"), fmt.Sprintf("\nFilename: ./%s\nSize: %d\nSHA256: %s\n", name, info.Size(), hash)...)
}

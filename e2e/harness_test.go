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
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/e2e/lab"
)

// binary is what make build made.
const binary = "../bin/zkprov"

// commandLimit bounds one command of zkprov. All of its own waits are shorter.
const commandLimit = 3 * time.Minute

// store is set by TestMain: image and archive are there before the first test.
var (
	store   *lab.Store
	release lab.Release
)

func TestMain(m *testing.M) { os.Exit(setUp(m)) }

func setUp(m *testing.M) int {
	ctx := context.Background()
	var err error
	if store, err = lab.OpenStore(os.Stderr); err == nil {
		if err = store.Setup(ctx); err == nil {
			release, err = store.ZooKeeper(ctx, "3.6.3")
		}
	}
	if err == nil {
		_, err = os.Stat(binary)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "cannot run the end-to-end tests: %v\n", err)
		return 1
	}
	return m.Run()
}

// ensemble is a lab and the inventory of what should be on it.
type ensemble struct {
	t   *testing.T
	lab *lab.Lab
	// inventory is the path of the file; text what is in it.
	inventory, text string
	// user is appended to the hosts' SSH names, such as ".ops"; empty is root.
	args []string
}

// boot makes a lab of these hosts for one test. Where the test fails the hosts' journals are shown.
func boot(t *testing.T, specs ...lab.Spec) *ensemble {
	t.Helper()
	ctx := t.Context()
	name := strings.ToLower(regexp.MustCompile(`[^A-Za-z0-9]+`).ReplaceAllString(t.Name(), "-"))
	l, err := store.Open(ctx, name[:min(len(name), 60)])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			showJournals(t, l)
		}
		if err := l.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if _, err := l.Boot(ctx, specs...); err != nil {
		t.Fatal(err)
	}
	e := &ensemble{t: t, lab: l, inventory: filepath.Join(t.TempDir(), "inventory.toml")}
	e.args = []string{"--ssh-config", l.SSHConfig()}
	return e
}

// on is the ensemble for a subtest.
func (e *ensemble) on(t *testing.T) *ensemble {
	sub := *e
	sub.t = t
	return &sub
}

// fourHosts boots the hosts of examples/four-hosts.toml, with that inventory.
func fourHosts(t *testing.T) *ensemble {
	t.Helper()
	e := boot(t, lab.Hosts(4)...)
	e.example("../examples/four-hosts.toml")
	return e
}

// threeHosts boots three hosts that are a voter each.
func threeHosts(t *testing.T) *ensemble {
	t.Helper()
	e := boot(t, lab.Hosts(3)...)
	e.voters(3)
	return e
}

// example takes an inventory of examples/ with the addresses of this lab and the archive of the store.
func (e *ensemble) example(path string) {
	e.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		e.t.Fatal(err)
	}
	e.write(e.lab.Subnet.Move(string(text)))
}

// voters makes an inventory of the first n hosts, a voter each.
func (e *ensemble) voters(n int) {
	e.t.Helper()
	e.write(e.lab.Voters(n))
}

// write makes the inventory of text and the archive of the store.
func (e *ensemble) write(text string) {
	e.t.Helper()
	if !strings.Contains(text, "[archive]") {
		text += release.Section()
	}
	e.text = text
	if err := os.WriteFile(e.inventory, []byte(text), 0o644); err != nil {
		e.t.Fatal(err)
	}
}

// edit replaces text of the inventory, which must be there.
func (e *ensemble) edit(old, new string) {
	e.t.Helper()
	if !strings.Contains(e.text, old) {
		e.t.Fatalf("the inventory has no %q:\n%s", old, e.text)
	}
	e.write(strings.Replace(e.text, old, new, 1))
}

// host is the host of that name, which must be there.
func (e *ensemble) host(name string) *lab.Host {
	e.t.Helper()
	h := e.lab.Host(name)
	if h == nil {
		e.t.Fatalf("the lab has no host %s", name)
	}
	return h
}

// in runs a script on a host, which must succeed, and returns its output without the last newline.
func (e *ensemble) in(host, script string) string {
	e.t.Helper()
	out, err := e.host(host).Run(e.t.Context(), script)
	if err != nil {
		e.t.Fatal(err)
	}
	return strings.TrimRight(out, "\n")
}

// result is what a command printed and how it ended.
type result struct {
	t              *testing.T
	command        string
	stdout, stderr string
	code           int
	took           time.Duration
}

// zkprov runs a command on the inventory.
func (e *ensemble) zkprov(command string, args ...string) result {
	e.t.Helper()
	return e.zkprovWith(nil, command, args...)
}

// zkprovWith is zkprov with something on its standard input.
func (e *ensemble) zkprovWith(stdin []byte, command string, args ...string) result {
	e.t.Helper()
	cmd := e.command(e.t.Context(), command, args...)
	if stdin != nil {
		cmd.Stdin = bytes.NewReader(stdin)
	}
	return runCommand(e.t, cmd)
}

func (e *ensemble) command(ctx context.Context, command string, args ...string) *exec.Cmd {
	all := append([]string{command, e.inventory}, append(e.args, args...)...)
	cmd := exec.CommandContext(ctx, binary, all...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

func runCommand(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	begin := time.Now()
	timer := time.AfterFunc(commandLimit, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	err := cmd.Run()
	r := result{t: t, command: strings.Join(cmd.Args[1:], " "), stdout: stdout.String(), stderr: stderr.String(), took: time.Since(begin)}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("cannot run zkprov %s: %v", r.command, err)
	}
	r.code = cmd.ProcessState.ExitCode()
	return r
}

// exits wants an exit code.
func (r result) exits(code int) result {
	r.t.Helper()
	if r.code != code {
		r.t.Fatalf("zkprov %s: exit code %d, want %d\nstdout:\n%s\nstderr:\n%s", r.command, r.code, code, r.stdout, r.stderr)
	}
	return r
}

// says wants each of the texts in what was printed, on either stream.
func (r result) says(texts ...string) result {
	r.t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.stdout+r.stderr, text) {
			r.t.Errorf("zkprov %s: no %q in\nstdout:\n%s\nstderr:\n%s", r.command, text, r.stdout, r.stderr)
		}
	}
	return r
}

// snapshots are the disks of all hosts.
func (e *ensemble) snapshots(ignore ...string) map[string]map[string]string {
	e.t.Helper()
	all := make(map[string]map[string]string)
	for _, h := range e.lab.Hosts() {
		snapshot, err := h.Snapshot(ignore...)
		if err != nil {
			e.t.Fatal(err)
		}
		all[h.Name] = snapshot
	}
	return all
}

// ownFolders are what an apply may leave on a host that it did not change: its own binary, and nothing else.
var ownFolders = []string{"/var/lib/zkprov/bin"}

// unchanged wants a function to leave the disks of all hosts as they are.
func (e *ensemble) unchanged(ignore []string, do func()) {
	e.t.Helper()
	before := e.snapshots(ignore...)
	do()
	if diff := cmp.Diff(before, e.snapshots(ignore...)); diff != "" {
		e.t.Errorf("a host was changed (-before +after):\n%s", diff)
	}
}

// unit is an instance's unit as systemd tells of it.
func (e *ensemble) invocation(host, unit string) string {
	e.t.Helper()
	id, err := e.host(host).InvocationID(e.t.Context(), unit)
	if err != nil {
		e.t.Fatal(err)
	}
	return id
}

// waitOK checks until all is well, at most for limit.
func (e *ensemble) waitOK(limit time.Duration) result {
	e.t.Helper()
	for end := time.Now().Add(limit); ; {
		r := e.zkprov("check")
		if r.code == 0 || time.Now().After(end) {
			return r.exits(0)
		}
	}
}

func showJournals(t *testing.T, l *lab.Lab) {
	for _, h := range l.Hosts() {
		journal, err := h.Journal(context.Background(), "")
		if err != nil {
			t.Logf("host %s: %v", h.Name, err)
			continue
		}
		lines := slices.DeleteFunc(strings.Split(journal, "\n"), func(line string) bool {
			return strings.Contains(line, " sshd[") || strings.Contains(line, " systemd-logind[") || strings.Contains(line, "session-") ||
				strings.Contains(line, "]:         at ") || strings.Contains(line, "NIOServerCnxn@")
		})
		t.Logf("the end of the journal of %s:\n%s", h.Name, strings.Join(lines[max(0, len(lines)-40):], "\n"))
	}
}

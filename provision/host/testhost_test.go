package host_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/host"
	"github.com/zkprov/zkprov/units"
	"github.com/zkprov/zkprov/units/unitstest"
)

// testHost is a root folder with a systemd in memory and a small release in its
// cache: enough to plan and apply everything.
type testHost struct {
	*host.Machine
	systemd *unitstest.Systemd
	root    string
	task    provision.Task
}

func newHost(t *testing.T) *testHost {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"/etc/passwd":                 "root:x:0:0::/root:/bin/sh\n",
		"/etc/group":                  "root:x:0:\n",
		"/etc/hosts":                  "127.0.0.1 localhost\n",
		"/etc/os-release":             "ID=debian\nVERSION_ID=12\n",
		"/proc/meminfo":               "MemTotal: 8000000 kB\nMemAvailable: 8000000 kB\n",
		"/proc/self/mountinfo":        "1 1 0:1 / / rw - ext4 /dev/sda rw\n",
		"/proc/net/tcp":               "header\n",
		"/usr/lib/jvm/java/bin/java":  "#!/bin/sh\n",
		"/usr/lib/jvm/java/release":   "JAVA_VERSION=\"17.0.9\"\nOS_ARCH=\"x86_64\"\n",
		"/run/systemd/system/present": "",
	} {
		write(t, filepath.Join(root, name), text)
	}
	java, made := filepath.Join(root, "/usr/lib/jvm/java/bin/java"), time.Unix(1e9, 0)
	chmod(t, java, 0o755)
	if err := os.Chtimes(java, made, made); err != nil { // by which a trial knows it again
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(root, units.Dir), 0o755); err != nil {
		t.Fatal(err)
	}
	systemd := &unitstest.Systemd{Root: root}
	h := &testHost{
		Machine: &host.Machine{
			Root: root, Systemd: systemd, Runner: sysusers{root},
			Query: facts.Query{
				Now: func() time.Time { return time.Unix(1e9, 0) },
				Lookup: func(context.Context, string) ([]netip.Addr, error) {
					return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil
				},
				Interfaces: func() ([]netip.Addr, error) { return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil },
			},
		},
		systemd: systemd, root: root,
	}
	archive, hash := release(t, "3.6.3")
	h.task = provision.Task{Ensemble: testEnsemble(t, hash), Host: "zk1", Bootstrap: true}
	if err := h.AddArchive(t.Context(), h.task, bytes.NewReader(archive)); err != nil {
		t.Fatal(err)
	}
	// A lock leaves its file behind.
	write(t, filepath.Join(root, "/run/zkprov/lock"), "")
	t.Cleanup(func() { h.Close() })
	return h
}

// release is the smallest archive that passes for a release, and its SHA-512.
func release(t *testing.T, version string) (archive []byte, hash string) {
	t.Helper()
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	entries := tar.NewWriter(zip)
	for _, name := range []string{"bin/zkServer.sh", "lib/zookeeper-" + version + ".jar"} {
		header := &tar.Header{Name: "apache-zookeeper-" + version + "-bin/" + name, Mode: 0o644, Size: int64(len(name)), Typeflag: tar.TypeReg}
		if err := entries.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := entries.Write([]byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(entries.Close(), zip.Close()); err != nil {
		t.Fatal(err)
	}
	sum := sha512.Sum512(packed.Bytes())
	return packed.Bytes(), hex.EncodeToString(sum[:])
}

// sysusers stands for systemd-sysusers: it makes the user as the owner of this
// process.
type sysusers struct{ root string }

func (s sysusers) Run(_ context.Context, _ []string, argv ...string) (string, error) {
	if argv[0] != "systemd-sysusers" {
		return "", os.ErrNotExist
	}
	if err := add(filepath.Join(s.root, "/etc/passwd"), "zookeeper:x:"+id(os.Geteuid())+":"+id(os.Getegid())+"::/:/bin/false\n"); err != nil {
		return "", err
	}
	return "", add(filepath.Join(s.root, "/etc/group"), "zookeeper:x:"+id(os.Getegid())+":\n")
}

const oneHost = `

[ensemble]
name = "zookeeper"
[archive]
sha512 = "HASH"
[[host]]
name = "zk1"
address = "10.0.0.1"
local = true
instance = [ { id = 1 } ]
`

func testEnsemble(t *testing.T, hash string) *inventory.Ensemble {
	t.Helper()
	e, found := inventory.Read("test.toml", []byte(strings.Replace(oneHost, "HASH", hash, 1)))
	if found.Failed() {
		t.Fatal(found)
	}
	return e
}

func (h *testHost) plan(t *testing.T) provision.HostPlan {
	t.Helper()
	if _, err := h.Observe(t.Context(), h.task); err != nil {
		t.Fatal(err)
	}
	p, err := h.Plan(t.Context(), h.task)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// madeTogether are changes of one step, and those of the others.
type madeTogether struct{ changes, others []provision.Change }

// stepsOf cuts a plan into steps as a fleet does: what stages, the restart of each
// instance, what starts, and what records.
func stepsOf(p provision.HostPlan) []madeTogether {
	again := make(map[string]bool)
	for _, c := range p.Changes {
		if c.Kind() == provision.KindRestarted {
			again[c.Instance] = true
		}
	}
	begun := make(map[string]string) // the step in which an instance is started, by name
	name := func(c provision.Change) string {
		switch c.Kind() {
		case provision.KindHistory:
			if step, ok := begun[c.Instance]; ok {
				return step
			}
			return "0 stage"
		case provision.KindFormer:
			return "4 tidy"
		case provision.KindRunning:
			return "2 start"
		case provision.KindRecord:
			return "3 record"
		case provision.KindAttempt, provision.KindUnit, provision.KindLink, provision.KindReload, provision.KindRestarted, provision.KindGeneration, provision.KindCopy:
			if again[c.Instance] {
				return "1 restart " + c.Instance
			}
		}
		return "0 stage"
	}
	steps := make(map[string]*madeTogether)
	made := make([]string, len(p.Changes))
	for i, c := range p.Changes {
		made[i] = name(c)
		switch c.Kind() {
		case provision.KindRunning, provision.KindRestarted:
			begun[c.Instance] = made[i]
		}
		if steps[made[i]] == nil {
			steps[made[i]] = &madeTogether{}
		}
		steps[made[i]].changes = append(steps[made[i]].changes, c)
	}
	var all []madeTogether
	for _, of := range slices.Sorted(maps.Keys(steps)) {
		s := *steps[of]
		for i, c := range p.Changes {
			if made[i] != of {
				s.others = append(s.others, c)
			}
		}
		all = append(all, s)
	}
	return all
}

func ofKind(p provision.HostPlan, kind provision.ResourceKind) []provision.Change {
	return slices.DeleteFunc(slices.Clone(p.Changes), func(c provision.Change) bool { return c.Kind() != kind })
}

func (h *testHost) apply(t *testing.T, p provision.HostPlan) {
	t.Helper()
	if err := h.Lock(t.Context(), h.task, 0); err != nil {
		t.Fatal(err)
	}
	for _, s := range stepsOf(p) {
		if err := h.Apply(t.Context(), h.task, s.changes, s.others, func(provision.Event) {}); err != nil {
			t.Fatal(err)
		}
	}
}

// bootstrap applies a first plan and does what the server does when it starts:
// it takes the marker away.
func (h *testHost) bootstrap(t *testing.T, p provision.HostPlan) {
	t.Helper()
	h.apply(t, p)
	remove(t, filepath.Join(h.root, "/var/lib/zookeeper/zookeeper-1/initialize"))
	h.task.Bootstrap = false
}

// generation returns the name of the generation that the instance's unit names.
func (h *testHost) generation(t *testing.T) string {
	t.Helper()
	target, err := os.Readlink(filepath.Join(h.root, "/etc/zookeeper/zookeeper-1/zoo.cfg"))
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(target)
}

// named puts the name of the instance's generation into a text.
func (h *testHost) named(t *testing.T, text string) string {
	t.Helper()
	if !strings.Contains(text, "GENERATION") {
		return text
	}
	return strings.ReplaceAll(text, "GENERATION", h.generation(t))
}

// entry is what a snapshot holds of a file.
type entry struct {
	Mode    fs.FileMode
	Content string // or a link's target
	ModTime time.Time
}

func (h *testHost) snapshot(t *testing.T) map[string]entry {
	t.Helper()
	all := make(map[string]entry)
	err := filepath.WalkDir(h.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		e := entry{Mode: info.Mode(), ModTime: info.ModTime()}
		if info.Mode().IsRegular() {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			e.Content = string(b)
		}
		if info.Mode().Type() == fs.ModeSymlink {
			if e.Content, err = os.Readlink(path); err != nil {
				return err
			}
		}
		if d.IsDir() {
			e.ModTime = time.Time{}
		}
		all[strings.TrimPrefix(path, h.root)] = e
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func chmod(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func add(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString(text)
	return err
}

func id(n int) string { return strconv.Itoa(n) }

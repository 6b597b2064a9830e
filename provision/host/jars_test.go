package host_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha512"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// jar returns a jar of one class, and its SHA-512.
func jar(t *testing.T, class string) (content []byte, hash string) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if _, err := z.Create(class + ".class"); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	sum := sha512.Sum512(b.Bytes())
	return b.Bytes(), hex.EncodeToString(sum[:])
}

// withJar gives the host's server a jar, and the host's cache that jar; it returns where it
// is to lie.
func (h *testHost) withJar(t *testing.T, class string) (path string, content []byte) {
	t.Helper()
	content, hash := jar(t, class)
	j := inventory.Jar{URL: "https://example.org/" + class + ".jar", SHA512: hash}
	h.task.Ensemble.Hosts[0].Instances[0].JVM.Jars = []inventory.Jar{j}
	if plan := h.plan(t); !slices.Equal(plan.NeedsJars, []string{hash}) {
		t.Errorf("it needs the jars %v", plan.NeedsJars)
	}
	task := h.task
	task.Jar = hash
	if err := h.AddArchive(t.Context(), task, bytes.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	if plan := h.plan(t); plan.NeedsJars != nil {
		t.Errorf("with it in the cache it needs the jars %v", plan.NeedsJars)
	}
	return h.task.Ensemble.Paths.Jar(j), content
}

// TestJars puts a jar on the class path of a server that runs, and another one.
func TestJars(t *testing.T) {
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	first, content := h.withJar(t, "a")
	plan := h.plan(t)
	if i := slices.IndexFunc(plan.Changes, func(c provision.Change) bool { return c.Path == first }); i < 0 || plan.Changes[i].Resource != "jar:"+first || plan.Changes[i].Action != provision.Create {
		t.Fatalf("the changes are %v", plan.Changes)
	}
	if len(plan.Restarts) != 1 || !slices.Equal(plan.Restarts[0].Differences, []string{"jars: + " + filepath.Base(first)}) {
		t.Errorf("the restarts are %+v", plan.Restarts)
	}
	h.apply(t, plan)
	before := h.generation(t)
	info, err := os.Stat(filepath.Join(h.root, first))
	if err != nil || info.Mode().Perm() != 0o644 || h.snapshot(t)[first].Content != string(content) {
		t.Fatalf("%v, %v", info, err)
	}
	if unit := h.snapshot(t)["/etc/systemd/system/zookeeper-1.service"].Content; !strings.Contains(unit, "/lib/*:"+first+" \\\n") {
		t.Errorf("the unit is\n%s", unit)
	}
	if again := h.plan(t); len(again.Changes) > 0 {
		t.Errorf("a second plan has %v", again.Changes)
	}

	second, _ := h.withJar(t, "b")
	h.apply(t, h.plan(t))
	if h.generation(t) == before {
		t.Error("another jar is no other generation")
	}
	// The way back has its jar.
	h.task.Ensemble.Hosts[0].Instances[0].JVM.Jars = nil
	h.task.Generations = map[string]string{"zookeeper-1": before}
	h.apply(t, h.plan(t))
	if h.runsWith(t) != before {
		t.Errorf("it runs with %s", h.runsWith(t))
	}
	h.task.Generations = nil
	h.apply(t, h.plan(t))
	for _, name := range []string{first, second} {
		if _, err := os.Stat(filepath.Join(h.root, name)); err != nil {
			t.Error(err)
		}
	}
	write(t, filepath.Join(h.root, first), "something else")
	h.task.Generations = map[string]string{"zookeeper-1": before}
	if _, err := h.Observe(t.Context(), h.task); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Plan(t.Context(), h.task); err == nil || !strings.Contains(err.Error(), first+" is not what its name says") {
		t.Errorf("with another jar: %v", err)
	}
}

// TestJarDamaged puts a jar right, and restarts a server that may have been started with it.
func TestJarDamaged(t *testing.T) {
	for name, test := range map[string]struct {
		damage  func(t *testing.T, path string)
		restart bool
	}{
		"another content": {func(t *testing.T, path string) { write(t, path, "something else") }, true},
		"gone": {func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}, false},
		"mode": {func(t *testing.T, path string) { chmod(t, path, 0o600) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			path, content := h.withJar(t, "a")
			h.bootstrap(t, h.plan(t))
			test.damage(t, filepath.Join(h.root, path))
			plan := h.plan(t)
			if restart := len(plan.Restarts) > 0; restart != test.restart || restart && !slices.Contains(plan.Restarts[0].Reasons, path) {
				t.Errorf("the restarts are %+v", plan.Restarts)
			}
			h.apply(t, plan)
			if got := h.snapshot(t)[path].Content; got != string(content) {
				t.Errorf("the jar has %q", got)
			}
			if again := h.plan(t); len(again.Changes) > 0 || len(again.Restarts) > 0 {
				t.Errorf("a second plan has %v, %v", again.Changes, again.Restarts)
			}
		})
	}
	h := newHost(t)
	path, _ := h.withJar(t, "a")
	if err := os.MkdirAll(filepath.Join(h.root, path), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Observe(t.Context(), h.task); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Plan(t.Context(), h.task); err == nil || !strings.Contains(err.Error(), "cannot put a jar at "+path) {
		t.Errorf("over a folder: %v", err)
	}
}

// TestJarOfAnother keeps no jar that the inventory does not name, nor another content.
func TestJarOfAnother(t *testing.T) {
	h := newHost(t)
	_, hash := jar(t, "a")
	task := h.task
	task.Jar = hash
	if err := h.AddArchive(t.Context(), task, strings.NewReader("x")); err == nil || !strings.Contains(err.Error(), "none of that hash") {
		t.Errorf("%v", err)
	}
	h.task.Ensemble.Hosts[0].Instances[0].JVM.Jars = []inventory.Jar{{URL: "https://example.org/a.jar", SHA512: hash}}
	if err := h.AddArchive(t.Context(), task, strings.NewReader("x")); err == nil {
		t.Error("another content was kept")
	}
}

// TestJarsCollected keeps the jars that a unit or a generation names, and their archives.
func TestJarsCollected(t *testing.T) {
	h := newHost(t)
	first, _ := h.withJar(t, "a")
	h.bootstrap(t, h.plan(t))
	second, _ := h.withJar(t, "b")
	h.apply(t, h.plan(t))
	folder := filepath.Dir(first)
	other := folder + "/0123456789abcdef-c.jar"
	write(t, filepath.Join(h.root, other), "nobody's")
	write(t, filepath.Join(h.root, folder, "mine.jar"), "mine")
	h.task.Collect = &provision.Collect{}
	plan := h.plan(t)
	var removed []string
	for _, c := range plan.Changes {
		removed = append(removed, c.Resource)
	}
	if !slices.Equal(removed, []string{"jar:" + other}) {
		t.Errorf("it removes %v", removed)
	}
	for _, want := range []string{first + ": a generation of zookeeper-1 that is kept", second + ": a jar of the inventory"} {
		if !slices.Contains(stays(plan), want) {
			t.Errorf("%q is not among %q", want, stays(plan))
		}
	}
	h.task.Ensemble.Hosts[0].Instances[0].JVM.Jars = nil
	h.task.Collect = nil
	h.task.Collect = &provision.Collect{}
	if got := stays(h.plan(t)); !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, second+": ") }) {
		t.Errorf("what the unit names does not stay: %q", got)
	}
}

// TestJarsReset takes the jars away that nothing else names.
func TestJarsReset(t *testing.T) {
	h, before := newResetHost(t)
	h.withJar(t, "a")
	h.apply(t, h.plan(t))
	h.reset(t, provision.Reset{DeleteData: true})
	if left := h.left(t, before); slices.ContainsFunc(left, func(name string) bool { return strings.HasPrefix(name, "/opt/") }) {
		t.Errorf("left are %v", left)
	}

	h, _ = newResetHost(t)
	path, _ := h.withJar(t, "a")
	h.apply(t, h.plan(t))
	write(t, filepath.Join(h.root, "/etc/systemd/system/other.service"), "[Service]\nExecStart=/bin/java -cp "+path+" X\n")
	if plan := h.reset(t, provision.Reset{DeleteData: true}); !slices.Contains(stays(plan), path+": /etc/systemd/system/other.service names it") {
		t.Errorf("what stays is %v", stays(plan))
	}
}

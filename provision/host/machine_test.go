package host_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// TestApplyTwice brings a host to the desired state and looks whether a second
// run leaves every file alone.
func TestApplyTwice(t *testing.T) {
	h := newHost(t)
	plan := h.plan(t)
	if len(plan.Changes) == 0 {
		t.Fatal("a fresh host needs no change")
	}
	if plan.Findings.Worst() == finding.Critical {
		t.Fatal(plan.Findings)
	}
	h.bootstrap(t, plan)

	before := h.snapshot(t)
	calls := h.systemd.Calls()
	second := h.plan(t)
	if len(second.Changes) > 0 || len(second.Restarts) > 0 {
		t.Errorf("the second plan has changes: %v, restarts %v", second.Changes, second.Restarts)
	}
	if diff := cmp.Diff(before, h.snapshot(t)); diff != "" {
		t.Errorf("a plan changed the host:\n%s", diff)
	}
	h.apply(t, second)
	if diff := cmp.Diff(before, h.snapshot(t)); diff != "" {
		t.Errorf("the second apply changed the host:\n%s", diff)
	}
	if diff := cmp.Diff(calls, h.systemd.Calls()); diff != "" {
		t.Errorf("the second apply used systemd:\n%s", diff)
	}
}

// TestDrift edits, removes and re-modes every file that zkprov wrote and looks
// whether the plan names just that one, and apply puts it back.
func TestDrift(t *testing.T) {
	spoil := map[string]func(t *testing.T, path string){
		"edited":  func(t *testing.T, path string) { write(t, path, "# edited\n") },
		"removed": func(t *testing.T, path string) { remove(t, path) },
		"chmod":   func(t *testing.T, path string) { chmod(t, path, 0o666) },
		"link": func(t *testing.T, path string) {
			remove(t, path)
			if err := os.Symlink("/etc/hosts", path); err != nil {
				t.Fatal(err)
			}
		},
	}
	for _, file := range []string{"file:/etc/zookeeper/zookeeper-1/GENERATION/zoo.cfg", "file:/etc/zookeeper/zookeeper-1/GENERATION/log4j.properties",
		"file:/etc/zookeeper/zookeeper-1/GENERATION/zookeeper-1.service",
		"file:/etc/sysusers.d/zkprov-zookeeper.conf", "link:/etc/zookeeper/zookeeper-1/zoo.cfg"} {
		for how, do := range spoil {
			if strings.HasPrefix(file, "link:") && (how == "edited" || how == "chmod") {
				continue // of what it leads to
			}
			t.Run(how+file, func(t *testing.T) {
				h := newHost(t)
				h.bootstrap(t, h.plan(t))
				file := h.named(t, file)
				_, name, _ := strings.Cut(file, ":")
				want := h.snapshot(t)[name]
				do(t, filepath.Join(h.root, name))
				plan := h.plan(t)
				var resources []string
				for _, c := range plan.Changes {
					resources = append(resources, c.Resource)
				}
				if diff := cmp.Diff([]string{file}, resources); diff != "" {
					t.Fatal(diff)
				}
				h.apply(t, plan)
				got := h.snapshot(t)[name]
				got.ModTime, want.ModTime = time.Time{}, time.Time{}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// TestFounding bootstraps a host whose server was started before anybody let it
// vote: it is stopped, the notes of its empty start are taken away, and it starts
// with the marker. A server that started with it is left alone.
func TestFounding(t *testing.T) {
	h := newHost(t)
	h.task.Bootstrap = false
	h.apply(t, h.plan(t))
	data := filepath.Join(h.root, "/var/lib/zookeeper/zookeeper-1")
	write(t, filepath.Join(data, "version-2/acceptedEpoch"), "-1")
	write(t, filepath.Join(data, "version-2/currentEpoch"), "-1")
	if again := h.plan(t); len(again.Changes) > 0 {
		t.Fatalf("without a bootstrap there are changes: %v", again.Changes)
	}

	h.task.Bootstrap = true
	plan := h.plan(t)
	var did []string
	for _, c := range plan.Changes {
		did = append(did, string(c.Action)+" "+c.Resource)
	}
	want := []string{
		"stop stopped:zookeeper-1.service",
		"remove file:/var/lib/zookeeper/zookeeper-1/version-2/acceptedEpoch",
		"remove file:/var/lib/zookeeper/zookeeper-1/version-2/currentEpoch",
		"create file:/var/lib/zookeeper/zookeeper-1/initialize",
		"start running:zookeeper-1.service",
	}
	if diff := cmp.Diff(want, did); diff != "" {
		t.Fatal(diff)
	}
	h.apply(t, plan)
	if again := h.plan(t); len(again.Changes) > 0 {
		t.Errorf("a second founding has changes: %v", again.Changes)
	}
	// With data it is never stopped again.
	remove(t, filepath.Join(data, "initialize"))
	write(t, filepath.Join(data, "version-2/snapshot.0"), "")
	if again := h.plan(t); len(again.Changes) > 0 {
		t.Errorf("a server with a snapshot has changes: %v", again.Changes)
	}
}

// TestFoundingAnew founds with another generation than the blank server runs with: it
// is stopped and started with that one, and nothing is left to be restarted.
func TestFoundingAnew(t *testing.T) {
	h := newHost(t)
	h.task.Bootstrap = false
	h.apply(t, h.plan(t))
	h.setHeap("300m")
	if plan := h.plan(t); len(plan.Restarts) != 1 {
		t.Errorf("without a founding the restarts are %v", plan.Restarts)
	}
	h.task.Bootstrap = true
	plan := h.plan(t)
	if len(plan.Restarts) > 0 || len(ofKind(plan, provision.KindRestarted)) > 0 {
		t.Errorf("the restarts are %v", plan.Restarts)
	}
	start := ofKind(plan, provision.KindRunning)
	if len(ofKind(plan, provision.KindStopped)) != 1 || len(start) != 1 || start[0].Summary != "zookeeper-1.service, again" {
		t.Errorf("stopped and started is %v", plan.Changes)
	}
	before := h.runsWith(t)
	h.apply(t, plan)
	if now := h.runsWith(t); now == before || now != h.generation(t) {
		t.Errorf("it runs with %s, want %s", now, h.generation(t))
	}
	if again := h.plan(t); len(again.Changes) > 0 || len(again.Restarts) > 0 {
		t.Errorf("a second plan has %v, %v", again.Changes, again.Restarts)
	}
}

// TestFoundingServes lets the server that is to be stopped serve by then. It is left
// alone, and a new run sees it as it is: what was seen is out of date, and no safety
// rule forbids to try again.
func TestFoundingServes(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	context.AfterFunc(t.Context(), func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			word := make([]byte, 4)
			if _, err := io.ReadFull(conn, word); err == nil && string(word) == "srvr" {
				_, _ = io.WriteString(conn, "Zookeeper version: 3.6.3-6401e4ad2087061bc6b9f80dec2d69f2e3c8660a, built on 04/08/2021 16:35 GMT\nZxid: 0x1\nMode: follower\nNode count: 5\n")
			}
			conn.Close()
		}
	}()
	h := newHost(t)
	h.task.Ensemble.Hosts[0].Instances[0].ClientPort = l.Addr().(*net.TCPAddr).Port
	h.task.Bootstrap = false
	h.apply(t, h.plan(t))

	h.task.Bootstrap = true
	plan := h.plan(t)
	err = h.Apply(t.Context(), h.task, stepsOf(plan)[0].changes, stepsOf(plan)[0].others, func(provision.Event) {})
	var failure *provision.Error
	if !errors.As(err, &failure) || failure.Kind != provision.Stale || failure.Name != "instance-serves" {
		t.Errorf("it says %v (%+v), want it to be stale", err, failure)
	}
	if state, err := h.systemd.State(t.Context(), "zookeeper-1.service"); err != nil || !state.Running() {
		t.Errorf("the server is %+v, %v", state, err)
	}
}

// TestUnapproved hands an apply a plan that lacks one change each time: it must
// stop before that change.
func TestUnapproved(t *testing.T) {
	full := newHost(t).plan(t).Changes
	for i := range full {
		t.Run(full[i].Resource, func(t *testing.T) {
			h := newHost(t)
			approved := append(append([]provision.Change(nil), full[:i]...), full[i+1:]...)
			before := h.snapshot(t)
			if err := h.Lock(t.Context(), h.task, 0); err != nil {
				t.Fatal(err)
			}
			err := h.Apply(t.Context(), h.task, approved, nil, func(provision.Event) {})
			if err == nil || !strings.Contains(err.Error(), ": "+full[i].Difference()+"; run it again") {
				t.Fatalf("Apply without approval of %s: %v", full[i].Resource, err)
			}
			if err := h.Unlock(t.Context()); err != nil {
				t.Fatal(err)
			}
			after, lock := h.snapshot(t), "/run/zkprov/lock"
			before[lock] = after[lock]
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("something was changed before:\n%s", diff)
			}
		})
	}
}

// TestSweep leaves a temporary file behind, as a run does that is killed while it
// writes: the next one, which has that file or link to write, takes it away.
func TestSweep(t *testing.T) {
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	dir := filepath.Join(h.root, "/etc/zookeeper/zookeeper-1")
	generation := filepath.Join(dir, h.generation(t))
	write(t, filepath.Join(generation, "zoo.cfg"), "# edited\n")
	remove(t, filepath.Join(dir, "zoo.cfg"))
	for _, folder := range []string{dir, generation} {
		for _, name := range []string{".zoo.cfg1368709816863195375", ".zoo.cfg.swp", ".zoo.cfg2.swp", ".zoo.cfg"} {
			write(t, filepath.Join(folder, name), "")
		}
	}
	h.apply(t, h.plan(t))
	for _, folder := range []string{dir, generation} {
		var names []string
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if !e.IsDir() {
				names = append(names, e.Name())
			}
		}
		if diff := cmp.Diff([]string{".zoo.cfg", ".zoo.cfg.swp", ".zoo.cfg2.swp", "log4j.properties", "zoo.cfg"}, slices.DeleteFunc(names, func(name string) bool { return name == unitName })); diff != "" {
			t.Error(diff)
		}
	}
}

// TestCutOff ends an apply before and after every single change and looks
// whether the next one finishes the work.
func TestCutOff(t *testing.T) {
	want := newHost(t)
	want.apply(t, want.plan(t))
	total := len(newHost(t).plan(t).Changes)
	for n := range 2 * total {
		h := newHost(t)
		plan := h.plan(t)
		ctx, cut := context.WithCancel(t.Context())
		seen := 0
		stop := func(provision.Event) {
			if seen++; seen > n {
				cut()
			}
		}
		if err := h.Lock(ctx, h.task, 0); err != nil {
			t.Fatal(err)
		}
		for _, s := range stepsOf(plan) {
			_ = h.Apply(ctx, h.task, s.changes, s.others, stop)
		}
		cut()
		h.apply(t, h.plan(t))
		got, expect := h.snapshot(t), want.snapshot(t)
		for name, g := range got {
			w := expect[name]
			g.ModTime, w.ModTime = time.Time{}, time.Time{}
			if strings.HasSuffix(name, "/incarnation") || strings.HasSuffix(name, ".trial") || strings.Contains(name, "/history/") {
				g.Content, w.Content = "", "" // every host has its own, as its Java has its inode, and an entry says when it was and who saw it
			}
			if name != "/run/zkprov/lock" && g != w && !strings.HasPrefix(name, "/proc/") {
				t.Errorf("cut off after %d events: %s is %+v, want %+v", n, name, g, w)
			}
		}
		for name := range expect {
			if _, ok := got[name]; !ok && !strings.HasPrefix(name, "/proc/") {
				t.Errorf("cut off after %d events: %s is missing", n, name)
			}
		}
	}
}

// TestOnly changes one instance of a host and leaves the other as it is.
func TestOnly(t *testing.T) {
	h := newHost(t)
	inventoryOf := func(instances string) {
		t.Helper()
		hash := h.task.Ensemble.Archive.SHA512
		text := strings.NewReplacer("HASH", hash, "instance = [ { id = 1 } ]", instances).Replace(oneHost)
		e, found := inventory.Read("test.toml", []byte(text))
		if found.Failed() {
			t.Fatal(found)
		}
		h.task.Ensemble = e
	}
	const second = "{ id = 2, client_port = 2182, quorum_port = 2889, election_port = 3889, admin_port = 8081"
	inventoryOf("instance = [ { id = 1 }, " + second + " } ]")
	h.bootstrap(t, h.plan(t))
	remove(t, filepath.Join(h.root, "/var/lib/zookeeper/zookeeper-2/initialize"))

	inventoryOf("instance = [ { id = 1, jvm.heap = \"300m\" }, " + second + ", jvm.heap = \"300m\" } ]")
	restarts := func(p provision.HostPlan) (names []string) {
		for _, r := range p.Restarts {
			if r.Staged {
				t.Errorf("the files of %s are not staged", r.Instance)
			}
			names = append(names, r.Instance)
		}
		return names
	}
	if got := restarts(h.plan(t)); !slices.Equal(got, []string{"zookeeper-1", "zookeeper-2"}) {
		t.Errorf("the restarts are %v", got)
	}
	if err := h.systemd.Stop(t.Context(), "zookeeper-2.service"); err != nil {
		t.Fatal(err)
	}
	h.task.Only = []string{"zookeeper-2"}
	before := h.snapshot(t)
	plan := h.plan(t)
	if len(plan.Restarts) > 0 || len(plan.Changes) == 0 {
		t.Errorf("the restarts are %v, the changes %v", plan.Restarts, plan.Changes)
	}
	for _, c := range plan.Changes {
		if c.Instance == "zookeeper-1" {
			t.Errorf("of the other instance: %+v", c)
		}
	}
	h.apply(t, plan)
	after := h.snapshot(t)
	for _, same := range []string{units.Path("zookeeper-1"), "/etc/zookeeper/zookeeper-1/zoo.cfg"} {
		if diff := cmp.Diff(before[same], after[same]); diff != "" {
			t.Errorf("%s: %s", same, diff)
		}
	}
	if before[units.Path("zookeeper-2")].Content == after[units.Path("zookeeper-2")].Content {
		t.Error("the unit of zookeeper-2 is as it was")
	}
	if again := h.plan(t); len(again.Changes) > 0 || len(again.Restarts) > 0 {
		t.Errorf("the second plan has %v and %v", again.Changes, again.Restarts)
	}

	// What all run from is not taken away from under the other.
	remove(t, filepath.Join(h.root, "/opt/zookeeper/apache-zookeeper-3.6.3-bin/lib/zookeeper-3.6.3.jar"))
	for _, r := range h.plan(t).Restarts {
		if !r.Shared {
			t.Errorf("%s shares the release", r.Instance)
		}
	}
	if got := restarts(h.plan(t)); !slices.Equal(got, []string{"zookeeper-2", "zookeeper-1"}) {
		t.Errorf("with a release that is not whole the restarts are %v", got)
	}
}

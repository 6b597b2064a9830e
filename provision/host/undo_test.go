package host_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision"
)

// renewed returns a host whose server was restarted with another generation, and the one
// that it ran with before.
func renewed(t *testing.T) (h *testHost, before string) {
	t.Helper()
	h = newHost(t)
	h.bootstrap(t, h.plan(t))
	before = h.runsWith(t)
	h.setHeap("300m")
	h.apply(t, h.plan(t))
	if now := h.runsWith(t); now == before {
		t.Fatalf("it still runs with %s", now)
	}
	return h, before
}

// TestWayBack gives a server the generation that it had before again, however the one
// after it has come to an end.
func TestWayBack(t *testing.T) {
	restarted := []string{"update unit:UNIT", "reload reload:zookeeper-1.service", "update link:DIR/log4j.properties", "update link:DIR/zoo.cfg", "restart restarted:zookeeper-1.service", "create history:zookeeper-1/GENERATION"}
	started := []string{"update unit:UNIT", "reload reload:systemd", "update link:DIR/log4j.properties", "update link:DIR/zoo.cfg", "start running:zookeeper-1.service", "create history:zookeeper-1/GENERATION"}
	for name, test := range map[string]struct {
		since func(t *testing.T, h *testHost)
		want  []string
	}{
		"it runs": {func(*testing.T, *testHost) {}, restarted},
		"it has failed": {func(t *testing.T, h *testHost) {
			h.systemctl(t, h.systemd.End(unitName, 2))
		}, started},
		"nobody knows that it was tried": {func(t *testing.T, h *testHost) {
			remove(t, filepath.Join(h.root, "/var/lib/zkprov/zookeeper/zookeeper-1.trial"))
		}, restarted},
		"it is to start at boot": {func(t *testing.T, h *testHost) {
			h.systemctl(t, h.systemd.Boot())
		}, restarted},
		"a link was not made": {func(t *testing.T, h *testHost) {
			remove(t, filepath.Join(h.root, configs, "zoo.cfg"))
		}, []string{"update unit:UNIT", "reload reload:zookeeper-1.service", "update link:DIR/log4j.properties", "create link:DIR/zoo.cfg", "restart restarted:zookeeper-1.service", "create history:zookeeper-1/GENERATION"}},
	} {
		t.Run(name, func(t *testing.T) {
			h, before := renewed(t)
			test.since(t, h)
			text := h.snapshot(t)[configs+"/"+before+"/"+unitName].Content
			h.task.Generations, h.task.Undoing = map[string]string{"zookeeper-1": before}, true
			plan := h.plan(t)
			var changes []string
			for _, c := range plan.Changes {
				changes = append(changes, string(c.Action)+" "+c.Resource)
			}
			names := strings.NewReplacer("GENERATION", before, "DIR", configs, "UNIT", unitPath)
			want := slices.Clone(test.want)
			for i := range want {
				want[i] = names.Replace(want[i])
			}
			if diff := cmp.Diff(want, changes); diff != "" {
				t.Errorf("the changes (-want +got):\n%s", diff)
			}
			h.apply(t, plan)
			calls := h.systemd.Calls()
			if i := slices.Index(calls, "restart "+unitName); i >= 0 && (i == 0 || calls[i-1] != "reset "+unitName) {
				t.Errorf("what it ended with before counts against what it got: %q", calls)
			}
			h.systemctl(t, h.systemd.RunJobs()) // with what systemd has read by now
			if now := h.runsWith(t); now != before {
				t.Errorf("it runs with %s, want %s", now, before)
			}
			if o, err := h.Observe(t.Context(), h.task); err != nil || !o.Instances["zookeeper-1"].Failed {
				t.Errorf("it is not known that the restart failed: %v", err)
			}
			if h.generation(t) != before || h.snapshot(t)[unitPath].Content != text || !strings.Contains(text, configs+"/"+before+"/zoo.cfg") {
				t.Errorf("the links lead to %s, and the unit is\n%s", h.generation(t), h.snapshot(t)[unitPath].Content)
			}
			if again := h.plan(t); len(again.Changes) > 0 || len(again.Restarts) > 0 {
				t.Errorf("a second plan has %v, %v", again.Changes, again.Restarts)
			}
			h.task.Generations = nil
			if forth := h.plan(t); len(forth.Restarts) != 1 {
				t.Errorf("the inventory's generation is planned with restarts %v", forth.Restarts)
			}
		})
	}
}

// TestWayBackNeverAMix cuts the way back off after each event, and lets the server be
// started again by systemd then, or by a boot: each time it starts with one generation.
// The way back, begun anew, comes to its end.
func TestWayBackNeverAMix(t *testing.T) {
	for name, since := range map[string]func(t *testing.T, h *testHost){
		"it runs":       func(*testing.T, *testHost) {},
		"it has failed": func(t *testing.T, h *testHost) { h.systemctl(t, h.systemd.End(unitName, 2)) },
	} {
		t.Run(name, func(t *testing.T) {
			for n := 0; ; n++ {
				h, before := renewed(t)
				since(t, h)
				h.task.Generations = map[string]string{"zookeeper-1": before}
				plan := h.plan(t)
				ctx, cut := context.WithCancel(t.Context())
				seen := 0
				h.systemctl(t, h.Lock(ctx, h.task, 0))
				err := h.Apply(ctx, h.task, plan.Changes, nil, func(provision.Event) {
					if seen++; seen > n {
						cut()
					}
				})
				cut()
				h.consistent(t, "started again", n)
				h.systemctl(t, h.systemd.Boot())
				h.systemctl(t, h.systemd.RunJobs())
				h.consistent(t, "booted", n)
				h.apply(t, h.plan(t))
				if h.runsWith(t) != before || h.generation(t) != before {
					t.Errorf("cut off after %d events and begun anew, it runs with %s", n, h.runsWith(t))
				}
				if err == nil {
					return // it came to its end
				}
			}
		})
	}
}

// TestNotKept wants a generation that the host has not kept as it was: what is said
// names what it lacks, and nothing is changed.
func TestNotKept(t *testing.T) {
	const release = "/opt/zookeeper/apache-zookeeper-3.6.3-bin"
	for name, test := range map[string]struct {
		spoil func(t *testing.T, h *testHost, folder string)
		want  string
	}{
		"never there": {func(_ *testing.T, h *testHost, _ string) {
			h.task.Generations = map[string]string{"zookeeper-1": "0123456789abcdef"}
		}, "generation 0123456789abcdef of zookeeper-1: the host has not kept it"},
		"no name": {func(t *testing.T, h *testHost, folder string) {
			h.task.Generations = map[string]string{"zookeeper-1": "../zookeeper-1/" + filepath.Base(folder)}
		}, "the host has not kept it"},
		"its folder is gone": {func(t *testing.T, h *testHost, folder string) {
			if err := os.RemoveAll(folder); err != nil {
				t.Fatal(err)
			}
		}, "the host has not kept it"},
		"no unit":    {func(t *testing.T, _ *testHost, folder string) { remove(t, filepath.Join(folder, unitName)) }, "FOLDER has no file zookeeper-1.service"},
		"no zoo.cfg": {func(t *testing.T, _ *testHost, folder string) { remove(t, filepath.Join(folder, "zoo.cfg")) }, "FOLDER has no file zoo.cfg"},
		"a link in a file's place": {func(t *testing.T, _ *testHost, folder string) {
			remove(t, filepath.Join(folder, "log4j.properties"))
			if err := os.Symlink("/etc/hosts", filepath.Join(folder, "log4j.properties")); err != nil {
				t.Fatal(err)
			}
		}, "FOLDER has no file log4j.properties"},
		"an edited zoo.cfg": {func(t *testing.T, _ *testHost, folder string) {
			edit(t, filepath.Join(folder, "zoo.cfg"), false)
		}, "what lies in FOLDER, or the release in " + release + ", is not what that name is the digest of"},
		"an edited unit": {func(t *testing.T, _ *testHost, folder string) {
			edit(t, filepath.Join(folder, unitName), false)
		}, "what lies in FOLDER, or the release in " + release + ", is not what that name is the digest of"},
		"another's unit": {func(t *testing.T, _ *testHost, folder string) {
			write(t, filepath.Join(folder, unitName), "[Service]\nExecStart=/bin/sh\n")
		}, "is not what that name is the digest of"},
		"logging of another release": {func(t *testing.T, _ *testHost, folder string) {
			write(t, filepath.Join(folder, "logback.xml"), "<configuration/>")
		}, "is not what that name is the digest of"},
		"its release is gone": {func(t *testing.T, h *testHost, _ string) {
			if err := os.RemoveAll(h.root + release); err != nil {
				t.Fatal(err)
			}
		}, "its release in " + release + " is absent"},
		"its release lacks a jar": {func(t *testing.T, h *testHost, _ string) {
			remove(t, h.root+release+"/lib/zookeeper-3.6.3.jar")
		}, "its release in " + release + " is incomplete"},
	} {
		t.Run(name, func(t *testing.T) {
			h, before := renewed(t)
			folder := filepath.Join(h.root, configs, before)
			h.task.Generations = map[string]string{"zookeeper-1": before}
			plan := h.plan(t)
			h.systemctl(t, h.Lock(t.Context(), h.task, 0))
			test.spoil(t, h, folder)
			as, calls := h.snapshot(t), h.systemd.Calls()
			for what, err := range map[string]error{
				"apply": h.Apply(t.Context(), h.task, plan.Changes, nil, func(provision.Event) {}),
				"plan":  func() error { _, err := h.Plan(t.Context(), h.task); return err }(),
			} {
				var failure *provision.Error
				want := strings.ReplaceAll(test.want, "FOLDER", configs+"/"+before)
				if !errors.As(err, &failure) || failure.Kind != provision.Refused || failure.Name != "generation-not-kept" || !strings.HasSuffix(failure.Message, want) || failure.Hint == "" {
					t.Errorf("%s says %v, want %s", what, err, want)
				}
			}
			if diff := cmp.Diff(as, h.snapshot(t)); diff != "" || !slices.Equal(calls, h.systemd.Calls()) {
				t.Errorf("something was changed:\n%s", diff)
			}
		})
	}
}

// TestJavaIsGone wants nobody to go back to a generation whose Java was taken from the
// host, while another one is there.
func TestJavaIsGone(t *testing.T) {
	h, before := renewed(t)
	jvm := filepath.Join(h.root, "/usr/lib/jvm")
	if err := os.Rename(filepath.Join(jvm, "java"), filepath.Join(jvm, "other")); err != nil {
		t.Fatal(err)
	}
	h.task.Generations = map[string]string{"zookeeper-1": before}
	_, err := h.Plan(t.Context(), h.task)
	var failure *provision.Error
	if !errors.As(err, &failure) || failure.Name != "generation-not-kept" || !strings.HasSuffix(failure.Message, "its Java, /usr/lib/jvm/java/bin/java, is not there any more") {
		t.Errorf("it says %v", err)
	}
}

// TestKept wants an observation to tell whether what a server runs with can be given to
// it again.
func TestKept(t *testing.T) {
	for name, test := range map[string]struct {
		change func(t *testing.T, h *testHost)
		want   bool
	}{
		"as it was made": {func(*testing.T, *testHost) {}, true},
		"another is wanted": {func(_ *testing.T, h *testHost) {
			h.setHeap("300m")
		}, true},
		"edited": {func(t *testing.T, h *testHost) {
			edit(t, filepath.Join(h.root, configs, h.generation(t), "zoo.cfg"), false)
		}, false},
		"down":                        {func(t *testing.T, h *testHost) { h.systemctl(t, h.systemd.Stop(t.Context(), unitName)) }, false},
		"the layout of before":        {func(t *testing.T, h *testHost) { h.flatten(t) }, false},
		"is to start, as at boot":     {func(t *testing.T, h *testHost) { h.systemctl(t, h.systemd.Boot()) }, true},
		"made before units were kept": {func(t *testing.T, h *testHost) { remove(t, filepath.Join(h.root, configs, h.generation(t), unitName)) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.bootstrap(t, h.plan(t))
			test.change(t, h)
			o, err := h.Observe(t.Context(), h.task)
			if err != nil {
				t.Fatal(err)
			}
			if got := o.Instances["zookeeper-1"].Kept; got != test.want {
				t.Errorf("kept is %t, want %t", got, test.want)
			}
		})
	}
}

package host_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// TestPromise looks whether an apply makes every change that the plan lists, no
// more and no fewer, on hosts in several states.
func TestPromise(t *testing.T) {
	unit := units.Path("zookeeper-1")
	for name, test := range map[string]struct {
		spoil   func(t *testing.T, h *testHost)
		reloads bool
	}{
		"fresh": {},
		"an edited unit": {spoil: func(t *testing.T, h *testHost) {
			h.bootstrap(t, h.plan(t))
			if err := h.systemd.Stop(t.Context(), units.FileName("zookeeper-1")); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(h.root, unit), "[Service]\nExecStart=/bin/false\n")
			if err := h.systemd.Reload(t.Context()); err != nil {
				t.Fatal(err)
			}
		}, reloads: true},
		"a unit that was removed and forgotten": {spoil: func(t *testing.T, h *testHost) {
			h.bootstrap(t, h.plan(t))
			if err := h.systemd.Stop(t.Context(), units.FileName("zookeeper-1")); err != nil {
				t.Fatal(err)
			}
			remove(t, filepath.Join(h.root, unit))
			if err := h.systemd.Reload(t.Context()); err != nil {
				t.Fatal(err)
			}
		}},
		"a unit that was put back and never read": {spoil: func(t *testing.T, h *testHost) {
			h.bootstrap(t, h.plan(t))
			text := h.snapshot(t)[unit].Content
			write(t, filepath.Join(h.root, unit), "[Service]\nExecStart=/bin/false\n")
			if err := h.systemd.Reload(t.Context()); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(h.root, unit), text)
		}, reloads: true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			if test.spoil != nil {
				test.spoil(t, h)
			}
			plan := h.plan(t)
			var promised, made []string
			reloads := false
			for _, c := range plan.Changes {
				promised = append(promised, string(c.Action)+" "+c.Resource)
				reloads = reloads || c.Action == provision.Reload
			}
			if len(promised) == 0 || reloads != test.reloads {
				t.Errorf("the plan has %q", promised)
			}
			if err := h.Lock(t.Context(), h.task, 0); err != nil {
				t.Fatal(err)
			}
			for _, s := range stepsOf(plan) {
				err := h.Apply(t.Context(), h.task, s.changes, s.others, func(e provision.Event) {
					if e.Done {
						made = append(made, string(e.Change.Action)+" "+e.Change.Resource)
					}
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(promised, made); diff != "" {
				t.Errorf("promised and made:\n%s", diff)
			}
			if again := h.plan(t); len(again.Changes) > 0 {
				t.Errorf("a second plan has %v", again.Changes)
			}
		})
	}
}

// TestShipped brings the binary to a host, as an apply does before it plans: the
// plan is the one that was shown before.
func TestShipped(t *testing.T) {
	h := newHost(t)
	shown := h.plan(t)
	bin := filepath.Join(h.root, "/var/lib/zkprov/bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	plan := h.plan(t)
	if diff := cmp.Diff(shown.Changes, plan.Changes); diff != "" {
		t.Errorf("shown and planned:\n%s", diff)
	}
	h.bootstrap(t, plan)
	folder := filepath.Dir(bin)
	for _, spoiled := range []struct {
		folder, want string
	}{
		{folder, "/var/lib/zkprov: mode 0755 -> 0700"},
		{folder + "/zookeeper", "mode 0755 -> 0700"},
	} {
		chmod(t, spoiled.folder, 0o755)
		plan := h.plan(t)
		if len(plan.Changes) != 1 || plan.Changes[0].Path != "/var/lib/zkprov/zookeeper" || plan.Changes[0].Summary != spoiled.want {
			t.Errorf("the changes are %+v, want %s", plan.Changes, spoiled.want)
		}
		h.apply(t, plan)
		if info, err := os.Stat(spoiled.folder); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s was not put right: %v, %v", spoiled.folder, info.Mode(), err)
		}
	}
}

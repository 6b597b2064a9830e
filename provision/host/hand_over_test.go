package host_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/skip"
	"github.com/zkprov/zkprov/provision"
)

// TestHandOver gives a server another group. While it runs, what it has stays its own;
// it is handed over when the server is restarted, or where it does not run.
func TestHandOver(t *testing.T) {
	if os.Geteuid() != 0 {
		skip.OutsideCI(t, "files are given away")
	}
	const data = "/var/lib/zookeeper/zookeeper-1"
	handed := []string{data, data + "/.zkprov.json", data + "/myid", data + "/version-2", configs}
	slices.Sort(handed)
	for name, running := range map[string]bool{"runs": true, "does not run": false} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.bootstrap(t, h.plan(t))
			write(t, filepath.Join(h.root, data, "version-2/log.1"), "")
			if err := os.Chown(filepath.Join(h.root, data, "version-2/log.1"), 4243, 4243); err != nil {
				t.Fatal(err)
			}
			if !running {
				h.systemctl(t, h.systemd.Stop(t.Context(), unitName))
			}
			if err := add(filepath.Join(h.root, "/etc/group"), "another:x:4242:\n"); err != nil {
				t.Fatal(err)
			}
			kept := func() bool {
				o, err := h.Observe(t.Context(), h.task)
				h.systemctl(t, err)
				return o.Instances["zookeeper-1"].Kept
			}
			if kept() != running {
				t.Error("what it runs with is not kept")
			}
			h.task.Ensemble.Service.Group = "another"
			if kept() {
				t.Error("there is a way back to what does not own its data any more")
			}
			plan := h.plan(t)
			h.systemctl(t, h.Lock(t.Context(), h.task, 0))
			for i, s := range stepsOf(plan) {
				var paths []string
				for _, c := range s.changes {
					if slices.Contains(handed, c.Path) {
						paths = append(paths, c.Path)
					}
				}
				slices.Sort(paths)
				want := handed
				if running != slices.ContainsFunc(s.changes, func(c provision.Change) bool { return c.Kind() == provision.KindRestarted }) || !running && i > 0 {
					want = nil
				}
				if diff := cmp.Diff(want, paths); diff != "" {
					t.Errorf("step %d hands over (-want +got):\n%s", i, diff)
				}
				h.systemctl(t, h.Apply(t.Context(), h.task, s.changes, s.others, func(provision.Event) {}))
			}
			if again := h.plan(t); len(again.Changes) > 0 || h.runsWith(t) != h.generation(t) {
				t.Errorf("a second plan has %v", again.Changes)
			}
		})
	}
}

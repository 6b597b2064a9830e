package host_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// TestVersionOf wants an instance to be of the release that its process was started with,
// be the unit that of another by now, and of its unit's where none runs.
func TestVersionOf(t *testing.T) {
	h := newHost(t)
	version := func() inventory.Version {
		o, err := h.Observe(t.Context(), h.task)
		if err != nil {
			t.Fatal(err)
		}
		return o.Instances["zookeeper-1"].Version
	}
	if got := version(); got != "" {
		t.Errorf("before the first apply it is %q", got)
	}
	h.bootstrap(t, h.plan(t))
	if got := version(); got != "3.6.3" {
		t.Errorf("it is %q", got)
	}
	unit := filepath.Join(h.root, unitPath)
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	write(t, unit, strings.ReplaceAll(string(text), "3.6.3", "3.8.4"))
	if got := version(); got != "3.6.3" {
		t.Errorf("running, and with another unit, it is %q", got)
	}
	h.systemctl(t, h.systemd.Stop(t.Context(), unitName))
	if got := version(); got != "3.8.4" {
		t.Errorf("down, it is %q", got)
	}
}

// upgrade has the host's inventory want another release, of which the host has the archive.
func (h *testHost) upgrade(t *testing.T, version string) {
	t.Helper()
	archive, hash := release(t, version)
	h.task.Ensemble.Version, h.task.Ensemble.Archive.SHA512 = inventory.Version(version), hash
	if err := h.AddArchive(t.Context(), h.task, bytes.NewReader(archive)); err != nil {
		t.Fatal(err)
	}
}

// serverData is what a server has written: two snapshots, of which the newer one is not
// whole yet, and logs.
func (h *testHost) serverData(t *testing.T) {
	t.Helper()
	for name, text := range map[string]string{
		"snapshot.100": "old\x00\x00\x00\x01/", "snapshot.200": "new\x00\x00\x00\x01/", "snapshot.300": "half",
		"log.1": "ZKLG\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00", "log.101": "ZKLG\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00and a part of a transaction",
		"currentEpoch": "2", "acceptedEpoch": "2",
	} {
		write(t, filepath.Join(h.root, versionTwo, name), text)
	}
}

const (
	dataDir    = "/var/lib/zookeeper/zookeeper-1"
	versionTwo = dataDir + "/version-2"
	copyDir    = dataDir + "/before-upgrade"
)

// walk makes the changes of a task, and returns them by step.
func (h *testHost) walk(t *testing.T, task provision.Task) map[string][]string {
	t.Helper()
	plan, err := h.Plan(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	h.systemctl(t, h.Lock(t.Context(), task, 0))
	made := make(map[string][]string)
	names := strings.NewReplacer(configs+"/"+h.generation(t), "GENERATION")
	for _, s := range stepsOf(plan) {
		name := "stage"
		for _, c := range s.changes {
			if c.Kind() == provision.KindRestarted || c.Kind() == provision.KindRunning {
				name = string(c.Kind())
			}
		}
		h.systemctl(t, h.Apply(t.Context(), task, s.changes, s.others, func(e provision.Event) {
			if kind := e.Change.Kind(); kind == provision.KindHistory || kind == provision.KindTrial || kind == provision.KindAttempt {
				return
			}
			if e.Done && e.Change.Kind() != provision.KindDir && !strings.Contains(e.Change.Path, "/etc/zookeeper/zookeeper-1/") || e.Done && e.Change.Kind() == provision.KindLink {
				made[name] = append(made[name], string(e.Change.Action)+" "+names.Replace(e.Change.Resource))
			}
		}))
	}
	return made
}

// TestUpgrade changes the release of a server, be it up or down, and gives it its former
// generation again.
func TestUpgrade(t *testing.T) {
	const install = "install release:/opt/zookeeper/apache-zookeeper-3.8.4-bin"
	unitAndLinks := func(reload, add, remove string) []string {
		return []string{"update unit:" + unitPath, "reload reload:" + reload, add + " link:" + configs + "/logback.xml", "update link:" + configs + "/zoo.cfg", remove + " link:" + configs + "/log4j.properties"}
	}
	commit := func(reload string) []string { return unitAndLinks(reload, "create", "remove") }
	for name, test := range map[string]struct {
		down bool
		want map[string][]string
	}{
		"runs": {want: map[string][]string{
			"stage":     {install},
			"restarted": slices.Concat([]string{"create copy:" + copyDir}, commit(unitName), []string{"restart restarted:" + unitName}),
		}},
		"is down": {down: true, want: map[string][]string{
			"stage":   slices.Concat([]string{install, "create copy:" + copyDir}, commit("systemd")),
			"running": {"start running:" + unitName},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.bootstrap(t, h.plan(t))
			before := h.generation(t)
			h.serverData(t)
			if test.down {
				h.systemctl(t, h.systemd.Stop(t.Context(), unitName))
			}
			h.upgrade(t, "3.8.4")
			for _, r := range h.plan(t).Restarts {
				if want := []string{"ZooKeeper 3.6.3 -> 3.8.4", configs + "/logback.xml", unitPath}; r.Shared || !slices.Equal(r.Reasons, want) {
					t.Errorf("the restart is %+v", r)
				}
			}
			if diff := cmp.Diff(test.want, h.walk(t, h.task)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for name, want := range map[string]string{
				"version-2/snapshot.200": "new\x00\x00\x00\x01/", "version-2/log.101": "ZKLG\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00",
				"version-2/currentEpoch": "2", "version-2/acceptedEpoch": "2",
			} {
				if text, err := os.ReadFile(filepath.Join(h.root, copyDir, name)); err != nil || string(text) != want {
					t.Errorf("the copy has %q in %s, %v", text, name, err)
				}
			}
			if entries, err := os.ReadDir(filepath.Join(h.root, copyDir, "version-2")); err != nil || len(entries) != 4 {
				t.Errorf("the copy has %v, %v", entries, err)
			}
			if now := h.runsWith(t); now == before || now != h.generation(t) {
				t.Errorf("it runs with %s, and ran with %s", now, before)
			}
			if again := h.plan(t); len(again.Changes) > 0 || len(again.Restarts) > 0 {
				t.Errorf("a second plan has %v, %v", again.Changes, again.Restarts)
			}
			if _, err := os.Stat(filepath.Join(h.root, "/opt/zookeeper/apache-zookeeper-3.6.3-bin/lib/zookeeper-3.6.3.jar")); err != nil {
				t.Errorf("the former release: %v", err)
			}

			back := h.task
			back.Generations = map[string]string{"zookeeper-1": before}
			want := map[string][]string{"restarted": {"update unit:" + unitPath, "reload reload:" + unitName, "create link:" + configs + "/log4j.properties", "update link:" + configs + "/zoo.cfg", "remove link:" + configs + "/logback.xml", "restart restarted:" + unitName}}
			if diff := cmp.Diff(want, h.walk(t, back)); diff != "" {
				t.Errorf("back (-want +got):\n%s", diff)
			}
			if now := h.runsWith(t); now != before {
				t.Errorf("back, it runs with %s, and ran with %s", now, before)
			}

			// The copy of the first try is not of what the data is now.
			h.systemctl(t, h.systemd.Restart(t.Context(), unitName))
			write(t, filepath.Join(h.root, versionTwo, "snapshot.300"), "newer\x00\x00\x00\x01/")
			again := h.walk(t, h.task)["restarted"]
			if len(again) == 0 || again[0] != "update copy:"+copyDir {
				t.Errorf("upgraded again, it makes %v", again)
			}
			if text, err := os.ReadFile(filepath.Join(h.root, copyDir, "version-2/snapshot.300")); err != nil || string(text) != "newer\x00\x00\x00\x01/" {
				t.Errorf("the copy has %q, %v", text, err)
			}
			if entries, err := os.ReadDir(filepath.Join(h.root, dataDir)); err != nil || slices.ContainsFunc(entries, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), ".before") }) {
				t.Errorf("the data directory has %v, %v", entries, err)
			}
		})
	}
}

// TestUpgradeWithoutCopy wants no copy where there is nothing to copy, or the release does
// not get newer.
func TestUpgradeWithoutCopy(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, h *testHost){
		"no data":      func(t *testing.T, h *testHost) { h.upgrade(t, "3.8.4") },
		"another heap": func(t *testing.T, h *testHost) { h.serverData(t); h.setHeap("300m") },
		"an older one": func(t *testing.T, h *testHost) { h.serverData(t); h.upgrade(t, "3.6.2") },
		"logs alone": func(t *testing.T, h *testHost) {
			write(t, filepath.Join(h.root, versionTwo, "log.1"), "")
			h.upgrade(t, "3.8.4")
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.bootstrap(t, h.plan(t))
			change(t, h)
			if copies := ofKind(h.plan(t), provision.KindCopy); len(copies) > 0 {
				t.Errorf("it makes %v", copies)
			}
		})
	}
}

// TestUpgradeOwnLogs copies the logs of a server that has a folder of its own for them.
func TestUpgradeOwnLogs(t *testing.T) {
	const logs = "/srv/logs/zookeeper-1"
	h := newHost(t)
	h.task.Ensemble.Hosts[0].Instances[0].DataLogDir = logs
	h.apply(t, h.plan(t))
	remove(t, filepath.Join(h.root, logs, "initialize"))
	h.task.Bootstrap = false
	h.serverData(t)
	if err := os.MkdirAll(filepath.Join(h.root, logs, "version-2"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"log.1", "log.101"} {
		if err := os.Rename(filepath.Join(h.root, versionTwo, name), filepath.Join(h.root, logs, "version-2", name)); err != nil {
			t.Fatal(err)
		}
	}
	h.upgrade(t, "3.8.4")
	h.plan(t)
	h.walk(t, h.task)
	for _, name := range []string{"snapshot.200", "log.101", "currentEpoch"} {
		if _, err := os.Stat(filepath.Join(h.root, copyDir, "version-2", name)); err != nil {
			t.Error(err)
		}
	}
}

// TestUpgradeCopyTaken wants a folder to stay that somebody made where the copy would be.
func TestUpgradeCopyTaken(t *testing.T) {
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	h.serverData(t)
	h.upgrade(t, "3.8.4")
	for _, note := range []string{"notes", "copy.json"} {
		mine := filepath.Join(h.root, copyDir, note)
		write(t, mine, `{"from":"\u001b[2J","to":"mine"}`)
		if _, err := h.Plan(t.Context(), h.task); err == nil || !strings.Contains(err.Error(), copyDir+" lies there already") {
			t.Errorf("it says %v", err)
		}
		remove(t, mine)
	}
	remove(t, filepath.Join(h.root, copyDir))
	h.plan(t)
	h.walk(t, h.task)
}

// TestUpgradeNoWholeSnapshot has a server of which no snapshot is whole: there is nothing
// to copy, and room for it.
func TestUpgradeNoWholeSnapshot(t *testing.T) {
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	write(t, filepath.Join(h.root, versionTwo, "snapshot.300"), "half")
	h.upgrade(t, "3.8.4")
	for _, f := range h.plan(t).Findings {
		if f.Name == "upgrade-copy-space" {
			t.Error(f.Message)
		}
	}
}

package host_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/skip"
)

// TestDataOwner brings a server whose data somebody else has written to a host: the
// plan says how many files and whose, one change gives them to the service user, and
// nothing else changes.
func TestDataOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		skip.OutsideCI(t, "only root gives files to others")
	}
	const data, logs = "/var/lib/zookeeper/zookeeper-1", "/srv/log/zookeeper-1"
	type file struct {
		name string
		uid  int
		mode fs.FileMode
	}
	for name, test := range map[string]struct {
		files  []file
		want   map[string]string // the summaries by path
		usable []string          // files that the service user has afterwards
		modes  map[string]fs.FileMode
	}{
		"all is well": {files: []file{{data + "/version-2/log.1", 0, 0o640}}},
		"another user's": {
			files: []file{{data + "/version-2/log.1", 12345, 0o644}, {data + "/version-2/snapshot.0", 12345, 0o644}, {logs + "/version-2/log.1", 12345, 0o600}},
			want: map[string]string{
				data + "/version-2": "2 files of user 12345 -> zookeeper:zookeeper",
				logs + "/version-2": "1 file of user 12345 -> zookeeper:zookeeper",
			},
		},
		"two users'": {
			files: []file{{data + "/version-2", 12345, 0o755}, {data + "/version-2/log.1", 12345, 0o600}, {data + "/version-2/snapshot.0", 12346, 0o400}},
			want:  map[string]string{data + "/version-2": "1 file of user 12346, 2 files of user 12345 -> zookeeper:zookeeper"},
			modes: map[string]fs.FileMode{data + "/version-2/snapshot.0": 0o600, data + "/version-2/log.1": 0o600},
		},
		"its own, and closed to it": {
			files: []file{{data + "/version-2/log.1", 0, 0o440}, {data + "/version-2/snapshot.0", 0, 0}, {data + "/version-2", 0, 0o500}},
			want:  map[string]string{data + "/version-2": "3 files that zookeeper cannot read or write -> u+rw"},
			modes: map[string]fs.FileMode{data + "/version-2/log.1": 0o640, data + "/version-2/snapshot.0": 0o600, data + "/version-2": 0o700},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.task.Bootstrap = false
			h.task.Ensemble.Hosts[0].Instances[0].DataLogDir = logs
			h.apply(t, h.plan(t))
			for _, dir := range []string{data, logs} {
				if err := os.MkdirAll(filepath.Join(h.root, dir, "version-2"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			for _, f := range test.files {
				at := filepath.Join(h.root, f.name)
				if !strings.HasSuffix(f.name, "version-2") {
					write(t, at, "")
				}
				if err := os.Chown(at, f.uid, 0); err != nil {
					t.Fatal(err)
				}
				chmod(t, at, f.mode)
			}
			plan := h.plan(t)
			var got map[string]string
			for _, c := range plan.Changes {
				if strings.HasPrefix(c.Resource, "owner:") {
					if got == nil {
						got = make(map[string]string)
					}
					got[c.Path] = c.Summary
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Fatal(diff)
			}
			h.apply(t, plan)
			if again := h.plan(t); len(again.Changes) > 0 {
				t.Errorf("a second apply has changes: %v", again.Changes)
			}
			after := h.snapshot(t)
			for name, mode := range test.modes {
				if got := after[name].Mode.Perm(); got != mode {
					t.Errorf("%s has mode %04o, want %04o", name, got, mode)
				}
			}
		})
	}
}

// TestDataStuck finds what is not given to the service user, before anything is
// changed: what has a second name, and links.
func TestDataStuck(t *testing.T) {
	if os.Geteuid() != 0 {
		skip.OutsideCI(t, "only root gives files to others")
	}
	const version2 = "/var/lib/zookeeper/zookeeper-1/version-2/"
	for name, test := range map[string]struct {
		set  func(t *testing.T, at func(string) string)
		says string
	}{
		"a hard link of another user's": {func(t *testing.T, at func(string) string) {
			write(t, at("/etc/shadow"), "")
			if err := os.Link(at("/etc/shadow"), at(version2+"log.1")); err != nil {
				t.Fatal(err)
			}
			if err := os.Chown(at("/etc/shadow"), 12345, 0); err != nil {
				t.Fatal(err)
			}
		}, "log.1 cannot be given to zookeeper: it has another name elsewhere (a hard link)"},
		"a hard link of its own": {func(t *testing.T, at func(string) string) {
			write(t, at(version2+"snapshot.0"), "")
			if err := os.Link(at(version2+"snapshot.0"), at("/backup")); err != nil {
				t.Fatal(err)
			}
		}, ""},
		"a link": {func(t *testing.T, at func(string) string) {
			if err := os.Symlink("/etc/shadow", at(version2+"snapshot.0")); err != nil {
				t.Fatal(err)
			}
		}, "snapshot.0 cannot be given to zookeeper: it is no regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.task.Bootstrap = false
			h.apply(t, h.plan(t))
			if err := h.systemd.Stop(t.Context(), "zookeeper-1.service"); err != nil {
				t.Fatal(err)
			}
			at := func(name string) string { return filepath.Join(h.root, name) }
			if err := os.MkdirAll(at(version2), 0o755); err != nil {
				t.Fatal(err)
			}
			test.set(t, at)
			got := ""
			for _, f := range h.plan(t).Findings {
				if f.Name == "data-stuck" && f.Refusal {
					got = f.Message
				}
			}
			if !strings.HasSuffix(got, test.says) || (got == "") != (test.says == "") {
				t.Errorf("it says %q, want %q", got, test.says)
			}
		})
	}
}

package facts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/facts/factstest"
)

// TestDataFiles counts what lies in version-2 by who can use it, and leaves alone
// what a service user could have made to lead elsewhere.
func TestDataFiles(t *testing.T) {
	root := factstest.Root(t, map[string]string{
		"/data/version-2/snapshot.0":    "",
		"/data/version-2/log.1":         "",
		"/data/version-2/log.2":         "",
		"/data/version-2/snapshot.5":    "->/etc/shadow",
		"/data/version-2/note":          "->/etc/shadow",
		"/data/version-2/currentEpoch":  "1",
		"/data/version-2/folder/log.9":  "",
		"/elsewhere":                    "",
		"/data/myid":                    "1\n",
		"/link":                         "->/data",
		"/bare/myid":                    "1\n",
		"/linked/version-2":             "->../data/version-2",
		"/data/version-2/acceptedEpoch": "1",
	})
	at := func(name string) string { return filepath.Join(root, name) }
	uid, gid := uint32(os.Getuid()), uint32(os.Getgid())
	if err := os.Chmod(at("/data/version-2/log.2"), 0o400); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(at("/elsewhere"), at("/data/version-2/log.3")); err != nil {
		t.Fatal(err)
	}
	class := func(mode uint32, n int) FileClass { return FileClass{UID: uid, GID: gid, Mode: mode, Count: n} }
	want := DataFiles{
		Classes: []FileClass{class(0o400, 1), class(0o644, 4), {UID: uid, GID: gid, Mode: 0o755, Folder: true, Count: 1}},
		Stuck: []StuckFile{
			{Name: "log.3", Why: "it has another name elsewhere (a hard link)", Class: &FileClass{UID: uid, GID: gid, Mode: 0o644}},
			{Name: "snapshot.5", Why: "it is no regular file"},
		},
	}
	for _, dir := range []string{"/data", "/link"} {
		got, err := CountDataFiles(root, dir)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", dir, diff)
		}
	}
	for _, dir := range []string{"/bare", "/nowhere", "/linked"} {
		if got, err := CountDataFiles(root, dir); err != nil || got.Classes != nil {
			t.Errorf("%s: %+v, %v", dir, got, err)
		}
	}
}

// TestDataFilesSwapped lets the service user put a link in the place of a file, and of
// the folder, while it is looked at: what it leads to is not opened.
func TestDataFilesSwapped(t *testing.T) {
	root := factstest.Root(t, map[string]string{"/data/version-2/log.1": "", "/data/version-2/log.2": "", "/secret/log.2": "", "/secret/log.1": ""})
	at := func(name string) string { return filepath.Join(root, name) }
	secret, err := os.Stat(at("/secret/log.2"))
	if err != nil {
		t.Fatal(err)
	}
	for _, swap := range []func() error{
		func() error {
			return os.Rename(at("/data/version-2/log.1"), at("/data/moved")) // nothing yet
		},
		func() error {
			if err := os.Remove(at("/data/version-2/log.2")); err != nil {
				return err
			}
			return os.Symlink(at("/secret/log.2"), at("/data/version-2/log.2"))
		},
		func() error {
			if err := os.RemoveAll(at("/data/version-2")); err != nil {
				return err
			}
			return os.Symlink(at("/secret"), at("/data/version-2"))
		},
	} {
		swapped := false
		_ = WalkDataFiles(root, "/data", func(f DataFile) error {
			if os.SameFile(f.Info, secret) {
				t.Error("a file elsewhere was opened")
			}
			if !swapped {
				swapped = true
				return swap()
			}
			return nil
		}, func(StuckFile) {})
	}
}

// TestDataFilesHidden has a backup with a second name for a hundred files that are well:
// what is not well beside them is told.
func TestDataFilesHidden(t *testing.T) {
	root := factstest.Root(t, map[string]string{"/data/version-2/snapshot.5": "->/etc/shadow"})
	for n := range 2 * maxStuck {
		name := filepath.Join(root, fmt.Sprintf("/data/version-2/log.%x", n))
		if err := errors.Join(os.WriteFile(name, nil, 0o644), os.Link(name, filepath.Join(root, fmt.Sprint(n)))); err != nil {
			t.Fatal(err)
		}
	}
	got, err := CountDataFiles(root, "/data")
	if err != nil || len(got.Stuck) != maxStuck+1 || got.Stuck[maxStuck].Name != "snapshot.5" {
		t.Errorf("%d names are told, %v", len(got.Stuck), err)
	}
}

// TestDataFilesRefused has a change of a file refused, as a network's file system
// refuses root one: whoever made it hears of that.
func TestDataFilesRefused(t *testing.T) {
	root := factstest.Root(t, map[string]string{"/data/version-2/log.1": ""})
	err := WalkDataFiles(root, "/data", func(f DataFile) error {
		if f.Name == "." {
			return nil
		}
		return fmt.Errorf("cannot give %s away: %w", f.Name, &fs.PathError{Op: "chown", Path: f.Name, Err: syscall.EPERM})
	}, func(StuckFile) {})
	if !errors.Is(err, syscall.EPERM) || !strings.Contains(err.Error(), "log.1 away") {
		t.Errorf("the error is %v", err)
	}
}

// BenchmarkDataFiles looks at as many files as a data directory may have that nobody
// ever purged.
func BenchmarkDataFiles(b *testing.B) {
	root := b.TempDir()
	dir := filepath.Join(root, "data/version-2")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	for i := range 100_000 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("log.%x", i)), nil, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if got, err := CountDataFiles(root, "/data"); err != nil || !slices.ContainsFunc(got.Classes, func(c FileClass) bool { return c.Count == 100_000 }) {
			b.Fatal(got, err)
		}
	}
}

package host

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSweep has what a run that was killed leaves beside a file and a link: it goes when they are written again, by whoever has the lock,
// and what only looks like it stays.
func TestSweep(t *testing.T) {
	for _, tt := range []struct {
		name   string
		locked bool
		want   []string
	}{
		{"Locked", true, []string{".zoo.cfg", ".zoo.cfg.bak7", "x.zoo.cfg1", "zoo.cfg", "zoo.cfg12"}},
		{"NotLocked", false, []string{".zoo.cfg", ".zoo.cfg.bak7", ".zoo.cfg0123456789012345", ".zoo.cfg42", "x.zoo.cfg1", "zoo.cfg", "zoo.cfg12"}},
	} {
		for what, write := range map[string]func(*Machine) error{
			"File": func(m *Machine) error { return m.writeFile("/zoo.cfg", []byte("new"), os.Getuid(), os.Getgid(), 0o640) },
			"Link": func(m *Machine) error { return m.writeLink("/zoo.cfg", "0123456789abcdef/zoo.cfg") },
		} {
			t.Run(tt.name+what, func(t *testing.T) {
				m := &Machine{Root: t.TempDir()}
				if tt.locked {
					m.lock = &hostLock{}
				}
				for _, name := range []string{".zoo.cfg", ".zoo.cfg.bak7", "x.zoo.cfg1", "zoo.cfg", "zoo.cfg12", ".zoo.cfg42"} {
					if err := os.WriteFile(filepath.Join(m.Root, name), nil, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				if err := os.Symlink("0123456789abcdef/zoo.cfg", filepath.Join(m.Root, ".zoo.cfg0123456789012345")); err != nil {
					t.Fatal(err)
				}
				if err := write(m); err != nil {
					t.Fatal(err)
				}
				entries, err := os.ReadDir(m.Root)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, e := range entries {
					got = append(got, e.Name())
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("what lies there afterwards (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestRemoveWhole removes a folder, and only the link that somebody has put in its place.
func TestRemoveWhole(t *testing.T) {
	m := &Machine{Root: t.TempDir()}
	for _, name := range []string{"data/version-2/deep/log.1", "theirs/secret"} {
		if err := os.MkdirAll(filepath.Join(m.Root, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(m.Root, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data, link := filepath.Join(m.Root, "data"), filepath.Join(m.Root, "data/link")
	if err := os.Symlink("../theirs", link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"/data/version-2", "/data/link", "/data/link", "/none/version-2"} {
		if err := m.removeWhole(name); err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(data); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(m.Root, "theirs/secret")); err != nil {
		t.Errorf("what the link led to: %v", err)
	}
}

// TestRemovedData removes a file of the data, and none that a link in the data leads to.
func TestRemovedData(t *testing.T) {
	m := &Machine{Root: t.TempDir()}
	for _, name := range []string{"data/version-2/acceptedEpoch", "theirs/acceptedEpoch"} {
		if err := os.MkdirAll(filepath.Join(m.Root, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(m.Root, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := &removed{data: "/data", name: "/data/version-2/acceptedEpoch"}
	for range 2 {
		if err := r.apply(t.Context(), m); err != nil {
			t.Error(err)
		}
	}
	version := filepath.Join(m.Root, "data/version-2")
	if err := errors.Join(os.Remove(version), os.Symlink("../theirs", version)); err != nil { // it is empty
		t.Fatal(err)
	}
	if err := r.apply(t.Context(), m); err == nil {
		t.Error("a link is followed")
	}
	if _, err := os.Stat(filepath.Join(m.Root, "theirs/acceptedEpoch")); err != nil {
		t.Errorf("what the link led to: %v", err)
	}
}

package host

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
)

// TestCopySource lists what of some data has to be copied so that a server starts from
// the copy.
func TestCopySource(t *testing.T) {
	const data = "/var/lib/zookeeper/zookeeper-1"
	for name, test := range map[string]struct {
		// files of version-2; a * behind a snapshot is one that was not written to its end.
		files, logs, want string
	}{
		"nothing":                   {"", "", ""},
		"logs alone":                {"log.1 log.5", "", ""},
		"a snapshot alone":          {"snapshot.0", "", "snapshot.0"},
		"logs before and after":     {"snapshot.0 snapshot.100 snapshot.200 log.1 log.101 log.150 log.201 log.300 currentEpoch acceptedEpoch", "", "snapshot.200 log.150 log.201 log.300 acceptedEpoch currentEpoch"},
		"a log that begins with it": {"snapshot.200 log.150 log.200 log.300", "", "snapshot.200 log.200 log.300"},
		"the newest is cut off":     {"snapshot.100 snapshot.200* log.1 log.150", "", "snapshot.100 log.1 log.150"},
		"all are cut off":           {"snapshot.100* snapshot.200* log.1", "", ""},
		"compressed":                {"snapshot.50.gz snapshot.100.gz snapshot.200.gz log.1 log.90 log.150", "", "snapshot.100.gz snapshot.200.gz log.90 log.150"},
		"compressed of late":        {"snapshot.50 snapshot.100 snapshot.200.gz log.1 log.90", "", "snapshot.100 snapshot.200.gz log.90"},
		"one, compressed":           {"snapshot.200.snappy log.1", "", "snapshot.200.snappy log.1"},
		"by number, not by name":    {"snapshot.9 snapshot.10 log.2 log.a log.f", "", "snapshot.10 log.f"},
		"of nobody":                 {"snapshot.x snapshot.10 notes log.1 log", "", "snapshot.10 log.1"},
		"logs of their own":         {"snapshot.100 log.7", "log.1 log.99 log.150", "snapshot.100 log.99 log.150"},
	} {
		t.Run(name, func(t *testing.T) {
			m := &Machine{Root: t.TempDir()}
			in := &inventory.Instance{Name: "zookeeper-1", DataDir: data}
			put := func(folder, names string) {
				folder = filepath.Join(m.Root, folder, "version-2")
				if err := os.MkdirAll(folder, 0o755); err != nil {
					t.Fatal(err)
				}
				for _, f := range strings.Fields(names) {
					name, cut := strings.CutSuffix(f, "*")
					text := "data" + snapshotSeal
					if cut {
						text = snapshotSeal + "data"
					}
					if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			put(data, test.files)
			if test.logs != "" {
				in.DataLogDir = "/srv/logs"
				put(in.DataLogDir, test.logs)
			}
			s, err := m.copySourceOf(in)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range s.files {
				got = append(got, f.name)
				if f.log && test.logs != "" && f.folder != in.DataLogDir {
					t.Errorf("%s is of %s", f.name, f.folder)
				}
			}
			if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got != nil && (s.bytes() <= 0 || s.free <= 0) {
				t.Errorf("it takes %d bytes of %d", s.bytes(), s.free)
			}
		})
	}
}

// TestCopyLinks copies nothing that a link leads to, which the service user may have put
// into its data.
func TestCopyLinks(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"theirs", "data/version-2", "data/copy"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	theirs := filepath.Join(dir, "theirs/snapshot.1")
	if err := errors.Join(os.WriteFile(theirs, nil, 0o600), os.Symlink(theirs, filepath.Join(dir, "data/version-2/snapshot.1"))); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	copied := func(to string) error {
		_, err := copyData(t.Context(), root, root, sourceFile{name: "snapshot.1"}, to, func(*os.File) error { return nil })
		return err
	}
	if copied("copy/1") == nil {
		t.Error("what a link leads to is copied")
	}
	version := filepath.Join(dir, "data/version-2")
	if err := errors.Join(os.RemoveAll(version), os.Symlink("../theirs", version)); err != nil {
		t.Fatal(err)
	}
	if copied("copy/2") == nil {
		t.Error("what lies in a folder that a link leads to is copied")
	}
}

// TestLeftOfCopies counts what a copy has left that was killed for room that is there.
func TestLeftOfCopies(t *testing.T) {
	m, in := &Machine{Root: t.TempDir()}, &inventory.Instance{Name: "zookeeper-1", DataDir: "/data"}
	for name, want := range map[string]int64{"before-upgrade": 0, ".before-upgrade": 0, "version-2": 0, ".before-upgrade0123456789012345": 1 << 20} {
		folder := filepath.Join(m.Root, in.DataDir, name)
		if err := errors.Join(os.MkdirAll(folder, 0o755), os.WriteFile(filepath.Join(folder, "log.1"), make([]byte, 1<<20), 0o600)); err != nil {
			t.Fatal(err)
		}
		if got := m.leftOfCopies(in); got < want || want == 0 && got != 0 {
			t.Errorf("with %s it is %d, want %d", name, got, want)
		}
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
	}
}

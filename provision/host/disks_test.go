package host_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/internal/finding"
)

// TestDisks takes the disk of the data away, and puts another one in its place.
func TestDisks(t *testing.T) {
	const below, data = "1 1 0:1 / / rw - ext4 /dev/sda rw\n", "2 1 0:2 / /var/lib/zookeeper rw - ext4 /dev/sdb rw\n"
	const folder = "/var/lib/zookeeper/zookeeper-1"
	missing := func(h *testHost) (n int) {
		for _, f := range h.plan(t).Findings {
			if f.Name == "disk-missing" && f.Severity == finding.Critical && f.Refusal {
				n++
			}
		}
		return n
	}
	onDisk := func(t *testing.T) (h *testHost, mounted func(string)) {
		h = newHost(t)
		mounted = func(mounts string) { write(t, filepath.Join(h.root, "/proc/self/mountinfo"), mounts) }
		mounted(below + data)
		if err := os.MkdirAll(filepath.Join(h.root, "/var/lib/zookeeper"), 0o755); err != nil {
			t.Fatal(err)
		}
		h.bootstrap(t, h.plan(t))
		if missing(h) > 0 || len(h.plan(t).Changes) > 0 {
			t.Fatal("something is wrong with the disk at once")
		}
		return h, mounted
	}
	empty := func(h *testHost) {
		for _, name := range []string{".zkprov.json", "myid"} {
			remove(t, filepath.Join(h.root, folder, name))
		}
	}

	h, mounted := onDisk(t)
	mounted(below)
	empty(h)
	if missing(h) != 1 {
		t.Errorf("nothing is said of a disk that is not mounted: %v", h.plan(t).Findings)
	}
	mounted(below + data + "3 2 0:3 / /var/lib/zookeeper/zookeeper-1 rw - ext4 /dev/sdc rw\n")
	if missing(h) != 1 || !strings.Contains(h.plan(t).Findings[0].Message, "another one was mounted over it at "+folder) {
		t.Errorf("nothing is said of a disk that was mounted over the data: %v", h.plan(t).Findings)
	}
	mounted(below)
	remove(t, filepath.Join(h.root, "/var/lib/zkprov/zookeeper/zookeeper-1.disks"))
	if missing(h) != 0 {
		t.Error("it is said although the data was given up")
	}

	h, _ = onDisk(t)
	empty(h)
	if missing(h) != 0 {
		t.Error("a disk that was emptied is still there")
	}

	h, mounted = onDisk(t)
	mounted(below)
	if missing(h) != 0 {
		t.Error("the data was moved with its stamp")
	}
	h.apply(t, h.plan(t))
	if len(h.plan(t).Changes) > 0 {
		t.Error("where the data lies now is not kept")
	}
}

package facts

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/zkprov/zkprov/checks/facts/factstest"
	"github.com/zkprov/zkprov/internal/skip"
)

// TestPlacesByInode knows no mounts: what the folders are is enough for links and
// for a folder under two names.
func TestPlacesByInode(t *testing.T) {
	root := factstest.Root(t, map[string]string{"/data/a/in/": "", "/data/b/": "", "/data/p": "->a"})
	at := func(name string) Place { return placeFacts(root, PlaceQuery{Path: name}, nil) }
	for _, tt := range []struct {
		outer, inner string
		holds        bool
	}{
		{"/data/a", "/data/a", true},
		{"/data/a", "/data/p", true},
		{"/data/a", "/data/p/in", true},
		{"/data/a", "/data/p/not/yet", true},
		{"/data/a/new", "/data/p/new", true},
		{"/data/a/new", "/data/p/new/er", true},
		{"/", "/data/b", true},
		{"/data/a/new", "/data/p/newer", false},
		{"/data/a/new", "/data/b/new", false},
		{"/data/a/new", "/data/a/in/new", false},
		{"/data/a/in", "/data/p", false},
		{"/data/a", "/data/b", false},
	} {
		if got := at(tt.outer).Holds(at(tt.inner)); got != tt.holds {
			t.Errorf("%s holds %s: %t, want %t", tt.outer, tt.inner, got, tt.holds)
		}
	}
}

// TestBindMounts asks the kernel of this machine: what is mounted elsewhere is found
// by where it lies in its file system, and by what it is where the mounts are not
// known.
func TestBindMounts(t *testing.T) {
	root := factstest.Root(t, map[string]string{"/a/sub/deep/": "", "/b/": "", "/x/": "", "/y/": "", "/c/": ""})
	bind := func(from, to string) {
		t.Helper()
		from, to = filepath.Join(root, from), filepath.Join(root, to)
		if err := syscall.Mount(from, to, "", syscall.MS_BIND, ""); errors.Is(err, syscall.EPERM) {
			skip.OutsideCI(t, "only root mounts")
		} else if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = syscall.Unmount(to, syscall.MNT_DETACH) })
	}
	bind("/a", "/x")
	bind("/a/sub", "/y")
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	mounts := parseMountinfo(string(text))
	for _, tt := range []struct {
		outer, inner   string
		holds, byInode bool
	}{
		{"/a", "/x", true, true},
		{"/x", "/a", true, true},
		{"/a", "/x/sub/new", true, true},
		{"/a/new", "/x/new", true, true},
		{"/a/sub", "/y/deep", true, true},
		{"/a", "/y", true, false}, // the folders above /y are not those above /a/sub
		{"/x", "/y/deep/new", true, false},
		{"/y", "/a", false, false},
		{"/b", "/x", false, false},
		{"/c/new", "/x/new", false, false},
	} {
		look := func(name string, mounts []mount) Place {
			return placeFacts("", PlaceQuery{Path: filepath.Join(root, name)}, mounts)
		}
		if got := look(tt.outer, mounts).Holds(look(tt.inner, mounts)); got != tt.holds {
			t.Errorf("%s holds %s: %t, want %t", tt.outer, tt.inner, got, tt.holds)
		}
		if got := look(tt.outer, nil).Holds(look(tt.inner, nil)); got != tt.byInode {
			t.Errorf("without mounts %s holds %s: %t, want %t", tt.outer, tt.inner, got, tt.byInode)
		}
	}
}

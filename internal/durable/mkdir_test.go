package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestMkdir watches folders while they are made: each is seen with its mode or not at all.
func TestMkdir(t *testing.T) {
	above := t.TempDir()
	path := func(i int) string { return filepath.Join(above, fmt.Sprint(i)) }
	const folders = 200
	var watcher sync.WaitGroup
	for i := range folders {
		watcher.Go(func() {
			for {
				if info, err := os.Stat(path(i)); err == nil {
					if info.Mode().Perm() != 0o755 {
						t.Errorf("folder %d was seen with mode %04o", i, info.Mode().Perm())
					}
					return
				}
			}
		})
		if err := Mkdir(path(i), os.Geteuid(), os.Getegid(), 0o755); err != nil {
			t.Fatal(err)
		}
		watcher.Wait()
	}
	if err := Mkdir(path(0), os.Geteuid(), os.Getegid(), 0o700); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a name that is taken is %v", err)
	}
	if entries, _ := os.ReadDir(above); len(entries) != folders {
		t.Errorf("%d folders are there", len(entries))
	}
	if err := Mkdir(filepath.Join(above, "none", "x"), os.Geteuid(), os.Getegid(), 0o755); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a folder above it is %v", err)
	}
}

// TestMkdirFollowsNoLink gives owner and mode to a link that has come in a folder's place.
func TestMkdirFollowsNoLink(t *testing.T) {
	other, link := filepath.Join(t.TempDir(), "other"), filepath.Join(t.TempDir(), "link")
	if err := errors.Join(os.Mkdir(other, 0o700), os.Symlink(other, link)); err != nil {
		t.Fatal(err)
	}
	if err := give(link, os.Geteuid(), os.Getegid(), 0o755); err == nil {
		t.Error("a link is taken for the folder")
	}
	if info, err := os.Stat(other); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("what it leads to is %v, %v", info, err)
	}
}

// TestMkdirSweeps makes a folder beside what was left of calls that were cut off.
func TestMkdirSweeps(t *testing.T) {
	above := t.TempDir()
	for name, age := range map[string]time.Duration{"x-old": time.Hour, "x-young": 0, "xy-old": time.Hour} {
		folder := filepath.Join(above, newPrefix+name)
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(folder, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if err := Mkdir(filepath.Join(above, "x"), os.Geteuid(), os.Getegid(), 0o755); err != nil {
		t.Fatal(err)
	}
	var left []string
	entries, _ := os.ReadDir(above)
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if fmt.Sprint(left) != "[.zkprov-new-x-young .zkprov-new-xy-old x]" {
		t.Errorf("left are %v", left)
	}
}

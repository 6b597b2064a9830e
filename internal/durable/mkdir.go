package durable

import (
	"crypto/rand"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// newPrefix begins the name of a folder that is not ready yet.
const newPrefix = ".zkprov-new-"

// Mkdir makes a folder with an owner and a mode, whatever the umask is. It is seen with
// both or not at all: one that was cut off between them would be closed to others, and
// whoever finds a folder that is there leaves it as it is. The error is fs.ErrExist where
// the name is taken. What a call before was cut off with is removed from beside it.
func Mkdir(path string, uid, gid int, mode fs.FileMode) error {
	above, base := filepath.Dir(path), filepath.Base(path)
	dir, err := os.Open(above)
	if err != nil {
		return err
	}
	defer dir.Close()
	prefix := newPrefix + base + "-"
	sweep(above, prefix)
	temporary := prefix + rand.Text()
	name := filepath.Join(above, temporary)
	if err := os.Mkdir(name, 0o700); err != nil {
		return err
	}
	err = give(name, uid, gid, mode)
	if err == nil {
		err = RenameExclusive(dir, temporary, base)
	}
	if err != nil {
		_ = os.Remove(name)
		return err
	}
	return dir.Sync()
}

// give gives a folder its owner and mode and flushes it. It works on what is open: where
// others may write above, a link may have come in its place.
func give(name string, uid, gid int, mode fs.FileMode) error {
	f, err := os.OpenFile(name, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Chown(uid, gid); err != nil {
		return err
	}
	if err := f.Chmod(mode); err != nil {
		return err
	}
	return f.Sync()
}

// leftFor is how old what a call was cut off with is when it is removed: a younger one may
// be another process's that makes the same folder.
const leftFor = 10 * time.Minute

// sweep removes the old empty folders that begin with prefix.
func sweep(above, prefix string) {
	entries, _ := os.ReadDir(above) // what is left over harms nobody
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), prefix) {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > leftFor {
			_ = os.Remove(filepath.Join(above, e.Name()))
		}
	}
}

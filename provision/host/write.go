package host

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/google/renameio/v2"

	"github.com/zkprov/zkprov/internal/durable"
)

// writeFile replaces a file whole: a crash at any moment leaves the old one or
// the new one. The temporary file lies beside it and is the caller's alone.
func (m *Machine) writeFile(name string, content []byte, uid, gid int, mode fs.FileMode) error {
	return m.writeFrom(name, bytes.NewReader(content), uid, gid, mode)
}

// writeFrom does what writeFile does, with what is read to its end.
func (m *Machine) writeFrom(name string, content io.Reader, uid, gid int, mode fs.FileMode) error {
	p := m.path(name)
	if m.locked() { // so that nobody else is at it
		sweep(p)
	}
	pending, err := renameio.NewPendingFile(p, renameio.WithTempDir(filepath.Dir(p)), renameio.WithStaticPermissions(0o600))
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	defer pending.Cleanup()
	_, err = io.Copy(pending, content)
	if err == nil {
		err = pending.Chown(uid, gid)
	}
	if err == nil {
		err = pending.Chmod(mode)
	}
	if err == nil {
		err = pending.CloseAtomicallyReplace()
	}
	if err == nil {
		err = durable.SyncDir(filepath.Dir(p))
	}
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	return nil
}

// writeLink replaces a link or file by a link to target: a crash at any moment leaves
// the old one or the new one.
func (m *Machine) writeLink(name, target string) error {
	p := m.path(name)
	if m.locked() {
		sweep(p)
	}
	temporary := filepath.Join(filepath.Dir(p), "."+filepath.Base(p)+randomDigits())
	err := os.Symlink(target, temporary)
	if err == nil {
		if err = os.Rename(temporary, p); err != nil {
			_ = os.Remove(temporary)
		}
	}
	if err == nil {
		err = durable.SyncDir(filepath.Dir(p))
	}
	if err != nil {
		return fmt.Errorf("cannot make the link %s: %w", name, err)
	}
	return nil
}

// randomDigits returns what tells a temporary name from others, as sweep knows it.
func randomDigits() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	for i := range b {
		b[i] = '0' + b[i]%10
	}
	return string(b)
}

// sweep removes what a run that was killed left beside a file: a temporary file has
// its name, a dot before and digits behind.
func sweep(p string) {
	dir, base := filepath.Split(p)
	entries, _ := os.ReadDir(dir) // what is left over harms nobody
	for _, e := range entries {
		digits, ours := strings.CutPrefix(e.Name(), "."+base)
		if ours && digits != "" && strings.Trim(digits, "0123456789") == "" {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// repair gives a file or folder its owner and mode back, whatever name may have
// become a link in the meantime.
func (m *Machine) repair(name string, uid, gid int, mode fs.FileMode) error {
	f, err := os.OpenFile(m.path(name), os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("cannot repair the mode of %s: %w", name, err)
	}
	defer f.Close()
	if err = f.Chown(uid, gid); err == nil {
		err = f.Chmod(mode)
	}
	if err != nil {
		return fmt.Errorf("cannot repair the mode of %s: %w", name, err)
	}
	return nil
}

// removeFile removes a file for good; one that is not there is no error.
func (m *Machine) removeFile(name string) error {
	err := os.Remove(m.path(name))
	if err == nil {
		err = durable.SyncDir(filepath.Dir(m.path(name)))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot remove %s: %w", name, err)
	}
	return nil
}

// makeDir makes a folder, and those above it that are missing, as root's.
func (m *Machine) makeDir(name string, uid, gid int, mode fs.FileMode) error {
	p := m.path(name)
	if parent := filepath.Dir(name); parent != name {
		if _, err := os.Stat(m.path(parent)); errors.Is(err, fs.ErrNotExist) {
			if err := m.makeDir(parent, os.Geteuid(), os.Getegid(), 0o755); err != nil {
				return err
			}
		}
	}
	switch err := durable.Mkdir(p, uid, gid, mode); {
	case err == nil:
		return nil
	case !errors.Is(err, fs.ErrExist):
		return fmt.Errorf("cannot make the folder %s: %w", name, err)
	}
	// A link stands for the folder that it leads to.
	real, err := filepath.EvalSymlinks(p)
	if err != nil {
		return fmt.Errorf("cannot make the folder %s: %w", name, err)
	}
	return m.repair(strings.TrimPrefix(real, m.Root), uid, gid, mode)
}

package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/aymanbagabas/go-udiff"
	"github.com/google/renameio/v2"

	"github.com/zkprov/zkprov/provision"
)

// maxFile bounds what is read of a file that is compared. Nothing that zkprov
// writes comes near it.
const maxFile = 1 << 20

// file is a regular file with a content, an owner and a mode.
type file struct {
	m       *Machine
	name    string // absolute, on the host
	content []byte
	owner   owner
	mode    fs.FileMode
	// instance is set where the file belongs to one instance.
	instance string
	// in is when the file is written; the zero value is Stage.
	in provision.Phase
	// keep leaves a file that exists as it is, whatever is in it.
	keep bool
	// why says what the file is for, where its name and content do not.
	why string
	// blind keeps the content out of diffs.
	blind bool
}

func (f *file) key() string { return "file:" + f.name }

func (f *file) phase() provision.Phase {
	if f.in == "" {
		return provision.Stage
	}
	return f.in
}

// seenFile is a file as it lies on the host.
type seenFile struct {
	exists  bool
	content []byte
	info    fs.FileInfo
}

// see reads the file without following a link in its last part: folders of a
// service user's are looked into by root.
func (f *file) see() (seenFile, error) {
	var seen seenFile
	p := f.m.path(f.name)
	info, err := os.Lstat(p)
	if errors.Is(err, fs.ErrNotExist) {
		return seen, nil
	}
	if err != nil {
		return seen, fmt.Errorf("cannot look at %s: %w", f.name, err)
	}
	seen.exists, seen.info = true, info
	if info.IsDir() {
		return seen, fmt.Errorf("cannot write %s: a folder is in its place; move it away", f.name)
	}
	if !info.Mode().IsRegular() {
		return seen, nil
	}
	r, err := os.OpenFile(p, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return seen, fmt.Errorf("cannot read %s: %w", f.name, err)
	}
	defer r.Close()
	if seen.info, err = r.Stat(); err != nil {
		return seen, fmt.Errorf("cannot look at %s: %w", f.name, err)
	}
	if !seen.info.Mode().IsRegular() {
		return seen, nil // it was put there just now
	}
	if seen.content, err = io.ReadAll(io.LimitReader(r, maxFile)); err != nil {
		return seen, fmt.Errorf("cannot read %s: %w", f.name, err)
	}
	return seen, nil
}

func (f *file) plan(ctx context.Context) (*provision.Change, error) {
	seen, err := f.see()
	if err != nil {
		return nil, err
	}
	c := &provision.Change{Path: f.name, Instance: f.instance, Action: provision.Update}
	if !seen.exists {
		c.Action, c.Summary = provision.Create, fmt.Sprintf("%04o %s", f.mode, f.owner)
		if f.why != "" {
			c.Summary = f.why
		}
		c.Diff = f.diff(nil)
		return c, nil
	}
	var differ []string
	if !seen.info.Mode().IsRegular() {
		differ = append(differ, fmt.Sprintf("%s, not a regular file", kindOf(seen.info.Mode())))
		c.Diff = f.diff(nil)
	} else if !f.keep && !bytes.Equal(seen.content, f.content) {
		differ = append(differ, "content")
		c.Diff = f.diff(seen.content)
	}
	attributes, err := f.m.attributes(ctx, seen.info, f.owner, f.mode)
	if err != nil {
		return nil, err
	}
	if differ = append(differ, attributes...); len(differ) == 0 {
		return nil, nil
	}
	c.Summary = strings.Join(differ, ", ")
	return c, nil
}

// differsSince says whether the file's content is not the wanted one, and when
// it became so; a file that is not there differs since ever.
func (f *file) differsSince() (bool, time.Time, error) {
	seen, err := f.see()
	if err != nil || !seen.exists {
		return !seen.exists, time.Time{}, err
	}
	return !bytes.Equal(seen.content, f.content), seen.info.ModTime(), nil
}

// diff is the unified diff from old to what is wanted.
func (f *file) diff(old []byte) string {
	if f.blind {
		return ""
	}
	return udiff.Unified(f.name, f.name, withoutSecrets(old), withoutSecrets(f.content))
}

func (f *file) apply(ctx context.Context) error {
	seen, err := f.see()
	if err != nil {
		return err
	}
	uid, gid, err := f.m.ids(ctx, f.owner)
	if err != nil {
		return err
	}
	content := f.content
	if f.keep && seen.exists && seen.info.Mode().IsRegular() {
		content = seen.content
	}
	if seen.exists && seen.info.Mode().IsRegular() && bytes.Equal(seen.content, content) {
		// Owner and mode alone are repaired in place: the content's age tells
		// whether a running instance was started with it.
		return f.m.repair(f.name, uid, gid, f.mode)
	}
	return f.m.writeFile(f.name, content, uid, gid, f.mode)
}

// writeFile replaces a file whole: a crash at any moment leaves the old one or
// the new one. The temporary file lies beside it and is the caller's alone.
func (m *Machine) writeFile(name string, content []byte, uid, gid int, mode fs.FileMode) error {
	p := m.path(name)
	if m.locked() { // so that nobody else is at it
		sweep(p)
	}
	pending, err := renameio.NewPendingFile(p, renameio.WithTempDir(filepath.Dir(p)), renameio.WithStaticPermissions(0o600))
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	defer pending.Cleanup()
	_, err = pending.Write(content)
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
		err = syncDir(filepath.Dir(p))
	}
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	return nil
}

// sweep removes what a run that was killed left beside a file: renameio's
// temporary file has its name, a dot before and digits behind.
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

// syncDir makes the names in a folder last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
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

// removed is a file that must not be there.
type removed struct {
	m        *Machine
	name     string
	instance string
	why      string
}

func (r *removed) key() string            { return "file:" + r.name }
func (r *removed) phase() provision.Phase { return provision.Stage }

func (r *removed) plan(context.Context) (*provision.Change, error) {
	_, err := os.Lstat(r.m.path(r.name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("cannot look at %s: %w", r.name, err)
	}
	return &provision.Change{Path: r.name, Instance: r.instance, Action: provision.Remove, Summary: r.why}, nil
}

func (r *removed) apply(context.Context) error { return r.m.removeFile(r.name) }

func (m *Machine) removeFile(name string) error {
	err := os.Remove(m.path(name))
	if err == nil {
		err = syncDir(filepath.Dir(m.path(name)))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot remove %s: %w", name, err)
	}
	return nil
}

// kindOf names what lies in a file's place.
func kindOf(mode fs.FileMode) string {
	switch mode.Type() {
	case fs.ModeSymlink:
		return "a symbolic link"
	case fs.ModeDir:
		return "a folder"
	case fs.ModeNamedPipe:
		return "a named pipe"
	case fs.ModeSocket:
		return "a socket"
	case 0:
		return "a regular file"
	default:
		return "a device"
	}
}

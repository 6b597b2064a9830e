package host

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// maxFile bounds what is read of a file that is compared. Nothing that zkprov
// writes comes near it.
const maxFile = 1 << 20

// entry is what lies at a path of the host.
type entry struct {
	// mode is its type and its permissions, with set-user-ID, set-group-ID and sticky.
	mode     fs.FileMode
	uid, gid int
	// content is that of a regular file, up to maxFile bytes.
	content []byte
	// target is where a link leads to, as it is written in it.
	target string
	// modified is when the content became what it is.
	modified time.Time
}

// modeBits masks the parts of a mode that zkprov sets.
const modeBits = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky

func (e *entry) regular() bool { return e != nil && e.mode.IsRegular() }

// bits returns the permissions of an entry, with set-user-ID, set-group-ID and sticky.
func (e *entry) bits() fs.FileMode { return e.mode & modeBits }

// absent is the digest of what is not there.
const absent = "absent"

// digest identifies an entry: a file by its content, owner and mode, a link by its
// target, a folder by its owner and mode.
func (e *entry) digest() string {
	switch {
	case e == nil:
		return absent
	case e.mode.Type() == fs.ModeSymlink:
		return linkDigest(e.target)
	case e.mode.IsRegular():
		return fileDigest(e.content, numbers(e.uid, e.gid), e.bits())
	}
	return kindOf(e.mode) + " " + numbers(e.uid, e.gid) + fmt.Sprintf(" %04o", octal(e.bits()))
}

func fileDigest(content []byte, owner string, mode fs.FileMode) string {
	return fmt.Sprintf("file %s %s %04o", shortSum(content), owner, octal(mode))
}

func folderDigest(owner string, mode fs.FileMode) string {
	return fmt.Sprintf("a folder %s %04o", owner, octal(mode))
}

func linkDigest(target string) string { return "link " + target }

func numbers(uid, gid int) string { return fmt.Sprintf("%d:%d", uid, gid) }

// shortSum returns the first 16 hex digits of a SHA-256.
func shortSum(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])[:16]
}

// readEntry reads what lies at a path, without following a link in its last part:
// folders of a service user's are looked into by root. It returns nil where there is
// nothing.
func (m *Machine) readEntry(name string) (*entry, error) {
	p := m.path(name)
	info, err := os.Lstat(p)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot look at %s: %w", name, err)
	}
	e := newEntry(info)
	switch {
	case info.Mode().Type() == fs.ModeSymlink:
		if e.target, err = os.Readlink(p); err != nil {
			return nil, fmt.Errorf("cannot read the link %s: %w", name, err)
		}
		return e, nil
	case !info.Mode().IsRegular():
		return e, nil
	}
	r, err := os.OpenFile(p, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	defer r.Close()
	if info, err = r.Stat(); err != nil {
		return nil, fmt.Errorf("cannot look at %s: %w", name, err)
	}
	if e = newEntry(info); !info.Mode().IsRegular() {
		return e, nil // it was put there just now
	}
	if e.content, err = io.ReadAll(io.LimitReader(r, maxFile)); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	return e, nil
}

// readFolder reads the owner and mode of what a path leads to, be it through a link: a
// data directory may be a link to another disk. It returns nil where there is nothing.
func (m *Machine) readFolder(name string) (*entry, error) {
	info, err := os.Stat(m.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(m.path(name)); err == nil {
			return nil, fmt.Errorf("cannot make the folder %s: a link that leads nowhere is in its place; is a disk not mounted?", name)
		}
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot look at %s: %w", name, err)
	}
	return newEntry(info), nil
}

func newEntry(info fs.FileInfo) *entry {
	e := &entry{mode: info.Mode(), modified: info.ModTime()}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		e.uid, e.gid = int(stat.Uid), int(stat.Gid)
	}
	return e
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

// octal returns a mode as chmod(1) takes it, with the bits for set-user-ID (4000),
// set-group-ID (2000) and sticky (1000).
func octal(mode fs.FileMode) uint32 {
	bits := uint32(mode.Perm())
	if mode&fs.ModeSetuid != 0 {
		bits |= 0o4000
	}
	if mode&fs.ModeSetgid != 0 {
		bits |= 0o2000
	}
	if mode&fs.ModeSticky != 0 {
		bits |= 0o1000
	}
	return bits
}

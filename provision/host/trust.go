package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"os/user"
	"path"
	"strconv"
	"strings"
	"syscall"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// unsafeFolder is found where others than root decide where a path leads to.
const unsafeFolder = "unsafe-folder"

// maxLinks bounds the links on the way to a folder, as the kernel does.
const maxLinks = 40

// unsafeFolders finds the folders of a host that root must not work in: who may
// write to a folder above could put a link in its place, and would be given
// whatever that leads to.
func (m *Machine) unsafeFolders(ctx context.Context, service serviceUser, h *inventory.Host, d *desired) (finding.Findings, error) {
	var found finding.Findings
	told := make(map[string]bool)
	look := func(name, instance string) error {
		u, err := m.unsafeWay(ctx, name, service)
		if err != nil || u == nil || told[u.folder] {
			return err
		}
		told[u.folder] = true
		found = append(found, finding.Finding{Name: unsafeFolder, Severity: finding.Critical, Refusal: true, Host: h.Name, Instance: instance,
			Message: u.message(name),
			Hint:    u.hint(), Commands: u.closing(h.Name)})
		return nil
	}
	if err := look(d.tree.dest, ""); err != nil {
		return nil, err
	}
	for _, r := range d.resources {
		if folder, ok := r.(*dir); ok {
			if err := look(folder.name, folder.instance); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// unsafe is a folder in which others than root may make and rename names.
type unsafe struct {
	folder, who string
	info        fs.FileInfo
	// used says that others are to write there: it is like /tmp, it is somebody's own,
	// or it is a data directory.
	used bool
}

func (u *unsafe) hint() string {
	if u.used {
		return "choose another folder in the inventory; that one is for others to write to"
	}
	return "choose another folder in the inventory, or let only root write to that one"
}

// closing lets only root write to an unsafe folder; nothing where others are to.
func (u *unsafe) closing(host string) []finding.Command {
	if u.used {
		return nil
	}
	var lines []finding.Command
	if stat, ok := u.info.Sys().(*syscall.Stat_t); ok && stat.Uid != 0 {
		lines = append(lines, finding.Command{Host: host, Line: finding.Shell("chown", "root", u.folder)})
	}
	if u.info.Mode().Perm()&0o022 != 0 {
		lines = append(lines, finding.Command{Host: host, Line: finding.Shell("chmod", "go-w", u.folder)})
	}
	return lines
}

// used reports whether others than root have their reason to write to a folder.
func (m *Machine) used(folder lookedIn, service serviceUser) bool {
	stat, ok := folder.info.Sys().(*syscall.Stat_t)
	root, _ := m.rootIDs()
	switch {
	case !ok, folder.info.Mode()&fs.ModeSticky != 0:
		return true
	case stat.Uid != 0 && int(stat.Uid) != root && !(service.hasUser && int(stat.Uid) == service.uid):
		return true
	}
	return m.exists(path.Join(folder.path, "version-2")) || m.exists(path.Join(folder.path, "myid"))
}

func (u *unsafe) message(name string) string {
	return fmt.Sprintf("%s can write to %s, and so put a link to anywhere in the way to %s, where zkprov works as root", u.who, u.folder, name)
}

// unsafeWay is the first folder on the way to name that others than root decide
// about; nil where only root can change the way.
func (m *Machine) unsafeWay(ctx context.Context, name string, service serviceUser) (*unsafe, error) {
	for folder, err := range m.wayTo(name) {
		if err != nil {
			return nil, err
		}
		who, err := m.writers(ctx, folder, service)
		if err != nil {
			return nil, err
		}
		if who != "" {
			return &unsafe{folder.path, who, folder.info, m.used(folder, service)}, nil
		}
	}
	return nil, nil
}

// lookedIn is a folder that a name on a way is looked up in.
type lookedIn struct {
	path string // without links
	info fs.FileInfo
}

// wayTo goes to a folder as the kernel would, through links, and yields every
// folder that a name is looked up in; the first error ends it. It ends where the
// way does: what is missing is made by root.
func (m *Machine) wayTo(name string) iter.Seq2[lookedIn, error] {
	return func(yield func(lookedIn, error) bool) {
		at, rest, links := "/", name, 0
		for rest != "" {
			var next string
			next, rest, _ = strings.Cut(strings.TrimLeft(rest, "/"), "/")
			switch next {
			case "", ".":
				continue
			case "..":
				at = path.Dir(at)
				continue
			}
			info, err := os.Stat(m.path(at))
			if err != nil {
				yield(lookedIn{}, fmt.Errorf("cannot look at %s: %w", at, err))
				return
			}
			if !yield(lookedIn{at, info}, nil) {
				return
			}
			p := path.Join(at, next)
			info, err = os.Lstat(m.path(p))
			switch {
			case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
				return
			case err != nil:
				yield(lookedIn{}, fmt.Errorf("cannot look at %s: %w", p, err))
				return
			case info.Mode().Type() != fs.ModeSymlink:
				at = p
				continue
			}
			if links++; links > maxLinks {
				yield(lookedIn{}, fmt.Errorf("cannot look at %s: too many links", name))
				return
			}
			target, err := os.Readlink(m.path(p))
			if err != nil {
				yield(lookedIn{}, fmt.Errorf("cannot look at %s: %w", p, err))
				return
			}
			if path.IsAbs(target) {
				at = "/"
			}
			rest = target + "/" + rest
		}
	}
}

// writers says who but root may make and rename names in a folder; empty where
// nobody may. A group that root chose for that, which the servers' user is not in, is
// root's decision; in a folder like /tmp everybody may make names.
func (m *Machine) writers(ctx context.Context, folder lookedIn, service serviceUser) (string, error) {
	stat, ok := folder.info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", fmt.Errorf("cannot see the owner of %s", folder.path)
	}
	perm := folder.info.Mode().Perm()
	root, _ := m.rootIDs()
	if stat.Uid != 0 && int(stat.Uid) != root {
		return userName(stat.Uid), nil
	}
	if perm&0o002 != 0 {
		return "everybody", nil
	}
	if perm&0o020 == 0 {
		return "", nil
	}
	// With an access list the group's bits are what its entries may have at most.
	if m.hasAccessList(folder.path) {
		return "somebody in its access list", nil
	}
	in, err := service.in(ctx, int(stat.Gid))
	if err != nil || !in {
		return "", err
	}
	return fmt.Sprintf("user %s, by group %d,", service.name, stat.Gid), nil
}

func userName(uid uint32) string {
	id := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return "user " + id
}

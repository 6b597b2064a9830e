package provision

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path"
	"strconv"
	"strings"
	"syscall"

	"github.com/zkprov/zkprov/checks"
	"github.com/zkprov/zkprov/inventory"
)

// unsafeFolder is found where others than root decide where a path leads to.
const unsafeFolder = "unsafe-folder"

// maxLinks bounds the links on the way to a folder, as the kernel does.
const maxLinks = 40

// unsafeFolders finds the folders of a host that root must not work in: who may
// write to a folder above could put a link in its place, and would be given
// whatever that leads to.
func (m *Machine) unsafeFolders(ctx context.Context, e *inventory.Ensemble, h *inventory.Host, d *desired) (checks.Findings, error) {
	var found checks.Findings
	told := make(map[string]bool)
	look := func(name, instance string) error {
		u, err := m.wayTo(ctx, name, e.Service.Group)
		if err != nil || u == nil || told[u.folder] {
			return err
		}
		told[u.folder] = true
		found = append(found, checks.Finding{Name: unsafeFolder, Severity: checks.Critical, Host: h.Name, Instance: instance,
			Message: u.message(name),
			Hint:    fmt.Sprintf("chown root %[1]s && chmod go-w %[1]s, or choose another folder", u.folder)})
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
type unsafe struct{ folder, who string }

func (u *unsafe) message(name string) string {
	return fmt.Sprintf("%s can write to %s, and so put a link to anywhere in the way to %s, where zkprov works as root", u.who, u.folder, name)
}

// wayTo goes to a folder as the kernel would and looks at every folder that a name
// is looked up in; nil where only root can change the way. It ends where the way
// does: what is missing is made by root.
func (m *Machine) wayTo(ctx context.Context, name, group string) (*unsafe, error) {
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
		who, err := m.writers(ctx, at, group)
		if err != nil {
			return nil, err
		}
		if who != "" {
			return &unsafe{at, who}, nil
		}
		p := path.Join(at, next)
		info, err := os.Lstat(m.path(p))
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
			return nil, nil
		case err != nil:
			return nil, fmt.Errorf("cannot look at %s: %w", p, err)
		case info.Mode().Type() != fs.ModeSymlink:
			at = p
			continue
		}
		if links++; links > maxLinks {
			return nil, fmt.Errorf("cannot look at %s: too many links", name)
		}
		target, err := os.Readlink(m.path(p))
		if err != nil {
			return nil, fmt.Errorf("cannot look at %s: %w", p, err)
		}
		if path.IsAbs(target) {
			at = "/"
		}
		rest = target + "/" + rest
	}
	return nil, nil
}

// writers says who but root may make and rename names in a folder; empty where
// nobody may. A group that root chose for that, other than the servers', is root's
// decision; in a folder like /tmp everybody may make names.
func (m *Machine) writers(ctx context.Context, name, group string) (string, error) {
	info, err := os.Stat(m.path(name))
	if err != nil {
		return "", fmt.Errorf("cannot look at %s: %w", name, err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", fmt.Errorf("cannot see the owner of %s", name)
	}
	root, _ := m.rootIDs()
	if stat.Uid != 0 && int(stat.Uid) != root {
		return userName(stat.Uid), nil
	}
	if info.Mode().Perm()&0o002 != 0 {
		return "everybody", nil
	}
	if info.Mode().Perm()&0o020 == 0 {
		return "", nil
	}
	gid, exists, err := m.lookup(ctx, "group", group)
	if err != nil || !exists || gid != int(stat.Gid) {
		return "", err
	}
	return "group " + group, nil
}

func userName(uid uint32) string {
	id := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return "user " + id
}

package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/zkprov/zkprov/provision"
)

// dir is a folder with an owner and a mode.
type dir struct {
	m        *Machine
	name     string // absolute, on the host
	owner    owner
	mode     fs.FileMode
	instance string
	// shared is a folder that others may have made before us: it must exist, and
	// its owner and mode are theirs.
	shared bool
	// within is a folder above it that comes and is put right along with it, as one
	// change: whether it is there already says nothing.
	within *dir
}

func (d *dir) key() string            { return "dir:" + d.name }
func (d *dir) phase() provision.Phase { return provision.Stage }

func (d *dir) plan(ctx context.Context) (*provision.Change, error) {
	c, err := d.alone(ctx)
	if err != nil || d.within == nil {
		return c, err
	}
	above, err := d.within.plan(ctx)
	if err != nil || above == nil || above.Action == provision.Create {
		return c, err
	}
	summary := d.within.name + ": " + above.Summary
	if c == nil {
		return &provision.Change{Path: d.name, Instance: d.instance, Action: provision.Update, Summary: summary}, nil
	}
	c.Summary += "; " + summary
	return c, nil
}

// alone is the plan without the folder above.
func (d *dir) alone(ctx context.Context) (*provision.Change, error) {
	c := &provision.Change{Path: d.name, Instance: d.instance, Action: provision.Update}
	// A data directory may be a link to another disk.
	info, err := os.Stat(d.m.path(d.name))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(d.m.path(d.name)); err == nil {
			return nil, fmt.Errorf("cannot make the folder %s: a link that leads nowhere is in its place; is a disk not mounted?", d.name)
		}
		c.Action, c.Summary = provision.Create, fmt.Sprintf("%04o %s", d.mode, d.owner)
		return c, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot look at %s: %w", d.name, err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("cannot make the folder %s: %s is in its place", d.name, kindOf(info.Mode()))
	}
	if d.shared {
		return nil, nil
	}
	differ, err := d.m.attributes(ctx, info, d.owner, d.mode)
	if err != nil || len(differ) == 0 {
		return nil, err
	}
	c.Summary = strings.Join(differ, ", ")
	return c, nil
}

func (d *dir) apply(ctx context.Context) error {
	if d.within != nil {
		if err := d.within.apply(ctx); err != nil {
			return err
		}
	}
	uid, gid, err := d.m.ids(ctx, d.owner)
	if err != nil {
		return err
	}
	return d.m.makeDir(d.name, uid, gid, d.mode)
}

// makeDir makes a folder, and those above it that are missing, as root's.
func (m *Machine) makeDir(name string, uid, gid int, mode fs.FileMode) error {
	p := m.path(name)
	if parent := path.Dir(name); parent != name {
		if _, err := os.Stat(m.path(parent)); errors.Is(err, fs.ErrNotExist) {
			if err := m.makeDir(parent, os.Geteuid(), os.Getegid(), 0o755); err != nil {
				return err
			}
		}
	}
	switch err := os.Mkdir(p, 0o700); {
	case err == nil:
		if err := syncDir(filepath.Dir(p)); err != nil {
			return fmt.Errorf("cannot make the folder %s: %w", name, err)
		}
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

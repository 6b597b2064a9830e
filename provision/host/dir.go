package host

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"strings"

	"github.com/zkprov/zkprov/provision"
)

// dir is a folder with an owner and a mode.
type dir struct {
	// kind is provision.KindDir where it is empty.
	kind     provision.ResourceKind
	name     string // absolute, on the host
	owner    owner
	mode     fs.FileMode
	instance string
	// shared is a folder that others may have made before us: it must exist, and
	// its owner and mode are theirs.
	shared bool
	// data is the data directory that it lies below; empty where it lies below none.
	data string
	// real is set where no link may stand for it: the service user could have put one there
	// before the folder above was root's.
	real bool
	// within is a parent that is made or repaired in the same change; its absence
	// alone is no change.
	within *dir
}

func (d *dir) key() string { return resourceKey(cmp.Or(d.kind, provision.KindDir), d.name) }

func (d *dir) plan(v *view) (*provision.Change, error) {
	c, err := d.alone(v)
	if err != nil || d.within == nil {
		return c, err
	}
	above, err := d.within.plan(v)
	if err != nil || above == nil || above.Action == provision.Create {
		return c, err
	}
	summary, from, to := d.within.name+": "+above.Summary, ", in "+above.From, ", in "+above.To
	if c == nil {
		e, err := v.folder(d.name)
		if err != nil {
			return nil, err
		}
		return &provision.Change{Path: d.name, Instance: d.instance, Action: provision.Update, From: e.digest() + from, To: d.digest() + to, Summary: summary}, nil
	}
	c.From, c.To, c.Summary = c.From+from, c.To+to, c.Summary+"; "+summary
	return c, nil
}

// alone returns the plan without the folder above.
func (d *dir) alone(v *view) (*provision.Change, error) {
	e, err := v.folder(d.name)
	if err != nil {
		return nil, err
	}
	if d.real {
		if link, err := v.entry(d.name); err == nil && link != nil && link.mode.Type() == fs.ModeSymlink {
			return nil, fmt.Errorf("cannot make the folder %s: a link is in its place, and %s would get what it leads to; remove it, or name the folder that it leads to in the inventory", d.name, d.owner)
		}
	}
	c := &provision.Change{Path: d.name, Instance: d.instance, Action: provision.Update, From: e.digest(), To: d.digest()}
	if e == nil {
		c.Action, c.Summary = provision.Create, fmt.Sprintf("%04o %s", d.mode, d.owner)
		return c, nil
	}
	if !e.mode.IsDir() {
		return nil, fmt.Errorf("cannot make the folder %s: %s is in its place", d.name, kindOf(e.mode))
	}
	if d.shared {
		return nil, nil
	}
	differ := v.attributes(e, d.owner, d.mode)
	if len(differ) == 0 {
		return nil, nil
	}
	c.Summary = strings.Join(differ, ", ")
	return c, nil
}

func (d *dir) digest() string { return folderDigest(d.owner.String(), d.mode) }

func (d *dir) foresee(v *view) {
	if d.within != nil {
		d.within.foresee(v)
	}
	e := &entry{mode: fs.ModeDir | d.mode}
	e.uid, e.gid = v.ids(d.owner)
	v.putFolder(d.name, e)
}

func (d *dir) apply(ctx context.Context, m *Machine) error {
	if d.within != nil {
		if err := d.within.apply(ctx, m); err != nil {
			return err
		}
	}
	uid, gid, err := m.ids(ctx, d.owner)
	if err != nil {
		return err
	}
	return m.makeDir(d.name, uid, gid, d.mode)
}

package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/zkprov/zkprov/internal/durable"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
)

// collection is what lies on a host of zkprov's and is not used any more, and what looks
// like it and stays.
type collection struct {
	desired
	l     *look
	e     *inventory.Ensemble
	host  string
	stays []provision.Stay
}

var (
	archiveName = regexp.MustCompile(`^[0-9a-f]{128}$`)
	binaryName  = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// collect lists what a host may do without: the releases that nobody names, the archives
// that no release came from that stays, the binaries that do not run and, where it is
// asked for, the copies of data from before an upgrade.
func collect(t provision.Task, l *look) (*collection, error) {
	c := &collection{l: l, e: t.Ensemble, host: t.Host}
	if err := c.releases(); err != nil {
		return nil, err
	}
	for _, name := range l.Names(path.Join(inventory.StateDir, "bin")) {
		if folder := path.Join(inventory.StateDir, "bin", name); binaryName.MatchString(name) {
			c.unless(l.userOf(c.e.Paths, folder, spared{}), &unused{kind: provision.KindBinary, path: folder, what: "a zkprov that came for an earlier run"})
		}
	}
	if t.Collect.Copies {
		h := t.Target()
		for i := range h.Instances {
			if err := c.copyOf(&h.Instances[i]); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

// unless adds what nobody uses, and otherwise says who does.
func (c *collection) unless(user string, u *unused) {
	if user != "" {
		c.stays = append(c.stays, provision.Stay{Path: u.path, Why: user})
		return
	}
	u.paths = c.e.Paths
	c.add(u)
}

// releases adds the releases that nobody names, and the archives of those and of others
// that are not there.
func (c *collection) releases() error {
	wanted := archive.Resolve(c.e).SHA512
	needed := []string{wanted}
	jars := c.jars()
	for _, name := range c.l.Names(c.e.Paths.Install) {
		dest := path.Join(c.e.Paths.Install, name)
		o, err := c.l.owned(dest)
		if err != nil {
			return err
		}
		state, err := c.l.release(dest, "")
		if err != nil {
			return err
		}
		if !o.is || state.SHA512 == "" {
			continue
		}
		user := c.l.userOf(c.e.Paths, dest, spared{})
		switch {
		case state.SHA512 == wanted:
			user = "the inventory's release"
		case user == "" && len(o.strangers) > 0:
			user = fmt.Sprintf("zkprov did not put %s there", o.strangers[0])
		}
		if user != "" {
			needed = append(needed, state.SHA512)
		}
		c.unless(user, &unused{kind: provision.KindRelease, path: dest, what: fmt.Sprintf("ZooKeeper %s, which nothing names", state.Version), remove: archive.Remove})
	}
	cache := path.Join(inventory.CacheDir, "sha512")
	for _, name := range c.l.Names(cache) {
		if !archiveName.MatchString(name) {
			continue
		}
		user := ""
		if slices.Contains(needed, name) {
			user = "the archive of a release that stays"
		}
		if slices.Contains(jars, name[:inventory.JarDigits]) {
			user = "a jar that stays"
		}
		c.unless(user, &unused{kind: provision.KindArchive, path: path.Join(cache, name), what: "an archive of no release or jar here", remove: os.Remove})
	}
	return nil
}

// copyOf adds the copy of an instance's data, and what is left of others.
func (c *collection) copyOf(in *inventory.Instance) error {
	for _, name := range c.l.Names(in.DataDir) {
		if isPartOfCopy(name) {
			c.unless("", &unused{kind: provision.KindCopy, path: path.Join(in.DataDir, name), instance: in.Name, what: "what is left of a copy of the data", copy: true})
		}
	}
	noted, err := newView(c.l).copyNoted(in)
	if err != nil || noted == nil {
		return err
	}
	user := ""
	if runs := c.l.observation.Instances[in.Name].Version; runs != "" && runs.Before(noted.To) {
		user = fmt.Sprintf("%s has not been upgraded to ZooKeeper %s yet", in.Name, noted.To)
	}
	c.unless(user, &unused{kind: provision.KindCopy, path: copyDir(in), instance: in.Name, what: fmt.Sprintf("the data from before ZooKeeper %s", noted.To), copy: true})
	return nil
}

// unused is what is removed for good, a file or a folder with all that lies in it, while
// nobody names it.
type unused struct {
	kind     provision.ResourceKind
	path     string
	instance string
	paths    inventory.Paths
	// what tells what it is, for people.
	what string
	// remove removes it, by its path on this machine; nil removes all that lies there.
	remove func(path string) error
	// copy is set for a copy of data, which only the user's word keeps.
	copy bool
}

func (u *unused) key() string { return resourceKey(u.kind, u.path) }

func (u *unused) plan(v *view) (*provision.Change, error) {
	if v.gone[u.path] || !v.look.Exists(u.path) || !u.copy && v.look.userOf(u.paths, u.path, spared{}) != "" {
		return nil, nil
	}
	bytes, err := v.look.sizeBelow(u.path)
	if err != nil {
		return nil, err
	}
	return &provision.Change{Path: u.path, Instance: u.instance, Action: provision.Remove, From: isThere, To: absent, Bytes: bytes, Summary: u.what + ", " + sizeOf(bytes)}, nil
}

func (u *unused) foresee(v *view) { v.gone[u.path] = true }

func (u *unused) apply(_ context.Context, m *Machine) error {
	p := m.path(u.path)
	if u.remove == nil {
		return m.removeWhole(u.path)
	}
	if err := u.remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot remove %s: %w", u.path, err)
	}
	return durable.SyncDir(filepath.Dir(p))
}

// sizeBelow returns the bytes of what lies at a path and below it.
func (l *look) sizeBelow(name string) (int64, error) {
	return once(l, "the size of "+name, func() (int64, error) {
		var n int64
		err := filepath.WalkDir(l.m.path(name), func(_ string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
				n += info.Size()
			}
			return nil
		})
		if errors.Is(err, fs.ErrNotExist) {
			err = nil // it goes while it is looked at
		}
		return n, err
	})
}

// planCollect lists what a host does without, and what stays.
func (l *look) planCollect(t provision.Task) (provision.HostPlan, error) {
	p := provision.HostPlan{Host: t.Host}
	if !l.observation.Privileged {
		p.Findings = append(p.Findings, notRootFinding(t.Target()))
		return p, nil // it cannot be seen what others use
	}
	c, err := collect(t, l)
	if err != nil {
		return p, err
	}
	p.Stays = c.stays
	needed, err := c.needed(l)
	for _, n := range needed {
		p.Changes = append(p.Changes, n.change)
	}
	return p, err
}

package host

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/guard"
)

// dataOwner gives what lies in version-2 of a data directory, or in a folder of logs, to
// the service user. A server that cannot write to its data ends as it starts, and one that
// was set up by hand may have run as root; one that cannot write to its log goes on without.
type dataOwner struct {
	// kind is provision.KindOwner where it is empty.
	kind     provision.ResourceKind
	folder   string // the data directory, that of the transaction logs, or the folder of logs
	logs     bool   // set for the folder of logs
	owner    owner
	instance string
}

func (o *dataOwner) key() string { return resourceKey(cmp.Or(o.kind, provision.KindOwner), o.path()) }

func (o *dataOwner) path() string {
	if o.logs {
		return o.folder
	}
	return path.Join(o.folder, facts.VersionDir)
}

// seen returns who owns what lies there.
func (o *dataOwner) seen(v *view) (facts.DataFiles, error) {
	if o.logs {
		return v.logFiles(o.folder)
	}
	return v.dataFiles(o.folder)
}

func (o *dataOwner) plan(v *view) (*provision.Change, error) {
	seen, err := o.seen(v)
	if err != nil {
		return nil, fmt.Errorf("cannot look at the owners in %s: %w", o.path(), err)
	}
	uid, _ := v.ids(o.owner)
	owned := make(map[uint32]int)
	var closed int
	for _, c := range seen.Classes {
		switch {
		case c.UID != uint32(uid):
			owned[c.UID] += c.Count
		case !guard.Usable(c):
			closed += c.Count
		}
	}
	var parts []string
	if len(owned) > 0 {
		var of []string
		for uid, n := range owned {
			of = append(of, fmt.Sprintf("%s of %s", files(n), v.look.UserName(uid)))
		}
		slices.Sort(of)
		parts = append(parts, strings.Join(of, ", ")+" -> "+o.owner.String())
	}
	if closed > 0 {
		parts = append(parts, files(closed)+" that "+o.owner.user+" cannot read or write -> u+rw")
	}
	if parts == nil {
		return nil, nil
	}
	return &provision.Change{Path: o.path(), Instance: o.instance, Action: provision.Update,
		From: ownersDigest(seen), To: "of " + o.owner.user + ", u+rw", Summary: strings.Join(parts, "; ")}, nil
}

// ownersDigest identifies who owns the files of a folder of data, and whether their
// owners can use them. How many there are is left out: a server makes new ones. The
// service user's are in it too, so that it stays the same once that user is made.
func ownersDigest(seen facts.DataFiles) string {
	var of []string
	use := ", u+rw"
	for _, c := range seen.Classes {
		of = append(of, fmt.Sprint(c.UID))
		if !guard.Usable(c) {
			use = ""
		}
	}
	slices.Sort(of)
	return "of " + strings.Join(slices.Compact(of), " ") + use
}

func (o *dataOwner) foresee(v *view) {
	seen, err := o.seen(v)
	if err != nil {
		return
	}
	uid, gid := v.ids(o.owner)
	next := facts.DataFiles{Stuck: seen.Stuck}
	for _, c := range seen.Classes {
		if c.UID != uint32(uid) {
			c.UID, c.GID = uint32(uid), uint32(gid)
		}
		c.Mode |= guard.Needs(c)
		next.Classes = append(next.Classes, c)
	}
	v.data[o.folder] = next
}

// files counts a folder as the file that it is.
func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

// apply changes what is open, so that nobody can put anything else in its place
// between the look and the change.
func (o *dataOwner) apply(ctx context.Context, m *Machine) error {
	uid, gid, err := m.ids(ctx, o.owner)
	if err != nil {
		return err
	}
	walk := facts.WalkDataFiles
	if o.logs {
		walk = facts.WalkLogFiles
	}
	err = walk(m.Root, o.folder, func(f facts.DataFile) error {
		c := f.Class()
		if int(c.UID) != uid {
			if err := f.Chown(uid, gid); err != nil {
				return fmt.Errorf("cannot give %s to %s: %w", f.Name, o.owner, err)
			}
		}
		if !guard.Usable(c) {
			if err := f.Chmod(f.Info.Mode().Perm() | fs.FileMode(guard.Needs(c))); err != nil {
				return fmt.Errorf("cannot open %s to %s: %w", f.Name, o.owner, err)
			}
		}
		return nil
	}, func(facts.StuckFile) {})
	if err != nil {
		return fmt.Errorf("cannot give what lies in %s to %s: %w", o.path(), o.owner, err)
	}
	return nil
}

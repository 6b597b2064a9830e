package host

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// dataStuck is found where files of a server's data cannot be given to it.
const dataStuck = "data-stuck"

// dataOwner gives what lies in version-2 of a data directory to the service user. A
// server that cannot write there ends as it starts, and one that was set up by hand
// may have run as root.
type dataOwner struct {
	m        *Machine
	folder   string // the data directory, or that of the logs
	owner    owner
	instance string
	// seen is what lies there, where it was looked at for the same plan.
	seen *facts.DataFiles
}

func (o *dataOwner) key() string            { return "owner:" + o.path() }
func (o *dataOwner) phase() provision.Phase { return provision.Stage }
func (o *dataOwner) path() string           { return path.Join(o.folder, "version-2") }

func (o *dataOwner) plan(ctx context.Context) (*provision.Change, error) {
	seen := o.seen
	if seen == nil {
		now, err := facts.CountDataFiles(o.m.Root, o.folder)
		if err != nil {
			return nil, fmt.Errorf("cannot look at the owners in %s: %w", o.path(), err)
		}
		seen = &now
	}
	uid, _, err := o.m.ids(ctx, o.owner)
	known := err == nil // the user is made earlier in the same run
	owned := make(map[uint32]int)
	var closed int
	for _, c := range seen.Classes {
		switch {
		case !known || int(c.UID) != uid:
			owned[c.UID] += c.Count
		case !usable(c):
			closed += c.Count
		}
	}
	var parts []string
	if len(owned) > 0 {
		var of []string
		for uid, n := range owned {
			of = append(of, fmt.Sprintf("%s of %s", files(n), userName(uid)))
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
	return &provision.Change{Path: o.path(), Instance: o.instance, Action: provision.Update, Summary: strings.Join(parts, "; ")}, nil
}

// files counts a folder as the file that it is.
func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

// needs are the permission bits without which the owner cannot use a file, or a
// folder.
func needs(c facts.FileClass) uint32 {
	if c.Folder {
		return 0o700
	}
	return 0o600
}

// usable reports whether the owner can read and write all of a class.
func usable(c facts.FileClass) bool { return c.Mode&needs(c) == needs(c) }

// apply changes what is open, so that nobody can put anything else in its place
// between the look and the change.
func (o *dataOwner) apply(ctx context.Context) error {
	uid, gid, err := o.m.ids(ctx, o.owner)
	if err != nil {
		return err
	}
	err = facts.WalkDataFiles(o.m.Root, o.folder, func(f facts.DataFile) error {
		c := f.Class()
		if int(c.UID) != uid {
			if err := f.Chown(uid, gid); err != nil {
				return fmt.Errorf("cannot give %s to %s: %w", f.Name, o.owner, err)
			}
		}
		if !usable(c) {
			if err := f.Chmod(f.Info.Mode().Perm() | fs.FileMode(needs(c))); err != nil {
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

// stuckData finds the servers that do not run and have files in their data that they
// cannot use and that are left alone: root, who would change them, could be led
// elsewhere. notOurs are the findings about whose the data is.
func stuckData(e *inventory.Ensemble, h *inventory.Host, o provision.Observation, service serviceUser, notOurs finding.Findings) finding.Findings {
	var found finding.Findings
	for i := range h.Instances {
		in := &h.Instances[i]
		if o.Instances[in.Name].Unit.Running() || slices.ContainsFunc(notOurs, func(f finding.Finding) bool { return f.Instance == in.Name }) {
			continue
		}
		for _, p := range placesOf(in, o.Facts.DataDirs[in.Name]) {
			stuck := slices.DeleteFunc(slices.Clone(p.Files.Stuck), func(s facts.StuckFile) bool {
				return s.Class != nil && service.hasUser && int(s.Class.UID) == service.uid && usable(*s.Class)
			})
			if len(stuck) == 0 {
				continue
			}
			more := ""
			if n := len(stuck) - 1; n > 0 {
				more = fmt.Sprintf(" (and %d more)", n)
			}
			f := finding.Finding{Name: dataStuck, Severity: finding.Critical, Refusal: true, Host: h.Name, Instance: in.Name,
				Message: fmt.Sprintf("%s cannot be given to %s: %s%s", path.Join(p.dir, "version-2", stuck[0].Name), e.Service.User, stuck[0].Why, more),
				Hint:    "put a plain copy with no other name in its place, and run again; its content is the server's data, of which nothing may be left out"}
			if letters, paths := frozenIn(p.Real, stuck); len(paths) == len(stuck) {
				f.Hint, f.Commands = thawHint, thaw(h.Name, letters, paths)
			}
			found = append(found, f)
		}
	}
	return found
}

// frozenIn are those files of version-2 below a folder that attributes alone keep from
// being given to anybody, and these.
func frozenIn(folder string, stuck []facts.StuckFile) (letters string, paths []touched) {
	version := path.Join(folder, "version-2")
	for _, s := range stuck {
		if s.Frozen != "" {
			letters = addLetters(letters, s.Frozen)
			paths = append(paths, touched{path: path.Join(version, s.Name), of: version})
		}
	}
	return letters, paths
}

// filesOf are the files that were seen in a folder of an instance's data.
func filesOf(seen facts.Host, o *dataOwner) *facts.DataFiles {
	data := seen.DataDirs[o.instance]
	if data.Path == o.folder {
		return &data.Files
	}
	if data.Log != nil && data.Log.Path == o.folder {
		return &data.Log.Files
	}
	return nil
}

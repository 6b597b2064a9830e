package guard

import (
	"fmt"
	"path"
	"slices"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/access"
)

// dataStuck is found where files of a server's data cannot be given to it.
const dataStuck = "data-stuck"

// Needs returns the permission bits without which the owner cannot use a file, or a
// folder.
func Needs(c facts.FileClass) uint32 {
	if c.Folder {
		return 0o700
	}
	return 0o600
}

// Usable reports whether the owner can read and write all of a class.
func Usable(c facts.FileClass) bool { return c.Mode&Needs(c) == Needs(c) }

// StuckData finds the servers that do not run and have files in their data that they
// cannot use and that are left alone: root, who would change them, could be led
// elsewhere. notOurs are the findings about whose the data is.
func StuckData(e *inventory.Ensemble, h *inventory.Host, o provision.Observation, service access.User, notOurs finding.Findings) finding.Findings {
	var found finding.Findings
	for i := range h.Instances {
		in := &h.Instances[i]
		if o.Instances[in.Name].Unit.Running() || slices.ContainsFunc(notOurs, func(f finding.Finding) bool { return f.Instance == in.Name }) {
			continue
		}
		for _, p := range dataFolders(in, o.Facts.DataDirs[in.Name]) {
			stuck := slices.DeleteFunc(slices.Clone(p.Files.Stuck), func(s facts.StuckFile) bool {
				return s.Class != nil && service.HasUser && s.Class.UID == service.UID && Usable(*s.Class)
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

// frozenIn returns those files of version-2 below a folder that attributes alone keep from
// being given to anybody, and these.
func frozenIn(folder string, stuck []facts.StuckFile) (letters string, paths []Touched) {
	version := path.Join(folder, "version-2")
	for _, s := range stuck {
		if s.Frozen != "" {
			letters = addLetters(letters, s.Frozen)
			paths = append(paths, Touched{Path: path.Join(version, s.Name), Of: version})
		}
	}
	return letters, paths
}

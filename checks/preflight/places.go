package preflight

import (
	"fmt"
	"path"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/internal/hostpath"
	"github.com/zkprov/zkprov/inventory"
)

// places judges whether the folders that must lie apart do, and whether what is in
// them lasts. One finding of a kind is enough for a folder and what is part of it.
func (p *judgment) places() {
	overlapping, volatile := make(map[string]bool), make(map[string]bool)
	for n, f := range p.f.Places {
		if f.Error != "" {
			continue
		}
		if !f.Cached && !(f.Part && volatile[path.Dir(f.Path)]) {
			volatile[f.Path] = p.volatile(f)
		}
		if f.Part && overlapping[path.Dir(f.Path)] {
			continue
		}
		for _, other := range p.f.Places[:n] {
			if apart(f, other) {
				continue
			}
			overlapping[f.Path] = true
			p.refuse(overlappingFolders, f.Instance,
				fmt.Sprintf("%s, %s, overlaps %s, %s%s", f.What, real(f), other.What, real(other), sharedMounts(f, other)),
				"give each a folder of its own")
			break
		}
	}
}

// apart reports whether two places may be as they are.
func apart(p, q facts.Place) bool {
	switch {
	case p.Instance == "" && q.Instance == "":
		return true // zkprov and systemd know their own
	case p.Part && path.Dir(p.Path) == q.Path && p.Instance == q.Instance:
		return true
	case p.Data && q.Data && !q.Part && p.Instance == q.Instance && p.Path != q.Path && hostpath.Within(p.Path, q.Path):
		return !p.Holds(q) // the logs may lie below the data
	}
	return !p.Holds(q) && !q.Holds(p)
}

// real returns the path of a place and, where that is another, what it really is.
func real(p facts.Place) string {
	if p.Real == p.Path {
		return p.Path
	}
	return p.Path + ", which is " + p.Real
}

// sharedMounts returns how two places meet that lie on different mounts of one file
// system; empty where they do not.
func sharedMounts(p, q facts.Place) string {
	if p.Device == "" || p.Device != q.Device || p.MountPoint == q.MountPoint {
		return ""
	}
	return fmt.Sprintf(": the mounts at %s and %s are of one file system, where they are %s and %s", p.MountPoint, q.MountPoint, p.Inside, q.Inside)
}

// volatile adds a finding where a place does not outlive a reboot, and reports whether it did.
func (p *judgment) volatile(f facts.Place) bool {
	what := fmt.Sprintf("%s, %s, ", f.What, real(f))
	data, rest := "all data would be lost at a reboot", "it would be gone after a reboot, and the servers with it"
	switch dir, passing := inventory.Passing(f.Real); {
	case f.Memory != "":
		what += "lies in memory, on " + f.Memory
	case passing:
		what += "lies under " + dir
		data, rest = "what is there does not last or is not for data", "what is there does not last"
	default:
		return false
	}
	if f.Data {
		p.refuse(volatileData, f.Instance, what+": "+data, "choose a folder on a disk")
	} else {
		p.add(volatileFolder, finding.Critical, f.Instance, what+": "+rest, "choose a folder on a disk, or mount one there")
	}
	return true
}

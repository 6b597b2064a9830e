package guard

import (
	"encoding/json"
	"fmt"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/internal/hostpath"
	"github.com/zkprov/zkprov/inventory"
)

// diskMissing is found where a folder of data lies on another disk than it did.
const diskMissing = "disk-missing"

// Disks has the mount points that an instance's folders of data lie on, by folder.
// It is kept outside of them: a folder that is empty because its disk is not
// mounted cannot tell.
type Disks map[string]string

// DisksOf returns those of an instance as its host is now. Folders of which nothing is
// known are left out.
func DisksOf(in *inventory.Instance, seen facts.Host) Disks {
	d := make(Disks)
	for _, f := range seen.Folders {
		if f.Error == "" && f.MountPoint != "" && (f.Path == in.DataDir || f.Path == in.DataLogDir) {
			d[f.Path] = f.MountPoint
		}
	}
	return d
}

// Text returns the disks as they are kept.
func (d Disks) Text() []byte {
	b, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		panic(err) // strings
	}
	return append(b, '\n')
}

// givenUp returns the way out where a disk's data was given up, and what that costs.
func givenUp(record string) string {
	return fmt.Sprintf(" (where the data on the old one was given up for good, zkprov forgets that disk with the file %s, and the server copies from a leader what the others have)", record)
}

// DisksMissing finds the folders of data that were on another disk when they were
// stamped, and have no stamp now. What was written there would end on the disk
// below, and be hidden when the right one comes back. record returns where an
// instance's Disks are kept.
func DisksMissing(on Host, h *inventory.Host, seen facts.Host, record func(*inventory.Instance) string) finding.Findings {
	var found finding.Findings
	for i := range h.Instances {
		in := &h.Instances[i]
		var before Disks
		text, err := on.Text(record(in))
		if err != nil || json.Unmarshal(text, &before) != nil {
			continue // nothing is remembered
		}
		now := DisksOf(in, seen)
		for _, p := range dataFolders(in, seen.DataDirs[in.Name]) {
			folder := p.dir
			was, is := before[folder], now[folder]
			if was == "" || is == "" || was == is || p.Stamp != nil {
				continue
			}
			f := finding.Finding{Name: diskMissing, Severity: finding.Critical, Refusal: true, Host: h.Name, Instance: in.Name,
				Message:  fmt.Sprintf("%s was on the disk that is mounted at %s, and is on that of %s now, without the ownership stamp: the right one is not mounted", folder, was, is),
				Hint:     "mount it" + givenUp(record(in)),
				Commands: []finding.Command{{Host: h.Name, Line: finding.Shell("mount", was)}}}
			if hostpath.Within(is, was) {
				f.Message = fmt.Sprintf("%s was on the disk that is mounted at %s, and another one was mounted over it at %s, without the ownership stamp", folder, was, is)
				f.Hint = fmt.Sprintf("where it is to stay, move the data with its %s onto it%s; otherwise unmount it", StampName, givenUp(record(in)))
				f.Commands = []finding.Command{{Host: h.Name, Line: finding.Shell("umount", is)}}
			}
			found = append(found, f)
		}
	}
	return found
}

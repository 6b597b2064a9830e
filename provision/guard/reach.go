package guard

import (
	"fmt"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision/access"
)

// folderUnreachable is found where the service user cannot get to its folders.
const folderUnreachable = "folder-unreachable"

// UnreachableFolders finds the folders that keep the service user from what its
// instances are started with: a server that cannot read its configuration or its
// jars ends without a word of permissions.
func UnreachableFolders(on Host, service access.User, host string, folders []Folder) (finding.Findings, error) {
	// What zkprov gives an owner and a mode is in order once that was done.
	ours := make(map[string]bool)
	for _, f := range folders {
		if real, err := on.Follow(f.Path); err == nil && f.Ours {
			ours[real.Path] = true
		}
	}
	var found finding.Findings
	told := make(map[string]bool)
	for _, f := range folders {
		if !f.Service {
			continue
		}
		way, end := wayTo(on, f.Path)
		for _, folder := range way {
			if told[folder.Path] || ours[folder.Path] {
				continue
			}
			may, class, err := service.May(folder.Info, access.Execute)
			if err != nil {
				return found, err
			}
			if may || on.HasAccessList(folder.Path) {
				continue
			}
			told[folder.Path] = true
			found = append(found, finding.Finding{Name: folderUnreachable, Severity: finding.Critical, Host: host, Instance: f.Instance,
				Message: fmt.Sprintf("user %s cannot enter %s (mode %04o), which is on the way to %s", service.Name, folder.Path, folder.Info.Mode().Perm(), f.Path),
				Hint:    "choose another folder, or let this one be entered, which lets nobody list it", Commands: []finding.Command{{Host: host, Line: finding.Shell("chmod", class+"+x", folder.Path)}}})
		}
		if end != nil {
			return found, end
		}
	}
	return found, nil
}

package guard

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"syscall"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/internal/hostpath"
	"github.com/zkprov/zkprov/provision/access"
)

// unsafeFolder is found where others than root decide where a path leads to.
const unsafeFolder = "unsafe-folder"

// UnsafeFolders finds the folders of a host that root must not work in: who may
// write to a folder above could put a link in its place, and would be given
// whatever that leads to.
func UnsafeFolders(on Host, service access.User, host string, folders []Folder) (finding.Findings, error) {
	var found finding.Findings
	told := make(map[string]bool)
	for _, f := range folders {
		u, err := unsafeWay(on, f.Path, service)
		if err != nil {
			return found, err
		}
		if u == nil || told[u.folder] {
			continue
		}
		told[u.folder] = true
		if f.Data != "" && hostpath.Within(u.folder, f.Data) {
			u.used = false
		}
		found = append(found, finding.Finding{Name: unsafeFolder, Severity: finding.Critical, Refusal: true, Host: host, Instance: f.Instance,
			Message: u.message(f.Path),
			Hint:    u.hint(), Commands: u.closing(host)})
	}
	return found, nil
}

// unsafe is a folder in which others than root may make and rename names.
type unsafe struct {
	folder, who string
	info        fs.FileInfo
	// used is set where others are to write there: it is like /tmp, it is somebody's own,
	// or it is a data directory.
	used bool
}

func (u *unsafe) hint() string {
	if u.used {
		return "choose another folder in the inventory; that one is for others to write to"
	}
	return "choose another folder in the inventory, or let only root write to that one"
}

// closing lets only root write to an unsafe folder; nothing where others are to.
func (u *unsafe) closing(host string) []finding.Command {
	if u.used {
		return nil
	}
	var lines []finding.Command
	if stat, ok := u.info.Sys().(*syscall.Stat_t); ok && stat.Uid != 0 {
		lines = append(lines, finding.Command{Host: host, Line: finding.Shell("chown", "root", u.folder)})
	}
	if u.info.Mode().Perm()&0o022 != 0 {
		lines = append(lines, finding.Command{Host: host, Line: finding.Shell("chmod", "go-w", u.folder)})
	}
	return lines
}

// isUsed reports whether others than root have their reason to write to a folder.
func isUsed(on Host, folder facts.Passed, service access.User) bool {
	stat, ok := folder.Info.Sys().(*syscall.Stat_t)
	switch {
	case !ok, folder.Info.Mode()&fs.ModeSticky != 0:
		return true
	case !isRoot(on, stat.Uid) && !(service.HasUser && stat.Uid == service.UID):
		return true
	}
	return on.Exists(path.Join(folder.Path, "version-2")) || on.Exists(path.Join(folder.Path, "myid"))
}

// isRoot reports whether a number is root's or, inside a root folder, that of whoever
// works there.
func isRoot(on Host, uid uint32) bool { return uid == 0 || int(uid) == on.Root() }

func (u *unsafe) message(name string) string {
	return fmt.Sprintf("%s can write to %s, and so put a link to anywhere in the way to %s, where zkprov works as root", u.who, u.folder, name)
}

// unsafeWay returns the first folder on the way to name that others than root decide
// about; nil where only root can change the way.
func unsafeWay(on Host, name string, service access.User) (*unsafe, error) {
	way, end := wayTo(on, name)
	for _, folder := range way {
		who, err := writers(on, folder, service)
		if err != nil {
			return nil, err
		}
		if who != "" {
			return &unsafe{folder.Path, who, folder.Info, isUsed(on, folder, service)}, nil
		}
	}
	return nil, end
}

// wayTo returns the folders that a name is looked up in on the way to a folder, up to
// the error that ends it. What is missing is no error: root makes it.
func wayTo(on Host, name string) ([]facts.Passed, error) {
	f, err := on.Follow(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("cannot look at %s: %w", name, err)
	}
	return f.LookedIn, err
}

// writers returns who but root may make and rename names in a folder; empty where
// nobody may. A group that root chose for that, which the servers' user is not in, is
// root's decision; in a folder like /tmp everybody may make names.
func writers(on Host, folder facts.Passed, service access.User) (string, error) {
	stat, ok := folder.Info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", fmt.Errorf("cannot see the owner of %s", folder.Path)
	}
	perm := folder.Info.Mode().Perm()
	if !isRoot(on, stat.Uid) {
		return on.UserName(stat.Uid), nil
	}
	if perm&0o002 != 0 {
		return "everybody", nil
	}
	if perm&0o020 == 0 {
		return "", nil
	}
	// With an access list the group's bits are what its entries may have at most.
	if on.HasAccessList(folder.Path) {
		return "somebody in its access list", nil
	}
	in, err := service.In(stat.Gid)
	if err != nil || !in {
		return "", err
	}
	return fmt.Sprintf("user %s, by group %d,", service.Name, stat.Gid), nil
}

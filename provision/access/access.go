// Package access tells what a user may do with files, by their owners and modes. It
// is the one place for that rule: what enters a folder, writes to it or starts a
// program is judged alike. Access lists (acl(5)) are not looked at.
package access

import (
	"io/fs"
	"slices"
	"syscall"
)

// The permissions of a class, as in a mode's last three bits.
const (
	Read    fs.FileMode = 0o4
	Write   fs.FileMode = 0o2
	Execute fs.FileMode = 0o1 // and, of a folder, to enter it
)

// User is a user and the groups that its processes are in.
type User struct {
	Name string
	// HasUser and HasGroup report whether the user and its first group exist. Of one
	// that is yet to be made nothing but its first group may be known.
	HasUser, HasGroup bool
	UID, GID          uint32
	// Groups returns the other groups of the user. They are asked for where they decide;
	// beside an error are those that are known all the same. nil is none.
	Groups func() ([]uint32, error)
}

// In reports whether the user is in a group.
func (u User) In(gid uint32) (bool, error) {
	if u.HasGroup && u.GID == gid {
		return true, nil
	}
	if !u.HasUser || u.Groups == nil {
		return false, nil
	}
	groups, err := u.Groups()
	if slices.Contains(groups, gid) {
		return true, nil
	}
	return false, err
}

// May reports whether the user has a permission for a file or folder, and in which
// class of its mode, as chmod(1) names it: the first that the user is in counts, be it
// less than what others have; see path_resolution(7). Root has it where anybody has.
func (u User) May(info fs.FileInfo, permission fs.FileMode) (may bool, class string, err error) {
	perm := info.Mode().Perm()
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch all := permission * 0o111; {
	case u.HasUser && u.UID == 0:
		return info.IsDir() || perm&all != 0 || permission != Execute, "u", nil
	case perm&all == all:
		return true, "o", nil
	case ok && u.HasUser && stat.Uid == u.UID:
		return perm&(permission<<6) != 0, "u", nil
	case ok:
		in, err := u.In(stat.Gid)
		if err != nil {
			return false, "", err
		}
		if in {
			return perm&(permission<<3) != 0, "g", nil
		}
	}
	return perm&permission != 0, "o", nil
}

package java

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/zkprov/zkprov/checks/facts"
)

// unreachable returns why the user cannot start java, by owners and mode bits; empty
// where it can. Access lists are not looked at. name is the path that led to java.
func unreachable(u User, name string, java facts.Followed) string {
	who := "the service user"
	if u.Name != "" {
		who = "user " + u.Name
	}
	for _, d := range java.Dirs {
		if !u.mayExecute(d.Info) {
			return fmt.Sprintf("%s cannot enter %s (mode %04o)", who, d.Path, d.Info.Mode().Perm())
		}
	}
	switch {
	case !java.Info.Mode().IsRegular():
		return java.Path + " is not a file"
	case java.Info.Mode().Perm()&0o111 == 0:
		return fmt.Sprintf("%s is not executable (mode %04o)", java.Path, java.Info.Mode().Perm())
	case !u.mayExecute(java.Info):
		return fmt.Sprintf("%s cannot execute %s (mode %04o)", who, java.Path, java.Info.Mode().Perm())
	}
	for _, dir := range hidden {
		for _, p := range []string{name, java.Path} {
			if strings.HasPrefix(p, dir+"/") {
				return "it lies below " + dir + ", which the units cannot see"
			}
		}
	}
	return ""
}

// hidden lists the folders that ProtectHome= and PrivateTmp= hide from a unit; see
// systemd.exec(5).
var hidden = [...]string{"/home", "/root", "/run/user", "/tmp", "/var/tmp"}

// mayExecute reports whether the user may enter a folder or execute a file.
func (u User) mayExecute(info fs.FileInfo) bool {
	perm := info.Mode().Perm()
	st, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !u.Known || !ok:
		return perm&0o001 != 0
	case u.UID == 0:
		return info.IsDir() || perm&0o111 != 0
	case st.Uid == u.UID:
		return perm&0o100 != 0
	case st.Gid == u.GID:
		return perm&0o010 != 0
	default:
		return perm&0o001 != 0
	}
}

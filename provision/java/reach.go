package java

import (
	"fmt"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/hostpath"
	"github.com/zkprov/zkprov/provision/access"
)

// unreachable returns, by owners and mode bits, why the user cannot start java;
// empty where it can. Access lists are not looked at. name is the path that led
// to java.
func unreachable(u access.User, name string, java facts.Followed) string {
	who := "the service user"
	if u.Name != "" {
		who = "user " + u.Name
	}
	for _, d := range java.Dirs {
		may, _, err := u.May(d.Info, access.Execute)
		if err != nil {
			return err.Error()
		}
		if !may {
			return fmt.Sprintf("%s cannot enter %s (mode %04o)", who, d.Path, d.Info.Mode().Perm())
		}
	}
	switch {
	case !java.Info.Mode().IsRegular():
		return java.Path + " is not a file"
	case java.Info.Mode().Perm()&0o111 == 0:
		return fmt.Sprintf("%s is not executable (mode %04o)", java.Path, java.Info.Mode().Perm())
	}
	may, _, err := u.May(java.Info, access.Execute)
	if err != nil {
		return err.Error()
	}
	if !may {
		return fmt.Sprintf("%s cannot execute %s (mode %04o)", who, java.Path, java.Info.Mode().Perm())
	}
	for _, dir := range hidden {
		for _, p := range []string{name, java.Path} {
			if hostpath.Within(p, dir) {
				return "it lies below " + dir + ", which the units cannot see"
			}
		}
	}
	return ""
}

// hidden lists the folders that ProtectHome= and PrivateTmp= hide from a unit; see
// systemd.exec(5).
var hidden = [...]string{"/home", "/root", "/run/user", "/tmp", "/var/tmp"}

package units

import (
	"fmt"
	"path"
	"strings"
)

// SysusersPath returns where the text of Sysusers lies on a host; see sysusers.d(5).
// systemd reads it again at every boot.
func SysusersPath(user string) string {
	return path.Join("/etc/sysusers.d", "zkprov-"+user+".conf")
}

// AccountText describes the system user in passwd(5), by which zkprov knows one that it
// made.
const AccountText = "Apache ZooKeeper"

// Sysusers returns the sysusers.d(5) text that makes the system user of the instances,
// without a password, a shell or a home folder of its own; home stands in passwd(5) all
// the same. An account that exists already is left as it is.
//
// A group of another name is given to the user as a supplementary one, because old
// releases, such as the 239 of Enterprise Linux 8, have no other way; the unit's Group=
// makes it the process's first.
func Sysusers(user, group, home string) ([]byte, error) {
	for _, name := range []string{user, group} {
		if !accountName.MatchString(name) {
			return nil, fmt.Errorf("cannot write the system user: %q is not a name for a user or a group", name)
		}
	}
	reason := badPath(home)
	if reason == "" && strings.Contains(home, ":") {
		reason = "contains a colon"
	}
	if reason != "" {
		return nil, fmt.Errorf("cannot write the system user %s: its home %q %s", user, home, reason)
	}
	var b strings.Builder
	b.WriteString("# Written by zkprov.\n")
	fmt.Fprintf(&b, "u %s - \"%s\" %s\n", user, AccountText, words(home))
	if group != user {
		fmt.Fprintf(&b, "g %s -\n", group)
		fmt.Fprintf(&b, "m %s %s\n", user, group)
	}
	return []byte(b.String()), nil
}

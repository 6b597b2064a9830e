package host

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// owner is a user and a group by name; the empty name is root.
type owner struct{ user, group string }

func (o owner) String() string { return name(o.user) + ":" + name(o.group) }

func name(s string) string {
	if s == "" {
		return "root"
	}
	return s
}

// account is the system user that the instances run as, and its group.
type account struct {
	m *Machine
	owner
}

func (a *account) key() string            { return "user:" + a.user }
func (a *account) phase() provision.Phase { return provision.Stage }

func (a *account) plan(ctx context.Context) (*provision.Change, error) {
	_, hasUser, err := a.m.lookup(ctx, "passwd", a.user)
	if err != nil {
		return nil, err
	}
	_, hasGroup, err := a.m.lookup(ctx, "group", a.group)
	if err != nil {
		return nil, err
	}
	switch {
	case hasUser && hasGroup:
		return nil, nil
	case hasUser:
		return &provision.Change{Action: provision.Create, Summary: "system group " + a.group}, nil
	}
	return &provision.Change{Action: provision.Create, Summary: "system user " + a.user}, nil
}

func (a *account) apply(ctx context.Context) error {
	argv := []string{"systemd-sysusers"}
	if a.m.Root != "" {
		argv = append(argv, "--root="+a.m.Root)
	}
	argv = append(argv, a.m.path(units.SysusersPath(a.user)))
	if out, err := a.m.runner().Run(ctx, nil, argv...); err != nil {
		return fmt.Errorf("cannot make the system user %s: %w: %s", a.user, err, strings.TrimSpace(out))
	}
	return nil
}

// lookup finds the numeric id of a user or group: in the host's own file, and
// failing that wherever nsswitch.conf says, through getent.
func (m *Machine) lookup(ctx context.Context, database, name string) (id int, found bool, err error) {
	content, err := os.ReadFile(m.path("/etc/" + database))
	if err != nil {
		return 0, false, fmt.Errorf("cannot read the users of this host: %w", err)
	}
	if id, found = parseAccount(content, name); found {
		return id, true, nil
	}
	if m.Root != "" {
		return 0, false, nil
	}
	limited, cancel := context.WithTimeout(ctx, namesLimit)
	defer cancel()
	out, err := m.runner().Run(limited, nil, "getent", database, name)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() == getentUnknown:
		return 0, false, nil
	case limited.Err() != nil && ctx.Err() == nil:
		err = fmt.Errorf("no answer within %s", namesLimit)
	case err == nil:
		if id, found = parseAccount([]byte(out), name); found {
			return id, true, nil
		}
		err = errors.New("an answer without that name")
	}
	// Taken for a name that nobody knows, it would be made anew with another id.
	message := fmt.Sprintf("cannot tell whether the %s database has %s: getent %[1]s %[2]s: %v", database, name, err)
	if said := strings.TrimSpace(out); said != "" {
		message += ": " + said
	}
	return 0, false, &provision.Error{Kind: provision.Failed, Message: message, Hint: "see to the sources of names in /etc/nsswitch.conf, such as an LDAP server that does not answer"}
}

// namesLimit bounds a question to where nsswitch.conf says.
const namesLimit = 10 * time.Second

// getentUnknown is getent's exit status for a name that nobody knows; see
// getent(1).
const getentUnknown = 2

// parseAccount finds name's id in the format of passwd(5) and group(5), which
// share their first three fields.
func parseAccount(content []byte, name string) (int, bool) {
	lines := bufio.NewScanner(bytes.NewReader(content))
	for lines.Scan() {
		fields := strings.Split(lines.Text(), ":")
		if len(fields) < 3 || fields[0] != name {
			continue
		}
		if id, err := strconv.Atoi(fields[2]); err == nil && id >= 0 {
			return id, true
		}
	}
	return 0, false
}

// ids are the numbers of an owner that exists.
func (m *Machine) ids(ctx context.Context, o owner) (uid, gid int, err error) {
	uid, gid = m.rootIDs()
	if o.user != "" {
		id, ok, err := m.lookup(ctx, "passwd", o.user)
		if err != nil {
			return 0, 0, err
		}
		if !ok {
			return 0, 0, fmt.Errorf("cannot give a file to %s: there is no such user", o.user)
		}
		uid = id
	}
	if o.group != "" {
		id, ok, err := m.lookup(ctx, "group", o.group)
		if err != nil {
			return 0, 0, err
		}
		if !ok {
			return 0, 0, fmt.Errorf("cannot give a file to group %s: there is no such group", o.group)
		}
		gid = id
	}
	return uid, gid, nil
}

// rootIDs are root's, and inside a root folder whoever works there.
func (m *Machine) rootIDs() (uid, gid int) {
	if m.Root != "" {
		return os.Geteuid(), os.Getegid()
	}
	return 0, 0
}

// attributes says how owner and mode differ from what they should be.
func (m *Machine) attributes(ctx context.Context, info fs.FileInfo, o owner, mode fs.FileMode) ([]string, error) {
	var differ []string
	if info.Mode().Type() == fs.ModeSymlink {
		return nil, nil
	}
	const bits = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky
	if got := info.Mode() & bits; got != mode {
		differ = append(differ, fmt.Sprintf("mode %04o -> %04o", octal(got), octal(mode)))
	}
	uid, gid, err := m.ids(ctx, o)
	if err != nil {
		// The user is made earlier in the same run.
		return append(differ, "owner -> "+o.String()), nil
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && (int(st.Uid) != uid || int(st.Gid) != gid) {
		differ = append(differ, fmt.Sprintf("owner %d:%d -> %s", st.Uid, st.Gid, o))
	}
	return differ, nil
}

// octal is a mode as chmod(1) takes it, with the bits for set-user-ID (4000),
// set-group-ID (2000) and sticky (1000).
func octal(mode fs.FileMode) uint32 {
	bits := uint32(mode.Perm())
	if mode&fs.ModeSetuid != 0 {
		bits |= 0o4000
	}
	if mode&fs.ModeSetgid != 0 {
		bits |= 0o2000
	}
	if mode&fs.ModeSticky != 0 {
		bits |= 0o1000
	}
	return bits
}

package host

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/access"
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
type account struct{ owner }

func (a *account) key() string { return resourceKey(provision.KindUser, a.user) }

func (a *account) plan(v *view) (*provision.Change, error) {
	hasUser, err := v.hasAccount("passwd", a.user)
	if err != nil {
		return nil, err
	}
	hasGroup, err := v.hasAccount("group", a.group)
	if err != nil || hasUser && hasGroup {
		return nil, err
	}
	c := &provision.Change{Action: provision.Create, From: absent, To: "user " + a.user + ", group " + a.group, Summary: "system user " + a.user}
	switch {
	case hasUser:
		c.From, c.Summary = "user "+a.user, "system group "+a.group
	case hasGroup:
		c.From = "group " + a.group
	}
	return c, nil
}

func (a *account) foresee(v *view) {
	v.accounts["passwd "+a.user], v.accounts["group "+a.group] = true, true
}

func (a *account) apply(ctx context.Context, m *Machine) error {
	argv := []string{"systemd-sysusers"}
	if m.Root != "" {
		argv = append(argv, "--root="+m.Root)
	}
	argv = append(argv, m.path(units.SysusersPath(a.user)))
	if out, err := m.runner().Run(ctx, nil, argv...); err != nil {
		return fmt.Errorf("cannot make the system user %s: %w: %s", a.user, err, strings.TrimSpace(out))
	}
	return nil
}

// accountNumber is the number of a user or group, where there is one.
type accountNumber struct {
	id    int
	found bool
}

// account finds the number of a user or group; see Machine.lookup.
func (l *look) account(database, name string) (id int, found bool, err error) {
	n, err := once(l, "the number of "+name+" in "+database, func() (accountNumber, error) {
		id, found, err := l.m.lookup(l.ctx, database, name)
		return accountNumber{id, found}, err
	})
	return n.id, n.found, err
}

// UserName returns the name of a user for people.
func (l *look) UserName(uid uint32) string {
	name, _ := once(l, fmt.Sprintf("the name of user %d", uid), func() (string, error) { return userName(uid), nil })
	return name
}

// serviceUser returns the user of the instances, as far as it exists yet.
func (l *look) serviceUser(e *inventory.Ensemble) (access.User, error) {
	u := access.User{Name: e.Service.User}
	uid, found, err := l.account("passwd", e.Service.User)
	if err != nil {
		return u, err
	}
	u.UID, u.HasUser = uint32(uid), found
	gid, found, err := l.account("group", e.Service.Group)
	if err != nil {
		return u, err
	}
	u.GID, u.HasGroup = uint32(gid), found
	u.Groups = func() ([]uint32, error) { return l.groups(u.Name) }
	return u, nil
}

// groups returns the groups that a user is a member of, be they such that the host's
// own files do not tell.
func (l *look) groups(user string) ([]uint32, error) {
	return once(l, "the groups of "+user, func() ([]uint32, error) { return l.m.groups(l.ctx, user) })
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

// ids returns the numbers of an owner that exists.
func (m *Machine) ids(ctx context.Context, o owner) (uid, gid int, err error) {
	uid, gid = m.rootIDs()
	if o.user != "" {
		if uid, err = m.id(ctx, "passwd", o.user); err != nil {
			return 0, 0, err
		}
	}
	if o.group != "" {
		if gid, err = m.id(ctx, "group", o.group); err != nil {
			return 0, 0, err
		}
	}
	return uid, gid, nil
}

// id returns the number of a user or group that exists.
func (m *Machine) id(ctx context.Context, database, name string) (int, error) {
	id, ok, err := m.lookup(ctx, database, name)
	if err == nil && !ok {
		err = fmt.Errorf("cannot give a file to %s: there is no such name in %s", name, database)
	}
	return id, err
}

// rootIDs returns the numbers of root and, inside a root folder, of whoever works there.
func (m *Machine) rootIDs() (uid, gid int) {
	if m.Root != "" {
		return os.Geteuid(), os.Getegid()
	}
	return 0, 0
}

// groups returns the groups that a user is a member of: those of the host's own file,
// and wherever nsswitch.conf says. Where that cannot be told, beside the error, are
// the former.
func (m *Machine) groups(ctx context.Context, name string) ([]uint32, error) {
	content, err := os.ReadFile(m.path("/etc/group"))
	if err != nil {
		return nil, fmt.Errorf("cannot read the groups of this host: %w", err)
	}
	gids := groupsOf(content, name)
	if m.Root != "" {
		return gids, nil
	}
	ctx, cancel := context.WithTimeout(ctx, namesLimit)
	defer cancel()
	out, err := m.runner().Run(ctx, nil, "id", "-G", name)
	if err != nil {
		return gids, &provision.Error{Kind: provision.Failed, Message: fmt.Sprintf("cannot tell which groups %s is in: id -G %[1]s: %v", name, err),
			Hint: "see to what /etc/nsswitch.conf names"}
	}
	for _, field := range strings.Fields(out) {
		if gid, err := strconv.ParseUint(field, 10, 32); err == nil {
			gids = append(gids, uint32(gid))
		}
	}
	return gids, nil
}

// groupsOf returns the groups that name is a member of, in the format of group(5).
func groupsOf(content []byte, name string) []uint32 {
	var gids []uint32
	for line := range bytes.Lines(content) {
		fields := strings.Split(strings.TrimSpace(string(line)), ":")
		if len(fields) < 4 || !slices.Contains(strings.Split(fields[3], ","), name) {
			continue
		}
		if gid, err := strconv.ParseUint(fields[2], 10, 32); err == nil {
			gids = append(gids, uint32(gid))
		}
	}
	return gids
}

// userName returns the name of a user of this host for people.
func userName(uid uint32) string {
	id := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return "user " + id
}

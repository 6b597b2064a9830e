package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/guard"
	"github.com/zkprov/zkprov/units"
)

// removeUser adds the system user, its group and what makes it at boot, where zkprov made
// them and nothing uses them any more.
func (d *takeDown) removeUser() error {
	user, conf := d.e.Service.User, units.SysusersPath(d.e.Service.User)
	text, err := d.l.entry(conf)
	if err != nil {
		return err
	}
	_, exists, err := d.l.account("passwd", user)
	if err != nil {
		return err
	}
	if text == nil && !exists {
		return nil
	}
	keeps, err := d.keepsUser()
	if err != nil {
		return err
	}
	if keeps != "" {
		if exists {
			d.stay("user "+user, keeps)
		}
		if text != nil {
			d.stay(conf, "it makes user "+user)
		}
		return nil
	}
	want, err := units.Sysusers(user, d.e.Service.Group, d.e.Paths.Data)
	if err != nil {
		return err
	}
	if text.regular() && firstLine(text.content) != firstLine(want) {
		d.stay(conf, "zkprov did not write it")
	} else {
		d.add(&gone{kind: provision.KindFile, name: conf, summary: "makes user " + user, live: true, parts: func(l *look) ([]part, error) {
			e, err := l.entry(conf)
			if err != nil || e == nil {
				return nil, err
			}
			return []part{{path: conf}}, nil
		}})
	}
	d.add(&goneAccount{owner: serviceOwner(d.e)})
	return nil
}

func firstLine(text []byte) string {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return string(line)
}

// keepsUser returns why the service user stays; empty where nothing uses it.
func (d *takeDown) keepsUser() (string, error) {
	user := d.e.Service.User
	passwd, err := d.l.Text("/etc/passwd")
	if err != nil {
		return "", fmt.Errorf("cannot read the users of this host: %w", err)
	}
	line := accountLine(passwd, user)
	if _, exists, err := d.l.account("passwd", user); err != nil || !exists {
		return "", err
	}
	if len(line) < 7 {
		return "it is not one of this host's own", nil
	}
	uid, err := strconv.Atoi(line[2])
	if err != nil {
		return "", fmt.Errorf("cannot read the users of this host: %q is no number of a user", line[2])
	}
	switch by := d.runsAs(user); {
	case line[4] != units.AccountText:
		return "zkprov did not make it", nil
	case by != "":
		return by + " runs as it", nil
	case d.data:
		return "its data stays", nil
	}
	for _, dir := range []string{"/usr/lib/sysusers.d", "/lib/sysusers.d"} {
		for _, name := range d.l.Names(dir) {
			if text, err := d.l.Text(path.Join(dir, name)); err == nil && strings.Contains("\n"+string(text), "\nu "+user+" ") {
				return name + " makes it, which a package brought", nil
			}
		}
	}
	owned, err := d.l.ownedBy(uid, d.goes())
	switch {
	case err != nil:
		return fmt.Sprintf("it cannot be made sure that it owns no other file: %v", err), nil
	case owned != "":
		return "it owns " + owned, nil
	}
	return "", nil
}

// accountLine returns the fields of an account in the format of passwd(5); nil where there
// is none.
func accountLine(content []byte, name string) []string {
	for line := range strings.Lines(string(content)) {
		if fields := strings.Split(strings.TrimRight(line, "\n"), ":"); fields[0] == name {
			return fields
		}
	}
	return nil
}

// runsAs returns a unit, not of this ensemble's, that runs as a user; empty where there is
// none.
func (d *takeDown) runsAs(user string) string {
	for _, dir := range []string{units.Dir, "/usr/lib/systemd/system", "/lib/systemd/system"} {
		for _, file := range d.l.Names(dir) {
			name, isUnit := strings.CutSuffix(file, ".service")
			if !isUnit || dir == units.Dir && slices.Contains(d.names, name) {
				continue
			}
			if text, err := d.l.Text(path.Join(dir, file)); err == nil && strings.Contains("\n"+string(text)+"\n", "\nUser="+user+"\n") {
				return file
			}
		}
	}
	return ""
}

// goes lists the folders that are removed.
func (d *takeDown) goes() []string {
	var all []string
	for _, r := range d.resources {
		switch r := r.(type) {
		case *gone:
			all = append(all, r.name)
		case *goneRelease:
			all = append(all, r.dest)
		}
	}
	return all
}

// The bounds of a look for the files of a user.
const (
	ownedFiles = 1_000_000
	ownedTime  = 10 * time.Second
)

// passedOver are kinds of file systems that no files of a user outlast a boot in, or that
// other machines have too.
var passedOver = []string{"proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "mqueue", "hugetlbfs", "tracefs", "debugfs", "securityfs", "bpf", "autofs", "nfs", "nfs4", "cifs", "9p", "overlay", "squashfs", "tmpfs"}

// ownedBy returns a file of a user that lies in none of some folders; empty where there is
// none. It is bounded: who has a million of files gets an error.
func (l *look) ownedBy(uid int, but []string) (string, error) {
	return once(l, fmt.Sprintf("the files of user %d", uid), func() (string, error) {
		mounts := l.mounts()
		found, seen, end := "", 0, time.Now().Add(ownedTime)
		err := filepath.WalkDir(l.m.path("/"), func(full string, e fs.DirEntry, err error) error {
			name := path.Join("/", strings.TrimPrefix(full, l.m.Root))
			if err != nil {
				return skipped(e)
			}
			kind := mounts[name]
			if name != "/" && slices.Contains(passedOver, kind) || slices.Contains(but, name) || name == "/proc" || name == "/sys" || name == "/run" {
				return skipped(e)
			}
			if seen++; seen > ownedFiles || seen%1000 == 0 && time.Now().After(end) {
				return errors.New("the host has too many files to look at them all")
			}
			info, err := e.Info()
			if err != nil {
				return nil // gone meanwhile
			}
			if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) == uid && uid != l.Root() {
				found = name
				return fs.SkipAll
			}
			return nil
		})
		return found, err
	})
}

func skipped(e fs.DirEntry) error {
	if e != nil && e.IsDir() {
		return fs.SkipDir
	}
	return nil
}

// goneAccount is the system user of the instances, and its group.
type goneAccount struct{ owner }

func (a *goneAccount) key() string { return resourceKey(provision.KindUser, a.user) }

func (a *goneAccount) plan(v *view) (*provision.Change, error) {
	if v.gone["user "+a.user] {
		return nil, nil
	}
	_, hasUser, err := v.look.account("passwd", a.user)
	if err != nil {
		return nil, err
	}
	_, hasGroup, err := v.look.account("group", a.group)
	if err != nil || !hasUser && !hasGroup {
		return nil, err
	}
	return &provision.Change{Action: provision.Remove, From: isThere, To: absent, Summary: "system user " + a.user}, nil
}

func (a *goneAccount) foresee(v *view) { v.gone["user "+a.user] = true }

// apply removes the user first: its group cannot go before.
func (a *goneAccount) apply(ctx context.Context, m *Machine) error {
	for _, one := range []struct{ database, name, tool string }{{"passwd", a.user, "userdel"}, {"group", a.group, "groupdel"}} {
		_, found, err := m.lookup(ctx, one.database, one.name)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		argv := []string{one.tool, one.name}
		if m.Root != "" {
			argv = []string{one.tool, "--prefix", m.Root, one.name}
		}
		out, err := m.runner().Run(ctx, nil, argv...)
		if errors.Is(err, exec.ErrNotFound) {
			return &provision.Error{Kind: provision.Failed, Message: "cannot remove the system user " + a.user + ": this host has no " + one.tool, Hint: "remove it by hand, and run the same command again"}
		}
		if err != nil {
			return fmt.Errorf("cannot remove the system user %s: %s: %w: %s", a.user, one.tool, err, strings.TrimSpace(out))
		}
	}
	return nil
}

func (a *goneAccount) writes(l *look) []guard.Touched {
	var all []guard.Touched
	for _, file := range []string{"/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow"} {
		all = append(all, guard.Replaces(l, file)...)
	}
	return all
}

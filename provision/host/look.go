package host

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/guard"
	"github.com/zkprov/zkprov/units"
)

// look is the host at one moment. Each thing is read when it is first asked for and
// answers the same from then on. Once a look is sealed nothing more is read, so that
// all that is planned from it fits together: what was not asked for by then is an
// error.
type look struct {
	m *Machine
	// ctx bounds what is read.
	ctx context.Context
	// about identifies the host's part of the inventory that was looked for.
	about string
	// observation is what the rest of the ensemble is told of the look.
	observation provision.Observation

	answers map[string]answer
	sealed  bool
}

var _ guard.Host = (*look)(nil)

// answer is what was read of one thing, or why it could not be.
type answer struct {
	value any
	err   error
}

// newLook returns a look at which nothing was read yet.
func (m *Machine) newLook(ctx context.Context) *look {
	return &look{m: m, ctx: ctx, answers: make(map[string]answer)}
}

// seal ends the reading.
func (l *look) seal() { l.sealed, l.ctx = true, nil }

// once returns what read does the first time that it is asked for what.
func once[T any](l *look, what string, read func() (T, error)) (T, error) {
	a, ok := l.answers[what]
	if !ok {
		if l.sealed {
			var none T
			return none, fmt.Errorf("cannot tell %s: the host was not looked at for it", what)
		}
		a.value, a.err = read()
		l.answers[what] = a
	}
	value, _ := a.value.(T)
	return value, a.err
}

// entry returns what lies at a path itself; nil where there is nothing. It must not be
// changed.
func (l *look) entry(name string) (*entry, error) {
	return once(l, "what lies at "+name, func() (*entry, error) { return l.m.readEntry(name) })
}

// folder returns what a path leads to, without content; nil where there is nothing.
func (l *look) folder(name string) (*entry, error) {
	return once(l, "where "+name+" leads", func() (*entry, error) { return l.m.readFolder(name) })
}

// Text returns the content of the file that a path leads to.
func (l *look) Text(name string) ([]byte, error) {
	return once(l, "what is in "+name, func() ([]byte, error) { return os.ReadFile(l.m.path(name)) })
}

// Exists reports whether something lies at a path, a dangling link included.
func (l *look) Exists(name string) bool {
	e, err := l.entry(name)
	return e != nil || err != nil
}

// Follow resolves the links of a path.
func (l *look) Follow(name string) (facts.Followed, error) {
	return once(l, "the way to "+name, func() (facts.Followed, error) { return facts.Follow(l.m.Root, name) })
}

// IsDir reports whether a folder lies at a path itself.
func (l *look) IsDir(name string) bool {
	e, err := l.entry(name)
	return err == nil && e != nil && e.mode.IsDir()
}

// HasAccessList reports whether a folder has an access list (acl(5)), which may give
// what the mode denies.
func (l *look) HasAccessList(name string) bool {
	has, _ := once(l, "the access list of "+name, func() (bool, error) {
		n, err := unix.Getxattr(l.m.path(name), "system.posix_acl_access", nil)
		return err == nil && n > 0, nil
	})
	return has
}

// Root returns the number of the user that changes the host.
func (l *look) Root() int {
	uid, _ := l.m.rootIDs()
	return uid
}

// Names lists a folder; that it cannot be read is found elsewhere.
func (l *look) Names(folder string) []string {
	names, _ := once(l, "the names in "+folder, func() ([]string, error) {
		entries, err := os.ReadDir(l.m.path(folder))
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names, err
	})
	return names
}

// below lists a folder and all that lies below it, as far as it can be read.
func (l *look) below(folder string) []string {
	names, _ := once(l, "all below "+folder, func() ([]string, error) {
		var names []string
		err := filepath.WalkDir(l.m.path(folder), func(name string, _ fs.DirEntry, err error) error {
			if err == nil {
				names = append(names, strings.TrimPrefix(name, l.m.Root))
			}
			return nil
		})
		return names, err
	})
	return names
}

// Forbids returns the attributes that keep even root from changing what lies at a
// path; see facts.Forbids.
func (l *look) Forbids(name string) string {
	letters, _ := once(l, "the attributes of "+name, func() (string, error) { return facts.Forbids(l.m.path(name)), nil })
	return letters
}

// unit returns what systemd knows of an instance's unit.
func (l *look) unit(instance string) (units.State, error) {
	return once(l, "the state of "+units.FileName(instance), func() (units.State, error) { return l.m.unitState(l.ctx, instance) })
}

// data returns who owns what lies in version-2 of a folder of data.
func (l *look) data(folder string) (facts.DataFiles, error) {
	return once(l, dataIn(folder), func() (facts.DataFiles, error) { return facts.CountDataFiles(l.m.Root, folder) })
}

// logs returns who owns what lies in a folder of logs.
func (l *look) logs(folder string) (facts.DataFiles, error) {
	return once(l, "the logs in "+folder, func() (facts.DataFiles, error) { return facts.CountLogFiles(l.m.Root, folder) })
}

func dataIn(folder string) string { return "the data in " + folder }

// release returns what lies where the release should.
func (l *look) release(dest, sha512 string) (archive.State, error) {
	return once(l, releaseIn(dest), func() (archive.State, error) { return archive.Inspect(l.m.path(dest), sha512) })
}

// jar returns what lies where the jar of a SHA-512 should.
func (l *look) jar(name, sha512 string) (archive.State, error) {
	return once(l, "the jar "+name+" "+sha512, func() (archive.State, error) { return archive.InspectJar(l.ctx, l.m.path(name), sha512) })
}

func releaseIn(dest string) string { return "the release in " + dest }

// cached reports whether the host has the archive with that SHA-512.
func (l *look) cached(sha512 string) bool {
	has, _ := once(l, "the cached archive "+sha512, func() (bool, error) {
		_, has, err := l.m.cache().Lookup(l.ctx, sha512)
		return has && err == nil, nil
	})
	return has
}

// taskDigest identifies the part of a task that decides what is looked at: all but who
// asks, and what every look is planned for in both ways.
func taskDigest(t provision.Task) (string, error) {
	t.By, t.Only, t.Bootstrap, t.Founding = provision.Caller{}, nil, false, nil
	text, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("cannot tell one inventory from another: %w", err)
	}
	return t.Host + " " + shortSum(text), nil
}

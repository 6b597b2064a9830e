package host

import (
	"fmt"
	"io/fs"
	"maps"
	"path"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/java"
	"github.com/zkprov/zkprov/units"
)

// view is a look at a host to which the changes that were planned so far have been
// applied: each resource is planned for the host as it will be when its turn comes.
type view struct {
	look *look

	entries     map[string]*entry // nil is what will be gone
	folders     map[string]*entry
	accounts    map[string]bool // by database and name; those that will be there
	units       map[string]units.State
	generations map[string]string // that instances will run with
	releases    map[string]archive.State
	data        map[string]facts.DataFiles
	noted       map[string]string // the newest in the history of instances
	java        *java.Result
	rebooted    bool            // the host
	gone        map[string]bool // paths that a reset will have removed
}

func newView(l *look) *view {
	return &view{look: l, entries: make(map[string]*entry), folders: make(map[string]*entry), accounts: make(map[string]bool),
		units: make(map[string]units.State), generations: make(map[string]string), releases: make(map[string]archive.State), data: make(map[string]facts.DataFiles),
		noted: make(map[string]string), gone: make(map[string]bool)}
}

// unknownID is the number of a user or group that does not exist yet.
const unknownID = -1

// entry returns what will lie at a path itself; nil where there will be nothing.
func (v *view) entry(name string) (*entry, error) {
	now, err := v.look.entry(name)
	if e, ok := v.entries[name]; ok {
		return e, nil
	}
	return now, err
}

func (v *view) putEntry(name string, e *entry) { v.entries[name] = e }

// folder returns what a path will lead to; nil where there will be nothing.
func (v *view) folder(name string) (*entry, error) {
	now, err := v.look.folder(name)
	if e, ok := v.folders[name]; ok {
		return e, nil
	}
	return now, err
}

// putFolder puts a folder into the view and, where they are missing, those above it,
// as makeDir makes them.
func (v *view) putFolder(name string, e *entry) {
	v.folders[name] = e
	uid, gid := v.look.m.rootIDs()
	for above := path.Dir(name); above != "/"; above = path.Dir(above) {
		if there, err := v.folder(above); there != nil || err != nil {
			return
		}
		v.folders[above] = &entry{mode: fs.ModeDir | 0o755, uid: uid, gid: gid}
	}
}

// hasAccount reports whether there will be a user or group; database is that of
// getent(1).
func (v *view) hasAccount(database, name string) (bool, error) {
	_, found, err := v.look.account(database, name)
	return found || v.accounts[database+" "+name], err
}

// ids returns the numbers of an owner, unknownID for what does not exist yet.
func (v *view) ids(o owner) (uid, gid int) {
	uid, gid = v.look.m.rootIDs()
	number := func(database, name string, id *int) {
		if name == "" {
			return
		}
		known, found, err := v.look.account(database, name)
		if *id = known; !found || err != nil {
			*id = unknownID // the account itself is planned before, and tells of the error
		}
	}
	number("passwd", o.user, &uid)
	number("group", o.group, &gid)
	return uid, gid
}

// attributes returns in words how owner and mode of an entry will differ from what
// they should be.
func (v *view) attributes(e *entry, o owner, mode fs.FileMode) []string {
	var differ []string
	if e.mode.Type() == fs.ModeSymlink {
		return nil
	}
	if e.bits() != mode {
		differ = append(differ, fmt.Sprintf("mode %04o -> %04o", octal(e.bits()), octal(mode)))
	}
	uid, gid := v.ids(o)
	switch {
	case uid == e.uid && gid == e.gid:
	case uid == unknownID || gid == unknownID:
		differ = append(differ, "owner -> "+o.String())
	default:
		differ = append(differ, fmt.Sprintf("owner %s -> %s", numbers(e.uid, e.gid), o))
	}
	return differ
}

// unit returns how an instance's unit will be.
func (v *view) unit(instance string) (units.State, error) {
	now, err := v.look.unit(instance)
	if s, ok := v.units[instance]; ok {
		return s, nil
	}
	return now, err
}

func (v *view) putUnit(instance string, s units.State) { v.units[instance] = s }

// generation returns what an instance's process will have been started with; empty
// where there is none, or where it is not zkprov's.
func (v *view) generation(instance string) (string, error) {
	if g, ok := v.generations[instance]; ok {
		return g, nil
	}
	state, err := v.look.unit(instance)
	if err != nil || !state.RunsOrStarts() {
		return "", err
	}
	return v.look.generationOf(state)
}

// release returns what will lie where the release should.
func (v *view) release(dest, sha512 string) (archive.State, error) {
	now, err := v.look.release(dest, sha512)
	if s, ok := v.releases[dest]; ok {
		return s, nil
	}
	return now, err
}

// jar returns what will lie where the jar of a SHA-512 should.
func (v *view) jar(name, sha512 string) (archive.State, error) {
	now, err := v.look.jar(name, sha512)
	if s, ok := v.releases[name]; ok {
		return s, nil
	}
	return now, err
}

// dataFiles returns who will own what lies in version-2 of a folder of data.
func (v *view) dataFiles(folder string) (facts.DataFiles, error) {
	now, err := v.look.data(folder)
	if f, ok := v.data[folder]; ok {
		return f, nil
	}
	return now, err
}

// logFiles returns who will own what lies in a folder of logs, which is never one of data.
func (v *view) logFiles(folder string) (facts.DataFiles, error) {
	now, err := v.look.logs(folder)
	if f, ok := v.data[folder]; ok {
		return f, nil
	}
	return now, err
}

// readUnits makes systemd know the unit files as they will be.
func (v *view) readUnits(instances []string) error {
	known := maps.Clone(v.units)
	for _, instance := range instances {
		s, err := v.unit(instance)
		if err != nil {
			return err
		}
		known[instance] = s
	}
	for instance, s := range known {
		s.NeedDaemonReload, s.LoadState = false, "loaded"
		if e, err := v.entry(units.Path(instance)); err == nil && e.regular() {
			s.Generation = units.GenerationOf(e.content)
		}
		v.units[instance] = s
	}
	return nil
}

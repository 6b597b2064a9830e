package host

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/hostpath"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/guard"
	"github.com/zkprov/zkprov/units"
)

// sorted is what lies in a folder of zkprov's: its own parts, in the order in which they
// go, and what others put there.
type sorted struct {
	parts     []part
	strangers []string
}

// sortFolder tells what in a folder is zkprov's. own reports whether a name is, as a part;
// within returns what lies in a folder below that is zkprov's too. The folder itself goes
// where it is plain, nothing is mounted at it and nobody else has anything in it.
func (l *look) sortFolder(folder string, own func(name string, e *entry) bool, within func(name string) *sorted) (sorted, error) {
	var s sorted
	top, err := l.entry(folder)
	if err != nil || top == nil {
		return s, err
	}
	for _, name := range l.Names(folder) {
		p := path.Join(folder, name)
		e, err := l.entry(p)
		if err != nil {
			return s, err
		}
		if e != nil && e.mode.IsDir() && within != nil {
			if below := within(name); below != nil {
				s.parts, s.strangers = append(s.parts, below.parts...), append(s.strangers, below.strangers...)
				continue
			}
		}
		if e != nil && own(name, e) {
			s.parts = append(s.parts, part{path: p, whole: e.mode.IsDir()})
		} else {
			s.strangers = append(s.strangers, p)
		}
	}
	if len(s.strangers) == 0 && top.mode.IsDir() && !l.mounted(folder) {
		s.parts = append(s.parts, part{path: folder})
	}
	return s, nil
}

// configFile reports whether a file of a generation, or beside them, is one that zkprov
// writes.
func configFile(instance, name string, e *entry) bool {
	return !e.mode.IsDir() && slices.Contains([]string{"zoo.cfg", "log4j.properties", "logback.xml", units.FileName(instance)}, unfinished(name))
}

// configOf tells what in an instance's folder of configuration is zkprov's.
func (l *look) configOf(folder, instance string) (sorted, error) {
	own := func(name string, e *entry) bool { return configFile(instance, name, e) }
	var failed firstError
	s, err := l.sortFolder(folder, own, func(name string) *sorted {
		if !isGeneration(name) {
			return nil
		}
		below, err := l.sortFolder(path.Join(folder, name), own, nil)
		failed.note(err)
		return &below
	})
	failed.note(err)
	return s, failed.err
}

// removeConfig adds an instance's folder of configuration, with all generations.
func (d *takeDown) removeConfig(instance string) {
	folder := path.Join(d.e.Paths.Config, instance)
	d.removeSorted(&gone{kind: provision.KindDir, name: folder, instance: instance, summary: "the configuration, with all generations"},
		func(l *look) (sorted, error) { return l.configOf(folder, instance) })
}

// removeSorted adds what sort finds, and lets stay what others put there.
func (d *takeDown) removeSorted(g *gone, sort func(l *look) (sorted, error)) {
	g.parts = func(l *look) ([]part, error) {
		s, err := sort(l)
		return s.parts, err
	}
	d.add(g)
	s, err := sort(d.l)
	if err != nil {
		return // the plan of it tells
	}
	for _, name := range s.strangers {
		d.stay(name, "zkprov did not put it there")
	}
}

// stateFile reports whether what lies in an ensemble's folder of zkprov's memory is what
// zkprov keeps there.
func stateFile(e *inventory.Ensemble, name string, _ *entry) bool {
	name = unfinished(name)
	return slices.Contains([]string{"formed.json", "founders.json", "incarnation", "places.json", "history"}, name) || strings.HasPrefix(name, e.Name+"-")
}

// removeState adds what zkprov remembers of the ensemble.
func (d *takeDown) removeState() {
	d.removeSorted(&gone{kind: provision.KindDir, name: stateDir(d.e), live: true, summary: "what is remembered of the ensemble"}, func(l *look) (sorted, error) {
		return l.sortFolder(stateDir(d.e), func(name string, e *entry) bool { return stateFile(d.e, name, e) }, nil)
	})
}

// removeData adds the folders of an instance's data, where they are to be deleted and are
// the instance's own.
func (d *takeDown) removeData(in *inventory.Instance, deleted bool) {
	folders := []string{in.DataDir}
	if in.DataLogDir != "" && in.DataLogDir != in.DataDir {
		folders = append(folders, in.DataLogDir)
	}
	whole := "" // what lies below goes with it
	for _, folder := range folders {
		if !d.l.Exists(folder) || whole != "" && hostpath.Within(folder, whole) {
			continue
		}
		ours, err := d.l.ownsData(d.e, in, folder)
		if ours && deleted {
			whole = folder
		}
		switch {
		case err == nil && !ours:
			d.data = true
			d.stay(folder, "it has no ownership stamp of "+in.Name)
		case !deleted:
			d.data = true
			d.stay(folder, "the data of "+in.Name)
		default:
			d.removeSorted(&gone{kind: provision.KindDir, name: folder, instance: in.Name, live: true, summary: "the data of " + in.Name}, func(l *look) (sorted, error) { return l.dataOf(d.e, in, folder) })
		}
	}
}

// ownsData reports whether a folder of data has the stamp of an instance, or is what is
// left of one of which all else was removed: empty, and remembered.
func (l *look) ownsData(e *inventory.Ensemble, in *inventory.Instance, folder string) (bool, error) {
	text, err := l.entry(path.Join(folder, guard.StampName))
	if err != nil {
		return false, err
	}
	var s guard.Stamp
	if text.regular() && json.Unmarshal(text.content, &s) == nil {
		return s == guard.Stamp{Ensemble: e.Name, ID: in.ID}, nil
	}
	var known guard.Disks
	disks, err := l.entry(disksPath(e, in))
	if err != nil || text != nil || !disks.regular() || json.Unmarshal(disks.content, &known) != nil {
		return false, err
	}
	return known[folder] != "" && l.IsDir(folder) && len(l.Names(folder)) == 0, nil
}

// dataOf tells what in a folder of data is ZooKeeper's or zkprov's. The stamp comes last of
// the files, so that a run that was killed knows the rest for its own.
func (l *look) dataOf(e *inventory.Ensemble, in *inventory.Instance, folder string) (sorted, error) {
	if ours, err := l.ownsData(e, in, folder); !ours {
		return sorted{}, err
	}
	noted, err := newView(l).copyNoted(in)
	if err != nil {
		return sorted{}, err
	}
	var failed firstError
	s, err := l.sortFolder(folder, func(name string, entry *entry) bool {
		if entry.mode.IsDir() {
			copied := isPartOfCopy(name) || name == copyName && noted != nil
			return (copied || name == facts.VersionDir) && !l.mountedIn(path.Join(folder, name))
		}
		return entry.mode.Type() != fs.ModeSymlink && slices.Contains([]string{"myid", guard.InitializeName, guard.StampName, "zookeeper_server.pid"}, unfinished(name))
	}, l.logsBelow(e, in, folder, &failed))
	err = errors.Join(err, failed.err)
	s.strangers = slices.DeleteFunc(s.strangers, func(name string) bool { return name == path.Join(folder, "lost+found") })
	last := func(p part) int {
		switch p.path {
		case path.Join(folder, guard.StampName):
			return 1
		case folder:
			return 2
		}
		return 0
	}
	slices.SortStableFunc(s.parts, func(a, b part) int { return last(a) - last(b) })
	return s, err
}

// logsBelow returns what sortFolder asks about the folders in one of data, where the logs
// lie below that: what in the folder of the logs is ZooKeeper's or zkprov's, with those on
// the way to it. It is nil where they lie elsewhere.
func (l *look) logsBelow(e *inventory.Ensemble, in *inventory.Instance, folder string, failed *firstError) func(name string) *sorted {
	if folder == in.DataLogDir || !hostpath.Within(in.DataLogDir, folder) {
		return nil
	}
	return func(name string) *sorted {
		at := path.Join(folder, name)
		var s sorted
		var err error
		switch {
		case !hostpath.Within(in.DataLogDir, at):
			return nil
		case at != in.DataLogDir:
			s, err = l.sortFolder(at, func(string, *entry) bool { return false }, l.logsBelow(e, in, at, failed))
		default:
			s, err = l.dataOf(e, in, at)
		}
		failed.note(err)
		if !slices.Contains(s.parts, part{path: at}) && len(s.strangers) == 0 {
			s.strangers = []string{at} // another server's, or a disk is mounted there
		}
		return &s
	}
}

// mounts returns where something is mounted, each with the kind of its file system.
func (l *look) mounts() map[string]string {
	points, _ := once(l, "what is mounted", func() (map[string]string, error) { return facts.MountPoints(l.m.Root) })
	return points
}

// mounted reports whether something is mounted at a folder.
func (l *look) mounted(folder string) bool {
	_, is := l.mounts()[folder]
	return is
}

// mountedIn reports whether something is mounted below a folder: it is not removed with it.
func (l *look) mountedIn(folder string) bool {
	for point := range l.mounts() {
		if point != folder && hostpath.Within(point, folder) {
			return true
		}
	}
	return false
}

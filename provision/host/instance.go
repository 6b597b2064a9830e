package host

import (
	"path"
	"slices"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/hostpath"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/guard"
	"github.com/zkprov/zkprov/provision/java"
	"github.com/zkprov/zkprov/provision/zoocfg"
	"github.com/zkprov/zkprov/units"
)

// desiredInstance is what one instance is started with.
type desiredInstance struct {
	instance   *inventory.Instance
	generation string
	version    inventory.Version
	// change says from which release to which a restart takes it; empty where it stays.
	change string
	is     *generation
	// files holds the configuration, in the folder of the generation, and links lead to
	// them.
	files []*file
	links []*link
	// stale are links to files that the generation does not have.
	stale []*staleLink
	// copy is made of the data before the instance is started with a newer release; nil
	// where it is not.
	copy *dataCopy
	unit *unitFile
	// runs is the generation that its process runs with; empty where there is none, or
	// where it is not known.
	runs string
	// restart tells why it has to be restarted; nil where it has not.
	restart *provision.Restart
	// outdated is the invocation of a process that has to be restarted although it was
	// started with the generation, and outdatedBy what it runs with that is not as it
	// should be.
	outdated, outdatedBy string
	// asked is the invocation of a process that somebody asks to be restarted.
	asked string
	// note remembers that process; nil where there is none.
	note *file
}

func (in *desiredInstance) addLinks(d *desired) {
	for _, l := range in.links {
		d.add(l)
	}
	for _, l := range in.stale {
		d.add(l)
	}
}

// addData adds an instance's data directory, that of its logs and what makes them
// ours. It returns what stops the server where it must be started again to be let
// vote; nil where nothing may be stopped.
func (d *desired) addData(t provision.Task, in *inventory.Instance, seen facts.Host) *stopped {
	e, data, service := t.Ensemble, seen.DataDirs[in.Name], serviceOwner(t.Ensemble)
	inFolder := func(folder, name string, content []byte) *file {
		return &file{name: path.Join(folder, name), content: content, owner: service, mode: 0o640, instance: in.Name}
	}
	folders := []string{in.DataDir}
	if in.DataLogDir != "" && in.DataLogDir != in.DataDir {
		folders = append(folders, in.DataLogDir)
	}
	// Where the logs lie below the data, the way to them is for root alone to change: it works
	// there. ZooKeeper writes into version-2 and into the folder of the logs, and makes nothing
	// beside them.
	below := len(folders) > 1 && hostpath.Within(in.DataLogDir, in.DataDir)
	for _, folder := range folders {
		// The stamp comes first: from then on the directory is known to be ours.
		mark := inFolder(folder, guard.StampName, guard.Stamp{Ensemble: e.Name, ID: in.ID}.Text())
		mark.why = "marks the data as that of " + in.Name
		top := &dir{name: folder, owner: service, mode: 0o750, instance: in.Name}
		switch root := (owner{group: e.Service.Group}); {
		case below && folder == in.DataDir:
			top.owner = root
			d.add(&dir{name: path.Dir(folder), mode: 0o755, shared: true}, top, mark, &dir{name: path.Join(folder, facts.VersionDir), owner: service, mode: 0o750, instance: in.Name, data: in.DataDir})
		case below:
			for _, above := range between(in.DataDir, folder) {
				d.add(&dir{name: above, owner: root, mode: 0o750, instance: in.Name, data: in.DataDir, real: true})
			}
			top.data = in.DataDir
			d.add(top, mark)
		default:
			d.add(&dir{name: path.Dir(folder), mode: 0o755, shared: true}, top, mark)
		}
		d.add(&dataOwner{folder: folder, owner: service, instance: in.Name})
	}
	if disks := guard.DisksOf(in, seen); len(disks) == len(folders) {
		d.add(&file{name: disksPath(e, in), content: disks.Text(), mode: 0o600, instance: in.Name, why: "remembers on which disk the data lies"})
	}
	d.add(inFolder(in.DataDir, "myid", zoocfg.Myid(in.ID)))
	d.addLogs(in, service)
	// A server looks for the marker beside its logs; see FileTxnSnapLog.restore.
	marked := folders[len(folders)-1]
	switch {
	case t.Bootstrap && in.Role == inventory.Participant && !data.SnapshotPresent && !data.History:
		// A server that was started without the marker has no vote for as long as it
		// runs. It has noted that it knows of no epoch, and with the marker refuses
		// to start because of that note.
		founder := &stopped{in: in, marker: path.Join(marked, guard.InitializeName)}
		d.add(founder)
		for _, note := range []struct {
			name  string
			epoch int64
		}{{"acceptedEpoch", data.AcceptedEpoch}, {"currentEpoch", data.CurrentEpoch}} {
			if note.epoch < 0 {
				d.add(&removed{data: in.DataDir, name: path.Join(in.DataDir, "version-2", note.name), instance: in.Name, why: "an empty server's note, with which it could not start"})
			}
		}
		d.add(&initialize{inFolder(marked, guard.InitializeName, nil)})
		return founder
	case data.Initialize && !t.Bootstrap:
		for _, folder := range folders {
			d.add(&removed{name: path.Join(folder, guard.InitializeName), instance: in.Name, why: "the ensemble exists: an empty server must not vote"})
		}
	}
	return nil
}

// between returns the folders on the way from one to another that lies below it, without
// the two.
func between(from, to string) []string {
	var all []string
	for p := path.Dir(to); p != from && hostpath.Within(p, from); p = path.Dir(p) {
		all = append(all, p)
	}
	slices.Reverse(all)
	return all
}

// addConfig adds the folder of an instance's generation, what lies in it, and the unit
// that names it.
func (d *desired) addConfig(t provision.Task, l *look, in *inventory.Instance, j *java.Result, founder *stopped) error {
	e, config := t.Ensemble, owner{group: t.Ensemble.Service.Group}
	folder := configDir(e, in)
	var g *generation
	var err error
	switch name := t.Generations[in.Name]; {
	case in.Former:
		// All that is known of it is what it runs with.
		state, err := l.unit(in.Name)
		if err != nil || !state.RunsOrStarts() {
			return err
		}
		running, err := l.generationOf(state)
		if err != nil {
			return err
		}
		if g, err = l.relisted(e, in, running); err != nil {
			return err
		}
	case j == nil:
		d.add(&dir{name: folder, owner: config, mode: 0o750, instance: in.Name})
		return nil
	case name != "":
		g, err = l.kept(e, in, name)
	default:
		g, err = wantedGeneration(e, in, j, d.release.dest)
	}
	if err != nil {
		return err
	}
	d.add(&dir{name: folder, owner: config, mode: 0o750, instance: in.Name})
	desired := &desiredInstance{instance: in, generation: g.name, version: g.version(), is: g,
		unit: &unitFile{&file{kind: provision.KindUnit, name: units.Path(in.Name), content: g.unit, mode: 0o644, instance: in.Name}}}
	d.instances = append(d.instances, desired)
	place, before := path.Join(folder, g.name), l.configNow(in.Name)
	d.add(&dir{name: place, owner: config, mode: 0o750, instance: in.Name})
	for _, f := range []*file{{name: g.logName, content: g.logging}, {name: "zoo.cfg", content: g.zooCfg}} {
		base := f.name
		f.name, f.shown, f.owner, f.mode, f.instance = path.Join(place, base), path.Join(folder, base), config, 0o640, in.Name
		if before != "" {
			f.before = path.Join(before, base)
		}
		desired.files = append(desired.files, f)
		desired.links = append(desired.links, &link{name: f.shown, target: path.Join(g.name, base), instance: in.Name, of: f})
		d.add(f)
	}
	for _, name := range zoocfg.LoggingNames() {
		if name != g.logName {
			desired.stale = append(desired.stale, &staleLink{&link{name: path.Join(folder, name), instance: in.Name}})
		}
	}
	d.add(&file{name: path.Join(place, units.FileName(in.Name)), content: g.unit, mode: 0o640, instance: in.Name, blind: true, why: "keeps the unit of this generation, for the way back"})
	desired.copy = l.copyOf(e, in, l.observation.Instances[in.Name].Version, g.version())
	if err := desired.decideRestart(t, l, founder, d); err != nil {
		return err
	}
	desired.addFound(t, d)
	if desired.restart != nil && l.runsAsOther(e, in.Name) {
		d.handOver(l, in.Name)
	}
	return nil
}

// runsAsOther reports whether an instance's unit has another user or group now than the
// inventory.
func (l *look) runsAsOther(e *inventory.Ensemble, instance string) bool {
	text, err := l.Text(units.Path(instance))
	if err != nil {
		return false
	}
	user, group := units.ServiceOf(text)
	return user != "" && serviceOwner(e) != (owner{user, group})
}

// handOver has what an instance has given to its new user when it is restarted: the
// process of the former one could not make another log any more, nor come back.
func (d *desired) handOver(l *look, instance string) {
	for _, r := range d.resources {
		switch r := r.(type) {
		case *dir:
			if there, err := l.folder(r.name); r.instance == instance && there != nil && err == nil {
				r.kind = provision.KindGeneration
			}
		case *dataOwner:
			if r.instance == instance {
				r.kind = provision.KindGeneration
			}
		case *file:
			if r.instance == instance && r.owner.user != "" {
				r.kind = provision.KindGeneration
			}
		}
	}
}

// configNow returns the folder of configuration that an instance's unit names now;
// empty where there is none.
func (l *look) configNow(instance string) string {
	text, err := l.Text(units.Path(instance))
	if err != nil {
		return ""
	}
	return units.ConfigOf(text)
}

package host

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/java"
	"github.com/zkprov/zkprov/provision/zoocfg"
	"github.com/zkprov/zkprov/units"
)

// desired is all that one host should be.
type desired struct {
	resources []resource
	tree      *tree
	owned     []*dataOwner
	instances []desiredInstance
}

// desiredInstance is the part of one instance that a restart depends on.
type desiredInstance struct {
	instance   *inventory.Instance
	stopped    *stopped // nil where nothing may be stopped
	files      []*file  // the configuration and the unit, in the order of writing
	unit       *file
	generation string
}

// stamp is the ownership stamp of a data directory, and of that of the logs.
type stamp struct {
	Ensemble string `json:"ensemble"`
	ID       int    `json:"id"`
}

func (s stamp) text() []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string and a number
	}
	return append(b, '\n')
}

// desire lists the resources of a host in the order in which they are made.
// Without a Java (nil) everything that needs to know one is left out.
func (m *Machine) desire(t provision.Task, j *java.Result, o provision.Observation) (*desired, error) {
	e, h := t.Ensemble, t.Target()
	source := archive.Resolve(e)
	service := owner{e.Service.User, e.Service.Group}
	root := owner{}

	d := &desired{tree: &tree{m: m, source: source, dest: releaseDir(e, o.Release), taken: o.Release.Taken}}
	sysusers, err := units.Sysusers(e.Service.User, e.Service.Group, e.Paths.Data)
	if err != nil {
		return nil, fmt.Errorf("cannot describe the system user: %w", err)
	}
	d.add(
		// Where the binary was brought, the folder of all ensembles is there.
		&dir{m: m, name: stateDir(e), owner: root, mode: 0o700, within: &dir{m: m, name: stateRoot, owner: root, mode: 0o700}},
		&file{m: m, name: incarnationPath(e), content: []byte(rand.Text() + "\n"), owner: root, mode: 0o600, keep: true, blind: true, why: "tells this host from what it was before it was installed anew"},
		&dir{m: m, name: e.Paths.Install, owner: root, mode: 0o755, shared: true},
		d.tree,
		&dir{m: m, name: path.Dir(units.SysusersPath(e.Service.User)), mode: 0o755, shared: true},
		&file{m: m, name: units.SysusersPath(e.Service.User), content: sysusers, owner: root, mode: 0o644},
		&account{m: m, owner: service},
		&dir{m: m, name: e.Paths.Config, owner: root, mode: 0o755, shared: true},
	)
	if t.Bootstrap && t.Founding != nil {
		// With whom is known before any voter may vote.
		text, err := json.Marshal(t.Founding)
		if err != nil {
			return nil, err
		}
		d.add(&file{m: m, name: foundersPath(e), content: append(text, '\n'), owner: root, mode: 0o600, why: "remembers with which hosts the ensemble was founded"})
	}
	for i := range h.Instances {
		in := &h.Instances[i]
		if !t.Concerns(in) {
			continue
		}
		if err := m.desireInstance(t, d, in, j, source, o.Facts); err != nil {
			return nil, err
		}
	}
	if j != nil {
		r := &reload{m: m}
		for _, in := range d.instances {
			r.files = append(r.files, in.unit)
		}
		d.add(r)
		for _, in := range d.instances {
			d.add(&enabled{m: m, instance: in.instance.Name})
		}
		for _, in := range d.instances {
			d.add(&running{m: m, instance: in.instance.Name, stopped: in.stopped})
		}
	}
	if !t.Narrows(o.Members) {
		d.add(&file{m: m, name: formedPath(e), content: provision.MembersOf(e).Text(), owner: root, mode: 0o600, in: provision.Record, why: "remembers that the ensemble formed its quorum, and with which servers"})
	}
	return d, nil
}

func (d *desired) add(rs ...resource) { d.resources = append(d.resources, rs...) }

// desireInstance adds what belongs to one instance: its data directory, that of its
// logs and what makes them ours, its configuration, its unit.
func (m *Machine) desireInstance(t provision.Task, d *desired, in *inventory.Instance, j *java.Result, source archive.Source, seen facts.Host) error {
	e, data := t.Ensemble, seen.DataDirs[in.Name]
	service, config := owner{e.Service.User, e.Service.Group}, owner{group: e.Service.Group}

	inFolder := func(folder, name string, content []byte) *file {
		return &file{m: m, name: path.Join(folder, name), content: content, owner: service, mode: 0o640, instance: in.Name}
	}
	folders := []string{in.DataDir}
	if in.DataLogDir != "" && in.DataLogDir != in.DataDir {
		folders = append(folders, in.DataLogDir)
	}
	for _, folder := range folders {
		d.add(
			&dir{m: m, name: path.Dir(folder), mode: 0o755, shared: true},
			&dir{m: m, name: folder, owner: service, mode: 0o750, instance: in.Name},
			// The stamp comes first: from then on the directory is known to be ours.
			stamped(inFolder(folder, stampName, stamp{e.Name, in.ID}.text()), in),
		)
		owned := &dataOwner{m: m, folder: folder, owner: service, instance: in.Name}
		d.owned = append(d.owned, owned)
		d.add(owned)
	}
	if disks := disksOf(in, seen); len(disks) == len(folders) {
		d.add(&file{m: m, name: disksPath(e, in), content: disks.text(), mode: 0o600, instance: in.Name, why: "remembers on which disk the data lies"})
	}
	d.add(inFolder(in.DataDir, "myid", zoocfg.Myid(in.ID)))
	var founder *stopped
	// A server looks for the marker beside its logs; see FileTxnSnapLog.restore.
	marked := folders[len(folders)-1]
	switch marker := path.Join(marked, initializeName); {
	case t.Bootstrap && in.Role == inventory.Participant && !data.SnapshotPresent && !data.History:
		// A server that was started without the marker has no vote for as long as it
		// runs. It has noted that it knows of no epoch, and with the marker refuses
		// to start because of that note.
		founder = &stopped{m: m, in: in, marker: marker}
		d.add(founder)
		for _, note := range []struct {
			name  string
			epoch int64
		}{{"acceptedEpoch", data.AcceptedEpoch}, {"currentEpoch", data.CurrentEpoch}} {
			if note.epoch < 0 {
				d.add(&removed{m: m, name: path.Join(in.DataDir, "version-2", note.name), instance: in.Name, why: "an empty server's note, with which it could not start"})
			}
		}
		d.add(&initialize{inFolder(marked, initializeName, nil)})
	case data.Initialize && !t.Bootstrap:
		for _, folder := range folders {
			d.add(&removed{m: m, name: path.Join(folder, initializeName), instance: in.Name, why: "the ensemble exists: an empty server must not vote"})
		}
	}

	folder := configDir(e, in)
	zooCfg := &file{m: m, name: path.Join(folder, "zoo.cfg"), content: zoocfg.Render(e, in), owner: config, mode: 0o640, instance: in.Name}
	logName, logText := zoocfg.Logging(e.Version)
	logging := &file{m: m, name: path.Join(folder, logName), content: logText, owner: config, mode: 0o640, instance: in.Name}
	d.add(&dir{m: m, name: folder, owner: config, mode: 0o750, instance: in.Name})
	if j == nil {
		d.add(logging, zooCfg)
		return nil
	}

	spec := units.Spec{
		Ensemble: e.Name, Instance: in.Name, ID: in.ID,
		Java: j.Java, JavaFeature: j.Feature,
		Version: e.Version, InstallDir: d.tree.dest,
		ConfigDir: folder, DataDir: in.DataDir, DataLogDir: in.DataLogDir,
		User: e.Service.User, Group: e.Service.Group,
		Heap: in.JVM.Heap, Flags: in.JVM.Flags,
		HoldPath: holdPath(e, in),
	}
	generation, err := generationOf(spec, source.SHA512, zooCfg, logging)
	if err != nil {
		return err
	}
	spec.Generation = generation
	text, err := spec.Text()
	if err != nil {
		return err
	}
	unit := &file{m: m, name: units.Path(in.Name), content: text, mode: 0o644, instance: in.Name}
	files := []*file{logging, zooCfg, unit}
	begin := &hold{m: m, name: holdPath(e, in), instance: in.Name, files: files}
	d.add(begin, logging, zooCfg, unit, &release{m: m, begin: begin})
	d.instances = append(d.instances, desiredInstance{instance: in, stopped: founder, files: files, unit: unit, generation: generation})
	return nil
}

// stamped says of a file that it is an ownership stamp.
func stamped(f *file, in *inventory.Instance) *file {
	f.why = "marks the data as that of " + in.Name
	return f
}

// generationOf identifies everything that a process of the instance is started
// with: the release, the configuration and the unit.
func generationOf(s units.Spec, release string, files ...*file) (string, error) {
	s.Generation = "0"
	unit, err := s.Text()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%d\n%s", release, len(unit), unit)
	for _, f := range files {
		fmt.Fprintf(sum, "%d\n%s", len(f.content), f.content)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

// initialize is the marker that lets an empty voter vote, once: the server takes
// it away when it starts.
type initialize struct{ *file }

func (i *initialize) plan(ctx context.Context) (*provision.Change, error) {
	c, err := i.file.plan(ctx)
	if c != nil && c.Action == provision.Create {
		c.Summary = "first bootstrap: this voter may start empty"
	}
	return c, err
}

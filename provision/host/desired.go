package host

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"path"
	"slices"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/guard"
	"github.com/zkprov/zkprov/provision/java"
	"github.com/zkprov/zkprov/units"
)

// desired is all that one host should be.
type desired struct {
	resources []resource
	release   *unpackedRelease
	// anew tells how the release is unpacked; empty where it is not. shared is set where
	// servers may run from what it takes the place of.
	anew      string
	shared    bool
	instances []*desiredInstance
	// trial is among the resources where something may have to be tried.
	trial *trial
	// spared is set where the release is none of the resources: no instance is to be
	// started with it.
	spared bool
	// notesAt is where what remembers due restarts stands among the resources.
	notesAt int
}

func (d *desired) add(rs ...resource) { d.resources = append(d.resources, rs...) }

// desire lists the resources of a host in the order in which they are made: what all
// share, each instance's own, what makes systemd know and start them, the restarts,
// and what is remembered of it all. Without a Java (nil) everything that needs to know
// one is left out. install brings the Java where it is not there yet; nil where it is.
func desire(t provision.Task, l *look, j *java.Result, install *jre) (*desired, error) {
	e, h, o := t.Ensemble, t.Target(), l.observation
	d := &desired{release: &unpackedRelease{source: archive.Resolve(e), dest: releaseDir(e, o.Release), taken: o.Release.Taken}}
	d.spared = !slices.ContainsFunc(h.Instances, func(in inventory.Instance) bool { return t.Concerns(&in) && t.Generations[in.Name] == "" })
	if install != nil {
		d.add(install)
	}
	leaves := departs(h)
	if !leaves {
		if err := d.addShared(t); err != nil {
			return nil, err
		}
	}
	if c, err := d.release.plan(newView(l)); err == nil && !leaves && !d.spared && c != nil && c.Action == provision.Install {
		d.anew = c.Summary // modes are repaired in place
		d.shared = o.Release.Kind != archive.Absent
	}
	if t.Underway {
		note := provision.MembersOf(e)
		note.Servers = append(note.Servers, t.Elsewhere...)
		d.add(&file{name: placesPath(e), content: note.Text(), mode: 0o600, blind: true, why: "notes where every server is while their list changes"})
	}
	for i := range h.Instances {
		in := &h.Instances[i]
		if !t.Concerns(in) {
			continue
		}
		var founder *stopped
		if !in.Former {
			founder = d.addData(t, in, o.Facts)
		}
		if err := d.addConfig(t, l, in, j, founder); err != nil {
			return nil, err
		}
	}
	d.addNotes()
	if !t.Undoing { // what the server ran with is its best chance, and it is down
		d.addTrial(e)
	}
	d.addServices(t)
	for _, name := range t.Retire {
		d.add(&retired{instance: name})
	}
	if !t.Narrows(o.Members) {
		d.add(&file{kind: provision.KindRecord, name: formedPath(e), content: provision.MembersOf(e).Text(), mode: 0o600, why: "remembers that the ensemble formed its quorum, and with which servers"})
	}
	for _, in := range d.instances {
		d.addFormer(e, l, in)
	}
	if !t.Pending {
		d.add(&removed{kind: provision.KindFormer, name: placesPath(e), why: "the server list has been changed"})
	}
	return d, nil
}

// addShared adds what all instances of the host share.
func (d *desired) addShared(t provision.Task) error {
	e := t.Ensemble
	sysusers, err := units.Sysusers(e.Service.User, e.Service.Group, e.Paths.Data)
	if err != nil {
		return fmt.Errorf("cannot describe the system user: %w", err)
	}
	d.add(
		// Where the binary was brought, the folder of all ensembles is there.
		&dir{name: stateDir(e), mode: 0o700, within: &dir{name: inventory.StateDir, mode: 0o700}},
		&file{name: incarnationPath(e), content: []byte(rand.Text() + "\n"), mode: 0o600, keep: true, blind: true, why: "tells this host from what it was before it was installed anew"},
		&dir{name: e.Paths.Install, mode: 0o755, shared: true},
	)
	d.notesAt = len(d.resources)
	if !d.spared {
		d.add(d.release)
	}
	d.addJars(t)
	d.add(
		&dir{name: path.Dir(units.SysusersPath(e.Service.User)), mode: 0o755, shared: true},
		&file{name: units.SysusersPath(e.Service.User), content: sysusers, mode: 0o644},
		&account{owner: serviceOwner(e)},
		&dir{name: e.Paths.Config, mode: 0o755, shared: true},
	)
	if t.Bootstrap && t.Founding != nil {
		// With whom is known before any voter may vote.
		text, err := json.Marshal(t.Founding)
		if err != nil {
			return err
		}
		d.add(&file{name: foundersPath(e), content: append(text, '\n'), mode: 0o600, why: "remembers with which hosts the ensemble was founded"})
	}
	return nil
}

// serviceOwner returns the user that the instances run as, and its group.
func serviceOwner(e *inventory.Ensemble) owner { return owner{e.Service.User, e.Service.Group} }

// addNotes adds what remembers the restarts that are due, before anything that they are
// due to is put back.
func (d *desired) addNotes() {
	for _, in := range d.instances {
		if in.note != nil {
			d.resources = slices.Insert(d.resources, d.notesAt, resource(in.note))
		}
	}
}

// addServices adds what makes systemd know and start the instances, and restarts those
// that run with something else than they should.
func (d *desired) addServices(t provision.Task) {
	all := &reload{}
	for _, in := range d.instances {
		if in.restart == nil {
			if in.copy != nil {
				d.add(in.copy)
			}
			d.add(in.unit)
			all.instances = append(all.instances, in.instance.Name)
		}
	}
	if len(all.instances) > 0 {
		d.add(all)
	}
	for _, in := range d.instances {
		if in.restart == nil {
			in.addLinks(d)
		}
	}
	for _, in := range d.instances {
		d.add(&enabled{instance: in.instance.Name})
	}
	for _, in := range d.instances {
		if in.restart == nil {
			d.add(&running{instance: in.instance.Name, generation: in.generation})
		}
	}
	for _, in := range d.instances {
		if in.restart == nil {
			d.add(in.entry(t))
		}
	}
	for _, in := range d.instances {
		if in.restart == nil {
			continue
		}
		name := in.instance.Name
		if in.copy != nil {
			d.add(in.copy)
		}
		if !t.Undoing {
			d.add(&file{kind: provision.KindAttempt, name: attemptPath(t.Ensemble, in.instance), content: []byte(in.generation + "\n"), mode: 0o600, instance: name,
				blind: true, why: "remembers with what the server is restarted, in case that fails"})
		}
		d.add(in.unit, &reload{instance: name, instances: []string{name}})
		// The unit that systemd has in mind until then may read through the links.
		in.addLinks(d)
		d.add(&restarted{instance: name, generation: in.generation, outdated: in.outdated, outdatedBy: in.outdatedBy, asked: in.asked, pending: t.Pending, change: in.change}, in.entry(t))
	}
}

// folders lists the folders that are made, given away or written to.
func (d *desired) folders() []guard.Folder {
	all := []guard.Folder{{Path: d.release.dest, Service: true}}
	for _, r := range d.resources {
		if f, ok := r.(*dir); ok {
			all = append(all, guard.Folder{Path: f.name, Instance: f.instance, Ours: !f.shared, Service: !f.shared && f.instance != "", Data: f.data})
		}
	}
	return all
}

package host

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/checks/preflight"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/guard"
	"github.com/zkprov/zkprov/units"
)

// takeDown collects what a reset removes of an ensemble on a host, in the order in which
// it goes, and what stays.
type takeDown struct {
	desired
	l *look
	e *inventory.Ensemble
	h *inventory.Host
	// names are the instances of the ensemble that the host has or had, those that the
	// inventory has no more among them.
	names []string
	stays []provision.Stay
	// data is set where data of the ensemble stays.
	data bool
	// releases and jars are those that its units and generations name.
	releases, jars []string
}

// dismantle lists what a reset removes of the host's part. The units stop first, as they
// use the rest. The ensemble's record goes last: by it a run that follows a killed one
// knows what was there.
func dismantle(t provision.Task, l *look) (*takeDown, error) {
	d := &takeDown{l: l, e: t.Ensemble, h: t.Target()}
	d.findInstances()
	for _, name := range d.names {
		d.add(&disabled{instance: name})
	}
	for _, name := range d.names {
		d.add(&halted{instance: name})
	}
	for _, name := range d.names {
		d.findReleases(name)
		d.removeUnit(name)
	}
	d.add(&forgotten{instances: d.names})
	for _, name := range d.names {
		d.removeConfig(name)
	}
	for i := range d.h.Instances {
		d.removeData(&d.h.Instances[i], t.Reset.DeleteData)
		d.removeLogs(&d.h.Instances[i], t.Reset.DeleteData)
	}
	if err := d.removeReleases(); err != nil {
		return nil, err
	}
	if err := d.removeJars(); err != nil {
		return nil, err
	}
	for _, folder := range d.sharedFolders() {
		d.add(&emptied{name: folder})
	}
	if err := d.removeUser(); err != nil {
		return nil, err
	}
	d.removeState()
	if o := l.observation; o.Release.SHA512 != "" || l.cached(archive.Resolve(d.e).SHA512) {
		if file := path.Join(inventory.CacheDir, "sha512", archive.Resolve(d.e).SHA512); l.Exists(file) {
			d.stay(file, "the verified archive, which any ensemble may use")
		}
	}
	return d, nil
}

func (d *takeDown) stay(path, why string) {
	d.stays = append(d.stays, provision.Stay{Path: path, Why: why})
}

// findInstances finds the instances that the host has or had: those of the inventory, and
// those of which a unit or a folder of configuration is left.
func (d *takeDown) findInstances() {
	for i := range d.h.Instances {
		d.names = append(d.names, d.h.Instances[i].Name)
	}
	var found []string
	for _, file := range d.l.Names(units.Dir) {
		name, isUnit := strings.CutSuffix(file, ".service")
		if text, err := d.l.Text(units.Path(name)); isUnit && err == nil && bytes.HasPrefix(text, []byte(units.Header)) {
			found = append(found, name)
		}
	}
	for _, name := range d.l.Names(d.e.Paths.Config) {
		if slices.ContainsFunc(d.l.Names(path.Join(d.e.Paths.Config, name)), isGeneration) {
			found = append(found, name)
		}
	}
	for _, name := range found {
		id, ok := strings.CutPrefix(name, d.e.Name+"-")
		if n, err := strconv.Atoi(id); ok && err == nil && n > 0 && !slices.Contains(d.names, name) {
			d.names = append(d.names, name)
		}
	}
}

// findReleases keeps the releases and jars that an instance's unit and generations name.
func (d *takeDown) findReleases(instance string) {
	for _, text := range d.l.unitsOf(instance, path.Join(d.e.Paths.Config, instance)) {
		if dest := units.ReleaseOf(text); path.IsAbs(dest) && !slices.Contains(d.releases, dest) {
			d.releases = append(d.releases, dest)
		}
		for _, jar := range units.JarsOf(text) {
			if isJar(jar) && !slices.Contains(d.jars, jar) {
				d.jars = append(d.jars, jar)
			}
		}
	}
}

// unitsOf returns an instance's unit and the copies of it in the generations in a folder.
func (l *look) unitsOf(instance, config string) [][]byte {
	files := []string{units.Path(instance)}
	for _, name := range l.Names(config) {
		if isGeneration(name) {
			files = append(files, path.Join(config, name, units.FileName(instance)))
		}
	}
	var all [][]byte
	for _, file := range files {
		if text, err := l.Text(file); err == nil {
			all = append(all, text)
		}
	}
	return all
}

// removeUnit adds the unit of an instance. A link in its place is somebody's decision, such
// as systemctl mask's, and drop-ins are people's.
func (d *takeDown) removeUnit(instance string) {
	name := units.Path(instance)
	d.add(&gone{kind: provision.KindUnit, name: name, instance: instance, summary: "the unit", parts: func(l *look) ([]part, error) {
		e, err := l.entry(name)
		if err != nil || !e.regular() || !bytes.HasPrefix(e.content, []byte(units.Header)) {
			return nil, err
		}
		return []part{{path: name}}, nil
	}})
	if e, err := d.l.entry(name); err == nil && e != nil && !e.regular() {
		d.stay(name, "it is "+kindOf(e.mode)+", and not what zkprov wrote")
	}
	if dropIns := name + ".d"; len(d.l.Names(dropIns)) > 0 {
		d.stay(dropIns, "drop-ins are yours")
	}
}

// sharedFolders lists the folders that others may use too, and that are removed where
// nothing is left in them. Those that every system has are left alone.
func (d *takeDown) sharedFolders() []string {
	folders := []string{d.e.Paths.Config, d.e.Paths.Install, d.e.Paths.Data}
	for _, in := range d.h.Instances {
		folders = append(folders, path.Dir(in.DataDir))
		if in.DataLogDir != "" {
			folders = append(folders, path.Dir(in.DataLogDir))
		}
		if in.LogDir != "" {
			folders = append(folders, path.Dir(in.LogDir))
		}
	}
	slices.Sort(folders)
	if jars := d.e.Paths.JarsDir(); d.l.Exists(jars) {
		folders = append([]string{jars}, folders...) // it lies in one of the others
	}
	return slices.DeleteFunc(slices.Compact(folders), func(folder string) bool {
		return strings.Count(folder, "/") < 2 || slices.Contains([]string{"/var/lib", "/var/opt", "/var/local", "/usr/local", "/usr/lib", "/usr/share", "/etc/opt"}, folder)
	})
}

// removeReleases adds the releases that nothing else on the host names.
func (d *takeDown) removeReleases() error {
	if o := d.l.observation.Release; o.Kind != archive.Absent {
		if dest := releaseDir(d.e, o); !slices.Contains(d.releases, dest) {
			d.releases = append(d.releases, dest)
		}
	}
	ours, err := d.spared()
	if err != nil {
		return err
	}
	for _, dest := range d.releases {
		o, err := d.l.owned(dest)
		if err != nil {
			return err
		}
		user := d.l.userOf(d.e.Paths, dest, ours)
		switch {
		case !o.is:
			if d.l.Exists(dest) {
				d.stay(dest, "zkprov did not unpack it")
			}
			continue
		case user != "":
			d.stay(dest, user)
			continue
		}
		for _, name := range o.strangers {
			d.stay(name, "zkprov did not put it there")
		}
		d.add(&goneRelease{dest: dest})
	}
	return nil
}

// spared returns the units that a reset removes, and their processes.
func (d *takeDown) spared() (spared, error) {
	var s spared
	for _, name := range d.names {
		s.units = append(s.units, units.FileName(name))
		state, err := d.l.unit(name)
		if err != nil {
			return s, err
		}
		if state.MainPID != 0 {
			s.pids = append(s.pids, state.MainPID)
		}
	}
	return s, nil
}

// mentions reports whether a text has a path, and not only one that begins with it.
func mentions(text []byte, name string) bool {
	return regexp.MustCompile(regexp.QuoteMeta(name) + `([^-A-Za-z0-9._]|$)`).Match(text)
}

// planReset lists what a reset changes on the host, what stays, and what stands against it.
func (l *look) planReset(t provision.Task) (provision.HostPlan, error) {
	p := provision.HostPlan{Host: t.Host}
	e, h, o := t.Ensemble, t.Target(), l.observation
	if !o.Privileged {
		p.Findings = append(p.Findings, notRootFinding(h))
	}
	for _, f := range l.preflight(e, h) {
		if f.Name == preflight.NoSystemd || f.Name == preflight.OtherZooKeeper && f.Instance != "" && t.Reset.DeleteData {
			p.Findings = append(p.Findings, f)
		}
	}
	if !o.Facts.Systemd || !o.Privileged {
		return p, nil // nothing more can be looked at
	}
	p.Findings = append(p.Findings, guard.DisksMissing(l, h, o.Facts, func(in *inventory.Instance) string { return disksPath(e, in) })...)
	for _, f := range guard.Units(l, h, o.Instances) {
		if f.Refusal {
			p.Findings = append(p.Findings, f)
		}
	}
	d, err := dismantle(t, l)
	if err != nil {
		return p, err
	}
	p.Stays = d.stays
	var failed firstError
	service, err := l.serviceUser(e)
	failed.note(err)
	open, err := guard.UnsafeFolders(l, service, h.Name, d.entered())
	failed.note(err)
	p.Findings = append(p.Findings, open...)
	needed, err := d.needed(l)
	failed.note(err)
	var all []guard.Writing
	for _, n := range needed {
		p.Changes = append(p.Changes, n.change)
		if w, ok := n.resource.(writer); ok {
			all = append(all, guard.Writing{Who: "zkprov", Instance: n.change.Instance, Touched: w.writes(l)})
		}
	}
	p.Findings = append(p.Findings, guard.Immutable(l, t.Host, all)...)
	if f := l.agentApplies(e, h); f != nil && len(p.Changes) > 0 {
		p.Findings = append(p.Findings, *f)
	}
	p.Findings.Sort()
	return p, failed.err
}

// entered lists the folders that root removes things from.
func (d *takeDown) entered() []guard.Folder {
	var all []guard.Folder
	for _, r := range d.resources {
		switch r := r.(type) {
		case *gone:
			all = append(all, guard.Folder{Path: r.name, Instance: r.instance})
		case *goneRelease:
			all = append(all, guard.Folder{Path: r.dest})
		}
	}
	return all
}

// agentReturns is found where a host would set itself up again.
const agentReturns = "agent-returns"

// agentApplies finds an inventory of this ensemble that zkprov-agent obeys.
func (l *look) agentApplies(e *inventory.Ensemble, h *inventory.Host) *finding.Finding {
	text, err := l.Text(inventory.AgentFile)
	if err != nil || !regexp.MustCompile(`(?m)^\s*name\s*=\s*"`+regexp.QuoteMeta(e.Name)+`"`).Match(text) {
		return nil
	}
	return &finding.Finding{Name: agentReturns, Severity: finding.Warning, Host: h.Name,
		Message: "zkprov-agent applies " + inventory.AgentFile + " here, and sets up again what is taken away",
		Hint:    "end it there first: systemctl disable --now zkprov-agent.timer zkprov-agent.service"}
}

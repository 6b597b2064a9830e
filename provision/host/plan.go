package host

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/zkprov/zkprov/checks/preflight"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/java"
	"github.com/zkprov/zkprov/units"
)

// Plan implements Agent.
func (m *Machine) Plan(ctx context.Context, t provision.Task, seen *provision.Observation) (provision.Plan, error) {
	p := provision.Plan{Host: t.Host}
	e, h := t.Ensemble, t.Target()
	if h == nil {
		return p, fmt.Errorf("cannot plan for host %q: the inventory has none of that name", t.Host)
	}
	if seen == nil {
		now, err := m.Observe(ctx, t)
		if err != nil {
			return p, err
		}
		seen = &now
	}
	o := *seen
	p.Findings = preflight.Judge(e, h, o.Facts)
	if !o.Privileged {
		p.Findings = append(p.Findings, finding.Finding{Name: notRoot, Severity: finding.Critical, Host: h.Name,
			Message: "zkprov does not run as root here, and a host is changed as root", Hint: "run it with sudo"})
	}
	notOurs := append(ownership(e, h, o.Facts), m.disksMissing(e, h, o.Facts)...)
	p.Findings = append(p.Findings, notOurs...)
	p.Findings = append(p.Findings, m.unitsOurs(h, o.Instances)...)
	p.Findings = append(p.Findings, m.overridden(h, o.Instances)...)
	p.Findings = append(p.Findings, snapshotless(e, h, o, notOurs)...)
	j, install, err := m.chooseJava(ctx, t, o, &p)
	if err != nil {
		return p, err
	}
	if !o.Facts.Systemd || !o.Privileged {
		p.Findings.Sort()
		return p, nil // nothing more can be looked at
	}

	still, err := m.still(ctx, o)
	if err != nil {
		return p, err
	}
	d, err := still.desire(t, j, o)
	if err != nil {
		return p, err
	}
	service, err := m.serviceUser(ctx, e)
	if err != nil {
		return p, err
	}
	p.Findings = append(p.Findings, stuckData(e, h, o, service, notOurs)...)
	open, err := m.unsafeFolders(ctx, service, h, d)
	if err != nil {
		return p, err
	}
	p.Findings = append(p.Findings, open...)
	closed, err := m.unreachableFolders(ctx, service, h, d)
	if err != nil {
		return p, err
	}
	p.Findings = append(p.Findings, closed...)
	d.tree.seen = &o.Release.State
	for _, owned := range d.owned {
		owned.seen = filesOf(o.Facts, owned)
	}
	if install != nil {
		d.resources = append([]resource{install}, d.resources...)
	}
	for _, r := range d.resources {
		c, err := step(ctx, r)
		if err != nil {
			return p, err
		}
		if c != nil {
			p.Changes = append(p.Changes, *c)
		}
	}
	if p.Restarts, err = m.restarts(ctx, d, o); err != nil {
		return p, err
	}
	if o.Release.Kind != archive.Complete && o.Release.Kind != archive.WrongModes {
		_, cached, err := m.cache().Lookup(ctx, d.tree.source.SHA512)
		p.NeedsArchive = err != nil || !cached
	}
	p.Findings = append(p.Findings, m.immutable(ctx, t, d, p.Changes, p.NeedsArchive)...)
	p.Findings.Sort()
	return p, nil
}

// still is the host with its units as they were observed, so that nothing within
// one plan is asked twice, or is seen in two states. It is not for changes.
func (m *Machine) still(ctx context.Context, o provision.Observation) (*Machine, error) {
	systemd, err := m.systemd(ctx)
	if err != nil {
		return nil, err
	}
	states := make(map[string]units.State, len(o.Instances))
	for _, in := range o.Instances {
		states[in.Unit.Unit] = in.Unit
	}
	return &Machine{Root: m.Root, Systemd: observed{systemd, states}, Runner: m.Runner, Env: m.Env, Query: m.Query}, nil
}

// observed is a systemd that was asked about some units already.
type observed struct {
	units.Systemd
	states map[string]units.State
}

// State implements units.Systemd.
func (o observed) State(ctx context.Context, unit string) (units.State, error) {
	if s, ok := o.states[unit]; ok {
		return s, nil
	}
	return o.Systemd.State(ctx, unit)
}

// chooseJava is the Java that the units will name, the package that brings it
// where it is not there yet, and what there is to say about both.
func (m *Machine) chooseJava(ctx context.Context, t provision.Task, o provision.Observation, p *provision.Plan) (*java.Result, *jre, error) {
	h := t.Target()
	if o.Java != nil {
		p.Findings = append(p.Findings, o.Java.Findings(h.Name)...)
		return o.Java, nil, nil
	}
	if !h.Java.Install {
		p.Findings = append(p.Findings, o.NoJava.Finding(h.Name))
		return nil, nil, nil
	}
	pkg, err := jreFor(o.Facts.OS, o.Facts.Arch, o.NoJava)
	if err != nil {
		f := o.NoJava.Finding(h.Name)
		f.Message += "; and " + err.Error()
		p.Findings = append(p.Findings, f)
		return nil, nil, nil
	}
	foretold := &java.Result{Home: pkg.ExpectedHome, Java: pkg.ExpectedHome + "/bin/java", Feature: pkg.Feature}
	find := func(ctx context.Context) (*java.Result, error) {
		found, _, err := m.findJava(ctx, t.Ensemble, h, o.Release, foretold.Java)
		return found, err
	}
	return foretold, &jre{m: m, find: find, pkg: pkg}, nil
}

// restarts are the running instances that would have to be restarted to run
// with what their files say, or will say.
func (m *Machine) restarts(ctx context.Context, d *desired, o provision.Observation) ([]provision.Restart, error) {
	release, err := step(ctx, d.tree)
	if err != nil {
		return nil, err
	}
	if release != nil && release.Action != provision.Install {
		release = nil // modes are repaired in place
	}
	// What is taken away from under one instance is taken from all.
	shared := release != nil && o.Release.Kind != archive.Absent
	var rs []provision.Restart
	for _, in := range d.instances {
		state := o.Instances[in.instance.Name]
		if !state.Unit.Running() {
			continue
		}
		var reasons []string
		if release != nil {
			reasons = append(reasons, "the release is unpacked anew: "+release.Summary)
		}
		foretold := state.Generation == in.generation
		for _, f := range in.files {
			differs, since, err := f.differsSince()
			if err != nil {
				return nil, err
			}
			// A file that was edited after the process had started is put back, and
			// the process never saw the edit.
			if differs && (!foretold || !since.IsZero() && since.Before(state.Unit.ExecMainStart)) {
				reasons = append(reasons, f.name)
			}
		}
		staged := len(reasons) == 0
		if !foretold && staged {
			reasons = append(reasons, "it was started before its files got their present content")
		}
		if len(reasons) > 0 {
			rs = append(rs, provision.Restart{Instance: in.instance.Name, Reasons: reasons, Staged: staged, Shared: shared})
		}
	}
	if shared {
		for _, name := range slices.Sorted(maps.Keys(o.Instances)) {
			mine := slices.ContainsFunc(d.instances, func(in desiredInstance) bool { return in.instance.Name == name })
			if !mine && o.Instances[name].Unit.Running() {
				rs = append(rs, provision.Restart{Instance: name, Reasons: []string{"the release is unpacked anew: " + release.Summary}, Shared: true})
			}
		}
	}
	return rs, nil
}

// stale says that the host wants a change that nobody approved.
func stale(c provision.Change) error {
	return &provision.Error{Kind: provision.Stale, Name: "stale-plan",
		Message: "the host has changed since it was planned: " + c.Difference(),
		Hint:    "run it again"}
}

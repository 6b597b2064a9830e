package host

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/checks/preflight"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/guard"
	"github.com/zkprov/zkprov/provision/jvm"
)

// Plan implements Agent.
func (m *Machine) Plan(ctx context.Context, t provision.Task) (provision.HostPlan, error) {
	if t.Target() == nil {
		return provision.HostPlan{Host: t.Host}, fmt.Errorf("cannot plan for host %q: the inventory has none of that name", t.Host)
	}
	l, err := m.keptLook(t)
	if err != nil {
		return provision.HostPlan{Host: t.Host}, err
	}
	if l == nil {
		if l, err = m.lookAround(ctx, t); err != nil {
			return provision.HostPlan{Host: t.Host}, err
		}
	}
	return l.plan(t)
}

// plan lists what an apply would change, and what is found. After an error it goes on,
// so that the look has been asked for all that another task may need, and returns the
// first one.
func (l *look) plan(t provision.Task) (provision.HostPlan, error) {
	switch {
	case t.Reset != nil:
		return l.planReset(t)
	case t.Reboot != nil:
		return l.planReboot(t)
	}
	if t.Collect != nil {
		return l.planCollect(t)
	}
	p := provision.HostPlan{Host: t.Host}
	e, h, o := t.Ensemble, t.Target(), l.observation
	leaves := departs(h)
	if !leaves {
		p.Findings = l.preflight(e, h)
	}
	if !o.Privileged {
		p.Findings = append(p.Findings, notRootFinding(h))
	}
	notOurs := append(guard.Ownership(e, h, o.Facts),
		guard.DisksMissing(l, h, o.Facts, func(in *inventory.Instance) string { return disksPath(e, in) })...)
	p.Findings = append(p.Findings, notOurs...)
	p.Findings = append(p.Findings, guard.Moved(l, h, o, l.configNow)...)
	p.Findings = append(p.Findings, guard.Units(l, h, o.Instances)...)
	p.Findings = append(p.Findings, guard.Overridden(l, h, o.Instances)...)
	p.Findings = append(p.Findings, guard.Snapshotless(e, h, o, notOurs)...)
	j, install, found := l.chooseJava(t)
	p.Findings = append(p.Findings, found...)
	if !o.Facts.Systemd || !o.Privileged {
		p.Findings.Sort()
		return p, nil // nothing more can be looked at
	}
	p.Findings = append(p.Findings, heapShares(h, j)...)
	if j != nil && !leaves {
		p.Findings = append(p.Findings, jvm.OnJava(h, j.Feature, j.Java)...)
	}
	p.Findings = append(p.Findings, l.javasReplaced(h)...)
	p.Findings = append(p.Findings, l.hierarchical(e, h)...)
	d, err := desire(t, l, j, install)
	if err != nil {
		return p, err
	}
	var failed firstError
	service, err := l.serviceUser(e)
	failed.note(err)
	p.Findings = append(p.Findings, guard.StuckData(e, h, o, service, notOurs)...)
	open, err := guard.UnsafeFolders(l, service, h.Name, d.folders())
	failed.note(err)
	p.Findings = append(p.Findings, open...)
	closed, err := guard.UnreachableFolders(l, service, h.Name, d.folders())
	failed.note(err)
	p.Findings = append(p.Findings, closed...)
	named, err := l.namedFiles(t, d, service)
	failed.note(err)
	p.Findings = append(p.Findings, named...)
	if t.Try && named.Worst() != finding.Critical { // with those java would only say the same
		p.Findings = append(p.Findings, l.foretell(h, d, service, install == nil)...)
	}
	needed, err := d.needed(l)
	failed.note(err)
	for _, n := range needed {
		p.Changes = append(p.Changes, n.change)
	}
	p.Restarts = d.restarts(o)
	for _, in := range d.instances {
		if in.copy != nil {
			p.Findings = append(p.Findings, in.copy.space(l, h.Name)...)
		}
	}
	if !leaves && !d.spared && o.Release.Kind != archive.Complete && o.Release.Kind != archive.WrongModes {
		p.NeedsArchive = !l.cached(d.release.source.SHA512)
	}
	p.NeedsJars = l.lackedJars(needed)
	p.Findings = append(p.Findings, l.immutable(t, d, needed, p.NeedsArchive)...)
	p.Findings.Sort()
	return p, failed.err
}

func notRootFinding(h *inventory.Host) finding.Finding {
	return finding.Finding{Name: notRoot, Severity: finding.Critical, Host: h.Name,
		Message: "zkprov does not run as root here, and a host is changed as root", Hint: "run it with sudo"}
}

// preflight returns what the facts are against the inventory.
func (l *look) preflight(e *inventory.Ensemble, h *inventory.Host) finding.Findings {
	found, _ := once(l, "the findings of pre-flight", func() (finding.Findings, error) { return preflight.Judge(e, h, l.observation.Facts), nil })
	return slices.Clone(found)
}

// firstError keeps the first of several errors.
type firstError struct{ err error }

func (f *firstError) note(err error) {
	if f.err == nil {
		f.err = err
	}
}

// needed is a change and the resource that makes it.
type needed struct {
	resource resource
	change   provision.Change
}

// needed lists the changes of a host in their order. It goes on after an error and
// returns the first one.
func (d *desired) needed(l *look) ([]needed, error) {
	v := newView(l)
	var all []needed
	var failed firstError
	for _, r := range d.resources {
		c, err := planChange(v, r)
		failed.note(err)
		if c != nil {
			all = append(all, needed{r, *c})
		}
	}
	return all, failed.err
}

// stale returns that the host wants a change that nobody approved. approved are those
// that somebody did.
func stale(c provision.Change, approved []provision.Change) error {
	message := "the host has changed since it was planned: " + c.Difference()
	for _, o := range approved {
		if o.Resource == c.Resource && o.Action == c.Action {
			message += fmt.Sprintf(" (%s is not what the plan saw)", unlike(o, c))
		}
	}
	return &provision.Error{Kind: provision.Stale, Name: "stale-plan", Message: message, Hint: "run it again"}
}

// unlike names what tells two changes of one resource apart.
func unlike(o, c provision.Change) string {
	content := func(digest string) string {
		kind, rest, _ := strings.Cut(digest, " ")
		if kind == "file" {
			rest, _, _ = strings.Cut(rest, " ")
		}
		return kind + rest
	}
	switch {
	case !path.IsAbs(c.Path) || c.Kind() == provision.KindDir || c.Kind() == provision.KindOwner:
		return "it"
	case content(o.From) != content(c.From) || content(o.To) != content(c.To):
		return "content"
	}
	return "owner or mode"
}

package host

import (
	"context"
	"strings"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// unitFile is the unit of an instance. Replacing it is what commits an instance to
// another generation: it names all that the instance is started with.
type unitFile struct{ *file }

func (u *unitFile) foresee(v *view) {
	e, err := u.there(v)
	if err != nil {
		return
	}
	u.file.foresee(v)
	state, err := v.unit(u.instance)
	if err != nil || u.right(e) {
		return // a mode alone is nothing to systemd
	}
	if state.LoadState == "not-found" {
		// systemd reads it by itself when it is asked for it.
		state.LoadState, state.UnitFileState = "loaded", "disabled"
	} else {
		state.NeedDaemonReload = true
	}
	v.putUnit(u.instance, state)
}

// reload makes systemd read the unit files that it has read before and that were
// written since, or that were written and never read.
type reload struct {
	// instance is the one that is restarted afterwards; empty where the units are those
	// of instances that are not.
	instance  string
	instances []string
}

// allUnits is the name of the reload for instances that are not restarted.
const allUnits = "systemd"

func (r *reload) key() string {
	if r.instance == "" {
		return resourceKey(provision.KindReload, allUnits)
	}
	return resourceKey(provision.KindReload, units.FileName(r.instance))
}

func (r *reload) plan(v *view) (*provision.Change, error) {
	var unread []string
	for _, instance := range r.instances {
		state, err := v.unit(instance)
		if err != nil {
			return nil, err
		}
		e, err := v.entry(units.Path(instance))
		if err != nil {
			return nil, err
		}
		if isUnread(state, e) {
			unread = append(unread, units.FileName(instance))
		}
	}
	if unread == nil {
		return nil, nil
	}
	return &provision.Change{Instance: r.instance, Action: provision.Reload, From: "not read: " + strings.Join(unread, " "), To: "read",
		Summary: "systemd reads its units again"}, nil
}

// isUnread reports whether systemd would start something else than a unit's file says.
// systemd itself calls a file changed only where its time is later than that of the one
// that it has read, which it is not once the clock was set back. The generation tells
// then, unless a drop-in takes it out of the environment.
func isUnread(state units.State, e *entry) bool {
	if state.NeedDaemonReload || e != nil && state.LoadState == "not-found" {
		return true
	}
	if !e.regular() || state.Generation == "" {
		return false
	}
	generation := units.GenerationOf(e.content)
	return generation != "" && generation != state.Generation
}

// foresee makes all units known that the view has: systemd reads them all.
func (r *reload) foresee(v *view) { _ = v.readUnits(r.instances) }

func (r *reload) apply(ctx context.Context, m *Machine) error {
	systemd, err := m.systemd(ctx)
	if err != nil {
		return err
	}
	return systemd.Reload(ctx)
}

// enabled is a unit that starts at boot.
type enabled struct{ instance string }

func (s *enabled) key() string {
	return resourceKey(provision.KindEnabled, units.FileName(s.instance))
}

func (s *enabled) plan(v *view) (*provision.Change, error) {
	state, err := v.unit(s.instance)
	if err != nil || state.Enabled() {
		return nil, err
	}
	return &provision.Change{Instance: s.instance, Action: provision.Enable, From: "disabled", To: "enabled", Summary: units.FileName(s.instance) + " starts at boot"}, nil
}

func (s *enabled) foresee(v *view) {
	state, err := v.unit(s.instance)
	if err != nil {
		return
	}
	state.UnitFileState = "enabled"
	v.putUnit(s.instance, state)
}

func (s *enabled) apply(ctx context.Context, m *Machine) error {
	systemd, err := m.systemd(ctx)
	if err != nil {
		return err
	}
	return systemd.Enable(ctx, units.FileName(s.instance))
}

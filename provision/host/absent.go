package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/zkprov/zkprov/internal/durable"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/guard"
	"github.com/zkprov/zkprov/units"
)

// isThere is the From of what goes as it is by then: a server that still runs changes its
// data.
const isThere = "there"

// part is one thing that is removed: a file, an empty folder or, where whole is set, a
// folder with all that lies in it.
type part struct {
	path  string
	whole bool
}

// gone is what zkprov made in one place, and takes away. What others put there stays,
// and so does the folder then.
type gone struct {
	kind     provision.ResourceKind
	name     string
	instance string
	summary  string
	// live is set where the parts may be others by the time that they are removed.
	live bool
	// parts returns what there is to remove, in that order: a folder comes after what lies
	// in it.
	parts func(l *look) ([]part, error)
}

func (g *gone) key() string { return resourceKey(g.kind, g.name) }

func (g *gone) plan(v *view) (*provision.Change, error) {
	if v.gone[g.name] {
		return nil, nil
	}
	parts, err := g.parts(v.look)
	if err != nil || len(parts) == 0 {
		return nil, err
	}
	c := &provision.Change{Path: g.name, Instance: g.instance, Action: provision.Remove, From: isThere, To: absent, Summary: g.summary}
	if !g.live {
		var names []string
		for _, p := range parts {
			names = append(names, p.path)
		}
		c.From = "parts " + shortSum([]byte(strings.Join(names, "\n")))
	}
	return c, nil
}

func (g *gone) foresee(v *view) {
	parts, err := g.parts(v.look)
	if err != nil {
		return
	}
	v.gone[g.name] = true
	for _, p := range parts {
		v.gone[p.path] = true
	}
}

func (g *gone) apply(ctx context.Context, m *Machine) error {
	parts, err := g.parts(m.newLook(ctx))
	if err != nil {
		return err
	}
	for _, p := range parts {
		if p.whole {
			err = m.removeWhole(p.path)
		} else {
			err = m.removeFile(p.path)
		}
		if err != nil && !errors.Is(err, syscall.ENOTEMPTY) {
			return err
		}
	}
	return nil
}

func (g *gone) writes(l *look) []guard.Touched {
	parts, err := g.parts(l)
	if err != nil {
		return nil
	}
	var all []guard.Touched
	for _, p := range parts {
		all = append(all, guard.Replaces(l, p.path)...)
		if p.whole {
			for _, name := range l.below(p.path) {
				all = append(all, guard.Touched{Path: name, Of: p.path})
			}
		}
	}
	return all
}

// removeWhole removes a folder and all that lies in it, without following a link that
// somebody has put in its place since it was looked at. One that a disk is mounted at is
// emptied.
func (m *Machine) removeWhole(name string) error {
	p := m.path(name)
	parent, err := os.OpenRoot(filepath.Dir(p))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		defer parent.Close()
		base := filepath.Base(p)
		if base == copyName {
			// A part of a copy must not be taken for a whole one, nor for somebody else's.
			temporary := "." + copyName + randomDigits()
			if parent.Rename(base, temporary) == nil {
				base = temporary
			}
		}
		if err = parent.RemoveAll(base); errors.Is(err, syscall.EBUSY) {
			err = nil
		}
	}
	if err == nil {
		err = durable.SyncDir(filepath.Dir(p))
	}
	if err != nil {
		return fmt.Errorf("cannot remove %s: %w", name, err)
	}
	return nil
}

// emptied is a folder that others may use too: it goes where nothing is left in it.
type emptied struct{ name string }

func (f *emptied) key() string { return resourceKey(provision.KindDir, f.name) }

func (f *emptied) plan(v *view) (*provision.Change, error) {
	e, err := v.look.entry(f.name)
	if err != nil || e == nil || !e.mode.IsDir() || v.gone[f.name] || v.look.mounted(f.name) {
		return nil, err
	}
	for _, name := range v.look.Names(f.name) {
		if !v.gone[path.Join(f.name, name)] {
			return nil, nil
		}
	}
	return &provision.Change{Path: f.name, Action: provision.Remove, From: "empty", To: absent, Summary: "nothing is left in it"}, nil
}

func (f *emptied) foresee(v *view) { v.gone[f.name] = true }

func (f *emptied) apply(_ context.Context, m *Machine) error {
	if err := m.removeFile(f.name); err != nil && !errors.Is(err, syscall.ENOTEMPTY) {
		return err
	}
	return nil
}

// goneRelease is a release that no unit names any more.
type goneRelease struct{ dest string }

func (r *goneRelease) key() string { return resourceKey(provision.KindRelease, r.dest) }

// owned is what archive.Owned says.
type owned struct {
	is        bool
	strangers []string
}

func (l *look) owned(dest string) (owned, error) {
	return once(l, "whose the release in "+dest+" is", func() (owned, error) {
		is, strangers, err := archive.Owned(l.m.path(dest))
		for i, name := range strangers {
			strangers[i] = strings.TrimPrefix(name, l.m.Root)
		}
		return owned{is, strangers}, err
	})
}

func (r *goneRelease) plan(v *view) (*provision.Change, error) {
	o, err := v.look.owned(r.dest)
	if err != nil || !o.is || v.gone[r.dest] {
		return nil, err
	}
	return &provision.Change{Path: r.dest, Action: provision.Remove, From: isThere, To: absent, Summary: "the unpacked release, which nothing else runs from"}, nil
}

func (r *goneRelease) foresee(v *view) { v.gone[r.dest] = true }

func (r *goneRelease) apply(_ context.Context, m *Machine) error {
	return archive.Remove(m.path(r.dest))
}

// writes lists all of a release.
func (r *goneRelease) writes(l *look) []guard.Touched {
	all := guard.Replaces(l, r.dest)
	for _, name := range l.below(r.dest) {
		all = append(all, guard.Touched{Path: name, Of: r.dest})
	}
	return all
}

// halted is a unit that is stopped and stays so.
type halted struct{ instance string }

func (s *halted) key() string { return resourceKey(provision.KindStopped, units.FileName(s.instance)) }

func (s *halted) plan(v *view) (*provision.Change, error) {
	state, err := v.unit(s.instance)
	if err != nil || state.ActiveState == "inactive" && !state.RunsOrStarts() {
		return nil, err
	}
	// One that ends by itself again and again may be in another state by the time that it
	// is stopped.
	return &provision.Change{Instance: s.instance, Action: provision.Stop, From: isRunning, To: isStopped, Summary: units.FileName(s.instance)}, nil
}

func (s *halted) foresee(v *view) {
	state, err := v.unit(s.instance)
	if err != nil {
		return
	}
	state.ActiveState, state.SubState, state.MainPID, state.InvocationID, state.Job = "inactive", "dead", 0, "", ""
	v.putUnit(s.instance, state)
	v.generations[s.instance] = ""
}

func (s *halted) apply(ctx context.Context, m *Machine) error {
	systemd, err := m.systemd(ctx)
	if err != nil {
		return err
	}
	unit := units.FileName(s.instance)
	if err := systemd.Stop(ctx, unit); err != nil {
		return fmt.Errorf("cannot stop %s: %w", unit, err)
	}
	state, err := systemd.State(ctx, unit)
	if err != nil {
		return fmt.Errorf("cannot look at unit %s: %w", unit, err)
	}
	if state.ActiveState == "failed" {
		return systemd.ResetFailed(ctx, unit)
	}
	return nil
}

// disabled is a unit that does not start at boot.
type disabled struct{ instance string }

func (s *disabled) key() string {
	return resourceKey(provision.KindEnabled, units.FileName(s.instance))
}

func (s *disabled) plan(v *view) (*provision.Change, error) {
	state, err := v.unit(s.instance)
	if err != nil || !state.Enabled() {
		return nil, err
	}
	return &provision.Change{Instance: s.instance, Action: provision.Disable, From: "enabled", To: "disabled", Summary: units.FileName(s.instance)}, nil
}

func (s *disabled) foresee(v *view) {
	state, err := v.unit(s.instance)
	if err != nil {
		return
	}
	state.UnitFileState = "disabled"
	v.putUnit(s.instance, state)
}

func (s *disabled) apply(ctx context.Context, m *Machine) error {
	systemd, err := m.systemd(ctx)
	if err != nil {
		return err
	}
	return systemd.Disable(ctx, units.FileName(s.instance))
}

// forgotten makes systemd forget the units that were removed.
type forgotten struct{ instances []string }

func (f *forgotten) key() string { return resourceKey(provision.KindReload, allUnits) }

func (f *forgotten) plan(v *view) (*provision.Change, error) {
	var known []string
	for _, instance := range f.instances {
		state, err := v.unit(instance)
		if err != nil {
			return nil, err
		}
		e, err := v.look.entry(units.Path(instance))
		if err != nil {
			return nil, err
		}
		removed := e == nil || v.gone[units.Path(instance)]
		if removed && state.LoadState != "not-found" && state.FragmentPath == units.Path(instance) {
			known = append(known, units.FileName(instance))
		}
	}
	if known == nil {
		return nil, nil
	}
	return &provision.Change{Action: provision.Reload, From: "known: " + strings.Join(known, " "), To: "forgotten", Summary: "systemd reads its units again"}, nil
}

func (f *forgotten) foresee(v *view) {
	for _, instance := range f.instances {
		if state, err := v.unit(instance); err == nil {
			state.LoadState, state.UnitFileState, state.FragmentPath = "not-found", "", ""
			v.putUnit(instance, state)
		}
	}
}

func (f *forgotten) apply(ctx context.Context, m *Machine) error {
	systemd, err := m.systemd(ctx)
	if err != nil {
		return err
	}
	return systemd.Reload(ctx)
}

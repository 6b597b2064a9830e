package host

import (
	"context"
	"fmt"
	"strings"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// reload makes systemd read the unit files that it has read before and that this
// run writes, or that were written and never read. A unit that it does not have
// yet it reads by itself when it is asked for it.
type reload struct {
	m     *Machine
	files []*file // the units
}

func (r *reload) key() string            { return "systemd:units" }
func (r *reload) phase() provision.Phase { return provision.Stage }

func (r *reload) plan(ctx context.Context) (*provision.Change, error) {
	systemd, err := r.m.systemd(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range r.files {
		differs, _, err := f.differsSince()
		if err != nil {
			return nil, err
		}
		state, err := systemd.State(ctx, units.FileName(f.instance))
		if err != nil {
			return nil, fmt.Errorf("cannot look at unit %s: %w", units.FileName(f.instance), err)
		}
		// A file that is there and not known, or known and written anew.
		missing := state.LoadState == "not-found"
		if state.NeedDaemonReload || differs != missing {
			return &provision.Change{Action: provision.Reload, Summary: "systemd reads its units again"}, nil
		}
	}
	return nil, nil
}

func (r *reload) apply(ctx context.Context) error {
	systemd, err := r.m.systemd(ctx)
	if err != nil {
		return err
	}
	return systemd.Reload(ctx)
}

// enabled is a unit that starts at boot.
type enabled struct {
	m        *Machine
	instance string
}

func (s *enabled) key() string            { return "enabled:" + units.FileName(s.instance) }
func (s *enabled) phase() provision.Phase { return provision.Stage }

func (s *enabled) plan(ctx context.Context) (*provision.Change, error) {
	state, err := s.m.unitState(ctx, s.instance)
	if err != nil || state.Enabled() {
		return nil, err
	}
	return &provision.Change{Instance: s.instance, Action: provision.Enable, Summary: units.FileName(s.instance) + " starts at boot"}, nil
}

func (s *enabled) apply(ctx context.Context) error {
	systemd, err := s.m.systemd(ctx)
	if err != nil {
		return err
	}
	return systemd.Enable(ctx, units.FileName(s.instance))
}

// stopped is the one unit that is ever stopped: an empty voter's, which nobody
// uses, as it serves nothing and has no vote.
type stopped struct {
	m  *Machine
	in *inventory.Instance
	// marker lets a server that is started with it vote: one that has it is left.
	marker string
}

func (s *stopped) key() string            { return "stopped:" + units.FileName(s.in.Name) }
func (s *stopped) phase() provision.Phase { return provision.Stage }

func (s *stopped) plan(ctx context.Context) (*provision.Change, error) {
	if s.m.exists(s.marker) {
		return nil, nil
	}
	state, err := s.m.unitState(ctx, s.in.Name)
	if err != nil || !state.Running() {
		return nil, err
	}
	return &provision.Change{Instance: s.in.Name, Action: provision.Stop, Summary: units.FileName(s.in.Name) + ", which has no data and no vote"}, nil
}

func (s *stopped) apply(ctx context.Context) error {
	if answer := ensemble.Probe(ctx, ensemble.Target{ID: s.in.ID, Addr: s.in.ClientAddr(loopback)}); answer.Serving {
		return &provision.Error{Kind: provision.Stale, Name: instanceServes, Message: fmt.Sprintf("cannot stop %s: it serves as a %s", s.in.Name, answer.Mode), Hint: "run it again"}
	}
	systemd, err := s.m.systemd(ctx)
	if err != nil {
		return err
	}
	return systemd.Stop(ctx, units.FileName(s.in.Name))
}

// running is a unit that runs. It is only ever started here: what runs is left
// alone.
type running struct {
	m        *Machine
	instance string
	// stopped, where it is not nil, stops the unit before it is started.
	stopped *stopped
}

func (s *running) key() string            { return "running:" + units.FileName(s.instance) }
func (s *running) phase() provision.Phase { return provision.Start }

func (s *running) plan(ctx context.Context) (*provision.Change, error) {
	state, err := s.m.unitState(ctx, s.instance)
	if err != nil {
		return nil, err
	}
	if state.Running() {
		if s.stopped == nil {
			return nil, nil
		}
		c, err := s.stopped.plan(ctx)
		if err != nil || c == nil {
			return nil, err
		}
		return &provision.Change{Instance: s.instance, Action: provision.Run, Summary: units.FileName(s.instance) + ", again"}, nil
	}
	summary := units.FileName(s.instance)
	if state.LoadState == "loaded" && state.ActiveState != "inactive" {
		summary += ", which " + state.Summary()
	}
	return &provision.Change{Instance: s.instance, Action: provision.Run, Summary: summary}, nil
}

func (s *running) apply(ctx context.Context) error {
	systemd, err := s.m.systemd(ctx)
	if err != nil {
		return err
	}
	unit := units.FileName(s.instance)
	state, err := systemd.State(ctx, unit)
	if err != nil {
		return fmt.Errorf("cannot look at unit %s: %w", unit, err)
	}
	if state.WaitsForRestart() {
		// Otherwise systemd goes on to count the restarts from before it was mended.
		if err := systemd.ResetFailed(ctx, unit); err != nil {
			return fmt.Errorf("cannot reset the restarts of %s: %w", unit, err)
		}
	}
	if err := systemd.Start(ctx, unit); err != nil {
		return s.m.withJournal(ctx, s.instance, fmt.Errorf("cannot start %s: %w", unit, err))
	}
	if state, err = systemd.State(ctx, unit); err != nil {
		return fmt.Errorf("cannot look at unit %s: %w", unit, err)
	}
	if state.Held() {
		return fmt.Errorf("cannot start %s: systemd says that a condition of the unit does not hold", unit)
	}
	if !state.Running() {
		return s.m.withJournal(ctx, s.instance, fmt.Errorf("cannot start %s: it %s", unit, state.Summary()))
	}
	return nil
}

// unitState is what systemd knows of an instance's unit.
func (m *Machine) unitState(ctx context.Context, instance string) (units.State, error) {
	systemd, err := m.systemd(ctx)
	if err != nil {
		return units.State{}, err
	}
	state, err := systemd.State(ctx, units.FileName(instance))
	if err != nil {
		return state, fmt.Errorf("cannot look at unit %s: %w", units.FileName(instance), err)
	}
	return state, nil
}

// journalLines is how much of a journal goes with an error.
const journalLines = 20

// withJournal adds the end of an instance's journal to an error.
func (m *Machine) withJournal(ctx context.Context, instance string, err error) error {
	failure := &provision.Error{Kind: provision.Failed, Message: err.Error(),
		Hint: "see: journalctl -u " + strings.TrimSuffix(units.FileName(instance), ".service")}
	failure.Detail, _ = m.journal(ctx, instance, journalLines)
	if state, err := m.unitState(ctx, instance); err == nil {
		if c, err := m.crash(ctx, instance, state); err == nil && c != nil && c.Ending != nil {
			failure.Name, failure.Hint = c.Ending.Name, c.Ending.Cure
			failure.Message += ": " + c.Ending.Cause
		}
	}
	return failure
}

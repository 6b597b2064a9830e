// Package unitstest has a systemd in memory, for tests of what uses one.
package unitstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zkprov/zkprov/units"
)

// Systemd is a host's systemd in memory. It reads unit files below Root when
// told to reload, keeps to what units.Spec writes into them (the command, the
// generation) and to ExecStart= and ConditionPathExists=! of drop-ins, and gives every
// running unit a process: a folder
// Root/proc/<pid> with an environ. Its zero value but for Root is a host without
// units where everything succeeds. It may be used by several goroutines.
type Systemd struct {
	// Root is the host's root folder.
	Root string
	// Errors has the errors that calls return instead of doing something: by verb and
	// unit, such as "start zookeeper-1.service", or by verb alone. The verbs are those
	// of Calls.
	Errors map[string]error
	// Exits has, by unit, the status with which its process ends right after every
	// start.
	Exits map[string]int
	// Lines has, by unit, the lines of its journal.
	Lines map[string][]units.Line
	// ClockBack lets systemd miss that a unit file was replaced, as where the clock was
	// set back: it compares their times.
	ClockBack bool
	// Ended has, by unit, the ends of its processes that the journal knows of.
	Ended map[string][]units.Exit
	// Trial is how a trial ends; every one ends well where it is nil.
	Trial func(units.Trial) units.Tried

	mu     sync.Mutex
	calls  []string
	trials []units.Trial
	units  map[string]*unit
	starts int
}

var _ units.Systemd = (*Systemd)(nil)

// Calls returns the calls that change something, in order: "reload", and "enable",
// "disable", "start", "stop", "restart" and "reset" each with a unit.
func (s *Systemd) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// State implements units.Systemd.
func (s *Systemd) State(ctx context.Context, name string) (units.State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.failure(ctx, "state", name); err != nil {
		return units.State{}, err
	}
	u := s.unit(name)
	state := u.state
	state.NeedDaemonReload = state.LoadState == "loaded" && s.file(name) != u.text && !s.ClockBack
	return state, nil
}

// Reload implements units.Systemd.
func (s *Systemd) Reload(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.call(ctx, "reload", ""); err != nil {
		return err
	}
	for name, u := range s.units {
		s.load(name, u)
	}
	return nil
}

// Enable implements units.Systemd.
func (s *Systemd) Enable(ctx context.Context, names ...string) error {
	return s.setFileState(ctx, "enable", "enabled", names)
}

// Disable implements units.Systemd.
func (s *Systemd) Disable(ctx context.Context, names ...string) error {
	return s.setFileState(ctx, "disable", "disabled", names)
}

func (s *Systemd) setFileState(ctx context.Context, verb, to string, names []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		if err := s.call(ctx, verb, name); err != nil {
			return err
		}
		u := s.unit(name)
		if err := startable(verb, u.state); err != nil {
			return err
		}
		u.state.UnitFileState = to
	}
	return nil
}

// Mask forbids a unit to start, as an administrator does.
func (s *Systemd) Mask(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.unit(name)
	u.state.LoadState, u.state.UnitFileState = "masked", "masked"
}

// Start implements units.Systemd.
func (s *Systemd) Start(ctx context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.call(ctx, "start", name); err != nil {
		return err
	}
	u := s.unit(name)
	if err := startable("start", u.state); err != nil {
		return err
	}
	u.state.Job = ""
	if u.state.Running() {
		return nil
	}
	return s.start(name, u)
}

// Boot ends all processes, as when the power is cut, reads the unit files anew and
// queues the start of the enabled units; RunJobs does it.
func (s *Systemd) Boot() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for name, u := range s.units {
		errs = append(errs, s.end(u, 143))
		enabled := u.state.UnitFileState
		u.state = units.State{Unit: name, ActiveState: "inactive", SubState: "dead", Result: "success", UnitFileState: enabled}
		s.load(name, u)
		if u.state.Enabled() {
			u.state.Job = "start"
		}
	}
	return errors.Join(errs...)
}

// RunJobs does what Boot has queued.
func (s *Systemd) RunJobs() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for name, u := range s.units {
		if u.state.Job == "start" {
			u.state.Job = ""
			errs = append(errs, s.start(name, u))
		}
	}
	return errors.Join(errs...)
}

// start starts a unit that does not run.
func (s *Systemd) start(name string, u *unit) error {
	u.state.ConditionTimestamp = s.clock()
	u.state.ConditionResult = !s.held(u)
	if !u.state.ConditionResult {
		return nil
	}
	s.starts++
	u.state.ActiveState, u.state.SubState, u.state.Result = "active", "running", "success"
	u.state.MainPID = 1000 + s.starts
	u.state.ExecMainCode, u.state.ExecMainStatus = 0, 0
	u.state.InvocationID = fmt.Sprintf("%032x", s.starts)
	u.state.ActiveEnter, u.state.ExecMainStart = s.clock(), s.clock()
	if err := s.writeProcess(u); err != nil {
		return err
	}
	if status, ok := s.Exits[name]; ok {
		return s.end(u, status)
	}
	return nil
}

// Stop implements units.Systemd.
func (s *Systemd) Stop(ctx context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.call(ctx, "stop", name); err != nil {
		return err
	}
	u := s.unit(name)
	if u.state.LoadState == "not-found" {
		return fmt.Errorf("cannot stop %s: no such unit", name)
	}
	u.state.Job = ""
	return s.end(u, 143)
}

// Restart implements units.Systemd.
func (s *Systemd) Restart(ctx context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.call(ctx, "restart", name); err != nil {
		return err
	}
	u := s.unit(name)
	if err := startable("restart", u.state); err != nil {
		return err
	}
	u.state.Job = ""
	if err := s.end(u, 143); err != nil {
		return err
	}
	return s.start(name, u)
}

// End lets the process of a running unit end with a status: with 143 or 0 the
// unit becomes inactive, else it fails.
func (s *Systemd) End(name string, status int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end(s.unit(name), status)
}

// Reboot implements units.Systemd. It changes nothing: Boot does.
func (s *Systemd) Reboot(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.call(ctx, "reboot", "")
}

// ResetFailed implements units.Systemd.
func (s *Systemd) ResetFailed(ctx context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.call(ctx, "reset", name); err != nil {
		return err
	}
	u := s.unit(name)
	u.state.NRestarts = 0
	if u.state.ActiveState == "failed" {
		u.state.ActiveState, u.state.SubState, u.state.Result = "inactive", "dead", "success"
	}
	return nil
}

// Journal implements units.Systemd.
func (s *Systemd) Journal(ctx context.Context, name string, lines int) ([]units.Line, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.failure(ctx, "journal", name); err != nil {
		return nil, err
	}
	all := s.Lines[name]
	return slices.Clone(all[max(0, len(all)-lines):]), nil
}

// Ends implements units.Systemd.
func (s *Systemd) Ends(ctx context.Context, name string, n int) ([]units.Exit, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.failure(ctx, "ends", name); err != nil {
		return nil, err
	}
	all := s.Ended[name]
	return slices.Clone(all[max(0, len(all)-n):]), nil
}

// call notes a call and returns the error that Errors has for it.
func (s *Systemd) call(ctx context.Context, verb, name string) error {
	s.calls = append(s.calls, strings.TrimSpace(verb+" "+name))
	return s.failure(ctx, verb, name)
}

func (s *Systemd) failure(ctx context.Context, verb, name string) error {
	return errors.Join(ctx.Err(), s.Errors[verb], s.Errors[verb+" "+name])
}

// clock returns a time that depends on nothing but the starts so far.
func (s *Systemd) clock() time.Time {
	return time.Date(2026, 1, 1, 0, 0, s.starts, 0, time.UTC)
}

// Try implements units.Systemd.
func (s *Systemd) Try(ctx context.Context, t units.Trial) (units.Tried, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trials = append(s.trials, t)
	if err := s.failure(ctx, "try", t.Name); err != nil {
		return units.Tried{}, err
	}
	if s.Trial == nil {
		return units.Tried{}, nil
	}
	return s.Trial(t), nil
}

// Trials returns what was tried, in order.
func (s *Systemd) Trials() []units.Trial {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.trials)
}

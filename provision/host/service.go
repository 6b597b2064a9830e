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

// What an instance's process is, as From and To of changes have it.
const (
	isStopped = "stopped"
	isRunning = "running"
)

// stopped is the one unit that is ever stopped and not started in the same job: an
// empty voter's, which nobody uses, as it serves nothing and has no vote.
type stopped struct {
	in *inventory.Instance
	// marker lets a server that is started with it vote: one that has it is left.
	marker string
}

func (s *stopped) key() string {
	return resourceKey(provision.KindStopped, units.FileName(s.in.Name))
}

func (s *stopped) plan(v *view) (*provision.Change, error) {
	marker, err := v.entry(s.marker)
	if err != nil || marker != nil {
		return nil, err
	}
	state, err := v.unit(s.in.Name)
	if err != nil || !state.RunsOrStarts() {
		return nil, err
	}
	return &provision.Change{Instance: s.in.Name, Action: provision.Stop, From: isRunning, To: isStopped, Summary: units.FileName(s.in.Name) + ", which has no data and no vote"}, nil
}

func (s *stopped) foresee(v *view) {
	state, err := v.unit(s.in.Name)
	if err != nil {
		return
	}
	state.ActiveState, state.SubState, state.MainPID, state.InvocationID, state.Job = "inactive", "dead", 0, "", ""
	v.putUnit(s.in.Name, state)
	v.generations[s.in.Name] = ""
}

func (s *stopped) apply(ctx context.Context, m *Machine) error {
	if answer := ensemble.Probe(ctx, ensemble.Target{ID: s.in.ID, Addr: s.in.ClientAddr(inventory.Loopback)}); answer.Serving {
		return &provision.Error{Kind: provision.Stale, Name: instanceServes, Message: fmt.Sprintf("cannot stop %s: it serves as a %s", s.in.Name, answer.Mode), Hint: "run it again"}
	}
	systemd, err := m.systemd(ctx)
	if err != nil {
		return err
	}
	return systemd.Stop(ctx, units.FileName(s.in.Name))
}

// running is a unit that runs. It is only ever started here: what runs is left
// alone, and so is what systemd is about to start.
type running struct {
	instance string
	// generation is what it is started with.
	generation string
}

func (s *running) key() string {
	return resourceKey(provision.KindRunning, units.FileName(s.instance))
}

func (s *running) plan(v *view) (*provision.Change, error) {
	state, err := v.unit(s.instance)
	if err != nil || state.RunsOrStarts() {
		return nil, err
	}
	before, err := v.look.unit(s.instance)
	if err != nil {
		return nil, err
	}
	summary := units.FileName(s.instance)
	switch {
	case before.RunsOrStarts():
		summary += ", again"
	case before.LoadState == "loaded" && before.ActiveState != "inactive":
		summary += ", which " + before.Summary()
	}
	return &provision.Change{Instance: s.instance, Action: provision.Run, From: isStopped, To: isRunning, Summary: summary}, nil
}

func (s *running) foresee(v *view) {
	state, err := v.unit(s.instance)
	if err != nil {
		return
	}
	state.ActiveState, state.SubState = "active", "running"
	v.putUnit(s.instance, state)
	v.generations[s.instance] = s.generation
}

func (s *running) apply(ctx context.Context, m *Machine) error {
	systemd, err := m.systemd(ctx)
	if err != nil {
		return err
	}
	unit := units.FileName(s.instance)
	state, err := systemd.State(ctx, unit)
	if err != nil {
		return fmt.Errorf("cannot look at unit %s: %w", unit, err)
	}
	waits := state.WaitsForRestart()
	if waits {
		// Otherwise systemd goes on to count the restarts from before it was mended.
		if err := systemd.ResetFailed(ctx, unit); err != nil {
			return fmt.Errorf("cannot reset the restarts of %s: %w", unit, err)
		}
	}
	if err := m.bringUp(ctx, s.instance, "start", systemd.Start); err != nil {
		return err
	}
	if waits {
		_ = systemd.ResetFailed(ctx, unit) // that start was systemd's own, and was counted
	}
	return nil
}

// restarted is a unit that runs with its current generation. It is restarted by one
// job of systemd's, which ends whether or not anybody waits for it.
type restarted struct {
	instance   string
	generation string
	// outdated is the invocation of a process that runs with what is not as it should be,
	// although it was started with the generation; empty where there is none. outdatedBy
	// tells what that is.
	outdated, outdatedBy string
	// asked is the invocation of a process that is to go although nothing changes; empty
	// where there is none.
	asked string
	// pending is set where nobody restarts anything: what comes back by itself is as good
	// as running.
	pending bool
	// change says from which release to which it goes; empty where it stays.
	change string
}

func (r *restarted) key() string {
	return resourceKey(provision.KindRestarted, units.FileName(r.instance))
}

func (r *restarted) plan(v *view) (*provision.Change, error) {
	state, err := v.unit(r.instance)
	if err != nil || !state.RunsOrStarts() && !(r.pending && comesBack(state)) {
		return nil, err // running starts it
	}
	with, err := v.generation(r.instance)
	if err != nil {
		return nil, err
	}
	c := &provision.Change{Instance: r.instance, Action: provision.Again, From: provision.StartedWith(with), To: provision.StartedWith(r.generation), Summary: units.FileName(r.instance)}
	if r.change != "" {
		c.Summary += ", " + r.change
	}
	switch {
	case with != r.generation:
		return c, nil
	case r.outdated != "" && state.InvocationID == r.outdated:
		c.From += ", " + r.outdatedBy
		return c, nil
	case r.asked != "" && state.InvocationID == r.asked:
		c.From, c.To = provision.ProcessOf(r.asked), provision.AnotherProcess
		return c, nil
	}
	return nil, nil
}

func (r *restarted) foresee(v *view) {
	state, err := v.unit(r.instance)
	if err != nil {
		return
	}
	state.InvocationID = ""
	v.putUnit(r.instance, state)
	v.generations[r.instance] = r.generation
}

func (r *restarted) apply(ctx context.Context, m *Machine) error {
	systemd, err := m.systemd(ctx)
	if err != nil {
		return err
	}
	// How often it has ended with what it had says nothing of what it gets, and must not
	// keep systemd from starting it. Where that cannot be forgotten it is restarted as well.
	_ = systemd.ResetFailed(ctx, units.FileName(r.instance))
	if err := m.bringUp(ctx, r.instance, "restart", systemd.Restart); err != nil {
		return err
	}
	// Where it waited to be started again, that start was this one, and was counted.
	_ = systemd.ResetFailed(ctx, units.FileName(r.instance))
	return nil
}

// bringUp starts or restarts an instance, as verb says, and wants it to run then.
func (m *Machine) bringUp(ctx context.Context, instance, verb string, job func(ctx context.Context, unit string) error) error {
	unit := units.FileName(instance)
	if err := job(ctx, unit); err != nil {
		return m.withJournal(ctx, instance, fmt.Errorf("cannot %s %s: %w", verb, unit, err))
	}
	state, err := m.unitState(ctx, instance)
	if err != nil {
		return err
	}
	if state.Held() {
		return fmt.Errorf("cannot %s %s: systemd says that a condition of the unit does not hold", verb, unit)
	}
	if !state.Running() {
		return m.withJournal(ctx, instance, fmt.Errorf("cannot %s %s: it %s", verb, unit, state.Summary()))
	}
	return nil
}

// unitState returns what systemd knows of an instance's unit.
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

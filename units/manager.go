package units

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/dbus"
	godbus "github.com/godbus/dbus/v5"
)

// Limits for contexts without an earlier deadline: a systemd that hangs must
// not hang us.
const (
	// callLimit is for a question and its answer. A reload of a host with
	// thousands of units takes seconds.
	callLimit = 30 * time.Second
	// jobLimit is for a job. An instance's stop may take TimeoutStopSec=, 30 s,
	// and what it needs is started with it.
	jobLimit = 3 * time.Minute
)

// Manager talks to a host's systemd over D-Bus.
type Manager struct {
	bus        bus
	journalctl func(ctx context.Context, args ...string) ([]byte, error)
	close      func()
}

var _ Systemd = (*Manager)(nil)

// bus is the part of go-systemd's connection that Manager uses.
type bus interface {
	GetAllPropertiesContext(ctx context.Context, unit string) (map[string]any, error)
	ListJobsContext(ctx context.Context) ([]dbus.JobStatus, error)
	ReloadContext(ctx context.Context) error
	EnableUnitFilesContext(ctx context.Context, files []string, runtime, force bool) (bool, []dbus.EnableUnitFileChange, error)
	DisableUnitFilesContext(ctx context.Context, files []string, runtime bool) ([]dbus.DisableUnitFileChange, error)
	StartUnitContext(ctx context.Context, name, mode string, done chan<- string) (int, error)
	StopUnitContext(ctx context.Context, name, mode string, done chan<- string) (int, error)
	RestartUnitContext(ctx context.Context, name, mode string, done chan<- string) (int, error)
	ResetFailedUnitContext(ctx context.Context, name string) error
	ListUnitsByPatternsContext(ctx context.Context, states, patterns []string) ([]dbus.UnitStatus, error)
	StartTransientUnitContext(ctx context.Context, name, mode string, properties []dbus.Property, done chan<- string) (int, error)
}

// Connect connects to systemd over the system bus or, for root where that is not
// up yet (at first boot), over systemd's private socket. The context bounds the
// connecting only. The error is ErrNotSystemd where something else is PID 1.
func Connect(ctx context.Context) (*Manager, error) {
	return connect(ctx, "/", dbus.NewWithContext)
}

func connect(ctx context.Context, root string, dial func(context.Context) (*dbus.Conn, error)) (*Manager, error) {
	// The test that sd_booted(3) makes.
	if _, err := os.Stat(filepath.Join(root, "run/systemd/system")); err != nil {
		return nil, ErrNotSystemd
	}
	ctx, stop := context.WithTimeout(ctx, callLimit)
	defer stop()
	// A connection lives as long as the context it was made with.
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	type dialled struct {
		conn *dbus.Conn
		err  error
	}
	done := make(chan dialled, 1)
	go func() {
		conn, err := dial(life)
		done <- dialled{conn, err}
	}()
	select {
	case d := <-done:
		if d.err != nil {
			end()
			return nil, fmt.Errorf("cannot connect to systemd: %w", d.err)
		}
		return &Manager{bus: d.conn, journalctl: journalctl, close: func() { d.conn.Close(); end() }}, nil
	case <-ctx.Done():
		end()
		return nil, fmt.Errorf("cannot connect to systemd: it does not answer: %w", ctx.Err())
	}
}

// Close ends the connection.
func (m *Manager) Close() { m.close() }

// State implements Systemd.
func (m *Manager) State(ctx context.Context, unit string) (State, error) {
	ctx, stop := context.WithTimeout(ctx, callLimit)
	defer stop()
	for {
		props, err := m.bus.GetAllPropertiesContext(ctx, unit)
		if err != nil {
			return State{}, explain("read the state of "+unit, err)
		}
		s, job := stateOf(unit, props), jobOf(props)
		if job == 0 {
			return s, nil
		}
		jobs, err := m.bus.ListJobsContext(ctx)
		if err != nil {
			return State{}, explain("read the job of "+unit, err)
		}
		for _, j := range jobs {
			if j.Id == job {
				s.Job = j.JobType
				return s, nil
			}
		}
		// The job has ended since, and the unit is in another state now.
	}
}

// Reload implements Systemd.
func (m *Manager) Reload(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, callLimit)
	defer stop()
	if err := m.bus.ReloadContext(ctx); err != nil {
		return explain("make systemd read its unit files again", err)
	}
	return nil
}

// Enable implements Systemd. It leaves drop-ins and links that somebody made alone, and
// reloads, as systemd sees the links of units only then.
func (m *Manager) Enable(ctx context.Context, units ...string) error {
	limited, stop := context.WithTimeout(ctx, callLimit)
	defer stop()
	if _, _, err := m.bus.EnableUnitFilesContext(limited, units, false, false); err != nil {
		return explain("enable "+strings.Join(units, " "), err)
	}
	if err := m.Reload(ctx); err != nil {
		return err
	}
	return m.observe(ctx, "enable", units, State.Enabled)
}

// Disable implements Systemd. It reloads, as Enable does.
func (m *Manager) Disable(ctx context.Context, units ...string) error {
	limited, stop := context.WithTimeout(ctx, callLimit)
	defer stop()
	if _, err := m.bus.DisableUnitFilesContext(limited, units, false); err != nil {
		return explain("disable "+strings.Join(units, " "), err)
	}
	if err := m.Reload(ctx); err != nil {
		return err
	}
	return m.observe(ctx, "disable", units, func(s State) bool { return !s.Enabled() })
}

// observe returns an error for the first unit whose state is not as it should be.
func (m *Manager) observe(ctx context.Context, verb string, units []string, as func(State) bool) error {
	for _, u := range units {
		s, err := m.State(ctx, u)
		if err != nil {
			return err
		}
		if !as(s) {
			return fmt.Errorf("cannot %s %s: systemd still calls it %q; see systemctl is-enabled %s", verb, u, s.UnitFileState, u)
		}
	}
	return nil
}

// Start implements Systemd.
func (m *Manager) Start(ctx context.Context, unit string) error {
	return job(ctx, "start", unit, m.bus.StartUnitContext)
}

// Stop implements Systemd.
func (m *Manager) Stop(ctx context.Context, unit string) error {
	return job(ctx, "stop", unit, m.bus.StopUnitContext)
}

// Restart implements Systemd.
func (m *Manager) Restart(ctx context.Context, unit string) error {
	return job(ctx, "restart", unit, m.bus.RestartUnitContext)
}

// Reboot implements Systemd. It does what systemctl reboot does: the method of that name
// would not stop what runs.
func (m *Manager) Reboot(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, callLimit)
	defer stop()
	if _, err := m.bus.StartUnitContext(ctx, "reboot.target", "replace-irreversibly", nil); err != nil {
		return explain("reboot the host", err)
	}
	return nil
}

// ResetFailed implements Systemd.
func (m *Manager) ResetFailed(ctx context.Context, unit string) error {
	ctx, stop := context.WithTimeout(ctx, callLimit)
	defer stop()
	if err := m.bus.ResetFailedUnitContext(ctx, unit); err != nil {
		return explain("reset "+unit, err)
	}
	return nil
}

// job queues a job and waits for its end.
func job(ctx context.Context, verb, unit string, queue func(context.Context, string, string, chan<- string) (int, error)) error {
	ctx, stop := context.WithTimeout(ctx, jobLimit)
	defer stop()
	// Buffered: the connection hears nothing else until somebody took the result.
	done := make(chan string, 1)
	if _, err := queue(ctx, unit, "replace", done); err != nil {
		return explain(verb+" "+unit, err)
	}
	select {
	case result := <-done:
		if result != "done" {
			return &JobError{Verb: verb, Unit: unit, Result: result}
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("cannot %s %s: systemd did not finish in time, its job remains; see systemctl list-jobs: %w", verb, unit, ctx.Err())
	}
}

// explain turns an error of the bus into one that callers may look for with errors.Is.
func explain(what string, err error) error {
	var e godbus.Error
	if errors.As(err, &e) {
		switch e.Name {
		case "org.freedesktop.systemd1.UnitMasked":
			return fmt.Errorf("cannot %s: %w", what, ErrMasked)
		case "org.freedesktop.DBus.Error.AccessDenied", "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired":
			return fmt.Errorf("cannot %s: systemd allows it to root only", what)
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("cannot %s: systemd does not answer: %w", what, err)
	}
	return fmt.Errorf("cannot %s: %w", what, err)
}

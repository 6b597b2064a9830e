package units

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/dbus"
	godbus "github.com/godbus/dbus/v5"
)

// Trial is a program that is run to its end in the sandbox of an instance's unit. It can
// write to none of the instance's folders.
type Trial struct {
	// Name is that of the instance, or of several.
	Name string
	// Command is the program and its arguments, as State.Command has them.
	Command []string
	// Unit is the text of the instance's unit, and DropIns those of its drop-ins: the
	// program has its user, environment, limits and sandbox.
	Unit    []byte
	DropIns [][]byte
	// PrivateNetwork gives the program a network of its own, where no port is taken.
	PrivateNetwork bool
	// Limit is how long it may run; 0 is half a minute.
	Limit time.Duration
}

// Tried is how a Trial ended.
type Tried struct {
	// Failed is set where the program did not end with 0.
	Failed bool `json:"failed"`
	// How tells how it ended, such as "exited with 1"; empty where it did not fail.
	How string `json:"how,omitempty"`
	// Lines are the last that the program wrote, to either stream.
	Lines []string `json:"lines,omitempty"`
}

// trialLimit is that of a Trial without one. A JVM takes a second on a busy machine.
const trialLimit = 30 * time.Second

// Try implements Systemd. The program is a transient unit of Type=oneshot.
func (m *Manager) Try(ctx context.Context, t Trial) (Tried, error) {
	limit := t.Limit
	if limit == 0 {
		limit = trialLimit
	}
	properties, err := t.properties(limit)
	if err != nil {
		return Tried{}, err
	}
	ctx, stop := context.WithTimeout(ctx, limit+callLimit)
	defer stop()
	m.sweepTrials(ctx)
	var refused godbus.Error
	for attempt := 0; ; attempt++ {
		unit := fmt.Sprintf("%s%s-%d-%d.service", trialUnits, t.Name, os.Getpid(), time.Now().UnixNano())
		tried, err := m.try(ctx, unit, properties)
		switch unknown := unknownProperty(err); {
		case err == nil || attempt == maxRefused:
			return tried, err
		case unknown != "":
			// What an older systemd does not know it does not apply to the instance's unit either.
			properties = slices.DeleteFunc(properties, func(p dbus.Property) bool { return p.Name == unknown })
		case errors.As(err, &refused) && t.DropIns != nil:
			// What cannot be used in a file systemd passes over.
			t.DropIns = nil
			if properties, err = t.properties(limit); err != nil {
				return Tried{}, err
			}
		default:
			return tried, err
		}
	}
}

// trialUnits begins the names of the transient units.
const trialUnits = "zkprov-trial-"

// sweepTrials ends what is left of the trials of a process that was killed. One that
// failed with nobody there to see it would be a failed unit of the host until it is booted.
func (m *Manager) sweepTrials(ctx context.Context) {
	left, err := m.bus.ListUnitsByPatternsContext(ctx, nil, []string{trialUnits + "*.service"})
	if err != nil {
		return
	}
	own := fmt.Sprintf("-%d-", os.Getpid())
	for _, u := range left {
		if strings.Contains(u.Name, own) {
			continue // it is tried now
		}
		_ = m.Stop(ctx, u.Name)
		_ = m.ResetFailed(ctx, u.Name)
	}
}

// maxRefused bounds how many settings a systemd may not know, or not take.
const maxRefused = 20

// unknownSetting is how systemd says that it does not know a property, or cannot set it.
var unknownSetting = regexp.MustCompile(`^Cannot set property (\w+), or unknown property`)

// unknownProperty returns the name of the property that systemd does not know; empty for
// any other error.
func unknownProperty(err error) string {
	var e godbus.Error
	if !errors.As(err, &e) || len(e.Body) == 0 {
		return ""
	}
	text, _ := e.Body[0].(string)
	if match := unknownSetting.FindStringSubmatch(text); match != nil {
		return match[1]
	}
	return ""
}

// try starts a transient unit and waits for its end.
func (m *Manager) try(ctx context.Context, unit string, properties []dbus.Property) (Tried, error) {
	output, err := newCapture()
	if err != nil {
		return Tried{}, fmt.Errorf("cannot run %s: %w", unit, err)
	}
	defer output.close()
	descriptor := godbus.MakeVariant(godbus.UnixFD(output.writer.Fd()))
	properties = append(slices.Clone(properties),
		dbus.Property{Name: "StandardOutputFileDescriptor", Value: descriptor},
		dbus.Property{Name: "StandardErrorFileDescriptor", Value: descriptor})
	err = job(ctx, "run", unit, func(ctx context.Context, name, mode string, done chan<- string) (int, error) {
		return m.bus.StartTransientUnitContext(ctx, name, mode, properties, done)
	})
	if ctx.Err() != nil {
		stop, leave := context.WithTimeout(context.WithoutCancel(ctx), callLimit)
		defer leave()
		_ = m.Stop(stop, unit)
		return Tried{}, err
	}
	var failed *JobError
	if err != nil && !errors.As(err, &failed) {
		return Tried{}, err
	}
	tried := Tried{Lines: output.lines()}
	if err == nil {
		return tried, nil
	}
	tried.Failed, tried.How = true, err.Error()
	if state, err := m.State(ctx, unit); err == nil {
		tried.How = "did not end in time"
		if last, ok := state.LastExit(); ok && state.Result != "timeout" {
			tried.How = last.String()
		}
	}
	_ = m.ResetFailed(ctx, unit)
	return tried, nil
}

// properties returns the transient unit but for where its output goes.
func (t Trial) properties(limit time.Duration) ([]dbus.Property, error) {
	if len(t.Command) == 0 {
		return nil, errors.New("cannot try nothing")
	}
	type execStart struct {
		Path string
		Args []string
		// UncleanIsFailure is that of systemd's PropExecStart.
		UncleanIsFailure bool
	}
	all := []dbus.Property{
		transientProperty("Description", "zkprov tries what "+t.Name+" would be started with"),
		transientProperty("Type", "oneshot"),
		transientProperty("ExecStart", []execStart{{t.Command[0], t.Command, false}}),
		transientProperty("TimeoutStartUSec", uint64(limit.Microseconds())),
		transientProperty("TimeoutStopUSec", uint64((5 * time.Second).Microseconds())),
	}
	settings, err := transient(t.Unit, false)
	if err != nil {
		return nil, err
	}
	all = append(all, settings...)
	for _, text := range t.DropIns {
		settings, err := transient(text, true)
		if err != nil {
			return nil, err
		}
		all = append(all, settings...)
	}
	// What it leaves in /tmp goes with it, and it leaves nothing in the data, whatever a drop-in
	// says.
	all = append(all, transientProperty("PrivateTmp", true))
	for _, folder := range WritableOf(t.Unit) {
		all = append(all, transientProperty("ReadOnlyPaths", []string{"-" + folder}))
	}
	if t.PrivateNetwork {
		all = append(all, transientProperty("PrivateNetwork", true))
	}
	return all, nil
}

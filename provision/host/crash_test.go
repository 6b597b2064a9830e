package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// ended is a journaled systemd that noted how processes ended, and counts how often it was
// asked.
type ended struct {
	journaled
	ends  []units.Exit
	asked *int
}

func (e ended) Ends(_ context.Context, _ string, n int) ([]units.Exit, error) {
	*e.asked++
	return e.ends[max(0, len(e.ends)-n):], nil
}

func TestCrash(t *testing.T) {
	now := time.Now()
	exits := func(ago ...time.Duration) (all []units.Exit) {
		for _, d := range ago {
			all = append(all, units.Exit{Time: now.Add(-d), Code: 1, Status: 14})
		}
		return all
	}
	up := func(since time.Duration, restarts int) units.State {
		return units.State{ActiveState: "active", SubState: "running", MainPID: 7, InvocationID: "bb", NRestarts: restarts, ExecMainStart: now.Add(-since)}
	}
	waits := units.State{ActiveState: "activating", SubState: "auto-restart", InvocationID: "aa", NRestarts: 1, ExecMainCode: 1, ExecMainStatus: 1, ExecMainStart: now.Add(-time.Hour)}
	starts := up(0, 2)
	starts.ActiveState, starts.SubState = "activating", "start"
	failed := waits
	failed.ActiveState, failed.SubState, failed.NRestarts, failed.ExecMainStatus = "failed", "failed", 0, 2
	for name, test := range map[string]struct {
		state units.State
		ends  []units.Exit
		times int // 0: it is no crash
		exit  int
		since time.Duration
	}{
		"never ended":                           {state: up(time.Second, 0)},
		"stopped by somebody":                   {state: units.State{ActiveState: "inactive", SubState: "dead", InvocationID: "aa", ExecMainCode: 1, ExecMainStatus: 143}},
		"waits for its restart":                 {state: waits, ends: exits(time.Hour, 3*time.Second), times: 2, exit: 1, since: time.Hour},
		"is given up":                           {state: failed, ends: exits(time.Hour, time.Minute), times: 1, exit: 2, since: time.Minute},
		"was started again just now":            {state: up(2*time.Second, 1), ends: exits(time.Hour, 7*time.Second), times: 1, exit: 14, since: 7 * time.Second},
		"is being started again":                {state: starts, ends: exits(time.Minute, 7*time.Second), times: 2, exit: 14, since: time.Minute},
		"was started again, and is well":        {state: up(2*time.Minute, 1), ends: exits(125 * time.Second)},
		"was started again an hour ago":         {state: up(time.Hour, 3), ends: exits(90*time.Minute, 80*time.Minute, time.Hour)},
		"ends every few minutes":                {state: up(2*time.Minute, 3), ends: exits(9*time.Minute, 5*time.Minute, 2*time.Minute), times: 3, exit: 14, since: 9 * time.Minute},
		"ended every few seconds, and is well":  {state: up(2*time.Minute, 4), ends: exits(150*time.Second, 142*time.Second, 134*time.Second, 126*time.Second)},
		"ended every few seconds until now":     {state: up(50*time.Second, 4), ends: exits(80*time.Second, 72*time.Second, 64*time.Second, 56*time.Second), times: 4, exit: 14, since: 80 * time.Second},
		"has ended that often, long ago":        {state: up(2*time.Minute, 3), ends: exits(9*time.Hour, 5*time.Hour, 2*time.Minute)},
		"a systemd that notes nothing":          {state: waits, times: 2, exit: 1},
		"a systemd that notes nothing, runs":    {state: up(2*time.Second, 4), times: 4},
		"a systemd that notes nothing, is well": {state: up(2*time.Minute, 4)},
	} {
		asked := 0
		lines := append(said("aa", broken()...), said("bb", "Starting ZooKeeper")...)
		m := &Machine{Systemd: ended{journaled{lines: lines}, test.ends, &asked}}
		c, err := m.crash(t.Context(), "zookeeper-1", test.state)
		if err != nil {
			t.Fatal(err)
		}
		if (c != nil) != (test.times > 0) {
			t.Errorf("%s: %+v", name, c)
		}
		if c == nil {
			continue
		}
		if c.Times != test.times || c.Exit.Status != test.exit || c.Up != (test.state.MainPID != 0) {
			t.Errorf("%s: %+v", name, c)
		}
		if test.since == 0 != c.Since.IsZero() || test.since != 0 && !c.Since.Equal(now.Add(-test.since)) {
			t.Errorf("%s: since %s", name, c.Since)
		}
		// Why it ended is told of the attempt before, where it runs again.
		if c.Ending == nil || c.Ending.Name != "snapshot-unusable" || len(c.Words) == 0 || len(c.Words) > crashWords {
			t.Errorf("%s: %+v, %q", name, c.Ending, c.Words)
		}
		for _, line := range c.Words {
			if aside(line) {
				t.Errorf("%s: its words have %q", name, line)
			}
		}
		if again, err := m.crash(t.Context(), "zookeeper-1", test.state); err != nil || again == nil || asked != 1 {
			t.Errorf("%s: asked again: %+v, %v, the journal was read %d times", name, again, err, asked)
		}
	}
}

// mended is a systemd whose one unit waits for its restart until it is started.
type mended struct {
	journaled
	calls []string
}

func (m *mended) State(context.Context, string) (units.State, error) { return m.state, nil }

func (m *mended) ResetFailed(context.Context, string) error {
	m.calls = append(m.calls, "reset")
	return nil
}

func (m *mended) Start(context.Context, string) error {
	m.calls = append(m.calls, "start")
	m.state = units.State{ActiveState: "active", SubState: "running", ConditionResult: true}
	return nil
}

// TestCrashOfAnotherUnit tells of an end only where the server has the unit still with which it ended.
func TestCrashOfAnotherUnit(t *testing.T) {
	now := time.Now()
	asked := 0
	m := &Machine{Root: t.TempDir(), Systemd: ended{journaled{}, []units.Exit{{Time: now.Add(-10 * time.Second), Code: 1, Status: 1}}, &asked}}
	unit := m.path(units.Path("zookeeper-1"))
	if err := errors.Join(os.MkdirAll(filepath.Dir(unit), 0o755), os.WriteFile(unit, []byte("[Service]\n"), 0o644)); err != nil {
		t.Fatal(err)
	}
	state := units.State{ActiveState: "active", SubState: "running", MainPID: 7, InvocationID: "bb", NRestarts: 1, ExecMainStart: now.Add(-5 * time.Second)}
	for written, told := range map[time.Duration]bool{-time.Hour: true, -7 * time.Second: false} {
		if err := os.Chtimes(unit, now, now.Add(written)); err != nil {
			t.Fatal(err)
		}
		c, err := m.crash(t.Context(), "zookeeper-1", state)
		if err != nil || (c != nil) != told {
			t.Errorf("with a unit of %s: %+v, %v", written, c, err)
		}
	}
}

// TestStartForgetsRestarts starts a server that systemd is about to start once more: the
// restarts from before it was mended must not count, nor that start, which systemd makes.
func TestStartForgetsRestarts(t *testing.T) {
	for sub, want := range map[string][]string{"auto-restart": {"reset", "start", "reset"}, "start": {"start"}} {
		s := &mended{journaled: journaled{state: units.State{ActiveState: "activating", SubState: sub, NRestarts: 7}}}
		if err := (&running{instance: "zookeeper-1"}).apply(t.Context(), &Machine{Systemd: s}); err != nil || !slices.Equal(s.calls, want) {
			t.Errorf("%s: %v, %q", sub, err, s.calls)
		}
	}
}

// brief is a systemd whose one unit was started, and ended at once.
type brief struct{ ended }

func (b brief) State(context.Context, string) (units.State, error) { return b.state, nil }

// TestEndsBeforeItIsSeen lets a server end after its start and before it is looked at again:
// what is told is why.
func TestEndsBeforeItIsSeen(t *testing.T) {
	asked := 0
	waits := units.State{LoadState: "loaded", ActiveState: "activating", SubState: "auto-restart", InvocationID: "aa", ExecMainCode: 1, ExecMainStatus: 1}
	m := &Machine{Systemd: brief{ended{journaled{state: waits, lines: said("aa", broken()...)}, nil, &asked}}}
	var e *provision.Error
	err := m.verify(t.Context(), &running{instance: "zookeeper-1"})
	if !errors.As(err, &e) || e.Name != "snapshot-unusable" || len(e.Detail) == 0 || !strings.HasPrefix(e.Message, "cannot start zookeeper-1.service, which is activating (auto-restart): its process exited with 1") {
		t.Errorf("got %+v", err)
	}
}

// TestFounderTookItsMarker lets a server of a first bootstrap take its marker before it is
// looked at again: it runs, as it was told to.
func TestFounderTookItsMarker(t *testing.T) {
	s := &mended{}
	m := &Machine{Systemd: s, Root: t.TempDir()}
	r := &running{instance: "zookeeper-1"}
	if err := errors.Join(r.apply(t.Context(), m), m.verify(t.Context(), r)); err != nil {
		t.Error(err)
	}
}

package host_test

import (
	"context"
	"slices"
	"testing"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
	"github.com/zkprov/zkprov/units/unitstest"
)

// TestPending has a server that ended, and that systemd starts again in some seconds, while
// something is staged for it. Who restarts nothing leaves it to come back with what it ran
// with, unless it ends again and again.
func TestPending(t *testing.T) {
	for name, test := range map[string]struct {
		pending bool
		ends    int
		starts  bool // with what is staged
	}{
		"it comes back":           {true, 1, false},
		"it ends again":           {true, 2, false},
		"it ends again and again": {true, 4, true},
		"somebody watches":        {false, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.bootstrap(t, h.plan(t))
			h.systemctl(t, h.systemd.End(unitName, 1))
			h.Systemd = again{h.systemd, test.ends - 1}
			h.setHeap("300m")
			h.task.Pending = test.pending
			p := h.plan(t)
			starts := slices.ContainsFunc(p.Changes, func(c provision.Change) bool { return c.Kind() == provision.KindRunning })
			restarts := slices.ContainsFunc(p.Changes, func(c provision.Change) bool { return c.Kind() == provision.KindRestarted })
			if starts != test.starts || restarts == test.starts || (len(p.Restarts) > 0) == test.starts {
				t.Errorf("it is started: %t, restarted: %t, %v", starts, restarts, p.Restarts)
			}
		})
	}
}

// again is a systemd that starts its one unit again in a moment, as it has done a number of
// times.
type again struct {
	*unitstest.Systemd
	restarts int
}

func (a again) State(ctx context.Context, name string) (units.State, error) {
	state, err := a.Systemd.State(ctx, name)
	state.ActiveState, state.SubState, state.NRestarts = "activating", "auto-restart", a.restarts
	return state, err
}

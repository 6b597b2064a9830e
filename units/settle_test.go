package units

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// script is a unit whose state depends on the time since the test began.
type script struct {
	began time.Time
	steps []step
	err   error
}

type step struct {
	at    time.Duration
	state State
}

func (s script) State(_ context.Context, unit string) (State, error) {
	var now State
	for _, x := range s.steps {
		if time.Since(s.began) >= x.at {
			now = x.state
		}
	}
	now.Unit, now.LoadState = unit, "loaded"
	return now, s.err
}

func TestSettle(t *testing.T) {
	up := State{ActiveState: "active", SubState: "running", InvocationID: "01"}
	again := State{ActiveState: "active", SubState: "running", InvocationID: "02", NRestarts: 1}
	starting := State{ActiveState: "activating", SubState: "start", InvocationID: "01"}
	waiting := State{ActiveState: "activating", SubState: "auto-restart", ExecMainCode: 1, ExecMainStatus: 1}
	failed := State{ActiveState: "failed", SubState: "failed", Result: "exit-code", ExecMainCode: 1, ExecMainStatus: 2}
	held := State{ActiveState: "inactive", SubState: "dead", ConditionTimestamp: time.Unix(1, 0)}
	lost := errors.New("lost")

	const ms = time.Millisecond
	tests := map[string]struct {
		script script
		want   string // the error; empty: it settled
		after  time.Duration
	}{
		"runs":                 {script{steps: []step{{0, up}}}, "", 1000 * ms},
		"runs after a while":   {script{steps: []step{{0, starting}, {400 * ms, up}}}, "", 1400 * ms},
		"bad configuration":    {script{steps: []step{{0, up}, {300 * ms, failed}}}, "cannot keep a up: it is failed: its process exited with 2 (ZooKeeper cannot use its configuration)", 300 * ms},
		"ends at once":         {script{steps: []step{{0, failed}}}, "cannot keep a up: it is failed: its process exited with 2 (ZooKeeper cannot use its configuration)", 0},
		"will be restarted":    {script{steps: []step{{0, waiting}}}, "cannot keep a up: it is activating (auto-restart): its process exited with 1 (an error that ZooKeeper did not expect, such as a client port in use)", 0},
		"was restarted":        {script{steps: []step{{0, up}, {500 * ms, again}}}, "cannot keep a up: it ended and systemd started it again", 500 * ms},
		"fails while starting": {script{steps: []step{{0, starting}, {100 * ms, failed}}}, "cannot keep a up: it is failed: its process exited with 2 (ZooKeeper cannot use its configuration)", 100 * ms},
		"starts again":         {script{steps: []step{{0, up}, {100 * ms, starting}}}, "cannot keep a up: it is activating (start)", 100 * ms},
		"held back":            {script{steps: []step{{0, held}}}, "cannot keep a up: it was not started, as a condition of its unit does not hold", 0},
		"never up":             {script{steps: []step{{0, starting}}}, "cannot see a settle: it is activating (start): context deadline exceeded", 2010 * ms},
		"bus lost":             {script{err: lost}, "lost", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithTimeout(t.Context(), 2010*ms)
				defer stop()
				test.script.began = time.Now()
				state, err := Settle(ctx, test.script, "a", time.Second)
				if took := time.Since(test.script.began); took != test.after {
					t.Errorf("took %v, want %v", took, test.after)
				}
				if err == nil {
					err = errors.New("")
					if !state.Running() {
						t.Errorf("settled as %+v", state)
					}
				}
				if err.Error() != test.want {
					t.Errorf("error is %q, want %q", err, test.want)
				}
			})
		})
	}
}

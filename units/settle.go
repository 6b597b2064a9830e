package units

import (
	"context"
	"fmt"
	"time"
)

// settleInterval is the time between two looks at a unit.
const settleInterval = 50 * time.Millisecond

// SettleError means that a unit did not stay up.
type SettleError struct {
	// State is the last one that was seen. It has how the process ended.
	State State
	// Restarted is set where systemd has already started the unit again.
	Restarted bool
}

func (e *SettleError) Error() string {
	if e.Restarted {
		return fmt.Sprintf("cannot keep %s up: it ended and systemd started it again", e.State.Unit)
	}
	return fmt.Sprintf("cannot keep %s up: it %s", e.State.Unit, e.State.Summary())
}

// Settle watches a unit that was just started until it has run for the whole of settle
// without an end or a restart. It returns early with a *SettleError when the unit
// fails, is restarted, or was not started at all. The State is the last one that was
// seen, also beside an error.
//
// While the unit is being started Settle waits as long as the context allows; give it a
// deadline.
func Settle(ctx context.Context, systemd interface {
	State(ctx context.Context, unit string) (State, error)
}, unit string, settle time.Duration) (State, error) {
	tick := time.NewTicker(settleInterval)
	defer tick.Stop()
	var first, last State
	var upSince time.Time
	for {
		now, err := systemd.State(ctx, unit)
		if err != nil {
			return last, err
		}
		last = now
		switch {
		case now.Running() && first.InvocationID == "":
			first, upSince = now, time.Now()
		case now.Running() && now.InvocationID != first.InvocationID:
			return now, &SettleError{State: now, Restarted: true}
		case now.Running() && time.Since(upSince) >= settle:
			return now, nil
		case now.Running():
		case first.InvocationID == "" && now.ActiveState == "activating" && now.SubState != "auto-restart":
			// Type=exec: the process is not java yet.
		default:
			return now, &SettleError{State: now}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return last, fmt.Errorf("cannot see %s settle: it %s: %w", unit, last.Summary(), ctx.Err())
		}
	}
}

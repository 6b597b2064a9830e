package fleet

import (
	"context"
	"errors"
	"time"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// lockPiece is how long another run is waited for before it is looked anew what it
// does.
const lockPiece = 30 * time.Second

// lockHost keeps other runs off a host.
func (r *run) lockHost(ctx context.Context, h *inventory.Host) error {
	_, err := ask(ctx, r, h, "give its lock", r.LockTimeout, func(ctx context.Context, agent provision.Agent) (struct{}, error) {
		return struct{}{}, patientLock(ctx, agent, r.task(h), r.LockTimeout, func(text string) {
			r.report(Event{Kind: Progress, Host: h.Name, Text: h.Name + ": " + text})
		})
	})
	return err
}

// patientLock waits for another run to end, and says whom it waits for.
func patientLock(ctx context.Context, agent provision.Agent, t provision.Task, patience time.Duration, say func(string)) error {
	var piece time.Duration // the first try does not wait
	for {
		err := agent.Lock(ctx, t, piece)
		var held *provision.Error
		if !errors.As(err, &held) || held.Kind != provision.Locked || patience <= 0 {
			return err
		}
		say("waits for another run, " + provision.Roughly(patience) + " at most: " + held.Message)
		piece = min(lockPiece, patience)
		patience -= piece
	}
}

package fleet

import (
	"context"
	"fmt"
	"time"

	"github.com/zkprov/zkprov/internal/await"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// lookLimit bounds one look at a host. It takes some dozen milliseconds; what hangs
// there, such as a name service or a disk, must not hang the whole run.
const lookLimit = 30 * time.Second

// ask asks a host for something that takes a moment, and bounds the wait for it
// by lookLimit and what it may wait for there. Where only looks are left and the
// session is lost, it is asked once more over a new one.
func ask[T any](ctx context.Context, r *run, h *inventory.Host, what string, patience time.Duration, ask func(context.Context, provision.Agent) (T, error)) (T, error) {
	agent := r.on(h)
	answer, err := askOnce(ctx, r, h, what, patience, ask)
	if lost(err) && r.again(ctx, h, agent, err) {
		return askOnce(ctx, r, h, what, patience, ask)
	}
	return answer, err
}

func askOnce[T any](ctx context.Context, r *run, h *inventory.Host, what string, patience time.Duration, ask func(context.Context, provision.Agent) (T, error)) (T, error) {
	limit := lookLimit + patience
	bounded, cancel := r.pulse.within(ctx, limit)
	defer cancel()
	agent := r.on(h)
	// A system call that hangs does not end with its context.
	answer, err := await.Call(bounded, func() (T, error) { return ask(bounded, agent) })
	if err == nil || bounded.Err() == nil || ctx.Err() != nil {
		return answer, err
	}
	if err = r.pulse.silent(h); err == nil {
		err = &provision.Error{Kind: provision.Unreachable, Name: hostHangs,
			Message: fmt.Sprintf("%s did not %s within %s", h.Name, what, limit),
			Hint:    "something hangs there, such as a name service or a disk; log in and see"}
	}
	return answer, err
}

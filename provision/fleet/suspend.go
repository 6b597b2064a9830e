package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/remote"
)

// suspendedLeast is the gap between two looks at the clock that is no slow machine,
// but a process that was stopped (SIGSTOP, Ctrl-Z) or a machine that slept.
const suspendedLeast = 10 * time.Second

const suspendedRun = "suspended"

// clock returns a time that goes on while this process is stopped and while its machine
// sleeps.
func (r *run) clock() time.Duration {
	if r.Clock != nil {
		return r.Clock()
	}
	return sinceBoot()
}

// slept returns how long this process was suspended since the last look; 0 where it was
// not.
func (p *pulse) slept() time.Duration {
	now := p.r.clock()
	gap := now - p.clock
	p.clock = now
	if gap < suspendedLeast {
		return 0
	}
	p.suspended += gap
	return gap
}

// afterSuspension adds to the failures of a run why hosts were lost: their far sides
// leave where they hear nothing for remote.Silence, and give their locks back.
func (p *pulse) afterSuspension(err error) error {
	p.look(false)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.suspended == 0 || !lostAny(err) {
		return err
	}
	return errors.Join(err, &provision.Error{Kind: provision.Failed, Name: suspendedRun,
		Message: fmt.Sprintf("this run was suspended for %s; a host that hears nothing for %s finishes the step it is in, leaves and gives its lock back, so nothing more was changed", provision.Roughly(p.suspended), remote.Silence),
		Hint:    "run the same command again, it goes on from what is there"})
}

// lostAny reports whether a host was lost.
func lostAny(err error) bool {
	for _, one := range provision.Split(err) {
		var e *provision.Error
		if errors.As(one, &e) && (e.Kind == provision.Unknown || e.Kind == provision.Unreachable) {
			return true
		}
	}
	return false
}

// errOverlong ends a context of within.
var errOverlong = errors.New("it took too long")

// within returns a context that ends, caused by errOverlong, once this run was awake for
// limit: the time in which it was suspended is nobody's fault.
func (p *pulse) within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancelCause(ctx)
	begin := p.wakeful()
	go func() {
		for left := limit; left > 0; left = limit - (p.wakeful() - begin) {
			timer := time.NewTimer(left)
			select {
			case <-ctx.Done():
				timer.Stop()
				return
			case <-timer.C:
			}
		}
		end(errOverlong)
	}()
	return ctx, func() { end(context.Canceled) }
}

// wakeful returns how long the run has been at work.
func (p *pulse) wakeful() time.Duration {
	p.look(false)
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.awake
}

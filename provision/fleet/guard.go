package fleet

import (
	"context"
	"slices"
	"time"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

const (
	// guardEvery is how often the gates before a restart are judged again while what comes
	// before it is made. Where they lack something guardTimes in a row, they hold no more:
	// a server on a busy disk may once not answer in time.
	guardEvery = 500 * time.Millisecond
	guardTimes = 4
)

// guarded makes the changes of a step. Where a copy of data is made before a restart, which
// may take minutes, the gates before it have to hold until the restart begins: the host is
// told to stop before that where they do not, and held is why.
func (r *run) guarded(ctx context.Context, o *Outcome, step plan.Step, left func(host string) []provision.Change) (err, held error) {
	copies := slices.ContainsFunc(step.Changes, func(h plan.HostChanges) bool {
		return slices.ContainsFunc(h.Changes, func(c provision.Change) bool { return c.Kind() == provision.KindCopy })
	})
	if !copies || !step.Restarts() {
		return r.carryOut(ctx, o, step, left), nil
	}
	bound, stop := context.WithCancel(ctx)
	defer stop()
	over, found := make(chan struct{}), make(chan error, 1)
	go func() { found <- r.guard(o, step, over, stop) }()
	err = r.carryOut(bound, o, step, left)
	close(over)
	if held = <-found; err == nil || ctx.Err() != nil {
		held = nil // it was too late, or is nobody's to hear
	}
	return err, held
}

// guard judges the gates before a restart until it is over or the restart has begun. Where
// one holds no more it calls stop, and returns the error.
func (r *run) guard(o *Outcome, step plan.Step, over <-chan struct{}, stop func()) error {
	tick := time.NewTicker(guardEvery)
	defer tick.Stop()
	w := r.watch
	for lacked := 0; ; {
		select {
		case <-over:
			return nil
		case <-tick.C:
		}
		if o.begunBy(r) != nil {
			return nil
		}
		s, complete := w.scene(time.Now())
		lacks, of := "", plan.Gate{}
		for _, g := range step.Before {
			if text := g.Lacks(s); text != "" && complete {
				lacks, of = text, g
				break
			}
		}
		if lacked++; lacks == "" {
			lacked = 0
		}
		if lacked == guardTimes {
			stop()
			return r.notSpared(&unmet{of, lacks, "while what comes before its restart was made", s, w.errors()})
		}
	}
}

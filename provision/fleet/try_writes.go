package fleet

import (
	"context"
	"errors"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

const (
	// writeEvery is how often a write is tried during a roll, writeAgain the pause after
	// one that failed, and writeLimit bounds one.
	writeEvery = time.Second
	writeAgain = 200 * time.Millisecond
	writeLimit = 5 * time.Second
	// writesFailAfter is how long no write has gone through when that is told.
	writesFailAfter = time.Second
)

// tryWrites tries a write again and again, through one serving server after the other, as
// a client would. It leaves nothing in the ensemble.
func (g *rolling) tryWrites(ctx context.Context) {
	for n := 0; ; n++ {
		pause := writeAgain
		if through, writer := g.writer(n); writer != nil {
			err := g.tryWrite(ctx, through, writer)
			if ctx.Err() != nil {
				return
			}
			if g.wrote(err) {
				pause = writeEvery
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// writer returns the n-th of the servers that serve and whose host can try a write.
func (g *rolling) writer(n int) (inventory.Member, provision.WriteTester) {
	seen, _ := g.watch.scene(time.Now())
	var serve []inventory.Member
	var writers []provision.WriteTester
	for _, m := range g.r.Ensemble.Members() {
		a := seen.Reports[m.Instance.ID].Answer
		if writer, can := g.r.agent(m.Host).(provision.WriteTester); can && a.Serving && a.Mode != ensemble.ReadOnly {
			serve, writers = append(serve, m), append(writers, writer)
		}
	}
	if len(serve) == 0 {
		return inventory.Member{}, nil
	}
	return serve[n%len(serve)], writers[n%len(serve)]
}

func (g *rolling) tryWrite(ctx context.Context, through inventory.Member, writer provision.WriteTester) error {
	ctx, cancel := context.WithTimeout(ctx, writeLimit)
	defer cancel()
	return writer.TryWrite(ctx, g.r.task(through.Host), through.Instance.ID)
}

// wrote takes the end of a write, and reports whether the next one has time.
func (g *rolling) wrote(err error) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	w := &g.roll.Writes
	switch {
	case err == nil:
		*w = Writes{State: WritesOK}
	case notPermitted(err):
		*w = Writes{State: WritesNotPermitted}
	case errors.Is(err, provision.ErrNoWriteTest):
		*w = Writes{}
	default:
		// A server may have ended since it was seen to serve, and another takes the next.
		if now := time.Now(); g.failing.IsZero() {
			g.failing = now
		} else if now.Sub(g.failing) >= writesFailAfter {
			*w = Writes{State: WritesFail, Since: g.failing, Error: err.Error()}
		}
		return false
	}
	g.failing = time.Time{}
	return true
}

// The states of Writes.
const (
	WritesOK           = "ok"
	WritesFail         = "failing"
	WritesNotPermitted = "not permitted"
)

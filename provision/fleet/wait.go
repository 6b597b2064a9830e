package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/plan"
	"github.com/zkprov/zkprov/provision/zoocfg"
)

// FormLimit is how long the servers get to form a quorum: the longest initLimit
// of the ensemble, which bounds the copying from the leader, and 30 s for the
// JVMs and the election.
func FormLimit(e *inventory.Ensemble) time.Duration {
	var longest time.Duration
	for _, m := range e.Members() {
		limits := zoocfg.Limits(m.Instance)
		longest = max(longest, limits.Init)
	}
	return longest + 30*time.Second
}

// unmet is a gate that did not hold.
type unmet struct {
	gate plan.Gate
	// lacks is what it lacked last, why how the wait ended.
	lacks, why string
	scene      plan.Scene
	asked      map[string]error
}

func (u *unmet) Error() string { return fmt.Sprintf("%s: %s", u.gate, u.why) }

// await waits until a gate holds, and returns the ensemble as it was then. The error is
// an *unmet, or that of ctx.
func (r *run) await(ctx context.Context, g plan.Gate) (plan.Scene, error) {
	user := ctx
	ctx, cancel := r.pulse.within(ctx, g.Within)
	defer cancel()
	w := r.watching()
	begin := time.Now()
	var since time.Time // the condition holds without a break since then
	said := ""
	var settled <-chan time.Time
	for {
		s, complete := w.scene(time.Now())
		if g.Lacks(s) != "" {
			since = time.Time{}
		} else if since.IsZero() {
			since = time.Now()
		}
		if !since.IsZero() {
			s.Held = time.Since(since)
		}
		lacks := g.Judge(s)
		r.rolling.lacks(g, lacks, begin)
		switch {
		case !complete:
			// Nothing to tell before everybody was asked once.
		case lacks == "":
			return s, user.Err() // who has interrupted it wants nothing that comes next
		default:
			if stands := g.Stands(s, lacks); stands != said {
				said = stands
				r.report(Event{Kind: Progress, Text: lacks, Took: time.Since(begin)})
			}
			if ended := g.Ended(s); ended != "" {
				return s, &unmet{g, lacks, ended, s, w.errors()}
			}
		}
		settled = nil
		if left := g.Settle - s.Held; !since.IsZero() && left > 0 {
			settled = time.After(left)
		}
		select {
		case <-ctx.Done():
			if err := user.Err(); err != nil {
				return s, err
			}
			s, _ = w.scene(time.Now())
			return s, &unmet{g, lacks, g.Late(s), s, w.errors()}
		case <-w.news:
		case <-settled:
		}
		// Where this run was suspended, what was seen before is forgotten: it is no sign
		// that a server has settled.
		r.pulse.look(false)
	}
}

// pass waits for gates one after the other.
func (r *run) pass(ctx context.Context, o *Outcome, gates []plan.Gate) error {
	r.look(true)
	defer r.look(false)
	for _, g := range gates {
		err := r.step(g.Title(), func() error {
			if g.Kind == plan.Written {
				return r.passWrite(ctx, o, g)
			}
			s, err := r.await(ctx, g)
			o.Verdict, o.missing = &s.Verdict, s.Missing()
			var u *unmet
			if errors.As(err, &u) {
				switch g.Kind {
				case plan.Spared:
					err = r.notSpared(u)
				case plan.Back, plan.InSync:
					err = r.notBack(u)
				default:
					err = r.way.unmet(ctx, u)
				}
			}
			if err != nil {
				return err
			}
			r.unaskedOf(s.Verdict)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// unaskedOf marks the hosts that were lost while a gate was waited for that holds
// without them.
func (r *run) unaskedOf(v ensemble.Verdict) {
	gone := r.watch.lost()
	for _, h := range r.hosts() {
		if err := gone[h.Name]; err != nil && r.failure(h) == nil {
			r.fail(h, unasked(h, v, err))
		}
	}
}

package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/zoocfg"
)

// flapping is how many automatic restarts of a unit, while it is waited for, end
// the wait.
const flapping = 2

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
	gate Gate
	// lacks is what it lacked last, why how the wait ended.
	lacks, why string
	scene      scene
	asked      map[string]error
}

func (u *unmet) Error() string { return fmt.Sprintf("%s: %s", u.gate, u.why) }

// await waits until a gate holds, and returns the ensemble as it was then. The error is
// an *unmet, or that of ctx.
func (r *run) await(ctx context.Context, g Gate) (scene, error) {
	user := ctx
	ctx, cancel := r.pulse.within(ctx, g.Within)
	defer cancel()
	w := r.watching()
	begin := time.Now()
	var since time.Time // the condition holds without a break since then
	said := ""
	var settled <-chan time.Time
	for {
		s := w.scene(time.Now())
		if g.lacks(s) != "" {
			since = time.Time{}
		} else if since.IsZero() {
			since = time.Now()
		}
		if !since.IsZero() {
			s.held = time.Since(since)
		}
		lacks := g.judge(s)
		switch {
		case !w.complete():
			// Nothing to tell before everybody was asked once.
		case lacks == "":
			return s, nil
		default:
			if stands := g.stands(s, lacks); stands != said {
				said = stands
				r.report(Event{Kind: Progress, Text: lacks, Took: time.Since(begin)})
			}
			if ended := g.ended(s); ended != "" {
				return s, &unmet{g, lacks, ended, s, w.errors()}
			}
		}
		settled = nil
		if left := g.Settle - s.held; !since.IsZero() && left > 0 {
			settled = time.After(left)
		}
		select {
		case <-ctx.Done():
			if err := user.Err(); err != nil {
				return s, err
			}
			s = w.scene(time.Now())
			return s, &unmet{g, lacks, g.late(s), s, w.errors()}
		case <-w.news:
			// Where this run was suspended, what was seen before is forgotten.
			r.pulse.look(false)
		case <-settled:
		}
	}
}

// stands returns what tells one report of a wait from the next. Why a server of a host
// to come is silent changes all the time, that it is does not.
func (g Gate) stands(s scene, lacks string) string {
	if g.Kind == Joined {
		return fmt.Sprint(s.verdict.Serving, s.verdict.Leader, s.missing())
	}
	return lacks
}

// late returns how the wait for the gate ended when its time was over.
func (g Gate) late(s scene) string {
	what := "it is not so that " + g.String()
	if g.Kind == Formed {
		what = "no quorum"
		if s.verdict.Quorum {
			what = "not all are well"
		}
		if first := firstOf(s.unsteady); s.verdict.FormedBut() && first != "" {
			return fmt.Sprintf("%s, and that has not changed within %s", first, g.Within)
		}
	}
	return fmt.Sprintf("%s within %s", what, g.Within)
}

// ended names a server that the gate is about and that will not come up by waiting.
func (g Gate) ended(s scene) string {
	if g.Kind == Joined {
		return "" // the hosts to come may be what it waits for
	}
	for _, m := range s.e.Members() {
		if (g.Kind == Back || g.Kind == InSync) && !slices.Contains(g.Instances, m.Instance.Name) {
			continue
		}
		report, ok := s.reports[m.Instance.ID]
		switch u := report.Unit; {
		case !ok:
		case u.ActiveState == "failed":
			return fmt.Sprintf("%s on %s %s", m.Instance.Name, m.Host.Name, u.Summary()) + because(report.Crash)
		case u.NRestarts >= flapping:
			return fmt.Sprintf("%s on %s does not stay up: systemd has restarted it %d times", m.Instance.Name, m.Host.Name, u.NRestarts) + because(report.Crash)
		case report.Crash != nil && report.Crash.Ending != nil && report.Crash.Ending.Lasting && !report.Crash.Up:
			return fmt.Sprintf("%s on %s does not come up: it %s", m.Instance.Name, m.Host.Name, report.Crash.Exit) + because(report.Crash)
		}
	}
	return ""
}

// because follows on how a server ended, where it is known why.
func because(c *provision.Crash) string {
	if c == nil || c.Ending == nil {
		return ""
	}
	return ": " + c.Ending.Cause + " [" + c.Ending.Name + "]"
}

// pass waits for gates one after the other.
func (r *run) pass(ctx context.Context, o *Outcome, gates []Gate) error {
	r.look(true)
	defer r.look(false)
	for _, g := range gates {
		err := r.step(g.step(), func() error {
			if g.Kind == Written {
				return r.passWrite(ctx, o, g)
			}
			s, err := r.await(ctx, g)
			o.Verdict, o.missing = &s.verdict, s.missing()
			var u *unmet
			if errors.As(err, &u) {
				err = r.way.unmet(ctx, u)
			}
			if err != nil {
				return err
			}
			r.unaskedOf(s.verdict)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// step names the wait for the gate as a part of a run.
func (g Gate) step() string {
	switch g.Kind {
	case Formed, Joined:
		return "form the quorum"
	case Written:
		if g.Instances == nil {
			return "write and read back through every server"
		}
	}
	return "wait until " + g.String()
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

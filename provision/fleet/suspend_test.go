package fleet

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// asleep is a clock that a test moves while nothing else goes on: as if this process
// was stopped.
type asleep struct{ at atomic.Int64 }

func (a *asleep) now() time.Duration { return time.Duration(a.at.Load()) }

// stop suspends the run: the clock jumps, the time of the test passes as it would for
// timers of a process that was stopped.
func (a *asleep) stop(d time.Duration) { a.at.Add(int64(d)) }

// TestSuspendedInWait suspends a run while it waits for the quorum. What was seen
// before is forgotten, and the limit of the wait is not used up.
func TestSuspendedInWait(t *testing.T) {
	inTime(t, "", func(t *testing.T) {
		f, hs := newFleet(t)
		var clock asleep
		f.Clock = clock.now
		f.Timeout = 30 * time.Second
		var told []string
		f.Report = func(e Event) {
			if e.Kind == Progress {
				told = append(told, e.Text)
			}
		}
		// Three serve before; after it zk1 does and another does not yet. Old and new
		// answers together would look like a quorum.
		var suspended atomic.Bool
		mixed := make(chan struct{})
		hs.byName["zk1"].reports = func(n int) []provision.Report {
			if n >= 5 {
				if suspended.CompareAndSwap(false, true) {
					clock.stop(time.Minute)
					time.AfterFunc(5*time.Second, func() { close(mixed) })
				}
				return []provision.Report{well(1)}
			}
			return []provision.Report{starting(1)}
		}
		hs.byName["zk2"].reports = func(int) []provision.Report {
			select {
			case <-mixed:
				return []provision.Report{well(2)}
			default:
			}
			if suspended.Load() {
				return []provision.Report{starting(2)}
			}
			return []provision.Report{well(2)}
		}
		hs.byName["zk2"].during = func(_ context.Context, call string) {
			if call == "probe" && suspended.Load() {
				time.Sleep(time.Second) // zk1 answers first
			}
		}
		begin := time.Now()
		if _, err := f.Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took < 5*time.Second {
			t.Errorf("it was content after %s with what it saw before", took)
		}
		n := 0
		for _, text := range told {
			if text == "this run was suspended for 1 min: what it saw before is asked anew" {
				n++
			}
		}
		if n != 1 {
			t.Errorf("told was %q", told)
		}
	})
}

// TestSuspendedAnswer has an answer wait in the pipe while the run is suspended: it
// tells how a server was before, and counts for nothing.
func TestSuspendedAnswer(t *testing.T) {
	inTime(t, "", func(t *testing.T) {
		f, hs := newFleet(t)
		c := newIce(hs)
		var clock asleep
		f.Connector, f.Clock, f.Timeout = c, clock.now, 30*time.Second
		var woken, well2 atomic.Bool
		hs.byName["zk1"].reports = func(int) []provision.Report {
			if woken.Load() {
				return []provision.Report{well(1)}
			}
			return []provision.Report{starting(1)}
		}
		hs.byName["zk2"].reports = func(n int) []provision.Report {
			switch {
			case n == 3:
				c.freeze("zk2", true) // this answer is under way
				time.AfterFunc(time.Second, func() {
					clock.stop(time.Minute)
					woken.Store(true)
					c.freeze("zk2", false)
				})
				time.AfterFunc(6*time.Second, func() { well2.Store(true) })
			case woken.Load() && !well2.Load():
				return []provision.Report{starting(2)}
			}
			return []provision.Report{well(2)}
		}
		hs.byName["zk2"].during = func(_ context.Context, call string) {
			if call == "probe" && woken.Load() {
				time.Sleep(time.Second) // until then the old answer is all there is
			}
		}
		begin := time.Now()
		if _, err := f.Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took < 6*time.Second {
			t.Errorf("after %s it took an answer from before the suspension for a new one", took)
		}
	})
}

// TestForgottenBeforeTold looks whether what was seen before a suspension is forgotten
// before anybody is told of it: telling takes a while, and whoever looks meanwhile is
// not told that there was one.
func TestForgottenBeforeTold(t *testing.T) {
	inTime(t, "", func(t *testing.T) {
		f, _ := newFleet(t)
		var clock asleep
		f.Clock = clock.now
		var forgotten atomic.Bool
		told := 0
		f.Report = func(e Event) {
			if !strings.HasPrefix(e.Text, "this run was suspended") {
				return
			}
			if told++; !forgotten.Load() {
				t.Error("it is told of and not forgotten yet")
			}
		}
		r, err := f.open(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		defer r.close()
		r.pulse.onForget(func(string) { forgotten.Store(true) })
		clock.stop(time.Minute)
		if !r.pulse.look(false) || told != 1 {
			t.Errorf("told %d times", told)
		}
	})
}

// TestSuspendedInStage suspends a run in the middle of changes, for so long that a far
// side has left: it ends, and says of each host what is known.
func TestSuspendedInStage(t *testing.T) {
	inTime(t, "", func(t *testing.T) {
		f, c, _ := frozenFleet(t, plan.Stage)
		var clock asleep
		f.Clock = clock.now
		report := f.Report
		f.Report = func(e Event) {
			if e.Kind == HostChange && e.Host == "zk2" && !e.Done {
				clock.stop(time.Minute)
				c.cut("zk2")
			}
			report(e)
		}
		c.byName["zk2"].slow = time.Second
		o, err := f.Apply(t.Context())
		var suspended *provision.Error
		for _, one := range provision.Split(err) {
			var e *provision.Error
			if errors.As(one, &e) && e.Name == suspendedRun {
				suspended = e
			}
		}
		if suspended == nil || !strings.Contains(suspended.Message, "suspended for 1 min") || len(o.Unknown) != 1 || o.Changed["zk1"] != 1 {
			t.Errorf("%v\noutcome %+v", err, o)
		}
		if c.count("start") > 0 {
			t.Error("it went on")
		}
	})
}

// TestWithin counts the time awake alone against a limit.
func TestWithin(t *testing.T) {
	inTime(t, "", func(t *testing.T) {
		f, _ := newFleet(t)
		r, err := f.open(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		defer r.close()
		ctx, cancel := r.pulse.within(t.Context(), 10*time.Second)
		defer cancel()
		begin := time.Now()
		<-ctx.Done()
		if took := time.Since(begin); context.Cause(ctx) != errOverlong || took < 10*time.Second || took > 11*time.Second {
			t.Errorf("%v after %s", context.Cause(ctx), took)
		}
		// A process that did not run for a minute has used up two beats at most, and no
		// host was silent for longer.
		before := r.pulse.wakeful()
		r.pulse.mu.Lock()
		r.pulse.beaten = time.Now().Add(-time.Minute)
		r.pulse.mu.Unlock()
		if passed := r.pulse.wakeful() - before; passed > time.Second {
			t.Errorf("a suspension counts as %s", passed)
		}
		for name, v := range r.pulse.hosts {
			if v.silent > 3*time.Second {
				t.Errorf("%s counts as silent for %s", name, v.silent)
			}
		}
	})
}

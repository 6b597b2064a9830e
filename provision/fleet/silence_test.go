package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
	"github.com/zkprov/zkprov/provision/remote"
)

// ice is what a test freezes hosts with: a frozen one gives no sign of life and no
// answer.
type ice struct {
	*hosts
	mu     sync.Mutex
	frozen map[string]bool
	// wake is closed and made anew when something changes.
	wake chan struct{}
	// refuses are hosts that cannot be connected to again.
	refuses   map[string]error
	connected map[string]int
	// cuts are closed to end the present session with a host.
	cuts map[string]func()
	// onLost runs as a test loses a host; freezes lets it freeze then.
	onLost  func(h *fakeHost)
	freezes bool
}

// times is how often a host was connected to.
func (c *ice) times(host string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.connected[host]
}

// cut ends the session with a host, as the end of the far side does.
func (c *ice) cut(host string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cuts[host]()
}

func newIce(hs *hosts) *ice {
	return &ice{hosts: hs, frozen: make(map[string]bool), wake: make(chan struct{}), refuses: make(map[string]error), connected: make(map[string]int), cuts: make(map[string]func())}
}

func (c *ice) freeze(host string, frozen bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frozen[host] = frozen
	close(c.wake)
	c.wake = make(chan struct{})
}

// Connect implements Connector.
func (c *ice) Connect(ctx context.Context, h *inventory.Host, _ bool) (provision.Agent, error) {
	agent := c.byName[h.Name]
	c.mu.Lock()
	c.connected[h.Name]++
	err := c.refuses[h.Name]
	again := c.connected[h.Name] > 1
	c.mu.Unlock()
	if again && err != nil {
		return nil, err
	}
	if err := agent.note(ctx, "connect"); err != nil {
		return nil, err
	}
	return remote.PipeThrough(h.Name, agent, func(r io.Reader) io.Reader { return c.through(h.Name, again, r) }), nil
}

// through holds what comes while the host is frozen; a session that was begun after
// is not frozen.
func (c *ice) through(host string, again bool, r io.Reader) io.Reader {
	out, in := io.Pipe()
	c.mu.Lock()
	c.cuts[host] = func() { in.Close() }
	c.mu.Unlock()
	came := make(chan []byte)
	go func() {
		defer close(came)
		for {
			b := make([]byte, 4096)
			n, err := r.Read(b)
			if n > 0 {
				came <- b[:n]
			}
			if err != nil {
				return
			}
		}
	}()
	go func() {
		defer in.Close()
		var held []byte
		for {
			c.mu.Lock()
			frozen, wake := c.frozen[host] && !again, c.wake
			c.mu.Unlock()
			if !frozen && len(held) > 0 {
				_, _ = in.Write(held)
				held = nil
				continue
			}
			select {
			case b, ok := <-came:
				if !ok {
					return
				}
				held = append(held, b...)
			case <-wake:
			}
		}
	}()
	return out
}

// frozenFleet is the ensemble of four, of which zk2 freezes in a change of a phase.
func frozenFleet(t *testing.T, step string) (*Fleet, *ice, *[]string) {
	f, hs := newFleet(t)
	c := newIce(hs)
	f.Connector = c
	told := new([]string)
	var mu sync.Mutex
	f.Report = func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		if e.Kind == Progress {
			*told = append(*told, e.Text)
		}
	}
	for _, name := range []string{"zk1", "zk2"} {
		hs.byName[name].changes = []provision.Change{change(step)}
	}
	return f, c, told
}

// frozenIn freezes a host in its change, once that has been told of and long before it
// ends.
func (c *ice) frozenIn(f *Fleet, host string) {
	c.byName[host].slow = time.Second
	report := f.Report
	f.Report = func(e Event) {
		if e.Kind == HostChange && e.Host == host && !e.Done {
			c.freeze(host, true)
		}
		report(e)
	}
}

// TestFrozen freezes a host in the middle of a change: it is named after 10 s, and
// given up as unknown after a minute. The others finish their step.
func TestFrozen(t *testing.T) {
	inTime(t, "stage", func(t *testing.T) {
		f, c, told := frozenFleet(t, plan.Stage)
		c.frozenIn(f, "zk2")
		begin := time.Now()
		o, err := f.Apply(t.Context())
		if took := time.Since(begin); took < SilenceLimit-2*time.Second || took > SilenceLimit+5*time.Second {
			t.Errorf("it took %s", took)
		}
		var e *provision.Error
		if !errors.As(err, &e) || e.Kind != provision.Unknown || e.Name != hostSilent || !strings.Contains(err.Error(), "zk2: it gave no sign of life for 1 min, preparing the host: a thing; how far it got is not known") {
			t.Errorf("got %v", err)
		}
		want := []string{"zk2 has given no sign of life for 10 s, preparing the host: a thing; it is given up after 1 min"}
		if diff := cmp.Diff(want, *told); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"zk2"}, o.Unknown); diff != "" || o.Failed != nil || o.Changed["zk1"] != 1 || o.Changed["zk2"] != 0 {
			t.Errorf("outcome %+v\n%s", o, diff)
		}
		if c.count("start") > 0 {
			t.Error("it went on")
		}
	})
	inTime(t, "for a while", func(t *testing.T) {
		f, c, told := frozenFleet(t, plan.Stage)
		c.frozenIn(f, "zk2")
		defer time.AfterFunc(30*time.Second, func() { c.freeze("zk2", false) }).Stop()
		if o, err := f.Apply(t.Context()); err != nil || o.Changed["zk2"] != 1 {
			t.Errorf("%v, %+v", err, o)
		}
		if len(*told) != 2 || !strings.HasPrefix((*told)[1], "zk2 gives signs of life again, after ") {
			t.Errorf("told was %q", *told)
		}
	})
	inTime(t, "another limit", func(t *testing.T) {
		f, c, _ := frozenFleet(t, plan.Stage)
		f.Silence = 20 * time.Second
		c.frozenIn(f, "zk2")
		begin := time.Now()
		_, err := f.Apply(t.Context())
		if took := time.Since(begin); kindOf(err) != provision.Unknown || took > 25*time.Second {
			t.Errorf("%v after %s", err, took)
		}
	})
	inTime(t, "idle", func(t *testing.T) {
		// A host that has done its part and waits is no unknown one.
		f, c, _ := frozenFleet(t, plan.Stage)
		c.byName["zk1"].during = func(_ context.Context, call string) {
			if call == "stage" {
				c.freeze("zk4", true)
				time.Sleep(50 * time.Second)
			}
		}
		c.byName["zk4"].changes = []provision.Change{change(plan.Start)}
		o, err := f.Apply(t.Context())
		var e *provision.Error
		if !errors.As(err, &e) || e.Kind != provision.Unreachable || o.Unknown != nil {
			t.Errorf("%v, %+v", err, o)
		}
	})
	inTime(t, "while it is looked at", func(t *testing.T) {
		f, c, _ := frozenFleet(t, plan.Stage)
		c.byName["zk2"].during = func(_ context.Context, call string) {
			if call == "plan" {
				c.freeze("zk2", true)
			}
		}
		begin := time.Now()
		o, err := f.Apply(t.Context())
		var e *provision.Error
		if took := time.Since(begin); !errors.As(err, &e) || e.Kind != provision.Unreachable || e.Name != hostSilent || o.Changes() > 0 || took > 40*time.Second {
			t.Errorf("%v after %s", err, took)
		}
	})
	inTime(t, "while a check looks at it", func(t *testing.T) {
		f, c, _ := frozenFleet(t, plan.Record)
		c.byName["zk2"].during = func(_ context.Context, call string) {
			if call == "observe" {
				c.freeze("zk2", true)
			}
		}
		s, err := f.Check(t.Context())
		// Its clock is not taken for one that differs by half of the wait.
		skewed := func(f finding.Finding) bool { return f.Name == "clock-skew" }
		if err != nil || s.Findings.Worst() == finding.Critical || slices.ContainsFunc(s.Findings, skewed) || c.times("zk2") != 2 {
			t.Errorf("%v, after %d sessions: %+v", err, c.times("zk2"), s.Findings)
		}
	})
}

// TestLongChange says of a host that lives and is in one change for long what it
// does, and goes on waiting.
func TestLongChange(t *testing.T) {
	inTime(t, "", func(t *testing.T) {
		f, c, told := frozenFleet(t, plan.Stage)
		c.byName["zk2"].slow = 150 * time.Second
		if o, err := f.Apply(t.Context()); err != nil || o.Changed["zk2"] != 1 {
			t.Errorf("%v, %+v", err, o)
		}
		want := []string{"zk2 has been in a thing for 1 min", "zk2 has been in a thing for 2 min"}
		if diff := cmp.Diff(want, *told); diff != "" {
			t.Error(diff)
		}
	})
}

// TestInterruptFrozen interrupts a run: the hosts that live finish the step they are
// in, and a frozen one keeps nobody waiting for more than two seconds.
func TestInterruptFrozen(t *testing.T) {
	for name, test := range map[string]struct {
		slow    time.Duration // zk1's change
		frozen  bool          // zk2
		took    time.Duration // after the interruption
		unknown []string
		changed int // on zk1
	}{
		"a frozen host":          {frozen: true, took: remote.LeaveSilence, unknown: []string{"zk2"}, changed: 1},
		"a frozen, and a slow":   {slow: 20 * time.Second, frozen: true, took: 15 * time.Second, unknown: []string{"zk2"}, changed: 1},
		"a slow host":            {slow: 20 * time.Second, took: 15 * time.Second, changed: 1},
		"one that does not end":  {slow: 10 * time.Minute, took: finishLimit, unknown: []string{"zk1"}},
		"all have done the step": {},
	} {
		inTime(t, name, func(t *testing.T) {
			f, c, told := frozenFleet(t, plan.Stage)
			c.byName["zk1"].slow = test.slow
			if test.frozen {
				c.frozenIn(f, "zk2")
			}
			for _, h := range c.byName {
				h.during = func(ctx context.Context, call string) {
					if call == "observe" && test.took == 0 {
						<-ctx.Done() // it is interrupted before any step
					}
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer time.AfterFunc(5*time.Second, cancel).Stop()
			begin := time.Now()
			o, err := f.Apply(ctx)
			if took := time.Since(begin) - 5*time.Second; took < test.took-2*time.Second || took > test.took+3*time.Second {
				t.Errorf("it took %s after the interruption, want %s", took, test.took)
			}
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			if (kindOf(err) == provision.Unknown) != (test.unknown != nil) || !slices.Equal(o.Unknown, test.unknown) || o.Failed != nil || o.Changed["zk1"] != test.changed {
				t.Errorf("%v\noutcome %+v", err, o)
			}
			const waits = "waits for zk1 to finish the step that it is in, preparing the host: a thing; another Ctrl-C leaves at once"
			if slices.Contains(*told, waits) != (test.slow > 0) {
				t.Errorf("told was %q", *told)
			}
			time.Sleep(20 * time.Minute) // what hangs ends
		})
	}
}

// TestLockWaits says whom a run waits for, while it waits.
func TestLockWaits(t *testing.T) {
	for name, test := range map[string]struct {
		frees int // tries that find it held
		does  func(try int) string
		told  int
		fails bool
	}{
		"free":                      {},
		"held for a while":          {frees: 2, told: 2, does: func(try int) string { return fmt.Sprintf("at restart zookeeper-%d", try) }},
		"at one thing for a while":  {frees: 10, told: 1, does: func(try int) string { return fmt.Sprintf("at restart zookeeper-0; for %d min %d s", try, try) }},
		"at one thing, for longer":  {frees: 20, told: 2, does: func(int) string { return "at restart zookeeper-0" }},
		"held for good, at a thing": {frees: 99, told: 2, fails: true, does: func(int) string { return "at restart zookeeper-0" }},
	} {
		inTime(t, name, func(t *testing.T) {
			f, hs := newFleet(t)
			f.LockTimeout = time.Minute
			h := hs.byName["zk1"]
			tries := 0
			h.during = func(_ context.Context, call string) {
				if strings.HasPrefix(call, "lock") {
					delete(h.errs, call)
					if tries < test.frees {
						h.errs[call] = &provision.Error{Kind: provision.Locked, Message: "another run holds this host, " + test.does(tries)}
					}
					tries++
				}
			}
			var told []string
			f.Report = func(e Event) {
				if e.Kind == Progress {
					told = append(told, e.Text)
				}
			}
			_, err := f.Apply(t.Context())
			if (err != nil) != test.fails || test.fails && kindOf(err) != provision.Locked {
				t.Errorf("got %v", err)
			}
			if len(told) != test.told || test.told > 0 && !strings.HasPrefix(told[0], "zk1: waits for another run, 1 min at most: another run holds this host, at restart zookeeper-0") {
				t.Errorf("told was %q", told)
			}
		})
	}
}

// TestLockTold looks whether a host is told which part of the run it is asked for, also
// while another host is restarted.
func TestLockTold(t *testing.T) {
	inTime(t, "a roll", func(t *testing.T) {
		f, hs := newFleet(t)
		situations["changes"](t, f, hs)
		var mu sync.Mutex
		steps := make(map[string][]string) // by host
		for name, h := range hs.byName {
			h.probed = func(task provision.Task) {
				mu.Lock()
				defer mu.Unlock()
				if at := task.By.Step; !slices.Contains(steps[name], at) {
					steps[name] = append(steps[name], at)
				}
			}
		}
		if _, err := f.Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"zk1", "zk4"} {
			if !slices.Contains(steps[name], plan.Prove) {
				t.Errorf("%s was told of %q", name, steps[name])
			}
		}
		if w := hs.byName["zk2"].works; w[0].task.By.Step != plan.Stage || w[1].task.By.Step != plan.Start {
			t.Errorf("it worked for %q and %q", w[0].task.By.Step, w[1].task.By.Step)
		}
	})
}

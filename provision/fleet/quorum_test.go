package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
	"github.com/zkprov/zkprov/units"
)

// after gives one report for so many probes and another from then on.
func after(n int, before, later provision.Report) func(int) []provision.Report {
	return func(i int) []provision.Report {
		if i < n {
			return []provision.Report{before}
		}
		return []provision.Report{later}
	}
}

// with is a report whose unit is another.
func with(r provision.Report, change func(u *units.State)) provision.Report {
	change(&r.Unit)
	return r
}

// deaf is the report of a server that serves and does not listen on its election port.
func deaf(id int, by string) provision.Report {
	r := well(id)
	r.Election = &facts.Listening{Port: 3888, By: by}
	return r
}

// crashed is the report of a server that ended by itself, and runs again where it is up.
func crashed(id int, up bool, why *ensemble.Ending) provision.Report {
	r := starting(id)
	if !up {
		r.Answer = ensemble.Answer{ID: id, Error: "connection refused"}
		r.Unit.ActiveState, r.Unit.SubState, r.Unit.MainPID = "activating", "auto-restart", 0
	}
	r.Crash = &provision.Crash{Times: 1, Up: up, Since: time.Date(2026, 11, 27, 16, 10, 39, 0, time.UTC), Exit: units.Exit{Code: 1, Status: 1},
		Ending: why, Words: []string{"java.lang.Error: it said"}}
	return r
}

// stopped is a host whose server was seen to be down.
func stopped(id int) provision.Observation {
	name := fmt.Sprintf("zookeeper-%d", id)
	o := sees(name, formed)
	o.Instances = map[string]provision.InstanceState{name: {Unit: units.State{ActiveState: "inactive"}}}
	return o
}

// inTime runs a test in a time of its own, which passes only while nothing is
// left to do: however slow the machine, no wait is too short.
func inTime(t *testing.T, name string, test func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

func TestWaitFormed(t *testing.T) {
	failed := with(starting(2), func(u *units.State) {
		u.ActiveState, u.SubState, u.MainPID, u.ExecMainCode, u.ExecMainStatus = "failed", "failed", 0, 1, 2
	})
	restarted := func(r provision.Report, n int) provision.Report {
		return with(r, func(u *units.State) { u.NRestarts = n })
	}
	again := well(2)
	again.Crash = crashed(2, true, nil).Crash
	tests := map[string]struct {
		prepare func(hs *hosts)
		timeout time.Duration
		least   time.Duration // of the whole apply
		fails   string        // in the message; empty: it is formed
		detail  []string      // in the lines that follow
		probes  int           // of zk2, at most
	}{
		"at once": {probes: 1},
		"later":   {prepare: func(hs *hosts) { hs.byName["zk2"].reports = after(1, starting(2), well(2)) }, probes: 2},
		"never": {
			prepare: func(hs *hosts) { hs.byName["zk2"].reports = after(99, starting(2), well(2)) }, timeout: time.Second,
			fails:  "not all are well within 1s",
			detail: []string{"zk2: zookeeper-2: runs and does not serve", "zk2: zookeeper-2 runs; last answer: runs and does not serve", "    last words of 2"},
		},
		"the observer never": {
			prepare: func(hs *hosts) { hs.byName["zk4"].reports = after(99, starting(4), well(4)) }, timeout: time.Second,
			fails: "not all are well within 1s", detail: []string{"zk4: zookeeper-4 runs; last answer", "    last words of 4"},
		},
		"a unit has failed": {
			prepare: func(hs *hosts) { hs.byName["zk2"].reports = after(1, starting(2), failed) },
			fails:   "zookeeper-2 on zk2 is failed: its process exited with 2 (ZooKeeper cannot use its configuration)",
			detail:  []string{"zk2: zookeeper-2 is failed: its process exited with 2", "    last words of 2"}, probes: 3,
		},
		"a unit flaps": {
			prepare: func(hs *hosts) {
				hs.byName["zk2"].reports = func(n int) []provision.Report { return []provision.Report{restarted(starting(2), 5+n)} }
			},
			fails: "zookeeper-2 on zk2 does not stay up: systemd has restarted it 2 times", probes: 4,
		},
		"a server does not listen on its election port yet": {
			prepare: func(hs *hosts) { hs.byName["zk2"].reports = after(2, deaf(2, ""), well(2)) }, probes: 3,
		},
		"a server never listens on its election port": {
			prepare: func(hs *hosts) {
				hs.byName["zk2"].reports = func(int) []provision.Report { return []provision.Report{deaf(2, "pid 7 (/usr/bin/perl)")} }
			},
			timeout: 5 * time.Second,
			fails:   "zookeeper-2: serves, and its election port 3888 is held by pid 7 (/usr/bin/perl)",
			detail:  []string{"zk2: zookeeper-2: serves, and its election port 3888 is held by", "zk2: zookeeper-2 runs; last answer: follower", "    last words of 2"},
		},
		"a server that serves ends, and comes to stay": {
			prepare: func(hs *hosts) {
				hs.byName["zk2"].seen = stopped(2)
				begin := time.Now()
				hs.byName["zk2"].reports = func(n int) []provision.Report {
					if n == 0 {
						return []provision.Report{starting(2)}
					}
					if took := time.Since(begin); n > 2 && took > 20*time.Second {
						t.Errorf("it was waited for %s", took)
					}
					return []provision.Report{restarted(well(2), 1)}
				}
			},
		},
		"a server that ended before serves, and comes to stay": {
			prepare: func(hs *hosts) {
				hs.byName["zk2"].reports = func(int) []provision.Report { return []provision.Report{again} }
			},
			least: 6 * time.Second,
		},
		"a server that serves ends again and again": {
			prepare: func(hs *hosts) {
				hs.byName["zk2"].seen = stopped(2)
				hs.byName["zk2"].reports = func(n int) []provision.Report { return []provision.Report{restarted(well(2), 1+n/20)} }
			},
			fails: "zookeeper-2 on zk2 does not stay up: systemd has restarted it 2 times",
		},
		"a server that cannot come up": {
			prepare: func(hs *hosts) {
				hs.byName["zk2"].reports = after(1, starting(2), crashed(2, false, &ensemble.Ending{Name: "unsupported-class", Cause: "the Java is too old", Cure: "name a newer one", Lasting: true}))
			},
			fails:  "zookeeper-2 on zk2 does not come up: it exited with 1",
			detail: []string{"zk2: zookeeper-2: has ended by itself at 2026-11-27 16:10:39 UTC, and is started again in a moment; it exited with 1 (an error that ZooKeeper did not expect, such as a client port in use): the Java is too old; name a newer one (zkprov explain unsupported-class)", "    java.lang.Error: it said"},
			probes: 3,
		},
		"a server that could not come up before, and is starting": {
			prepare: func(hs *hosts) {
				hs.byName["zk2"].reports = after(2, crashed(2, true, &ensemble.Ending{Name: "unsupported-class", Cause: "the Java was too old", Cure: "none", Lasting: true}), well(2))
			},
		},
		"a unit was restarted before": {
			prepare: func(hs *hosts) {
				hs.byName["zk2"].reports = after(99, restarted(well(2), 7), well(2))
				hs.byName["zk1"].reports = after(1, starting(1), well(1))
			},
		},
		"a probe fails for a moment": {
			prepare: func(hs *hosts) {
				h := hs.byName["zk2"]
				h.errs["probe"] = errors.New("cannot look at the unit")
				h.during = func(_ context.Context, call string) {
					if call == "probe" && h.probes > 1 {
						delete(h.errs, "probe")
					}
				}
			},
		},
		"a host is lost": {
			prepare: func(hs *hosts) {
				// What it said before it was lost must not count, where the leader does not
				// count it.
				hs.byName["zk3"].reports = func(int) []provision.Report {
					r := well(3)
					r.Answer.SyncedFollowers = 1
					return []provision.Report{r}
				}
				var lost atomic.Bool
				hs.byName["zk1"].reports = func(int) []provision.Report {
					if lost.Load() {
						return []provision.Report{well(1)}
					}
					return []provision.Report{starting(1)}
				}
				h := hs.byName["zk2"]
				h.during = func(_ context.Context, call string) {
					if call == "probe" && h.probes > 1 {
						h.errs["probe"] = unreachable("zk2")
						time.AfterFunc(time.Millisecond, func() { lost.Store(true) })
					}
				}
			},
			timeout: time.Second,
			fails:   "not all are well within", detail: []string{"zk2: zookeeper-2 could not be asked: zk2 does not answer"},
			probes: 3, // over two sessions
		},
	}
	for name, test := range tests {
		inTime(t, name, func(t *testing.T) {
			f, hs := newFleet(t)
			if test.prepare != nil {
				test.prepare(hs)
			}
			if test.timeout > 0 {
				f.Timeout = test.timeout
			}
			begin := time.Now()
			o, err := f.Apply(t.Context())
			if took := time.Since(begin); took < test.least {
				t.Errorf("formed within %s", took)
			}
			if test.fails == "" {
				if err != nil || !o.Verdict.Formed {
					t.Errorf("not formed: %v", err)
				}
			} else {
				var e *provision.Error
				if !errors.As(err, &e) || e.Name != "no-quorum" || e.Kind != provision.Failed || !strings.Contains(e.Message, test.fails) {
					t.Fatalf("got %v, want %s", err, test.fails)
				}
				if !strings.Contains(e.Hint, "zkprov check") || o.Verdict == nil || o.Verdict.Formed {
					t.Errorf("hint %q, verdict %+v", e.Hint, o.Verdict)
				}
				for _, want := range test.detail {
					if !slices.ContainsFunc(e.Detail, func(line string) bool { return strings.HasPrefix(line, want) }) {
						t.Errorf("no line begins with %q:\n%s", want, strings.Join(e.Detail, "\n"))
					}
				}
			}
			if n := hs.byName["zk2"].probes; test.probes > 0 && n > test.probes {
				t.Errorf("zk2 was asked %d times, want %d at most", n, test.probes)
			}
		})
	}
}

// TestWaitTells looks what is told while the quorum is waited for: each state
// once, and nothing before every host was asked.
func TestWaitTells(t *testing.T) { synctest.Test(t, testWaitTells) }

func testWaitTells(t *testing.T) {
	f, hs := newFleet(t)
	hs.byName["zk2"].reports = after(2, starting(2), well(2))
	var told []string
	f.Report = func(e Event) {
		if e.Kind == Progress {
			told = append(told, e.Text)
		}
	}
	if _, err := f.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"2/3 participants serve, leader 3; waiting for zookeeper-2: runs and does not serve: it has no quorum or is not in sync yet"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
}

func TestProveWrite(t *testing.T) {
	forbidden := &provision.Error{Kind: provision.NotPermitted, Message: "the access rules forbid it"}
	tests := map[string]struct {
		errs  map[string]error // by call
		write string
		fails string
		ended int
	}{
		"proven":                {write: "proven", ended: 1},
		"the write is refused":  {errs: map[string]error{"write 3": forbidden}, write: "not permitted"},
		"a read is refused":     {errs: map[string]error{"read 2 /by-3": forbidden}, write: "not permitted", ended: 1},
		"the write fails":       {errs: map[string]error{"write 3": errors.New("session expired")}, fails: "zk3: cannot write through zookeeper-3: session expired"},
		"a read fails":          {errs: map[string]error{"read 4 /by-3": errors.New("not there")}, fails: "zk4: cannot read back through zookeeper-4 what was written through zookeeper-3: not there", ended: 1},
		"one refused, one lost": {errs: map[string]error{"read 1 /by-3": forbidden, "read 2 /by-3": unreachable("zk2")}, fails: "zk2: cannot read back through zookeeper-2", ended: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f, hs := newFleet(t)
			hs.byName["zk1"].changes = []provision.Change{change(plan.Stage), change(plan.Record)}
			for _, h := range hs.byName {
				for call, err := range test.errs {
					h.errs[call] = err
				}
			}
			o, err := f.Apply(t.Context())
			if o.Write != test.write {
				t.Errorf("write is %q, want %q", o.Write, test.write)
			}
			if test.fails == "" && err != nil || test.fails != "" && (err == nil || !strings.Contains(err.Error(), test.fails)) {
				t.Errorf("got %v, want %q", err, test.fails)
			}
			if n := hs.count("end write"); n != test.ended {
				t.Errorf("the write was taken back %d times, want %d", n, test.ended)
			}
			if recorded := hs.count("record") > 0; recorded != (err == nil) {
				t.Errorf("recorded is %t after %v", recorded, err)
			}
		})
	}
}

// TestReadFailuresInOrder looks whether several failures read the same each time.
func TestReadFailuresInOrder(t *testing.T) {
	f, hs := newFleet(t)
	for _, h := range hs.byName {
		h.changes = []provision.Change{change(plan.Stage)}
		for _, call := range []string{"read 1 /by-3", "read 2 /by-3", "read 4 /by-3"} {
			h.errs[call] = errors.New("not there")
		}
	}
	_, err := f.Apply(t.Context())
	var order []string
	for line := range strings.Lines(err.Error()) {
		order = append(order, line[:3])
	}
	if diff := cmp.Diff([]string{"zk1", "zk2", "zk4"}, order); diff != "" {
		t.Error(diff)
	}
}

func TestFormLimit(t *testing.T) {
	if got := FormLimit(read(t, four)); got != 50*time.Second {
		t.Errorf("by default %s, want 10 ticks of 2 s and 30 s", got)
	}
	long := strings.Replace(four, "[[host]]", "[zoo_cfg]\ninitLimit = 100\n[[host]]", 1)
	if got := FormLimit(read(t, long)); got != 230*time.Second {
		t.Errorf("with initLimit 100 %s, want 230s", got)
	}
}

// TestProveWriteLate lets a server that serves take no write, or show none: nobody has
// interrupted the run.
func TestProveWriteLate(t *testing.T) {
	for call, says := range map[string]string{
		"write 3":      "zk3: cannot write through zookeeper-3: it did not answer within 30s",
		"read 2 /by-3": "zk2: cannot read back through zookeeper-2 what was written through zookeeper-3: it did not answer within 30s",
	} {
		inTime(t, call, func(t *testing.T) {
			f, c, _ := frozenFleet(t, plan.Stage)
			for _, h := range c.byName {
				h.during = func(ctx context.Context, called string) {
					if called == call {
						<-ctx.Done()
					}
				}
			}
			if _, err := f.Apply(t.Context()); err == nil || errors.Is(err, context.Canceled) || err.Error() != says {
				t.Errorf("got %v, want %s", err, says)
			}
		})
	}
}

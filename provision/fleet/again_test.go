package fleet

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// TestLostInWait loses the session with a host while the quorum is waited for.
func TestLostInWait(t *testing.T) {
	recorded := func(hs *hosts) {
		for _, name := range []string{"zk1", "zk2", "zk3", "zk4"} {
			hs.byName[name].changes = []provision.Change{change(plan.Record)}
		}
	}
	tests := map[string]struct {
		lost    string
		prepare func(c *ice)
		limit   time.Duration
		kind    provision.Kind // of the error; empty is none
		says    string         // in the error
		write   string
		formed  bool
		calls   []string // on the host that was lost, after it was lost
		most    time.Duration
	}{
		"it is connected to again": {
			lost: "zk2", write: "proven", formed: true, most: 5 * time.Second,
			calls: []string{"read 2 /by-3", "lock", "record"},
		},
		"the leader is": {
			lost: "zk3", write: "proven", formed: true, most: 5 * time.Second,
			calls: []string{"write 3", "read 3 /by-3", "end write", "lock", "record"},
		},
		"it cannot be, and the leader counts all": {
			lost: "zk2", prepare: func(c *ice) { c.refuses["zk2"] = unreachable("zk2") }, write: "proven", most: 5 * time.Second,
			kind: provision.Unreachable, says: "zk2: the quorum has formed (the leader counts every server), and what zk2 itself says of it is unknown: it could not be asked: ",
		},
		"it cannot be, and it leads": {
			lost: "zk3", prepare: func(c *ice) { c.refuses["zk3"] = unreachable("zk3") }, write: "proven", most: 5 * time.Second,
			kind: provision.Unreachable, says: "zk3: the quorum has formed (every other participant follows a leader), and what zk3 itself says",
		},
		"an observer cannot be": {
			lost: "zk4", prepare: func(c *ice) { c.refuses["zk4"] = unreachable("zk4") }, write: "proven", most: 5 * time.Second,
			kind: provision.Unreachable, says: "zk4: the quorum has formed (the leader counts every server)",
		},
		"it cannot be, and the leader does not count it": {
			lost: "zk2", limit: 20 * time.Second, most: 30 * time.Second,
			prepare: func(c *ice) {
				c.refuses["zk2"] = unreachable("zk2")
				c.byName["zk3"].reports = func(int) []provision.Report {
					r := well(3)
					r.Answer.SyncedFollowers = 1
					return []provision.Report{r}
				}
			},
			kind: provision.Failed, says: "the ensemble has not formed: not all are well within 20s",
		},
		"somebody else took its lock": {
			lost: "zk2", write: "proven", formed: true, most: 5 * time.Second,
			prepare: func(c *ice) {
				c.onLost = func(h *fakeHost) {
					h.errs["lock"] = &provision.Error{Kind: provision.Locked, Name: "locked", Message: "another run holds this host"}
				}
			},
			kind: provision.Locked, says: "zk2: another run holds this host", calls: []string{"read 2 /by-3", "lock"},
		},
		"somebody else changed it": {
			lost: "zk2", write: "proven", formed: true, most: 5 * time.Second,
			prepare: func(c *ice) {
				c.onLost = func(h *fakeHost) { h.changes = append(h.changes, change(plan.Stage)) }
			},
			kind: provision.Stale, says: "zk2: the host has changed while the session with it was lost: there is no a thing;", calls: []string{"read 2 /by-3", "lock"},
		},
		"it is frozen, and connected to again": {
			lost: "zk2", write: "proven", formed: true, limit: 2 * time.Minute, most: 40 * time.Second,
			prepare: func(c *ice) {
				c.freezes = true
				c.byName["zk1"].reports = after(400, starting(1), well(1)) // what zk2 said is forgotten by then
			},
			calls: []string{"read 2 /by-3", "lock", "record"},
		},
		"it is lost again": {
			lost: "zk2", write: "proven", most: 5 * time.Second,
			prepare: func(c *ice) {
				c.onLost = func(h *fakeHost) { h.errs["probe"] = unreachable("zk2") }
			},
			kind: provision.Unreachable, says: "zk2: the quorum has formed (the leader counts every server)",
		},
		"it freezes just before": {
			lost: "zk2", write: "proven", formed: true, limit: 2 * time.Minute, most: 40 * time.Second,
			prepare: func(c *ice) { c.freezes = true }, calls: []string{"read 2 /by-3", "read 2 /by-3", "lock", "record"},
		},
	}
	for name, test := range tests {
		inTime(t, name, func(t *testing.T) {
			f, hs := newFleet(t)
			c := newIce(hs)
			f.Connector, f.Timeout = c, 10*time.Second
			if test.limit > 0 {
				f.Timeout = test.limit
			}
			recorded(hs)
			// zk1 comes up late, so that there is a wait in which the host is lost.
			hs.byName["zk1"].reports = after(20, starting(1), well(1))
			if test.prepare != nil {
				test.prepare(c)
			}
			h := hs.byName[test.lost]
			var once sync.Once
			var before int
			h.during = func(_ context.Context, call string) {
				if call == "probe" && h.probes > 1 {
					once.Do(func() {
						if c.onLost != nil {
							c.onLost(h)
						}
						before = len(hs.calls())
						if c.freezes {
							c.freeze(test.lost, true)
						} else {
							c.cut(test.lost)
						}
					})
				}
			}
			begin := time.Now()
			o, err := f.Apply(t.Context())
			if took := time.Since(begin); took > test.most {
				t.Errorf("it took %s", took)
			}
			if kindOf(err) != test.kind || (err == nil) != (test.kind == "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("got  %v\nwant %s %s", err, test.kind, test.says)
			}
			if n := c.times(test.lost); n != 2 {
				t.Errorf("it was connected to %d times", n)
			}
			if o.Write != test.write || o.Verdict == nil || o.Verdict.Formed != test.formed {
				t.Errorf("write %q, verdict %+v", o.Write, o.Verdict)
			}
			var calls []string
			for _, call := range hs.calls()[before:] {
				if what, ok := strings.CutPrefix(call, test.lost+" "); ok {
					calls = append(calls, what)
				}
			}
			if !slices.Equal(calls, test.calls) {
				t.Errorf("on %s it did %q, want %q", test.lost, calls, test.calls)
			}
			if test.says != "" && strings.HasPrefix(test.says, test.lost+": the quorum has formed") && hs.count("record") != 3 {
				t.Errorf("the quorum was recorded on %d hosts, want the 3 others", hs.count("record"))
			}
		})
	}
}

// TestLostInStage looks whether a session that is lost while something is changed is
// never begun again: its lock is gone.
func TestLostInStage(t *testing.T) {
	inTime(t, "", func(t *testing.T) {
		f, c, _ := frozenFleet(t, plan.Stage)
		report := f.Report
		f.Report = func(e Event) {
			if e.Kind == HostChange && e.Host == "zk2" && !e.Done {
				c.cut("zk2")
			}
			report(e)
		}
		c.byName["zk2"].slow = time.Second
		o, err := f.Apply(t.Context())
		var e *provision.Error
		if !errors.As(err, &e) || e.Kind != provision.Unknown || !slices.Equal(o.Unknown, []string{"zk2"}) || c.times("zk2") != 1 {
			t.Errorf("%v\noutcome %+v, connected %d times", err, o, c.times("zk2"))
		}
	})
}

// TestLookLost looks whether a plan and a check, which only look, go on over a second
// session, and whether there is no third.
func TestLookLost(t *testing.T) {
	for _, call := range []string{"observe", "plan", "probe"} {
		for _, times := range []int{1, 2} {
			inTime(t, call, func(t *testing.T) {
				f, hs := newFleet(t)
				c := newIce(hs)
				f.Connector = c
				hs.byName["zk2"].during = func(_ context.Context, what string) {
					if what == call && c.times("zk2") <= times {
						c.cut("zk2")
						time.Sleep(time.Second)
					}
				}
				s, err := f.Check(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if failed := s.Findings.Worst() == "critical"; failed != (times > 1) || c.times("zk2") != 2 {
					t.Errorf("lost %d times: connected %d times, findings %v", times, c.times("zk2"), s.Findings)
				}
			})
		}
	}
}

package fleet

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/bootstrap"
	"github.com/zkprov/zkprov/provision/plan"
)

func TestAlone(t *testing.T) {
	const started = "lock, stage, lock, start"
	const joined, founded = started + ", lock, record", "lock, stage, lock, stage founding, start founding, lock, record"
	for name, test := range map[string]struct {
		set     func(a *Alone, l *lone)
		action  bootstrap.Action
		calls   string
		kind    provision.Kind // empty is none
		says    string         // in the error
		missing []string
	}{
		"a quorum serves": {
			set:    func(_ *Alone, l *lone) { l.serve(2, 3); l.onStart(func() { l.serve(1, 2, 3) }) },
			action: bootstrap.Join, calls: joined,
		},
		"all are blank": {
			set: func(_ *Alone, l *lone) {
				l.says("zk2", 2, bootstrap.Blank)
				l.says("zk3", 3, bootstrap.Blank)
				l.onStart(func() { l.serve(1, 2, 3) })
			},
			action: bootstrap.Found, calls: founded,
		},
		"one never comes": {
			set: func(_ *Alone, l *lone) {
				l.says("zk2", 2, bootstrap.Blank)
				l.onStart(func() { l.serve(1, 2) })
			},
			action: bootstrap.Found, calls: founded, kind: provision.Waiting, says: "missing: zookeeper-3", missing: []string{"zookeeper-3"},
		},
		"nobody comes": {
			set:    func(*Alone, *lone) {},
			action: bootstrap.Wait, calls: started, kind: provision.Waiting, says: "silent: zk2, zk3",
			missing: []string{"zookeeper-1", "zookeeper-2", "zookeeper-3"},
		},
		"one knows that the ensemble exists": {
			set: func(_ *Alone, l *lone) {
				l.says("zk3", 3, bootstrap.Existing)
			},
			action: bootstrap.Join, calls: started, kind: provision.Waiting, says: "waiting for zookeeper-1, zookeeper-2, zookeeper-3; the ensemble exists, as zookeeper-3 knows",
			missing: []string{"zookeeper-1", "zookeeper-2", "zookeeper-3"},
		},
		"most have lost their data": {
			set: func(_ *Alone, l *lone) {
				l.says("zk2", 2, bootstrap.Blank)
				l.says("zk3", 3, bootstrap.Existing)
			},
			action: bootstrap.Join, calls: started, kind: provision.Refused, says: "only 1 of its 3 voters still have data: zookeeper-1, zookeeper-2 have none",
			missing: []string{"zookeeper-1", "zookeeper-2", "zookeeper-3"},
		},
		"another has an inventory with other servers": {
			set: func(_ *Alone, l *lone) {
				l.says("zk2", 2, bootstrap.Blank)
				l.list = "another"
				l.says("zk3", 3, bootstrap.Blank)
			},
			action: bootstrap.Wait, calls: started, kind: provision.Waiting, says: "the inventory of zk3 has other servers",
			missing: []string{"zookeeper-1", "zookeeper-2", "zookeeper-3"},
		},
		"a host is silent for a moment": {
			set: func(a *Alone, l *lone) {
				a.Quiet = 5 * time.Second
				l.says("zk2", 2, bootstrap.Blank)
				time.AfterFunc(600*time.Millisecond, func() { l.sees(func() { l.says("zk3", 3, bootstrap.Existing); delete(l.statements, "zk2") }) })
			},
			action: bootstrap.Join, calls: started, kind: provision.Waiting,
			missing: []string{"zookeeper-1", "zookeeper-2", "zookeeper-3"},
		},
		"a server runs and its host is silent": {
			set: func(a *Alone, l *lone) {
				a.Grace = time.Hour
				l.says("zk2", 2, bootstrap.Blank)
				l.answers[3] = starting(3).Answer
				time.AfterFunc(100*time.Millisecond, func() { l.sees(func() { l.says("zk3", 3, bootstrap.Existing); delete(l.statements, "zk2") }) })
			},
			action: bootstrap.Join, calls: started, kind: provision.Waiting,
			missing: []string{"zookeeper-1", "zookeeper-2", "zookeeper-3"},
		},
		"a server runs and its host stays silent": {
			set: func(a *Alone, l *lone) {
				a.Timeout = 300 * time.Millisecond
				l.says("zk2", 2, bootstrap.Blank)
				l.answers[3] = starting(3).Answer
			},
			action: bootstrap.Wait, calls: started, kind: provision.Waiting,
			missing: []string{"zookeeper-1", "zookeeper-2", "zookeeper-3"},
		},
		"expired": {
			set: func(a *Alone, l *lone) {
				a.Now = func() time.Time { return a.Ensemble.Bootstrap.Expires }
				l.says("zk2", 2, bootstrap.Blank)
				l.says("zk3", 3, bootstrap.Blank)
			},
			action: bootstrap.Refuse, calls: started, kind: provision.Refused, says: "expired at 2026-01-31T12:00:00Z",
			missing: []string{"zookeeper-1", "zookeeper-2", "zookeeper-3"},
		},
		"expired, and then a quorum comes": {
			set: func(a *Alone, l *lone) {
				a.Now = func() time.Time { return a.Ensemble.Bootstrap.Expires }
				a.Grace = 300 * time.Millisecond // the others are asked meanwhile
				l.onStart(func() { time.AfterFunc(100*time.Millisecond, func() { l.sees(func() { l.serve(1, 2, 3) }) }) })
			},
			action: bootstrap.Refuse, calls: joined,
		},
		"no bootstrap": {
			set:    func(a *Alone, l *lone) { a.Ensemble.Bootstrap = nil; l.says("zk2", 2, bootstrap.Blank) },
			action: bootstrap.Refuse, calls: started, kind: provision.Refused, says: "no [bootstrap]",
			missing: []string{"zookeeper-1", "zookeeper-2", "zookeeper-3"},
		},
		"formed, with a warning": {
			set: func(_ *Alone, l *lone) {
				l.serve(1, 2, 3)
				silent := l.answers[2]
				silent.NoMntr = ensemble.ErrNotWhitelisted.Error()
				l.answers[2] = silent
			},
			action: bootstrap.Join, calls: joined,
		},
		"its own data": {
			set: func(_ *Alone, l *lone) {
				l.seen = sees("zookeeper-1", formed)
				l.says("zk2", 2, bootstrap.Blank)
				l.says("zk3", 3, bootstrap.Blank)
				l.onStart(func() { l.serve(1, 2, 3) })
			},
			action: bootstrap.Join, calls: joined,
		},
	} {
		inTime(t, name, func(t *testing.T) {
			a, l := newAlone(t)
			test.set(a, l)
			s, err := a.Run(t.Context())
			var e *provision.Error
			if errors.As(err, &e) != (test.kind != "") || test.kind == "" && err != nil {
				t.Fatalf("the error is %v", err)
			}
			if test.kind != "" && (e.Kind != test.kind || !strings.Contains(e.Message, test.says) || e.Hint == "" || e.Name == "") {
				t.Errorf("the error is %+v", e)
			}
			if s.Decision.Action != test.action {
				t.Errorf("it decides to %s: %s", s.Decision.Action, s.Decision.Reason)
			}
			if calls := l.calls(); calls != test.calls {
				t.Errorf("it did: %s", calls)
			}
			if diff := cmp.Diff(test.missing, s.Missing); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAloneSaysSo asks the host while its server is about to vote: it must have
// said by then that it founds. Once the server is started it says what became of it.
func TestAloneSaysSo(t *testing.T) { synctest.Test(t, testAloneSaysSo) }

func testAloneSaysSo(t *testing.T) {
	a, l := newAlone(t)
	l.says("zk2", 2, bootstrap.Blank)
	var before, during, after []bootstrap.State
	l.during = func(_ context.Context, call string) {
		switch call {
		case "stage founding":
			before = append(before, l.asked())
			l.seen = sees("zookeeper-1", facts.DataDir{Exists: true, IsDir: true, Initialize: true})
		case "start founding":
			during = append(during, l.asked())
			l.seen = sees("zookeeper-1", formed)
			l.sees(func() { l.serve(1, 2, 3) })
		case "probe":
			if during != nil && after == nil {
				after = append(after, l.asked())
			}
		}
	}
	if _, err := a.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]bootstrap.State{{bootstrap.Blank}, {bootstrap.Founding}, {bootstrap.Existing}}, [][]bootstrap.State{before, during, after}); diff != "" {
		t.Error(diff)
	}
	if l.asked() != "" {
		t.Error("it is heard after the end of the run")
	}
}

func TestAloneStops(t *testing.T) {
	held := &provision.Error{Kind: provision.Locked, Message: "another run holds this host"}
	lost := errors.New("lost")
	foreign := finding.Finding{Name: "foreign-data", Severity: finding.Critical, Refusal: true, Host: "zk1", Message: "another server's"}
	for name, test := range map[string]struct {
		set   func(a *Alone, l *lone)
		kind  provision.Kind
		calls string
	}{
		"lock held":           {func(_ *Alone, l *lone) { l.errs["lock"] = held }, provision.Locked, "lock"},
		"critical pre-flight": {func(_ *Alone, l *lone) { l.plan.Findings = finding.Findings{foreign} }, provision.Refused, "lock"},
		"no release": {func(_ *Alone, l *lone) {
			l.plan.NeedsArchive = true
			l.errs["fetch"] = lost
		}, "", "lock, fetch"},
		"lock is given back for the release": {func(_ *Alone, l *lone) {
			l.plan.NeedsArchive = true
			l.errs["stage"] = lost
		}, "", "lock, fetch, lock, stage"},
		"stage fails": {func(_ *Alone, l *lone) { l.errs["stage"] = lost }, "", "lock, stage"},
		"marker fails": {func(_ *Alone, l *lone) {
			l.says("zk2", 2, bootstrap.Blank)
			l.errs["stage founding"] = lost
		}, "", "lock, stage, lock, stage founding"},
		"start fails": {func(_ *Alone, l *lone) { l.serve(2, 3); l.errs["start"] = lost }, "", "lock, stage, lock, start"},
		"port taken":  {func(a *Alone, _ *lone) { taken(a) }, "", "lock, stage"},
	} {
		inTime(t, name, func(t *testing.T) {
			a, l := newAlone(t)
			test.set(a, l)
			s, err := a.Run(t.Context())
			var e *provision.Error
			if s == nil || err == nil || errors.As(err, &e) != (test.kind != "") || test.kind != "" && e.Kind != test.kind {
				t.Errorf("the error is %v", err)
			}
			if calls := l.calls(); calls != test.calls {
				t.Errorf("it did: %s", calls)
			}
		})
	}
}

// TestAloneWaitsAfterFetch has another run take the lock while the release is fetched:
// it is said whom the agent waits for.
func TestAloneWaitsAfterFetch(t *testing.T) { synctest.Test(t, testAloneWaitsAfterFetch) }

func testAloneWaitsAfterFetch(t *testing.T) {
	a, l := newAlone(t)
	a.LockTimeout = 5 * time.Second
	l.plan.NeedsArchive = true
	l.errs["stage"] = errors.New("lost") // enough
	l.during = func(_ context.Context, call string) {
		switch call {
		case "fetch":
			l.errs["lock"] = &provision.Error{Kind: provision.Locked, Message: "another run holds this host"}
		case "lock 2s":
			delete(l.errs, "lock")
		}
	}
	if _, err := a.Run(t.Context()); err == nil || err.Error() != "zk1: lost" {
		t.Errorf("the error is %v", err)
	}
	if calls := l.calls(); calls != "lock, fetch, lock, lock 2s, stage" {
		t.Errorf("it did: %s", calls)
	}
	if want := "zk1: waits for another run, 5 s at most: another run holds this host"; !slices.Contains(l.said, want) {
		t.Errorf("it said %q", l.said)
	}
}

// TestAloneCancelled ends the run inside of every call and while it waits: nothing
// is done after it.
func TestAloneCancelled(t *testing.T) { synctest.Test(t, testAloneCancelled) }

func testAloneCancelled(t *testing.T) {
	count := func(cancelAt int) (calls []string, err error) {
		a, l := newAlone(t)
		l.says("zk2", 2, bootstrap.Blank)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var mu sync.Mutex // servers are asked at their own pace
		l.during = func(_ context.Context, call string) {
			if call == "unlock" {
				return // in any case
			}
			mu.Lock()
			defer mu.Unlock()
			calls = append(calls, call)
			if call == "start founding" {
				l.sees(func() { l.serve(1, 2, 3) })
			}
			if len(calls) == cancelAt {
				cancel()
			}
		}
		_, err = a.Run(ctx)
		return calls, err
	}
	all, err := count(0)
	if err != nil || len(all) < 8 {
		t.Fatalf("%v: %v", all, err)
	}
	// Servers are asked at their own pace, so that looks come in any order.
	looks := func(call string) bool {
		return slices.Contains([]string{"observe", "plan", "probe", "end write"}, call) || strings.HasPrefix(call, "read ")
	}
	for i := range all {
		calls, err := count(i + 1)
		done := slices.DeleteFunc(slices.Clone(calls[min(i+1, len(calls)):]), looks)
		if !errors.Is(err, context.Canceled) || len(done) > 0 {
			t.Errorf("cancelled in the %d. call it ends with %v after %v", i+1, err, calls)
		}
	}

	for name, set := range map[string]func(*lone){
		"while it waits to found":    func(*lone) {},
		"while it waits for others":  func(l *lone) { l.says("zk2", 2, bootstrap.Blank) },
		"while one is still missing": func(l *lone) { l.serve(1, 2) },
	} {
		a, l := newAlone(t)
		a.Timeout, a.Grace = time.Hour, time.Hour
		set(l)
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Hour, nil)
		time.AfterFunc(300*time.Millisecond, cancel)
		if _, err := a.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(l.calls(), "record") {
			t.Errorf("%s: it did %s", name, l.calls())
		}
		cancel()
	}
}

// TestAloneGrace names what is missing only once it had its time.
func TestAloneGrace(t *testing.T) { synctest.Test(t, testAloneGrace) }

func testAloneGrace(t *testing.T) {
	a, l := newAlone(t)
	a.Grace, a.Timeout = 700*time.Millisecond, time.Hour
	l.serve(1, 2)
	begin := time.Now()
	_, err := a.Run(t.Context())
	if took := time.Since(begin); err == nil || took < a.Grace {
		t.Errorf("after %s: %v", took, err)
	}
	a, l = newAlone(t)
	a.Grace, a.Timeout = time.Hour, 500*time.Millisecond
	l.serve(1, 2)
	if s, err := a.Run(t.Context()); err == nil || !s.Verdict.Quorum || !strings.Contains(err.Error(), "missing: zookeeper-3") {
		t.Errorf("when the time is over: %v", err)
	}
	a, l = newAlone(t)
	a.Grace, a.Timeout = time.Hour, time.Hour
	l.serve(1, 2)
	time.AfterFunc(300*time.Millisecond, func() { l.sees(func() { l.serve(1, 2, 3) }) })
	if _, err := a.Run(t.Context()); err != nil {
		t.Errorf("it came in time: %v", err)
	}
}

// TestAloneAges asks a host that waits: it copies data meanwhile, and says so.
func TestAloneAges(t *testing.T) {
	for name, set := range map[string]func(a *Alone, l *lone){
		"to found":    func(*Alone, *lone) {},
		"for servers": func(_ *Alone, l *lone) { l.says("zk3", 3, bootstrap.Existing) },
	} {
		inTime(t, name, func(t *testing.T) {
			a, l := newAlone(t)
			a.Timeout = 10 * time.Second
			set(a, l)
			observed := 0
			l.during = func(_ context.Context, call string) {
				if call == "observe" {
					if observed++; observed == 3 {
						l.seen = sees("zookeeper-1", formed)
					}
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { _, err := a.Run(ctx); done <- err }()
			var last bootstrap.State
			for begin := time.Now(); last != bootstrap.Existing && time.Since(begin) < 8*time.Second; time.Sleep(20 * time.Millisecond) {
				last = l.asked()
			}
			cancel()
			if <-done; last != bootstrap.Existing {
				t.Errorf("after its data has come it still says %q", last)
			}
		})
	}
}

// TestAloneLosesTheQuorum says what is true when the time is over, and not what
// was true before.
func TestAloneLosesTheQuorum(t *testing.T) { synctest.Test(t, testAloneLosesTheQuorum) }

func testAloneLosesTheQuorum(t *testing.T) {
	a, l := newAlone(t)
	a.Grace = time.Hour
	l.serve(1, 2)
	time.AfterFunc(400*time.Millisecond, func() { l.sees(func() { clear(l.answers) }) })
	s, err := a.Run(t.Context())
	if err == nil || s.Verdict.Quorum || strings.Contains(err.Error(), "the quorum stands") {
		t.Errorf("it ends with %v", err)
	}
}

// TestAloneUnlocked waits without the lock, so that a control machine may help.
func TestAloneUnlocked(t *testing.T) { synctest.Test(t, testAloneUnlocked) }

func testAloneUnlocked(t *testing.T) {
	a, l := newAlone(t)
	held, waits := 0, 0
	l.during = func(_ context.Context, call string) {
		switch call {
		case "lock":
			held++
		case "unlock":
			held--
		}
	}
	a.Report = func(e Event) {
		if e.Kind == Progress && (strings.HasPrefix(e.Text, "waits to found") || strings.Contains(e.Text, "participants serve")) {
			waits++
			if held != 0 {
				t.Errorf("the lock is held while it says %q", e.Text)
			}
		}
	}
	if _, err := a.Run(t.Context()); err == nil || waits < 2 || held != 0 {
		t.Errorf("it said %d times what it waits for, the lock is held %d times: %v", waits, held, err)
	}
}

// TestAlonePortTaken needs to be heard only where it has to found.
func TestAlonePortTaken(t *testing.T) { synctest.Test(t, testAlonePortTaken) }

func testAlonePortTaken(t *testing.T) {
	a, l := newAlone(t)
	taken(a)
	l.seen = sees("zookeeper-1", formed)
	l.onStart(func() { l.serve(1, 2, 3) })
	if _, err := a.Run(t.Context()); err != nil || !slices.ContainsFunc(l.said, func(s string) bool { return strings.Contains(s, "cannot be heard by the other hosts") }) {
		t.Errorf("with data it ends with %v, after %q", err, l.said)
	}
}

// TestAloneHeard listens for real: other hosts hear it for as long as it runs.
func TestAloneHeard(t *testing.T) {
	a, l := newAlone(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a.Ensemble.Bootstrap.Port = listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	a.Listen = nil
	l.serve(2, 3)
	l.during = func(_ context.Context, call string) {
		if call == plan.Start {
			if _, err := bootstrap.Ask(t.Context(), a.Ensemble, a.Host); err != nil {
				t.Error(err)
			}
			l.sees(func() { l.serve(1, 2, 3) })
		}
	}
	if _, err := a.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := bootstrap.Ask(t.Context(), a.Ensemble, a.Host); err == nil {
		t.Error("it is heard after the end of the run")
	}
}

package fleet

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/bootstrap"
)

// TestAloneCutOff is asked to stop while it asks: it founds nothing because of
// answers that it did not wait for.
func TestAloneCutOff(t *testing.T) { synctest.Test(t, testAloneCutOff) }

func testAloneCutOff(t *testing.T) {
	a, l := newAlone(t)
	l.says("zk2", 2, bootstrap.Blank)
	l.answers[3] = starting(3).Answer
	ctx, cancel := context.WithCancel(t.Context())
	probe := a.Probe
	a.Probe = func(ctx context.Context, target ensemble.Target) ensemble.Answer {
		if target.ID == 3 {
			cancel()
			return ensemble.Answer{ID: 3, Error: ensemble.ErrNoConnection.Error()}
		}
		return probe(ctx, target)
	}
	s, err := a.Run(ctx)
	if !errors.Is(err, context.Canceled) || s.Decision.Action == bootstrap.Found {
		t.Errorf("it decides to %s and ends with %v", s.Decision.Action, err)
	}
}

// TestAloneMakesSure founds although its time is over: it had begun to make sure. What was
// founded gets its time to form.
func TestAloneMakesSure(t *testing.T) { synctest.Test(t, testAloneMakesSure) }

func testAloneMakesSure(t *testing.T) {
	a, l := newAlone(t)
	a.Timeout, a.Quiet = 100*time.Millisecond, 5*time.Second
	l.says("zk2", 2, bootstrap.Blank)
	l.onStart(func() { time.AfterFunc(4*time.Second, func() { l.sees(func() { l.serve(1, 2) }) }) })
	s, err := a.Run(t.Context())
	if s.Decision.Action != bootstrap.Found || !s.Verdict.Quorum {
		t.Errorf("it decides to %s and ends with %v", s.Decision.Action, err)
	}
}

// TestAloneDoubts founds nothing beside a host that may know more, however blank
// the two others are.
func TestAloneDoubts(t *testing.T) {
	for name, set := range map[string]func(a *Alone, l *lone){
		// Every other question finds nobody, as while a server starts anew.
		"a server that answers now and then": func(a *Alone, l *lone) {
			probe, asked := a.Probe, 0
			a.Probe = func(ctx context.Context, target ensemble.Target) ensemble.Answer {
				if target.ID == 3 {
					if asked++; asked%2 == 0 {
						return starting(3).Answer
					}
				}
				return probe(ctx, target)
			}
		},
		"a server that reads only": func(_ *Alone, l *lone) {
			l.answers[3] = ensemble.Answer{ID: 3, Serving: true, Running: true, Mode: ensemble.ReadOnly}
		},
		"a disk that cannot be read": func(_ *Alone, l *lone) { l.says("zk3", 3, bootstrap.Unreadable) },
	} {
		inTime(t, name, func(t *testing.T) {
			a, l := newAlone(t)
			l.says("zk2", 2, bootstrap.Blank)
			a.Timeout = 1500 * time.Millisecond
			set(a, l)
			s, err := a.Run(t.Context())
			if s.Decision.Action != bootstrap.Wait || err == nil || strings.Contains(l.calls(), "founding") {
				t.Errorf("it decides to %s (%s), does %s and ends with %v", s.Decision.Action, s.Decision.Reason, l.calls(), err)
			}
			if s.Decision.Reason == "" {
				t.Error("it gives no reason")
			}
		})
	}
}

func TestQuietSince(t *testing.T) {
	begin := time.Unix(0, 0)
	is := make(quietSince)
	for i, step := range []struct {
		silent, unheard []string
		after           time.Duration
		lasted          bool
	}{
		{[]string{"zk2", "zk3"}, nil, 0, false},
		{[]string{"zk2", "zk3"}, nil, time.Hour, false}, // twice is not often
		{[]string{"zk2", "zk3"}, nil, time.Second, true},
		{[]string{"zk3"}, nil, 0, true},
		{[]string{"zk2", "zk3"}, nil, time.Hour, false}, // zk2 was heard
		{[]string{"zk3"}, []string{"zk3"}, time.Hour, false},
		{[]string{"zk3"}, nil, 0, false},
		{[]string{"zk3"}, nil, 0, false},
		{[]string{"zk3"}, nil, 0, false}, // often, and not for long
		{[]string{"zk3"}, nil, time.Minute, true},
		{nil, nil, 0, true},
	} {
		begin = begin.Add(step.after)
		is.note(step.silent, step.unheard, begin)
		if lasted := is.lasted(step.silent, time.Minute, begin); lasted != step.lasted {
			t.Errorf("step %d: %t, with %v", i, lasted, is)
		}
	}
}

// TestAloneAddress asks a server where it listens.
func TestAloneAddress(t *testing.T) { synctest.Test(t, testAloneAddress) }

func testAloneAddress(t *testing.T) {
	a, l := newAlone(t)
	a.Ensemble.Hosts[1].Instances[0].ZooCfg = inventory.Settings{{Key: "clientPortAddress", Value: "192.0.2.2"}}
	probe, seen := a.Probe, make(map[string]bool)
	a.Probe = func(ctx context.Context, target ensemble.Target) ensemble.Answer {
		l.sees(func() { seen[target.Addr] = true })
		return probe(ctx, target)
	}
	l.serve(1, 2, 3)
	if _, err := a.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.Ensemble.Hosts[2].Instances[0].ZooCfg = inventory.Settings{{Key: "clientPortAddress", Value: "127.0.0.1"}}
	s, err := a.Check(t.Context())
	if _, asked := s.Answers[3]; err != nil || asked || len(s.Answers) != 2 {
		t.Errorf("a server that listens on another host's loopback was asked here: %v, %v", s.Answers, err)
	}
	if diff := cmp.Diff(map[string]bool{"127.0.0.1:2181": true, "192.0.2.2:2181": true, "10.0.0.3:2181": true}, seen); diff != "" {
		t.Error(diff)
	}
}

// TestAloneOvertaken finds, once it has the lock, that another run has founded the
// ensemble meanwhile: a quorum serves, or its own data is there.
func TestAloneOvertaken(t *testing.T) {
	for name, test := range map[string]struct {
		set   func(l *lone)
		calls string
		kind  provision.Kind // of the error; empty is none
	}{
		"a quorum serves": {func(l *lone) { l.sees(func() { l.serve(1, 2, 3) }) }, "lock, stage, lock, lock, start, lock, record", ""},
		"it has data":     {func(l *lone) { l.seen = sees("zookeeper-1", formed) }, "lock, stage, lock, lock, start", provision.Refused},
	} {
		inTime(t, name, func(t *testing.T) {
			a, l := newAlone(t)
			l.says("zk2", 2, bootstrap.Blank)
			l.says("zk3", 3, bootstrap.Blank)
			locks := 0
			l.during = func(_ context.Context, call string) {
				if call == "lock" {
					if locks++; locks == 2 {
						test.set(l)
					}
				}
			}
			s, err := a.Run(t.Context())
			if s.Decision.Action != bootstrap.Join || l.calls() != test.calls || kindOf(err) != test.kind {
				t.Errorf("it decides to %s, does %s and ends with %v", s.Decision.Action, l.calls(), err)
			}
		})
	}
}

// TestAloneBeside founds nothing on a host where a server of another ensemble runs that
// has a host of this one in its list, and joins a quorum all the same.
func TestAloneBeside(t *testing.T) {
	for name, test := range map[string]struct {
		set   func(l *lone)
		calls string
		kind  provision.Kind
	}{
		"all are blank":   {func(l *lone) { l.says("zk2", 2, bootstrap.Blank); l.says("zk3", 3, bootstrap.Blank) }, "lock, stage", provision.Refused},
		"a quorum serves": {func(l *lone) { l.serve(2, 3); l.onStart(func() { l.serve(1, 2, 3) }) }, "lock, stage, lock, start, lock, record", ""},
	} {
		inTime(t, name, func(t *testing.T) {
			a, l := newAlone(t)
			l.seen.Facts.ZooKeepers = []facts.ZooKeeper{{PID: 812, DataDir: "/srv/zk", ClientPort: 12181, Servers: []facts.ServerLine{{ID: 1, Host: "10.0.0.2"}}}}
			test.set(l)
			_, err := a.Run(t.Context())
			if calls := l.calls(); calls != test.calls || kindOf(err) != test.kind {
				t.Errorf("it did %s, and ends with %v", calls, err)
			}
		})
	}
}

// TestAloneObservers founds nothing beside an observer that remembers a quorum, or
// that runs and is not heard.
func TestAloneObservers(t *testing.T) { synctest.Test(t, testAloneObservers) }

func testAloneObservers(t *testing.T) {
	for name, test := range map[string]struct {
		set    func(l *lone)
		action bootstrap.Action
	}{
		"it is blank":  {func(l *lone) { l.says("zk3", 3, bootstrap.Blank) }, bootstrap.Found},
		"it remembers": {func(l *lone) { l.says("zk3", 3, bootstrap.Existing) }, bootstrap.Join},
		"it runs":      {func(l *lone) { l.answers[3] = starting(3).Answer }, bootstrap.Wait},
		"it is off":    {func(*lone) {}, bootstrap.Found},
	} {
		a, l := newAlone(t)
		a.Timeout = 300 * time.Millisecond
		a.Ensemble.Hosts[2].Instances[0].Role = inventory.Observer
		l.list = bootstrap.ListOf(a.Ensemble)
		l.says("zk2", 2, bootstrap.Blank)
		test.set(l)
		s, err := a.Run(t.Context())
		if s.Decision.Action != test.action {
			t.Errorf("%s: it decides to %s (%s) and ends with %v", name, s.Decision.Action, s.Decision.Reason, err)
		}
	}
}

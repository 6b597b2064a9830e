package fleet

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// follower is a roll that a test follows step by step.
func follower(t *testing.T) (g *rolling, seen *[]Event) {
	f, hs := newFleet(t)
	seen = new([]Event)
	var mu sync.Mutex
	f.Report = func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		*seen = append(*seen, e)
	}
	r := newRun(t.Context(), f, false)
	t.Cleanup(r.over)
	_ = hs
	w := newWatch(r, nil)
	for _, m := range f.Ensemble.Members() {
		report := well(m.Instance.ID)
		w.reports[m.Instance.ID] = report
	}
	return &rolling{r: r, watch: w, end: func() {}, heard: make(map[int]heard)}, seen
}

// standing is the states of a roll's servers, in their order.
func standing(g *rolling) string {
	var all []string
	for _, s := range g.roll.Servers {
		all = append(all, fmt.Sprintf("%s %s", strings.TrimPrefix(s.Instance, "zookeeper-"), s.State))
	}
	return strings.Join(all, ", ")
}

func turnOf(name string) plan.Step { return plan.Step{Instances: []string{name}} }

// TestRolling follows two restarts of three, of which the order changes after the first.
func TestRolling(t *testing.T) {
	inTime(t, "a roll", func(t *testing.T) {
		g, seen := follower(t)
		wants := func(want string) {
			t.Helper()
			if got := standing(g); got != want {
				t.Errorf("it stands at %s, want %s", got, want)
			}
		}
		one, two, three := turnOf("zookeeper-1"), turnOf("zookeeper-2"), turnOf("zookeeper-3")
		g.order([]plan.Step{one, two, {Name: plan.Prove}, three}, 2)
		wants("1 waits, 2 waits, 3 left")
		g.enters(one.Instances, RollNext)
		g.lacks(plan.Gate{Kind: plan.Spared, Instances: one.Instances, Within: time.Minute}, "zookeeper-3: is away", time.Now())
		if s := g.roll.Servers[0]; s.State != RollNext || s.Lacks != "zookeeper-3: is away" || s.Limit != time.Minute {
			t.Errorf("it waits for %+v", s)
		}
		g.enters(one.Instances, RollRestarts)
		time.Sleep(time.Second)
		g.enters(one.Instances, RollReturns)
		back := plan.Gate{Kind: plan.Back, Instances: one.Instances, Within: time.Minute}
		g.lacks(back, "zookeeper-1: connection refused", time.Now())
		if s := g.roll.Servers[0]; s.Lacks != "connection refused" {
			t.Errorf("it waits for %+v", s)
		}
		time.Sleep(time.Second)
		g.lacks(back, "", time.Now())
		time.Sleep(5 * time.Second) // it settles
		g.turned(one, nil)
		wants("1 done, 2 waits, 3 left")
		ended := (*seen)[len(*seen)-1]
		if ended.Kind != Restarted || ended.Host != "zk1" || ended.Text != "zookeeper-1" || ended.Took != 2*time.Second || ended.Mode != ensemble.Follower || ended.Error != "" {
			t.Errorf("told was %+v", ended)
		}

		g.order([]plan.Step{three, two}, 1)
		wants("1 done, 3 waits, 2 left")
		// Its turn ends before its restart has begun: it is as it was.
		g.enters(three.Instances, RollNext)
		g.turned(three, errors.New("held"))
		wants("1 done, 3 waits, 2 left")
		g.enters(three.Instances, RollRestarts)
		g.enters(three.Instances, RollUndoes)
		g.turned(three, errors.New("it does not come up"))
		wants("1 done, 3 failed, 2 left")
		if ended := (*seen)[len(*seen)-1]; ended.Error != "it does not come up" {
			t.Errorf("told was %+v", ended)
		}
	})
}

// TestRollingTells reports a roll where something in it has changed, and nothing twice.
func TestRollingTells(t *testing.T) {
	inTime(t, "a roll", func(t *testing.T) {
		g, seen := follower(t)
		g.order([]plan.Step{turnOf("zookeeper-1")}, 0)
		now := time.Now()
		asked := g.watch.reports
		g.watch.reports = nil
		if g.look(now); len(*seen) != 1 || !(*seen)[0].Roll.Unasked {
			t.Fatalf("before a server was asked, told was %+v", *seen)
		}
		*seen, g.watch.reports = nil, asked
		g.look(now)
		g.look(now)
		if len(*seen) != 1 || (*seen)[0].Roll.Unasked || (*seen)[0].Kind != Rolls {
			t.Fatalf("told was %+v", *seen)
		}
		if r := (*seen)[0].Roll; r.Up != 3 || r.Voters != 3 || r.Need != 2 || r.Servers[0].Mode != ensemble.Follower || r.Servers[0].Host != "zk1" {
			t.Errorf("it stands at %+v", r)
		}
		// What was forgotten is shown a little longer, and then is not known.
		clear(g.watch.reports)
		if g.look(now.Add(heardFor)); len(*seen) != 1 {
			t.Errorf("told was %+v", (*seen)[1:])
		}
		g.look(now.Add(heardFor + time.Second))
		if len(*seen) != 2 || (*seen)[1].Roll.Up != 0 || (*seen)[1].Roll.Servers[0].Mode != "" {
			t.Errorf("told was %+v", (*seen)[1:])
		}
	})
}

// TestWrote tells that writes fail once none has gone through for a while.
func TestWrote(t *testing.T) {
	inTime(t, "writes", func(t *testing.T) {
		g, _ := follower(t)
		away := errors.New("connection refused")
		var states []string
		for _, err := range []error{nil, away, nil, away, away, &provision.Error{Kind: provision.NotPermitted}, away, provision.ErrNoWriteTest} {
			g.wrote(err)
			states = append(states, g.roll.Writes.State)
			time.Sleep(time.Second)
		}
		want := []string{WritesOK, WritesOK, WritesOK, WritesOK, WritesFail, WritesNotPermitted, WritesNotPermitted, ""}
		if !slices.Equal(states, want) {
			t.Errorf("it says %q, want %q", states, want)
		}
	})
}

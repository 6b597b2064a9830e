package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/provision/fleet"
)

// rollOf is a roll of three servers, the leader last, as it was begun at a time.
func rollOf(begun time.Time, states ...fleet.RollState) *fleet.Roll {
	r := &fleet.Roll{Begun: begun, Up: 3, Voters: 3, Need: 2, Writes: fleet.Writes{State: fleet.WritesOK}}
	for i, id := range []int{1, 3, 2} {
		s := fleet.RollServer{Instance: fmt.Sprintf("zookeeper-%d", id), Host: fmt.Sprintf("zk%d", id), State: states[i], Mode: ensemble.Follower, Zxid: 5<<32 | 0x1f3a}
		if id == 2 {
			s.Mode = ensemble.Leader
		}
		r.Servers = append(r.Servers, s)
	}
	return r
}

func rolls(r *fleet.Roll) fleet.Event { return fleet.Event{Kind: fleet.Rolls, Roll: r} }

// TestRollBlock looks at the screen at many moments of a roll, on terminals of two widths.
func TestRollBlock(t *testing.T) {
	for _, columns := range []int{100, 50} {
		w := watch(t, columns, 24, true)
		begun := w.time.Add(time.Second)
		shows := func(moment string) {
			t.Helper()
			golden(t, fmt.Sprintf("screen/roll-%d-%s.txt", columns, moment), w.text())
		}
		next := rollOf(begun, fleet.RollNext, fleet.RollWaits, fleet.RollWaits)
		next.Servers[0].Lacks, next.Servers[0].Since, next.Servers[0].Limit = "zookeeper-3: the leader has 1 of 2 followers in sync", begun, 50*time.Second
		next.Up, next.Writes = 2, fleet.Writes{}
		w.tell(step("prepare"), stepped("prepare"), rolls(next), step("every other voter is in sync"), fleet.Event{Kind: fleet.Progress, Text: "it stands in the block"})
		shows("next")

		restarts := rollOf(begun, fleet.RollRestarts, fleet.RollWaits, fleet.RollWaits)
		restarts.Servers[0].Since = w.time
		w.tell(stepped("every other voter is in sync"), rolls(restarts), step("restart zookeeper-1"), works("zk1"), begins("zk1", start("zookeeper-1")))
		shows("restarts")

		returns := rollOf(begun, fleet.RollDone, fleet.RollReturns, fleet.RollWaits)
		s := &returns.Servers[1]
		s.Mode, s.Zxid, s.Lacks, s.Since, s.Limit = "", 0, "zookeeper-3.service is activating; connection refused", w.time, 50*time.Second
		returns.Up = 2
		w.tell(ends("zk1", start("zookeeper-1")), rests("zk1"), stepped("restart zookeeper-1"), step("wait until zookeeper-3 serves again"),
			fleet.Event{Kind: fleet.Restarted, Host: "zk1", Text: "zookeeper-1", Done: true, Took: 1800 * time.Millisecond, Mode: ensemble.Follower}, rolls(returns))
		shows("returns")

		leaving := *returns
		leaving.Leaving = true
		e := stepped("wait until zookeeper-3 serves again")
		e.Error, e.Interrupted = "context canceled", true
		w.tell(e, rolls(&leaving))
		shows("interrupted")

		failed := rollOf(begun, fleet.RollDone, fleet.RollUndoes, fleet.RollUntouched)
		failed.Writes = fleet.Writes{State: fleet.WritesFail, Since: w.time.Add(-2 * time.Second)}
		failed.Servers[1].Since = w.time
		e = stepped("wait until zookeeper-3 serves again")
		e.Error = "it does not"
		w.tell(e, rolls(failed))
		shows("undoes")

		failed = rollOf(begun, fleet.RollDone, fleet.RollFailed, fleet.RollUntouched)
		over := *failed
		over.Over = true
		w.tell(step("undo restart zookeeper-3"), stepped("undo restart zookeeper-3"),
			fleet.Event{Kind: fleet.Restarted, Host: "zk3", Text: "zookeeper-3", Done: true, Took: 31 * time.Second, Error: errors.New("it does not").Error()}, rolls(failed))
		shows("failed")
		w.tell(rolls(&over))
		w.progress.close()
		shows("end")
	}
}

// TestRollBlockMany wants the servers around the present one to be shown, and all to be
// called by their own names where several are on one host.
func TestRollBlockMany(t *testing.T) {
	w := watch(t, 80, 24, true)
	r := rollOf(w.time, fleet.RollDone, fleet.RollDone, fleet.RollDone)
	for id := 4; id <= 20; id++ {
		s := fleet.RollServer{Instance: fmt.Sprintf("zookeeper-%d", id), Host: "zk4", State: fleet.RollWaits}
		switch {
		case id < 9:
			s.State = fleet.RollDone
		case id == 9:
			s.State = fleet.RollReturns
		}
		r.Servers = append(r.Servers, s)
	}
	w.tell(rolls(r))
	golden(t, "screen/roll-many.txt", w.text())
}

// TestRollPlain wants one line for each server where there is no terminal, and all lines
// where they are asked for.
func TestRollPlain(t *testing.T) {
	run := []fleet.Event{rolls(rollOf(time.Time{}, fleet.RollNext, fleet.RollWaits, fleet.RollWaits)), step("wait until zookeeper-1 serves again"), {Kind: fleet.Progress, Text: "zookeeper-1: connection refused"}, stepped("wait until zookeeper-1 serves again"),
		{Kind: fleet.Restarted, Host: "zk1", Text: "zookeeper-1", Done: true, Took: 1800 * time.Millisecond, Mode: ensemble.Follower},
		{Kind: fleet.Restarted, Host: "zk3", Text: "zookeeper-3", Done: true, Took: 31 * time.Second, Error: "it does not"},
		step("undo restart zookeeper-3"), stepped("undo restart zookeeper-3")}
	for name, test := range map[string]struct {
		output output
		want   string
	}{
		"plain": {output{progress: "plain"}, `  zookeeper-1: connection refused
✔ zk1  restart zookeeper-1 ok  1.8s  role=follower
✘ zk3  restart zookeeper-3 failed  31.0s
✔ undo restart zookeeper-3  2.0s
`},
		"verbose": {output{progress: "plain", verbose: true}, `  zookeeper-1: connection refused
✔ wait until zookeeper-1 serves again  2.0s
✔ zk1  restart zookeeper-1 ok  1.8s  role=follower
✘ zk3  restart zookeeper-3 failed  31.0s
✔ undo restart zookeeper-3  2.0s
`},
	} {
		var b strings.Builder
		p := newProgress(&b, test.output)
		for _, e := range run {
			p.report(e)
		}
		p.close()
		if diff := cmp.Diff(test.want, strings.ReplaceAll(b.String(), "00:00:00 ", "")); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// TestRollBlockUnasked shows no count of voters before a server was asked.
func TestRollBlockUnasked(t *testing.T) {
	w := watch(t, 100, 24, true)
	r := rollOf(w.time, fleet.RollNext, fleet.RollWaits, fleet.RollWaits)
	r.Up, r.Unasked = 0, true
	w.tell(rolls(r))
	if !strings.Contains(w.text(), "voters up …/3") {
		t.Errorf("the screen is\n%s", w.text())
	}
}

package fleet

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// TestWalkLeaderMoves lets the leadership move from zookeeper-3 to zookeeper-2 while
// zookeeper-1 is restarted: the one that leads now is the last.
func TestWalkLeaderMoves(t *testing.T) { synctest.Test(t, testWalkLeaderMoves) }

func testWalkLeaderMoves(t *testing.T) {
	f, hs := newFleet(t)
	p := rolled(f, hs, 1, 2, 3)
	moved := false
	var order []string
	for name, h := range hs.byName {
		id := int(name[2] - '0')
		h.reports = func(int) []provision.Report {
			r := well(id)
			if moved && id == 2 {
				r.Answer.Mode, r.Answer.QuorumSize, r.Answer.SyncedFollowers, r.Answer.SyncedObservers = ensemble.Leader, 3, 2, 1
			}
			if moved && id == 3 {
				r.Answer.Mode, r.Answer.QuorumSize, r.Answer.SyncedFollowers, r.Answer.SyncedObservers = ensemble.Follower, -1, -1, -1
			}
			return []provision.Report{r}
		}
		h.during = func(_ context.Context, call string) {
			if call == plan.Restart {
				hs.do(func() { order, moved = append(order, name), true })
			}
		}
	}
	o, err := walked(t.Context(), f, p, everyStep)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"zk1", "zk3", "zk2"}
	if diff := cmp.Diff(want, order); diff != "" || !slices.Equal(o.Restarted, []string{"zookeeper-1", "zookeeper-3", "zookeeper-2"}) {
		t.Errorf("restarted %v (-want +got):\n%s", o.Restarted, diff)
	}
}

// TestWalkLeaderMovesMeanwhile lets the leadership move to zookeeper-1 while it waits for
// zookeeper-2, the turn being its own: it goes last all the same.
func TestWalkLeaderMovesMeanwhile(t *testing.T) { synctest.Test(t, testWalkLeaderMovesMeanwhile) }

func testWalkLeaderMovesMeanwhile(t *testing.T) {
	f, hs := newFleet(t)
	p := rolled(f, hs, 1, 3)
	begin := time.Now()
	var order []string
	for name, h := range hs.byName {
		id := int(name[2] - '0')
		h.reports = func(int) []provision.Report {
			r := well(id)
			since := time.Since(begin)
			switch {
			case id == 2 && since < 5*time.Second:
				r = starting(2)
			case id == 1 && since >= 3*time.Second:
				r.Answer.Mode, r.Answer.QuorumSize, r.Answer.SyncedFollowers, r.Answer.SyncedObservers = ensemble.Leader, 3, 2, 1
			case id == 3 && since >= 3*time.Second:
				r.Answer.Mode, r.Answer.QuorumSize, r.Answer.SyncedFollowers, r.Answer.SyncedObservers = ensemble.Follower, -1, -1, -1
			}
			return []provision.Report{r}
		}
		h.during = func(_ context.Context, call string) {
			if call == plan.Restart {
				hs.do(func() { order = append(order, name) })
			}
		}
	}
	if _, err := walked(t.Context(), f, p, everyStep); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"zk3", "zk1"}, order); diff != "" {
		t.Errorf("restarted (-want +got):\n%s", diff)
	}
}

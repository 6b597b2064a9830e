package fleet

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// TestWalkInterrupted interrupts a roll while a server is down for its restart: it is seen
// back, with what it ran with before where it must be, and nothing else is touched.
func TestWalkInterrupted(t *testing.T) {
	lost := &provision.Error{Kind: provision.Unknown, Message: "lost"}
	for name, test := range map[string]struct {
		// at is how long after its restart the run is interrupted, and back how long after
		// it the server serves; never where it is negative.
		at, back time.Duration
		// undone is whether it serves with what it ran with before.
		undone bool
		// fails is how the restart ends where the run was interrupted before.
		fails error
		calls string
		left  string
		says  string
		most  time.Duration
		// limit is how long it is waited for; 0 is 10 s.
		limit time.Duration
	}{
		"it comes back":                {at: time.Second, back: 4 * time.Second, calls: "zk1 restart", left: "zookeeper-2", most: 6 * time.Second},
		"it is back already":           {at: 3 * time.Second, back: time.Second, calls: "zk1 restart", left: "zookeeper-2", most: 4 * time.Second},
		"it does not come back":        {at: time.Second, back: -1, undone: true, calls: "zk1 restart, zk1 undo", left: "zookeeper-1, zookeeper-2", says: "zookeeper-1 runs again with what it ran with before", most: 30 * time.Second},
		"it does not for long":         {at: time.Second, back: -1, undone: true, calls: "zk1 restart, zk1 undo", left: "zookeeper-1, zookeeper-2", says: "zookeeper-1 runs again with what it ran with before", most: 2 * time.Minute, limit: 90 * time.Second},
		"it goes back meanwhile":       {at: 12 * time.Second, back: -1, undone: true, calls: "zk1 restart, zk1 undo", left: "zookeeper-1, zookeeper-2", says: "zookeeper-1 runs again with what it ran with before", most: 30 * time.Second},
		"it does not come back at all": {at: time.Second, back: -1, calls: "zk1 restart, zk1 undo", left: "zookeeper-1, zookeeper-2", says: "the restart of zookeeper-1 could not be undone", most: 40 * time.Second},
		"its host was lost":            {back: -1, fails: lost, calls: "zk1 restart", left: "zookeeper-1, zookeeper-2", says: "lost", most: 5 * time.Second},
		"it was not restarted":         {fails: context.Canceled, calls: "zk1 restart", left: "zookeeper-1, zookeeper-2", most: 5 * time.Second},
		"in the change itself":         {calls: "zk1 restart", left: "zookeeper-2", most: 5 * time.Second},
	} {
		inTime(t, name, func(t *testing.T) {
			f, hs := newFleet(t)
			p := rolled(f, hs, 1, 2)
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			h := hs.byName["zk1"]
			h.slow = 500 * time.Millisecond
			f.Timeout = max(f.Timeout, test.limit)
			var began, undone time.Time
			h.reports = func(int) []provision.Report {
				switch now := time.Now(); {
				case began.IsZero(), test.back >= 0 && now.Sub(began) >= test.back, test.undone && !undone.IsZero() && now.Sub(undone) > 4*time.Second:
					return []provision.Report{well(1)}
				}
				return []provision.Report{starting(1)}
			}
			h.refuses = func(call string) error {
				switch call {
				case plan.Restart:
					hs.do(func() { began = time.Now() })
					if test.at == 0 {
						interrupt()
						return test.fails
					}
					time.AfterFunc(test.at, interrupt)
				case "undo":
					hs.do(func() { undone = time.Now() })
				}
				return nil
			}
			begin := time.Now()
			o, err := walked(ctx, f, p, everyStep)
			if !errors.Is(err, context.Canceled) && test.fails != lost || !strings.Contains(err.Error(), test.says) {
				t.Errorf("it ends with %v", err)
			}
			if got := strings.Join(changing(hs), ", "); got != test.calls {
				t.Errorf("it did %s, want %s", got, test.calls)
			}
			if got := strings.Join(o.Pending(), ", "); got != test.left {
				t.Errorf("%s are left, want %s", got, test.left)
			}
			if took := time.Since(begin); took > test.most {
				t.Errorf("it took %s", took)
			}
			if undone.IsZero() == slices.Contains(changing(hs), "zk1 undo") {
				t.Error("nothing was undone")
			}
		})
	}
}

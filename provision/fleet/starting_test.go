package fleet

import (
	"testing"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// TestStartedLately plans a roll just after a voter was started: it is waited for, and not
// taken for one that is down. One that was started long ago, or that systemd had to start
// again, is.
func TestStartedLately(t *testing.T) {
	for name, test := range map[string]struct {
		ago   time.Duration
		crash *provision.Crash
		comes bool
		down  bool
		least time.Duration // that the plan takes
	}{
		"it comes":              {ago: time.Second, comes: true, least: time.Second},
		"it does not come":      {ago: time.Second, down: true, least: 15 * time.Second},
		"it was started before": {ago: time.Minute, down: true},
		"it ends by itself":     {ago: time.Second, crash: &provision.Crash{Times: 1}, down: true},
	} {
		inTime(t, name, func(t *testing.T) {
			f, hs := newFleet(t)
			situations["a restart"](t, f, hs)
			begin := time.Now()
			hs.byName["zk2"].reports = func(int) []provision.Report {
				if test.comes && time.Since(begin) >= test.least {
					return []provision.Report{well(2)}
				}
				r := starting(2)
				r.Unit.ActiveState, r.Unit.SubState, r.Crash = "active", "running", test.crash
				r.Unit.ExecMainStart = begin.Add(-test.ago)
				return []provision.Report{r}
			}
			p, err := f.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			refused := false
			for _, found := range p.Findings {
				refused = refused || found.Name == plan.VoterDown
			}
			if took := time.Since(begin); refused != test.down || took < test.least || took > test.least+6*time.Second {
				t.Errorf("after %s it is refused: %t\n%v", took, refused, p.Findings)
			}
		})
	}
}

// TestStartedLatelyOnTheWay plans a change of the voters just after one of them was
// started, as by a run that was killed: without that one there would be no way that keeps
// a majority up.
func TestStartedLatelyOnTheWay(t *testing.T) {
	inTime(t, "", func(t *testing.T) {
		f, hs := newFleet(t)
		list := provision.ServersOf(f.Ensemble)
		members := provision.MembersOf(f.Ensemble)
		list = list.With(hs.beyond(f.Ensemble, 5, &members))
		hs.runWith(f.Ensemble, list, &members)
		begin := time.Now()
		hs.byName["zk2"].reports = func(int) []provision.Report {
			r := well(2)
			if time.Since(begin) < 3*time.Second {
				r.Answer = ensemble.Answer{ID: 2, Error: "connection refused"}
			}
			r.Unit.ExecMainStart = begin
			return []provision.Report{r}
		}
		p, err := f.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Transitions) != 1 || p.Transitions[0].Outage || len(p.Findings) > 0 {
			t.Errorf("the way is %+v, and it finds %v", p.Transitions, p.Findings)
		}
	})
}

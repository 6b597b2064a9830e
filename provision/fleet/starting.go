package fleet

import (
	"context"
	"fmt"
	"time"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

const (
	// startsFor is how long after its start a server that does not serve yet is not taken
	// for one that is down: a JVM starts, and a leader is elected.
	startsFor = 20 * time.Second
	// startsEvery is how often such a server is asked again.
	startsEvery = 200 * time.Millisecond
)

// settledReports asks every server how it is. One that was started a moment ago, as by a
// run that was killed, is waited for: it would be judged as one that is down.
func (r *run) settledReports(ctx context.Context) (map[int]provision.Report, error) {
	said := ""
	for begin := time.Now(); ; {
		reports, err := r.probeOnce(ctx, false)
		name := r.starting(reports)
		if err != nil || name == "" || time.Since(begin) >= startsFor {
			return reports, err
		}
		if name != said {
			said = name
			r.report(Event{Kind: Progress, Text: fmt.Sprintf("waits for %s, which was started a moment ago", name)})
		}
		select {
		case <-ctx.Done():
			return reports, ctx.Err()
		case <-time.After(startsEvery):
		}
	}
}

// starting names a voter that was started a moment ago and does not serve yet; empty
// where there is none.
func (r *run) starting(reports map[int]provision.Report) string {
	for _, m := range r.Ensemble.Members() {
		report := reports[m.Instance.ID]
		u := report.Unit
		if m.Instance.Role != inventory.Participant || report.Answer.Serving || !u.RunsOrStarts() || report.Crash != nil || u.ExecMainStart.IsZero() {
			continue
		}
		r.mu.Lock()
		there := time.Now().Add(r.clocks[m.Host.Name])
		r.mu.Unlock()
		if there.Sub(u.ExecMainStart) < startsFor {
			return m.Instance.Name
		}
	}
	return ""
}

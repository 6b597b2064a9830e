package fleet

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// quorumTail is how many lines of each journal are shown when there is no quorum.
const quorumTail = 8

// notFormed returns the error of a gate that did not hold: what every server that is
// not well answered last, and the end of its journal.
func (r *run) notFormed(u *unmet) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	e := &provision.Error{Kind: provision.Failed, Name: "no-quorum", Message: "the ensemble has not formed: " + u.why,
		Hint: r.command("check") + " tells how it stands"}
	reports := u.scene.Reports
	stand := standings(r.Ensemble, reports, u.scene.Verdict)
	for _, f := range telling(u.scene.Verdict.Findings, stand) {
		if f.Severity == finding.Critical || f.Severity == finding.Warning {
			e.Detail = append(e.Detail, f.String())
		}
	}
	for _, m := range r.Ensemble.Members() {
		agent, report := r.agent(m.Host), reports[m.Instance.ID]
		crashes := slices.ContainsFunc(stand, func(f finding.Finding) bool { return f.Instance == m.Instance.Name })
		if agent == nil || report.Answer.Serving && !crashes {
			continue
		}
		e.Detail = append(e.Detail, r.wordsOf(ctx, m, u)...)
	}
	return e
}

// wordsOf returns how a server was when a wait ended, and the end of its journal.
func (r *run) wordsOf(ctx context.Context, m inventory.Member, u *unmet) []string {
	agent, report := r.agent(m.Host), u.scene.Reports[m.Instance.ID]
	how := report.Unit.Summary() + "; last answer: " + report.Answer.Text()
	if err, ok := u.asked[m.Host.Name]; err != nil {
		how = "could not be asked: " + err.Error()
	} else if !ok {
		how = "could not be asked in time"
	}
	words := []string{fmt.Sprintf("%s: %s %s", m.Host.Name, m.Instance.Name, how)}
	var lines []string
	var err error
	if report.Crash != nil {
		lines = report.Crash.Words
	}
	if len(lines) == 0 && agent != nil {
		lines, err = agent.Journal(ctx, r.task(m.Host), m.Instance.ID, quorumTail)
	}
	if err != nil {
		lines = []string{"(no journal: " + err.Error() + ")"}
	}
	for _, line := range lines {
		words = append(words, "    "+strings.TrimSpace(line))
	}
	return words
}

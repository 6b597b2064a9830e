package fleet

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// steadyAfter is how long a server that systemd had to start again, while it was
// waited for or shortly before, must stay up before it counts: longer than ZooKeeper tries to bind
// its election port.
const steadyAfter = 6 * time.Second

// often is how many ends by itself make a server that serves just now as good as lost.
const often = 3

// steadiness is what keeps servers that serve from going on to serve: a server
// that cannot bind its election port serves for 3 s before it ends.
type steadiness struct {
	// since is when each server's present start was first seen.
	since map[int]seenStart
}

type seenStart struct {
	invocation string
	at         time.Time
}

// lacking returns which servers are not steady, by instance, and why; reports count the
// restarts since the wait began. Of a host that was not asked nothing is known.
func (s *steadiness) lacking(e *inventory.Ensemble, reports map[int]provision.Report, now time.Time) map[string]string {
	lacking := make(map[string]string)
	for _, m := range e.Members() {
		r, ok := reports[m.Instance.ID]
		if !ok {
			continue
		}
		start := s.since[r.ID]
		if start.invocation != r.Unit.InvocationID || start.at.IsZero() {
			start = seenStart{r.Unit.InvocationID, now}
			if s.since == nil {
				s.since = make(map[int]seenStart)
			}
			s.since[r.ID] = start
		}
		switch {
		case !r.Answer.Serving: // the verdict says it
		case r.Election != nil && !r.Election.Own:
			lacking[m.Instance.Name] = electionClosedText(*r.Election)
		case (r.Unit.NRestarts > 0 || r.Crash != nil) && now.Sub(start.at) < steadyAfter:
			lacking[m.Instance.Name] = "has ended by itself and was started again; it is made sure that it stays up"
		}
	}
	return lacking
}

func electionClosedText(l facts.Listening) string {
	if l.By != "" {
		return fmt.Sprintf("serves, and its election port %d is held by %s: it ends when it has tried for 3 s to listen there", l.Port, l.By)
	}
	return fmt.Sprintf("serves, and does not listen on its election port %d: it ends when it has tried for 3 s to", l.Port)
}

// standings returns what the units and processes of the servers tell beside what the
// servers answer: those that end by themselves, and those that cannot take part in
// an election.
func standings(e *inventory.Ensemble, reports map[int]provision.Report, v ensemble.Verdict) finding.Findings {
	var found finding.Findings
	for _, m := range e.Members() {
		r, ok := reports[m.Instance.ID]
		f := finding.Finding{Severity: finding.Warning, Host: m.Host.Name, Instance: m.Instance.Name}
		// A server that serves just now is counted among those that may fail.
		if left := v.Survives; m.Instance.Role == inventory.Participant && (left == 0 || left == 1 && r.Answer.Serving) {
			f.Severity = finding.Critical
		}
		// One that came to itself, as far as can be told yet, is not as good as lost.
		if r.Crash != nil && r.Crash.Times < often && r.Election != nil && r.Election.Own {
			f.Severity = finding.Warning
		}
		switch {
		case !ok:
			continue
		case r.Crash != nil:
			f.Name, f.Detail = crashLoop, strings.Join(r.Crash.Words, "\n")
			f.Message, f.Hint = crashText(r.Crash, r.Unit), "on "+m.Host.Name+" see: journalctl -u "+m.Instance.Name
			if r.Crash.Ending != nil {
				f.Hint = r.Crash.Ending.Cure + " (zkprov explain " + r.Crash.Ending.Name + ")"
			}
		case r.Election != nil && !r.Election.Own:
			f.Name, f.Message = electionClosed, electionClosedText(*r.Election)
			f.Hint = "on " + m.Host.Name + " see: ss -tnap, and journalctl -u " + m.Instance.Name
		case r.Unit.LoadState == "not-found" && !r.Answer.Running:
			f.Name, f.Message, f.Hint = ensemble.InstanceDown, "is not set up: systemd has no unit of it", "zkprov apply sets it up"
		default:
			continue
		}
		found = append(found, f)
	}
	return found
}

// crashText returns how often a server has ended, since when, how and why.
func crashText(c *provision.Crash, u units.State) string {
	text := "has ended by itself"
	if c.Times > 1 {
		text = fmt.Sprintf("has ended by itself %d times", c.Times)
	}
	if !c.Since.IsZero() {
		word := "at"
		if c.Times > 1 {
			word = "since"
		}
		text += fmt.Sprintf(" %s %s", word, c.Since.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	switch {
	case c.Up:
		text += ", and was started again"
	case u.WaitsForRestart():
		text += ", and is started again in a moment"
	default:
		text += ", and is not started again"
	}
	last := "; it "
	if c.Times > 1 {
		last = "; the last time it "
	}
	text += last + c.Exit.String()
	if c.Ending != nil {
		text += ": " + c.Ending.Cause
	}
	return text
}

// telling puts the standings in the place of what the verdict says of the same
// servers' silence: that nothing answers is the least that is known of them.
func telling(verdict, standings finding.Findings) finding.Findings {
	kept := slices.DeleteFunc(slices.Clone(verdict), func(f finding.Finding) bool {
		return ensemble.OfSilence(f.Name) && slices.ContainsFunc(standings, func(s finding.Finding) bool { return s.Instance == f.Instance })
	})
	all := append(kept, standings...)
	all.Sort()
	return all
}

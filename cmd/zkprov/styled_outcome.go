package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/fleet"
)

// outcome shows what an apply did, and the command to type next.
func (s *styled) outcome(e *inventory.Ensemble, o *fleet.Outcome, next string) {
	s.findings(o.Plan.Findings, s.verbose)
	changed := 0
	for _, n := range o.Changed {
		if n > 0 {
			changed++
		}
	}
	if changed == 0 {
		s.printf("nothing to change on %s · %s\n", count(len(o.Plan.Hosts), "host"), duration(o.Took))
	} else {
		s.printf("applied: %s on %s · 0 failed · %s\n", count(o.Changes(), "change"), count(changed, "host"), duration(o.Took))
	}
	if len(o.Restarted) > 0 {
		s.printf("restarted: %s\n", strings.Join(o.Restarted, ", "))
	}
	if left := o.Pending(); len(left) > 0 {
		s.printf("%s\n", s.paint(yellow, "not restarted yet: "+strings.Join(left, ", ")))
	}
	if o.Verdict != nil {
		s.printf("%s\n", s.paint(green, quorumLine(e, o.Verdict)+", "+writeLine(o.Write)))
	} else {
		s.printf("%s\n", s.paint(yellow, "until they are, they run with the list of servers from before"))
	}
	s.verbatim("next: %s\n", next)
}

// earlier shows how much of a plan file was done before.
func (s *styled) earlier(file string, o *fleet.Outcome) {
	switch {
	case file == "" || o.Earlier == 0:
	case o.Changes() == 0:
		s.printf("the plan in %s was carried out before: all of it is there\n", file)
	default:
		s.printf("of the plan in %s %s made before\n", file, countWere(o.Earlier, "change"))
	}
}

func countWere(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " was"
	}
	return count(n, noun) + " were"
}

func writeLine(write string) string {
	switch write {
	case "proven":
		return "a write was read back through every server"
	case "not permitted":
		return "writes not tested (the ensemble's access rules forbid it)"
	}
	return "writes not tested (nothing was changed)"
}

// quorumLine returns in one line how the ensemble stands.
func quorumLine(e *inventory.Ensemble, v *ensemble.Verdict) string {
	switch {
	case v.Unknown:
		return "quorum not known"
	case !v.Quorum:
		return "no quorum"
	}
	leader := "not seen"
	if v.Leader != nil { // it may run where the inventory has it no more
		leader = inventory.InstanceName(e.Name, *v.Leader)
	}
	observers := 0
	for _, m := range e.Members() {
		if v.Leads(m.Instance.ID) {
			leader = m.Instance.Name + " on " + m.Host.Name
		}
		if m.Instance.Role == inventory.Observer {
			observers++
		}
	}
	state := "quorum, not formed in full"
	if v.Formed {
		state = "quorum formed"
	}
	line := fmt.Sprintf("%s: leader %s, %d/%d followers in sync", state, leader, v.InSync, cmp.Or(v.Participants, e.Participants())-1)
	if observers > 0 {
		line += fmt.Sprintf(", %d/%s attached", v.Observers, count(observers, "observer"))
	}
	return line
}

// state shows what a check found, the verdict first.
func (s *styled) state(e *inventory.Ensemble, st *fleet.State) {
	word, colour := "OK", green
	switch st.Findings.Worst() {
	case finding.Critical:
		word, colour = "CRITICAL", red
	case finding.Warning:
		word, colour = "WARNING", yellow
	}
	v := &st.Verdict
	more := "failures"
	if v.Survives == 1 {
		more = "failure"
	}
	survives := ""
	if v.Quorum {
		survives = fmt.Sprintf("survives %d more %s · ", v.Survives, more)
	}
	s.printf("%s  %s%s · %d critical, %s · %s, %s\n", s.paint(colour, word), survives, quorumLine(e, v),
		st.Findings.Count(finding.Critical), count(st.Findings.Count(finding.Warning), "warning"),
		count(len(e.Hosts), "host"), count(len(e.Members()), "instance"))
	s.findings(st.Findings, s.verbose)
	if s.verbose {
		s.members(e, st)
	}
}

// members lists every server with what it answered.
func (s *styled) members(e *inventory.Ensemble, st *fleet.State) {
	for _, m := range e.Members() {
		a, ok := st.Answers[m.Instance.ID]
		text := "was not asked"
		if ok {
			text = a.Text()
		}
		s.printf("  %-16s %-16s %s\n", m.Host.Name, m.Instance.Name, text)
	}
}

// summaryOfFailure returns the last line of an apply that failed.
func summaryOfFailure(o *fleet.Outcome) string {
	how := "nothing was changed"
	switch {
	case o.Changes() > 0:
		how = fmt.Sprintf("stopped after %s on %s", count(o.Changes(), "change"), count(len(o.Changed), "host"))
	case len(o.Unknown) > 0:
		how = "stopped before any change was finished"
	}
	if len(o.Failed) > 0 {
		how += fmt.Sprintf(" · %d failed: %s", len(o.Failed), foldNames(o.Failed))
	}
	if len(o.Unknown) > 0 {
		how += fmt.Sprintf(" · %d unknown: %s", len(o.Unknown), foldNames(o.Unknown))
	}
	return how
}

// finished returns what is known of the steps that had begun when a run was interrupted.
func finished(o *fleet.Outcome) string {
	if len(o.Unknown) == 0 {
		return "every change that had begun was finished"
	}
	return "every change that had begun was finished but on " + foldNames(o.Unknown) + ", of which it is not known"
}

// unrestarted returns, to follow what was finished, what is left to restart, or was not
// seen back.
func unrestarted(o *fleet.Outcome) string {
	if left := o.Pending(); len(left) > 0 {
		return "; not restarted, or not seen back: " + strings.Join(left, ", ")
	}
	return ""
}

// duration returns how long something took, to the tenth of a second where it was short.
func duration(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return provision.Roughly(d)
}

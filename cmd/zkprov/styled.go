package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/fleet"
	"github.com/zkprov/zkprov/provision/plan"
)

// styled writes for people, in colour where the stream has it.
type styled struct {
	w       io.Writer
	colour  bool
	verbose bool
	// columns is the width at which lines are broken; nil breaks none.
	columns func() int
}

func newStyled(w io.Writer, o output) *styled {
	s := &styled{w: w, colour: !o.noColor && os.Getenv("NO_COLOR") == "" && isTerminal(w), verbose: o.verbose}
	if isTerminal(w) {
		s.columns = func() int { columns, _ := sizeOf(w); return columns }
	}
	return s
}

// printf prints whole lines. On a terminal they are broken at words.
func (s *styled) printf(format string, args ...any) {
	s.broken(fmt.Sprintf(format, args...), hanging)
}

// prose prints a text whose lines begin where they are broken.
func (s *styled) prose(format string, args ...any) {
	s.broken(fmt.Sprintf(format, args...), func(string) int { return 0 })
}

// verbatim prints lines that mean something else when they are broken.
func (s *styled) verbatim(format string, args ...any) { fmt.Fprintf(s.w, format, args...) }

func (s *styled) broken(text string, hang func(line string) int) {
	if s.columns != nil {
		lines := strings.Split(text, "\n")
		for i, line := range lines {
			lines[i] = wrap(line, s.columns(), hang(line))
		}
		text = strings.Join(lines, "\n")
	}
	_, _ = io.WriteString(s.w, text)
}

// The colours of SGR; see ECMA-48, 8.3.117.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	bold   = "1"
)

func (s *styled) paint(sgr, text string) string {
	if !s.colour || sgr == "" {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

// plan shows what an apply would do.
func (s *styled) plan(e *inventory.Ensemble, p *plan.Plan, showDiff bool) {
	for _, g := range groupPlans(e, p.ByHost()) {
		s.group(g, showDiff)
	}
	s.findings(p.Findings, s.verbose)
	switch {
	case p.Changes() == 0 && p.Stops() == nil && p.Unseen() == nil:
		s.printf("Plan: nothing to change on %s\n", count(len(p.Hosts), "host"))
	case p.Changes() > 0:
		how := "instances that run are left alone"
		if p.Bootstrap {
			how = "first bootstrap: all instances start together"
		}
		hosts := 0
		for _, h := range p.ByHost() {
			if len(h.Changes) > 0 {
				hosts++
			}
		}
		s.printf("Plan: %s on %s; %s\n", count(p.Changes(), "change"), count(hosts, "host"), how)
	}
	if n := p.Restarts(); n > 0 {
		s.printf("%s would have to be restarted, which this version does not do\n", count(n, "running instance"))
	}
	obstacles := provision.Split(p.Stops())
	for _, one := range obstacles {
		var host *plan.HostError
		if !errors.As(one, &host) { // what is of a host is said with it, and so are findings
			s.errors(one)
		}
	}
	if n := len(obstacles); n > 0 {
		s.printf("apply would change nothing: see the %s above\n", count(n, "obstacle"))
	}
}

func (s *styled) group(g planGroup, showDiff bool) {
	s.printf("%s  %s\n", s.paint(bold, g.hosts), g.title)
	for _, line := range g.lines {
		colour := map[string]string{"+": green, "-": red, "~": yellow}[line.sign]
		s.printf("  %s %s\n", s.paint(colour, line.sign), line.text)
		if !showDiff {
			continue
		}
		for _, d := range line.diffs {
			if d.host != "" {
				s.printf("      on %s\n", d.host)
			}
			for l := range strings.SplitSeq(strings.TrimSuffix(d.text, "\n"), "\n") {
				switch {
				case strings.HasPrefix(l, "+"):
					l = s.paint(green, l)
				case strings.HasPrefix(l, "-"):
					l = s.paint(red, l)
				}
				s.verbatim("      %s\n", l)
			}
		}
	}
}

// findings are shown the gravest first; notices only where everything is.
func (s *styled) findings(found finding.Findings, notices bool) {
	for _, f := range found {
		switch f.Severity {
		case finding.Critical:
			s.finding(s.paint(red, "✘"), f)
		case finding.Warning:
			s.finding(s.paint(yellow, "!"), f)
		case finding.Notice:
			if notices {
				s.finding("-", f)
			}
		}
	}
}

// finding shows one, with what a server said itself, and with what to type on lines of
// their own: nothing that stands around a command is copied along with it.
func (s *styled) finding(sign string, f finding.Finding) {
	commands := f.Commands
	f.Commands = nil
	s.printf("%s %s\n", sign, f)
	for line := range strings.Lines(f.Detail) {
		s.printf("      %s\n", strings.TrimSpace(line))
	}
	s.commands(commands)
}

// commands shows what to type, after the prompt of where that is. A line that was
// broken would be two commands once it is copied.
func (s *styled) commands(commands []finding.Command) {
	for _, c := range commands {
		prompt := "$"
		if c.Host != "" {
			prompt = c.Host + "#"
		}
		s.verbatim("      %s %s\n", prompt, c.Line)
	}
}

// errors shows what went wrong, each with what the host or server said itself.
func (s *styled) errors(err error) {
	for _, one := range provision.Split(err) {
		var found *plan.FindingError
		if errors.As(one, &found) {
			continue // shown with the other findings
		}
		if exitCodeOf(one) == exitInterrupted {
			s.printf("%s interrupted\n", s.paint(red, "✘"))
			continue
		}
		d := describe(one)
		where := ""
		if d.Host != "" {
			where = d.Host + ": "
		}
		s.printf("%s %s%s\n", s.paint(red, "✘"), where, d.Message)
		for _, line := range d.Detail {
			s.printf("      %s\n", line)
		}
		if d.Hint != "" {
			s.printf("    %s%s\n", d.Hint, bracketed(d.Name))
		}
		s.commands(d.Commands)
	}
}

func bracketed(name string) string {
	if name == "" {
		return ""
	}
	return " [" + name + "]"
}

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
	s.printf("%s\n", s.paint(green, quorumLine(e, o.Verdict)+", "+writeLine(o.Write)))
	s.verbatim("next: %s\n", next)
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

// quorumLine says how the ensemble stands.
func quorumLine(e *inventory.Ensemble, v *ensemble.Verdict) string {
	switch {
	case v.Unknown:
		return "quorum not known"
	case !v.Quorum:
		return "no quorum"
	}
	names := map[int]string{0: "not seen"}
	observers := 0
	for _, m := range e.Members() {
		names[m.Instance.ID] = m.Instance.Name + " on " + m.Host.Name
		if m.Instance.Role == inventory.Observer {
			observers++
		}
	}
	state := "quorum, not formed in full"
	if v.Formed {
		state = "quorum formed"
	}
	line := fmt.Sprintf("%s: leader %s, %d/%d followers in sync", state, names[v.Leader], v.InSync, e.Participants()-1)
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

// summaryOfFailure is the last line of an apply that failed.
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

// finished says what is known of the steps that had begun when a run was interrupted.
func finished(o *fleet.Outcome) string {
	if len(o.Unknown) == 0 {
		return "every change that had begun was finished"
	}
	return "every change that had begun was finished but on " + foldNames(o.Unknown) + ", of which it is not known"
}

// duration returns how long something took, to the tenth of a second where it was short.
func duration(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return provision.Roughly(d)
}

// sign returns the sign of a change, by what it does.
func sign(a provision.Action) string {
	switch a {
	case provision.Create, provision.Install:
		return "+"
	case provision.Remove:
		return "-"
	case provision.Update:
		return "~"
	}
	return ">"
}

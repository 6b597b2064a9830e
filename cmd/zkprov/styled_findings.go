package main

import (
	"errors"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// findings shows the critical ones first; notices only where they are asked for.
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

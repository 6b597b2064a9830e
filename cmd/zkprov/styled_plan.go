package main

import (
	"errors"
	"strings"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

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
	if order := restartOrder(p); len(order) > 0 {
		s.printf("restart order: %s\n", strings.Join(order, " -> "))
	}
	if n := len(p.Transitions); n > 0 {
		s.printf("server list: %s; this plan makes the first, and the hosts are planned anew after each\n", count(n, "transition"))
		for i, t := range p.Transitions {
			s.printf("  %d. %s\n", i+1, t)
		}
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

// restartOrder returns the instances that would be restarted, in their order; those that
// go together are one.
func restartOrder(p *plan.Plan) []string {
	var order []string
	for _, step := range p.Steps {
		if step.Restarts() {
			order = append(order, strings.Join(step.Instances, " + "))
		}
	}
	return order
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
			s.diff(d.text)
		}
	}
}

// diff shows a unified diff.
func (s *styled) diff(text string) {
	if text == "" {
		return
	}
	for l := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		switch {
		case strings.HasPrefix(l, "+"):
			l = s.paint(green, l)
		case strings.HasPrefix(l, "-"):
			l = s.paint(red, l)
		}
		s.verbatim("      %s\n", l)
	}
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

package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
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
	s.reasons(e, p)
	if line := orderLine(e, p); line != "" {
		s.printf("%s\n", line)
	}
	if n := len(p.Transitions); n > 0 {
		s.printf("server list: %s; this plan makes the first, and the hosts are planned anew after each\n", count(n, "transition"))
		for i, t := range p.Transitions {
			s.printf("  %d. %s\n", i+1, t)
		}
	}
	if p.Changes() > 0 || p.Stops() == nil && p.Unseen() == nil {
		s.printf("Plan: %s\n", planLineOf(e, p))
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

// reasons shows what running servers are restarted for.
func (s *styled) reasons(e *inventory.Ensemble, p *plan.Plan) {
	var restarts []provision.Restart
	for _, h := range p.Hosts {
		for _, r := range h.Restarts {
			if len(r.Differences) == 0 {
				r.Differences = r.Reasons
			}
			restarts = append(restarts, r)
		}
	}
	if len(restarts) == 0 {
		return
	}
	s.printf("restarted for\n")
	s.differences(e, restarts, "  ")
}

// orderLine returns the order of the restarts, and what stays up meanwhile; empty where
// nothing is restarted.
func orderLine(e *inventory.Ensemble, p *plan.Plan) string {
	var order []string
	for _, turn := range p.Turns() {
		order = append(order, strings.Join(turn, " + "))
	}
	switch {
	case order == nil:
		return ""
	case p.Options.NoRestart:
		return "restarts left for later: " + strings.Join(order, ", ")
	}
	line := "restart order: " + strings.Join(order, " -> ")
	if len(order) > 1 && p.Leader != "" && order[len(order)-1] == p.Leader {
		line += " (leader last)"
	}
	if steady(e, p) {
		line += fmt.Sprintf("   never below %d of %d voters", p.LeastUp(e), e.Participants())
	}
	return line
}

// steady reports whether a majority stays up at every moment of the restarts.
func steady(e *inventory.Ensemble, p *plan.Plan) bool {
	return p.LeastUp(e) >= e.Majority() && !slices.ContainsFunc(p.Findings, func(f finding.Finding) bool {
		return slices.Contains([]string{plan.OutageNeeded, plan.VoterDown, plan.QuorumLost}, f.Name)
	})
}

// planLineOf returns all of a plan in one line.
func planLineOf(e *inventory.Ensemble, p *plan.Plan) string {
	if p.Changes() == 0 {
		return "nothing to change on " + count(len(p.Hosts), "host")
	}
	added, changed := 0, 0
	for _, h := range p.ByHost() {
		switch {
		case len(h.Changes) == 0:
		case strings.HasPrefix(title(e, h), "new: "):
			added++
		default:
			changed++
		}
	}
	restarts := 0
	for _, turn := range p.Turns() {
		restarts += len(turn)
	}
	if restarts == 0 {
		how := "instances that run are left alone"
		if p.Bootstrap {
			how = "first bootstrap: all instances start together"
		}
		return fmt.Sprintf("%s on %s; %s", count(p.Changes(), "change"), count(added+changed, "host"), how)
	}
	var parts []string
	if added > 0 {
		parts = append(parts, count(added, "host")+" to add")
	}
	switch {
	case changed > 0 && added > 0:
		parts = append(parts, fmt.Sprintf("%d to change", changed))
	case changed > 0:
		parts = append(parts, count(changed, "host")+" to change")
	}
	switch {
	case p.Options.NoRestart:
		parts = append(parts, count(restarts, "restart")+" left for later")
	case steady(e, p):
		parts = append(parts, count(restarts, "restart"), "no quorum loss")
	case p.LeastUp(e) < e.Majority():
		parts = append(parts, count(restarts, "restart"), "the quorum is lost meanwhile")
	default:
		parts = append(parts, count(restarts, "restart"))
	}
	return strings.Join(parts, ", ")
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

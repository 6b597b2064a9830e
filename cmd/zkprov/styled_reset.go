package main

import (
	"fmt"
	"strings"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/plan"
)

// resetPlan shows what a reset takes away on each host, and what stays there.
func (s *styled) resetPlan(e *inventory.Ensemble, p *plan.Plan) {
	for _, g := range groupPlans(e, p.ByHost()) {
		s.group(g, false)
	}
	hosts := make(map[string][]string)
	var lines []string
	for _, part := range p.Hosts {
		for _, stay := range part.Stays {
			line := fmt.Sprintf("%s  (%s)", stay.Path, stay.Why)
			if hosts[line] == nil {
				lines = append(lines, line)
			}
			hosts[line] = append(hosts[line], part.Host)
		}
	}
	if len(lines) > 0 {
		s.printf("%s\n", s.paint(bold, "stays"))
	}
	for _, line := range lines {
		on := ""
		if len(hosts[line]) < len(p.Hosts) {
			on = " on " + foldNames(hosts[line])
		}
		s.printf("  = %s%s\n", line, on)
	}
	s.findings(p.Findings, s.verbose)
	if p.Changes() == 0 {
		s.printf("Reset: nothing to take away on %s\n", count(len(p.Hosts), "host"))
		return
	}
	servers := 0
	for _, step := range p.Steps {
		for _, h := range step.Changes {
			for _, c := range h.Changes {
				if strings.HasPrefix(c.Resource, "stopped:") {
					servers++
				}
			}
		}
	}
	data := "the data stays"
	if p.Reset != nil && p.Reset.DeleteData {
		data = "the data goes"
	}
	s.printf("Reset: %s on %s, %s to stop; %s\n", count(p.Changes(), "change"), count(len(p.Hosts), "host"), count(servers, "server"), data)
}

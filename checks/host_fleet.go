package checks

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zkprov/zkprov/inventory"
)

// How far a host's clock may be from the median of all.
const (
	skewWarning  = 2 * time.Second
	skewCritical = 30 * time.Second
)

// ClockSkew judges the hosts' clocks. offsets are the differences to one common
// clock, by host name; positive is ahead. Each is compared with the median of
// all; of two middle ones the one nearer to the common clock counts, so that two
// hosts do not share their difference.
func ClockSkew(offsets map[string]time.Duration) Findings {
	if len(offsets) < 2 {
		return nil
	}
	sorted := slices.Sorted(maps.Values(offsets))
	median := sorted[len(sorted)/2]
	if len(sorted)%2 == 0 {
		if below := sorted[len(sorted)/2-1]; below.Abs() <= median.Abs() {
			median = below
		}
	}
	var found Findings
	for host, offset := range offsets {
		skew := offset - median
		s := Warning
		switch {
		case skew.Abs() > skewCritical:
			s = Critical
		case skew.Abs() <= skewWarning:
			continue
		}
		direction := "ahead of"
		if skew < 0 {
			direction = "behind"
		}
		found = append(found, Finding{
			Name: clockSkew, Severity: s, Host: host,
			Message: fmt.Sprintf("the clock is %s %s the median of the hosts", skew.Abs().Round(100*time.Millisecond), direction),
			Hint:    "set up time synchronisation (systemd-timesyncd or chrony) and wait for it to settle",
		})
	}
	found.Sort()
	return found
}

// NamesAgree compares what the hosts resolve the members' addresses to. A host's
// own name is left out on that host, and so are names that did not resolve or
// led to loopback: Preflight has said those.
func NamesAgree(e *inventory.Ensemble, facts map[string]HostFacts) Findings {
	var found Findings
	seen := make(map[string]bool)
	for _, member := range e.Hosts {
		name := member.Address
		if seen[name] {
			continue
		}
		seen[name] = true
		answers := make(map[string][]string) // addresses to the hosts that see them
		for _, h := range e.Hosts {
			r, ok := facts[h.Name].Names[name]
			if !ok || h.Address == name || len(r.Addresses) == 0 || r.Addresses[0].IsLoopback() {
				continue
			}
			text := join(r.Addresses)
			answers[text] = append(answers[text], h.Name)
		}
		if len(answers) < 2 {
			continue
		}
		var parts []string
		for _, text := range slices.Sorted(maps.Keys(answers)) {
			parts = append(parts, fmt.Sprintf("%s on %s", text, strings.Join(answers[text], ", ")))
		}
		found = append(found, Finding{
			Name: namesDiffer, Severity: Warning, Host: member.Name,
			Message: fmt.Sprintf("its address %s is not the same everywhere: %s", name, strings.Join(parts, "; ")),
			Hint:    "make DNS and /etc/hosts agree, or use IP addresses in the inventory",
		})
	}
	found.Sort()
	return found
}

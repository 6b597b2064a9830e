package preflight

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/zkprov/zkprov/internal/finding"
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
func ClockSkew(offsets map[string]time.Duration) finding.Findings {
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
	var found finding.Findings
	for host, offset := range offsets {
		skew := offset - median
		s := finding.Warning
		switch {
		case skew.Abs() > skewCritical:
			s = finding.Critical
		case skew.Abs() <= skewWarning:
			continue
		}
		direction := "ahead of"
		if skew < 0 {
			direction = "behind"
		}
		found = append(found, finding.Finding{
			Name: clockSkew, Severity: s, Host: host,
			Message: fmt.Sprintf("the clock is %s %s the median of the hosts", skew.Abs().Round(100*time.Millisecond), direction),
			Hint:    "set up time synchronisation (systemd-timesyncd or chrony) and wait for it to settle",
		})
	}
	found.Sort()
	return found
}

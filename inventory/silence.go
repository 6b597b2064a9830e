package inventory

import (
	"fmt"
	"slices"

	"github.com/zkprov/zkprov/internal/finding"
)

// Silenceable returns a Rule that warns where ensemble.ignore has a name that is none
// of names, which must be those of all findings.
func Silenceable(names []string) Rule {
	return func(e *Ensemble) finding.Findings {
		var found finding.Findings
		for _, name := range e.Ignore {
			if !slices.Contains(names, name) {
				found = append(found, finding.Finding{Pos: e.IgnorePos[name], Severity: finding.Warning, Name: "unknown-finding",
					Message: fmt.Sprintf("ensemble.ignore names %q, and no finding has that name%s", Clip(name), strange(name, Plain)), Hint: hintOf(Nearest(name, names))})
			}
		}
		return found
	}
}

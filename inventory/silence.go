package inventory

import (
	"fmt"
	"slices"
)

// Silenceable returns a Rule that warns where ensemble.ignore has a name that is none
// of names, which must be those of all findings.
func Silenceable(names []string) Rule {
	return func(e *Ensemble) Findings {
		var found Findings
		for _, name := range e.Ignore {
			if !slices.Contains(names, name) {
				found = append(found, Finding{Pos: e.IgnorePos[name], Severity: Warning, Name: "unknown-finding",
					Message: fmt.Sprintf("ensemble.ignore names %q, and no finding has that name%s", Clip(name), strange(name, Plain)), Hint: hintOf(Nearest(name, names))})
			}
		}
		return found
	}
}

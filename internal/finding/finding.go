// Package finding holds what every package that finds something says it in: a finding
// with its severity, the commands that mend it, and what `zkprov explain` tells of it.
package finding

import (
	"cmp"
	"slices"
	"strings"
)

// Severity grades a Finding. The zero value is no grade at all.
type Severity string

// The grades, from good to bad. A Notice is said once and changes no exit code;
// a Warning makes `zkprov check` exit 1; a Critical makes it exit 2 and stops
// an apply before anything is changed.
const (
	OK       Severity = "ok"
	Notice   Severity = "notice"
	Warning  Severity = "warning"
	Critical Severity = "critical"
)

// rank orders severities: the worse, the greater.
func (s Severity) rank() int {
	switch s {
	case Critical:
		return 3
	case Warning:
		return 2
	case Notice:
		return 1
	default:
		return 0
	}
}

// Finding is one thing that was looked at, and how it stands.
type Finding struct {
	// Name is the stable name, such as "port-in-use": `zkprov explain` knows it
	// and, unless it is critical, an inventory may silence it.
	Name     string   `json:"name"`
	Severity Severity `json:"severity"`
	// Host and Instance are the inventory's names; empty where the finding is
	// about the whole ensemble, or the whole host.
	Host     string `json:"host,omitempty"`
	Instance string `json:"instance,omitempty"`
	Message  string `json:"message"`
	// Hint says what to do next, where that is known.
	Hint string `json:"hint,omitempty"`
	// Commands are what to type, where typing them mends what was found and nothing
	// else. They belong to the Hint, which ends without a full stop.
	Commands []Command `json:"commands,omitempty"`
	// Detail is further lines, such as what a server said itself.
	Detail string `json:"detail,omitempty"`
}

// String is "host: instance: message; hint: commands [name]" without the parts
// that are empty.
func (f Finding) String() string {
	var b strings.Builder
	for _, part := range []string{f.Host, f.Instance} {
		if part != "" {
			b.WriteString(part)
			b.WriteString(": ")
		}
	}
	if f.Severity != OK && f.Severity != Critical {
		b.WriteString(string(f.Severity))
		b.WriteString(": ")
	}
	b.WriteString(f.Message)
	if advice := Advice(f.Hint, f.Commands); advice != "" {
		b.WriteString("; ")
		b.WriteString(advice)
	}
	b.WriteString(" [")
	b.WriteString(f.Name)
	b.WriteString("]")
	return b.String()
}

// Findings are the results of one look.
type Findings []Finding

// Worst is the gravest severity among the findings; OK where there are none.
func (fs Findings) Worst() Severity {
	worst := OK
	for _, f := range fs {
		if f.Severity.rank() > worst.rank() {
			worst = f.Severity
		}
	}
	return worst
}

// Count is the number of findings of that severity.
func (fs Findings) Count(s Severity) int {
	n := 0
	for _, f := range fs {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// Sort puts the gravest first and orders equals by host, instance, name and
// message, so that the same facts always read the same.
func (fs Findings) Sort() {
	slices.SortStableFunc(fs, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(b.Severity.rank(), a.Severity.rank()),
			cmp.Compare(a.Host, b.Host),
			cmp.Compare(a.Instance, b.Instance),
			cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Message, b.Message),
		)
	})
}

// Without returns the findings less those that the inventory silenced by name.
// A critical finding cannot be silenced.
func (fs Findings) Without(ignored func(name string) bool) Findings {
	var kept Findings
	for _, f := range fs {
		if f.Severity != Critical && ignored(f.Name) {
			continue
		}
		kept = append(kept, f)
	}
	return kept
}

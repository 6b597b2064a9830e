// Package finding holds what every package that finds something says it in: a finding
// with its severity, the commands that mend it, and what `zkprov explain` tells of it.
package finding

import "strings"

// Severity grades a Finding. The zero value is no grade at all.
type Severity string

// The grades, from good to bad. A Notice is said once and changes no exit code;
// a Warning makes `zkprov check` exit 1. An Error makes an inventory unusable; a
// Critical is of a host or an ensemble, makes `zkprov check` exit 2 and stops an
// apply before anything is changed.
const (
	OK       Severity = "ok"
	Notice   Severity = "notice"
	Warning  Severity = "warning"
	Error    Severity = "error"
	Critical Severity = "critical"
)

// rank orders severities: the worse, the greater.
func (s Severity) rank() int {
	switch s {
	case Critical:
		return 4
	case Error:
		return 3
	case Warning:
		return 2
	case Notice:
		return 1
	default:
		return 0
	}
}

// Finding is one thing that was looked at, and how it stands: in an inventory, on a
// host, or of the ensemble.
type Finding struct {
	// Name is the stable name, such as "port-in-use": `zkprov explain` knows it
	// and, unless it is an error or critical, an inventory may silence it.
	Name     string   `json:"name"`
	Severity Severity `json:"severity"`
	// Refusal is set where a safety rule forbids to go on, rather than something being
	// wrong or missing: such a run ends with exit code 78. It travels with the finding,
	// from a host to whoever plans.
	Refusal bool `json:"refusal,omitempty"`
	// Pos is the place in the inventory; zero where the finding is about something
	// else.
	Pos Position `json:"position,omitzero"`
	// Host and Instance are the inventory's names; empty where the finding is
	// about the whole ensemble, or the whole host.
	Host     string `json:"host,omitempty"`
	Instance string `json:"instance,omitempty"`
	Message  string `json:"message"`
	// Hint tells what to do next, where that is known.
	Hint string `json:"hint,omitempty"`
	// Commands lists what to type, where typing them mends what was found and nothing
	// else. They belong to the Hint, which ends without a full stop.
	Commands []Command `json:"commands,omitempty"`
	// More is how many findings this one stands for, which were counted and not
	// worked out; 0 for any other.
	More int `json:"more,omitempty"`
	// Detail is more than a line should hold, such as what a server said itself.
	Detail string `json:"detail,omitempty"`
}

// String returns "position: host: instance: message; hint: commands [name]" without the
// parts that are empty. What quotes an inventory is on one line: it may hold control
// characters.
func (f Finding) String() string {
	var b strings.Builder
	for _, part := range []string{f.Pos.String(), f.Host, f.Instance} {
		if part != "" {
			b.WriteString(part)
			b.WriteString(": ")
		}
	}
	if f.Severity == Warning || f.Severity == Notice {
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
	if f.Pos != (Position{}) {
		return oneLine(b.String())
	}
	return b.String()
}

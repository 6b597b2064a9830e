package inventory

import (
	"sort"
	"strconv"
	"strings"
)

// Severity grades a Finding.
type Severity string

// An Error makes an inventory unusable; a Warning is shown and stops nothing.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Finding is one thing wrong with an inventory, at a place.
type Finding struct {
	Pos      Position `json:"position"`
	Severity Severity `json:"severity"`
	// Name is the finding's stable name, such as "duplicate-id"; users look it
	// up with `zkprov explain` and may silence warnings by it.
	Name    string `json:"name"`
	Message string `json:"message"`
	// Hint is what to write instead, where that is known.
	Hint string `json:"hint,omitempty"`
	// More counts the findings that this one stands for, which were not worked out; 0
	// for any other.
	More int `json:"more,omitempty"`
	// Detail is text that is too long for the line; validate -v and JSON have it.
	Detail string `json:"detail,omitempty"`
}

// String returns "file:line:column: message; hint [name]" in one line: what a message
// quotes from an inventory may hold control characters.
func (f Finding) String() string {
	var b strings.Builder
	b.WriteString(f.Pos.String())
	b.WriteString(": ")
	if f.Severity == Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(f.Message)
	if f.Hint != "" {
		b.WriteString("; ")
		b.WriteString(f.Hint)
	}
	b.WriteString(" [")
	b.WriteString(f.Name)
	b.WriteString("]")
	return oneLine(b.String())
}

// oneLine writes invisible characters as a Go string does.
func oneLine(s string) string {
	var b strings.Builder
	for _, r := range s {
		if Invisible(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Findings holds findings, in the order of the file once sorted.
type Findings []Finding

// Failed reports whether any finding is an Error.
func (fs Findings) Failed() bool {
	for _, f := range fs {
		if f.Severity == Error {
			return true
		}
	}
	return false
}

// Sort orders by line, then column, then message.
func (fs Findings) Sort() {
	sort.SliceStable(fs, func(i, j int) bool {
		a, b := fs[i], fs[j]
		switch {
		case a.Pos.Line != b.Pos.Line:
			return a.Pos.Line < b.Pos.Line
		case a.Pos.Column != b.Pos.Column:
			return a.Pos.Column < b.Pos.Column
		default:
			return a.Message < b.Message
		}
	})
}

// Rule is a check of a whole, decoded inventory that lives elsewhere: what
// zoo.cfg keys mean is known to provision/zoocfg, not here.
type Rule func(*Ensemble) Findings

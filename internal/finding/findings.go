package finding

import (
	"cmp"
	"sort"
)

// Findings is what one look found.
type Findings []Finding

// Worst returns the gravest severity among the findings; OK where there are none.
func (fs Findings) Worst() Severity {
	worst := OK
	for _, f := range fs {
		if f.Severity.rank() > worst.rank() {
			worst = f.Severity
		}
	}
	return worst
}

// Failed reports whether any finding is an Error: the inventory cannot be used.
func (fs Findings) Failed() bool { return fs.Count(Error) > 0 }

// Count returns the number of findings of that severity.
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
	sort.SliceStable(fs, func(i, j int) bool {
		a, b := fs[i], fs[j]
		return cmp.Or(
			cmp.Compare(b.Severity.rank(), a.Severity.rank()),
			cmp.Compare(a.Host, b.Host),
			cmp.Compare(a.Instance, b.Instance),
			cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Message, b.Message),
		) < 0
	})
}

// SortByPosition orders findings as their places lie in the file: by line, then column,
// then message.
func (fs Findings) SortByPosition() {
	sort.SliceStable(fs, func(i, j int) bool {
		a, b := fs[i], fs[j]
		return cmp.Or(
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column),
			cmp.Compare(a.Message, b.Message),
		) < 0
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

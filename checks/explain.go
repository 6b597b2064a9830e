package checks

import "slices"

// Explanation is what `zkprov explain NAME` says about a finding of this
// package.
type Explanation struct {
	// Name is the finding's stable name.
	Name string
	// Means says in a sentence or two what was found and how it is measured.
	Means string
	// Fix says what to do about it.
	Fix string
}

// Explanations gathers the tables of this package. Each group of checks keeps
// its own table beside its code and is listed here.
func Explanations() []Explanation {
	return slices.Concat(
		hostExplanations(),
		judgeExplanations(),
		endingExplanations(),
	)
}

// Explain returns what there is to say about the finding of that name.
func Explain(name string) (Explanation, bool) {
	for _, e := range Explanations() {
		if e.Name == name {
			return e, true
		}
	}
	return Explanation{}, false
}

// Names lists the names of all findings that this package can make, sorted.
func Names() []string {
	var names []string
	for _, e := range Explanations() {
		names = append(names, e.Name)
	}
	slices.Sort(names)
	return names
}

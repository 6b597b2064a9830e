package finding

// Explanation is what `zkprov explain NAME` says about a finding.
type Explanation struct {
	// Name is the finding's stable name.
	Name string
	// Means tells in a sentence or two what was found and how it is measured.
	Means string
	// Fix tells what to do about it.
	Fix string
}

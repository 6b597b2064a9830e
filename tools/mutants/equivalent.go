package main

// equivalents are mutants that nothing can notice, with the reason. One is told
// by its file, its type and its line's text, so that it outlives other changes.
var equivalents = []struct{ file, mutant, source, reason string }{}

// equivalent returns why nothing can notice a mutant, or nothing.
func equivalent(m mutant) string {
	for _, e := range equivalents {
		if e.file == m.file && e.mutant == m.Type && e.source == m.source {
			return e.reason
		}
	}
	return ""
}

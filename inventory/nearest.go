package inventory

import "strings"

// Nearest is the one of names that a user may have meant by name; empty where
// none is near. Case, underscores and hyphens do not count.
func Nearest(name string, names []string) string {
	best, distance := "", len(name)/3+1
	for _, n := range names {
		if d := edits(squeeze(name), squeeze(n)); d < distance {
			best, distance = n, d
		}
	}
	return best
}

// squeeze takes away the ways in which people spell a name differently.
func squeeze(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
}

// edits is the number of letters to insert, remove, replace or swap with the next
// from a to b.
func edits(a, b string) int {
	above, row := make([]int, len(b)+1), make([]int, len(b)+1) // of the letters before, and up to, i
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next[j+1] = min(row[j+1]+1, next[j]+1, row[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], above[j-1]+1)
			}
		}
		above, row = row, next
	}
	return row[len(b)]
}

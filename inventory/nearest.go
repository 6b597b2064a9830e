package inventory

import "strings"

// longestName bounds the names, in bytes, that Nearest looks at: its work grows with
// the square of their length. Keys have up to some 40.
const longestName = 64

// Nearest returns the one of names that a user may have meant by name; empty where none
// is near. Case, underscores and hyphens do not count.
func Nearest(name string, names []string) string {
	if len(name) > longestName {
		return ""
	}
	best, distance := "", len(name)/3+1
	squeezed := squeeze(name)
	for _, n := range names {
		if d := edits(squeezed, squeeze(n)); d < distance {
			best, distance = n, d
		}
	}
	return best
}

// squeeze removes the differences in which people spell a name: case, underscores,
// hyphens.
func squeeze(name string) string {
	return strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(name, "_", ""), "-", ""))
}

// edits returns the number of letters to insert, remove, replace or swap with the next
// one to get from a to b.
func edits(a, b string) int {
	// Of the letters before, up to, and after i.
	above, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
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
		above, row, next = row, next, above
	}
	return row[len(b)]
}

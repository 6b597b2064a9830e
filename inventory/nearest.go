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

// edits is the number of letters to insert, remove or replace from a to b.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			above := row[j+1]
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(above+1, row[j]+1, diagonal+cost)
			diagonal = above
		}
	}
	return row[len(b)]
}

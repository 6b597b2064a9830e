package zoocfg

import "strings"

// nearest is the known key that a user may have meant; empty where none is near.
func nearest(name string) string {
	best, distance := "", len(name)/3+1
	for _, g := range keys() {
		for _, k := range g.keys {
			if strings.EqualFold(k.name, name) {
				return k.name
			}
			if d := edits(strings.ToLower(name), strings.ToLower(k.name)); d < distance {
				best, distance = k.name, d
			}
		}
	}
	return best
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

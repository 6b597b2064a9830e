package provision

import (
	"errors"
	"fmt"
	"testing"
)

// TestSplit takes apart what was joined, and nothing else.
func TestSplit(t *testing.T) {
	a, b, c := errors.New("a"), errors.New("b"), errors.New("c")
	for want, err := range map[string]error{
		"[]":      nil,
		"[a]":     a,
		"[a b c]": errors.Join(a, errors.Join(b, nil, c)),
		// What says more than its parts is one.
		"[c: two of a and b]": fmt.Errorf("c: two of %w and %w", a, b),
	} {
		if got := fmt.Sprint(Split(err)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

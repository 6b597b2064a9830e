package checks

import (
	"testing"

	"github.com/zkprov/zkprov/internal/finding/findingtest"
)

func TestEveryFindingIsExplained(t *testing.T) {
	var names []string
	for _, e := range append(HostExplanations(), EnsembleExplanations()...) {
		names = append(names, e.Name)
	}
	findingtest.Explained(t, names, 30)
}

package preflight

import (
	"testing"

	"github.com/zkprov/zkprov/internal/finding/findingtest"
)

func TestEveryFindingIsExplained(t *testing.T) {
	var names []string
	for _, e := range Explanations() {
		names = append(names, e.Name)
	}
	findingtest.Explained(t, names, 20)
}

package units

import (
	"testing"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// TestProgram looks whether what an inventory takes for the path of a Java is what a unit
// takes, character by character, and whether it can be read back from the unit.
func TestProgram(t *testing.T) {
	for r := rune(1); r < 0x250; r++ {
		java := "/opt/a" + string(r) + "b/bin/java"
		if r == '/' {
			continue // parts a path
		}
		s := plain()
		s.Java = java
		text, err := s.Text()
		allowed := inventory.Unstartable(java) == ""
		if allowed != (err == nil) && !finding.Invisible(r) {
			t.Errorf("%q: the inventory allows it: %v, and the unit says %v", r, allowed, err)
		}
		if err == nil && JavaOf(text) != java {
			t.Errorf("%q is read back as %q", java, JavaOf(text))
		}
	}
}

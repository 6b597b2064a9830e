package host

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestUnitLines reads what a unit says, be it one that somebody has made of zkprov's.
func TestUnitLines(t *testing.T) {
	g := &generation{name: "0123456789abcdef", unit: []byte("# mine\n[Service]\nUser=zoo.keeper\nEnvironment=G=0123456789abcdef\n")}
	if diff := cmp.Diff([]string{"User=zoo.keeper", "Environment=G=0"}, unitLines(g)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

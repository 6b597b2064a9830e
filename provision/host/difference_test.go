package host

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLinesDiffer pairs what sets the same: a variable by itself.
func TestLinesDiffer(t *testing.T) {
	got := linesDiffer([]string{"Environment=A=1", "Environment=B=1", "-Xmx1g", "LimitNOFILE=1"},
		[]string{"Environment=B=2", "Environment=C=1", "-XX:MaxRAMPercentage=75.0", "LimitNOFILE=2"})
	want := []string{"unit: - Environment=A=1", "unit: Environment=B=1 -> Environment=B=2", "unit: - -Xmx1g", "unit: LimitNOFILE=1 -> LimitNOFILE=2",
		"unit: + Environment=C=1", "unit: + -XX:MaxRAMPercentage=75.0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestUnitLines reads what a unit says, be it one that somebody has made of zkprov's.
func TestUnitLines(t *testing.T) {
	g := &generation{name: "0123456789abcdef", unit: []byte("# mine\n[Service]\nUser=zoo.keeper\nEnvironment=G=0123456789abcdef\n")}
	if diff := cmp.Diff([]string{"User=zoo.keeper", "Environment=G=0"}, unitLines(g)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

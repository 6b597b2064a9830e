package units

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
)

func TestSurroundingsOf(t *testing.T) {
	s := Spec{Generation: "0", Limits: inventory.Unit{MemoryMax: "3g", Environment: inventory.Settings{{Key: "A", Value: "b c"}, {Key: "LANG", Value: "C"}}}}
	text := []byte("[Service]\n" + s.environment() + s.limits())
	want := []string{"A=b c", "LANG=C", "LimitNOFILE=524288", "MemoryMax=3G"}
	if diff := cmp.Diff(want, SurroundingsOf(text)); diff != "" {
		t.Error(diff)
	}
}

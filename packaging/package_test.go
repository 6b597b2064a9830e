// Package packaging has no code of its own: it holds what the packages are made
// of. This test keeps it in step with the code.
package packaging

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/units"
)

// TestSysusers wants the user of the package to be the one that an apply makes:
// the package's file has the name of that of an apply, which takes its place.
func TestSysusers(t *testing.T) {
	want, err := units.Sysusers("zookeeper", "zookeeper", "/var/lib/zookeeper")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("sysusers.conf")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

package host_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision/host"
)

// TestLastStatus reads what the run before kept.
func TestLastStatus(t *testing.T) {
	h := newHost(t)
	if got, err := h.LastStatus(t.Context()); err != nil || !cmp.Equal(got, host.Status{}) {
		t.Errorf("before any run it is %+v, %v", got, err)
	}
	want := host.Status{Time: time.Unix(1e9, 0).UTC(), Ensemble: "zookeeper", Host: "zk1", Result: "failed", ExitCode: 1, Failures: 3, Reason: "no disk"}
	if err := h.WriteStatus(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	got, err := h.LastStatus(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	write(t, filepath.Join(h.root, "/var/lib/zkprov/status.json"), `{"failures": 3`)
	if got, err := h.LastStatus(t.Context()); err == nil || !cmp.Equal(got, host.Status{}) {
		t.Errorf("of half a file it is %+v, %v", got, err)
	}
}

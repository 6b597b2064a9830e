package host_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/zkprov/zkprov/provision"
)

// travelled is what is left of reports after a trip through JSON.
func travelled(t *testing.T, reports []provision.Report) (arrived []provision.Report) {
	t.Helper()
	text, err := json.Marshal(reports)
	if err == nil {
		err = json.Unmarshal(text, &arrived)
	}
	if err != nil {
		t.Fatal(err)
	}
	return arrived
}

// TestProbeWaits looks how long a probe takes that is told what is known: until
// something changes, or its patience ends, or nobody waits for it any more.
func TestProbeWaits(t *testing.T) {
	h := newHost(t)
	known, err := h.Probe(t.Context(), h.task, nil)
	if err != nil || len(known) != 1 || known[0].Answer.Running {
		t.Fatalf("got %+v, %v", known, err)
	}
	known = travelled(t, known)
	begin := time.Now()
	if _, err := h.Probe(t.Context(), h.task, known); err != nil {
		t.Error(err)
	}
	if took := time.Since(begin); took < provision.ProbePatience {
		t.Errorf("nothing changed, and it took %s", took)
	}

	known[0].Unit.NRestarts++
	begin = time.Now()
	changed, err := h.Probe(t.Context(), h.task, known)
	if err != nil || changed[0].Unit.NRestarts == known[0].Unit.NRestarts {
		t.Errorf("got %+v, %v", changed, err)
	}
	// It waits 50 ms; the rest is for a slow machine.
	if took := time.Since(begin); took > provision.ProbePatience {
		t.Errorf("it had changed, and it took %s", took)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Probe(ctx, h.task, changed); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits: %v", err)
	}
}

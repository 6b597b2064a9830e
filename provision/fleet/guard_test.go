package fleet

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// TestGuarded copies a server's data for a minute before it is restarted with a newer
// release. Where another voter ends meanwhile it is not restarted.
func TestGuarded(t *testing.T) {
	for name, test := range map[string]struct {
		ends      time.Duration // of the other voter, after the copy began; 0 is never
		back      time.Duration // after that
		restarted bool
	}{
		"all stay up":              {restarted: true},
		"another ends":             {ends: 20 * time.Second},
		"it is back in a moment":   {ends: 20 * time.Second, back: time.Second, restarted: true},
		"it ends after the copy":   {ends: 70 * time.Second, restarted: true},
		"it is back after a while": {ends: 20 * time.Second, back: 10 * time.Second},
	} {
		inTime(t, name, func(t *testing.T) {
			f, hs := newFleet(t)
			p := rolled(f, hs, 1, 2)
			h := hs.byName["zk1"]
			dataCopy := provision.Change{Resource: "copy:zookeeper-1", Action: provision.Create, Instance: "zookeeper-1", To: "copy"}
			for i := range p.Steps {
				if p.Steps[i].Name == "restart zookeeper-1" {
					p.Steps[i].Changes[0].Changes = append([]provision.Change{dataCopy}, p.Steps[i].Changes[0].Changes...)
				}
			}
			h.stops, h.takes = true, map[provision.ResourceKind]time.Duration{provision.KindCopy: time.Minute}
			var begun time.Time
			restarted := false
			h.during = func(_ context.Context, call string) {
				if call == plan.Stage { // as the fake calls a step that begins with a copy
					hs.do(func() { begun = time.Now() })
				}
			}
			f.Report = func(e Event) {
				if e.Kind == HostChange && e.Host == "zk1" {
					hs.do(func() { restarted = restarted || e.Change.Kind() == provision.KindRestarted })
				}
			}
			hs.byName["zk2"].reports = func(int) []provision.Report {
				since := time.Since(begun)
				if !begun.IsZero() && test.ends > 0 && since >= test.ends && (test.back == 0 || since < test.ends+test.back) && !restarted {
					return []provision.Report{starting(2)}
				}
				return []provision.Report{well(2)}
			}
			_, err := walked(t.Context(), f, p, everyStep)
			if restarted != test.restarted || (err == nil) != test.restarted {
				t.Errorf("restarted: %t, and it ends with %v", restarted, err)
			}
			if !test.restarted && (errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "cannot restart zookeeper-1: while what comes before its restart was made: zookeeper-2: ") || hs.count("undo") > 0 ||
				!strings.Contains(err.Error(), "the roll stopped before zookeeper-1; not restarted: zookeeper-1, zookeeper-2")) {
				t.Errorf("it ends with %v", err)
			}
		})
	}
}

package host_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/zkprov/zkprov/provision"
)

// TestOutdatedIsRemembered cuts off the apply of a restart that is due to what the
// running process has read, after each event. What was wrong may have been put back by
// then: the next apply restarts the server all the same.
func TestOutdatedIsRemembered(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, h *testHost){
		"its configuration was edited": func(t *testing.T, h *testHost) {
			edit(t, filepath.Join(h.root, configs, h.generation(t), "zoo.cfg"), true)
		},
		"its unit was edited": func(t *testing.T, h *testHost) {
			edit(t, filepath.Join(h.root, unitPath), true)
			h.systemctl(t, h.systemd.Reload(t.Context()))
		},
		"its release was taken away": func(t *testing.T, h *testHost) {
			if err := os.RemoveAll(filepath.Join(h.root, "/opt/zookeeper/apache-zookeeper-3.6.3-bin")); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			for n := 0; ; n++ {
				h := newHost(t)
				h.bootstrap(t, h.plan(t))
				spoil(t, h)
				outdated := h.invocation(t)
				plan := h.plan(t)
				if len(plan.Restarts) != 1 {
					t.Fatalf("the restarts are %v", plan.Restarts)
				}
				ctx, cut := context.WithCancel(t.Context())
				seen, complete := 0, true
				h.systemctl(t, h.Lock(ctx, h.task, 0))
				for _, s := range stepsOf(plan) {
					complete = h.Apply(ctx, h.task, s.changes, s.others, func(provision.Event) {
						if seen++; seen > n {
							cut()
						}
					}) == nil && complete
				}
				cut()
				if !complete {
					h.apply(t, h.plan(t))
				}
				if h.invocation(t) == outdated {
					t.Errorf("cut off after %d events and run again, the process is still the one that has read it", n)
				}
				if again := h.plan(t); len(again.Changes) > 0 || len(again.Restarts) > 0 {
					t.Errorf("cut off after %d events and run again, a plan has %v, %v", n, again.Changes, again.Restarts)
				}
				if complete {
					return
				}
			}
		})
	}
}

// invocation returns the start that the instance's process is of.
func (h *testHost) invocation(t *testing.T) string {
	t.Helper()
	state, err := h.systemd.State(t.Context(), unitName)
	if err != nil || !state.Running() {
		t.Fatalf("the server is %+v, %v", state, err)
	}
	return state.InvocationID
}

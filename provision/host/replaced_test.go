package host_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// runOn gives the instance's process a program, as /proc shows it.
func (h *testHost) runOn(t *testing.T, program string) {
	t.Helper()
	state, err := h.systemd.State(t.Context(), unitName)
	if err != nil {
		t.Fatal(err)
	}
	exe := filepath.Join(h.root, "proc", strconv.Itoa(state.MainPID), "exe")
	if err := os.Symlink(program, exe); err != nil {
		t.Fatal(err)
	}
}

// TestJavaReplaced restarts a server whose Java was replaced under it. A Java that was not
// tried yet is tried before.
func TestJavaReplaced(t *testing.T) {
	const java, tried = "/usr/lib/jvm/java/bin/java", "create attempt:/var/lib/zkprov/zookeeper/zookeeper-1.attempt"
	for name, test := range map[string]struct {
		program string
		another bool // another Java lies in its place
		changes []string
		reasons []string
	}{
		"the same": {program: java},
		"put back as it was": {program: java + " (deleted)", changes: []string{tried, "restart restarted:zookeeper-1.service"},
			reasons: []string{java + " was replaced under it"}},
		"updated": {program: java + " (deleted)", another: true, changes: []string{"try trial:zookeeper", tried, "restart restarted:zookeeper-1.service"},
			reasons: []string{java + " was replaced under it"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.bootstrap(t, h.plan(t))
			h.runOn(t, test.program)
			if test.another {
				write(t, filepath.Join(h.root, java), "#!/bin/sh\n# of the next release\n")
			}
			plan := h.plan(t)
			var did []string
			for _, c := range plan.Changes {
				did = append(did, string(c.Action)+" "+c.Resource)
			}
			if diff := cmp.Diff(test.changes, did); diff != "" {
				t.Errorf("the changes are (-want +got):\n%s", diff)
			}
			var reasons []string
			for _, r := range plan.Restarts {
				reasons = append(reasons, r.Reasons...)
			}
			if diff := cmp.Diff(test.reasons, reasons); diff != "" {
				t.Errorf("the reasons are (-want +got):\n%s", diff)
			}
			found := 0
			for _, f := range plan.Findings {
				if f.Name == "java-replaced" && f.Instance == "zookeeper-1" && strings.Contains(f.Message, java) {
					found++
				}
			}
			if found != len(test.reasons) {
				t.Errorf("the findings are %v", plan.Findings)
			}
			h.apply(t, plan)
			if again := h.plan(t); len(again.Changes) > 0 || len(again.Restarts) > 0 {
				t.Errorf("a second plan has %v, %v", again.Changes, again.Restarts)
			}
			if _, err := os.Stat(filepath.Join(h.root, "/var/lib/zkprov/zookeeper/zookeeper-1.outdated")); !os.IsNotExist(err) {
				t.Errorf("it is noted: %v", err)
			}
		})
	}
}

// TestJavaReplacedCannotStart leaves a server alone whose new Java does not start.
func TestJavaReplacedCannotStart(t *testing.T) {
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	h.runOn(t, "/usr/lib/jvm/java/bin/java (deleted)")
	write(t, filepath.Join(h.root, "/usr/lib/jvm/java/bin/java"), "#!/bin/sh\nexit 1\n")
	h.systemd.Trial = func(units.Trial) units.Tried { return units.Tried{Failed: true, How: "exited with 1"} }
	calls, step := h.systemd.Calls(), stepsOf(h.plan(t))[0]
	if err := h.Apply(t.Context(), h.task, step.changes, step.others, func(provision.Event) {}); err == nil || !strings.Contains(err.Error(), "java exited with 1") {
		t.Errorf("it says %v", err)
	}
	if diff := cmp.Diff(calls, h.systemd.Calls()); diff != "" {
		t.Errorf("systemd was used:\n%s", diff)
	}
}

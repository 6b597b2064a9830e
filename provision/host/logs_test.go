package host_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/skip"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

const logs = "/var/log/zookeeper/zookeeper-1"

// logToFiles lets the host's server log to files.
func (h *testHost) logToFiles() {
	in := &h.task.Ensemble.Hosts[0].Instances[0]
	in.LogDir, in.Logging = logs, inventory.Logging{To: inventory.LogToFiles, Size: "100m", Keep: 10}
}

// TestLogs makes a folder for the logs of a server that ran without, beside it.
func TestLogs(t *testing.T) {
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	h.logToFiles()
	plan := h.plan(t)
	if i := slices.IndexFunc(plan.Changes, func(c provision.Change) bool { return c.Path == logs }); i < 0 || plan.Changes[i].Summary != "0750 zookeeper:zookeeper" {
		t.Fatalf("the plan is %v", plan.Changes)
	}
	if len(plan.Restarts) != 1 || !slices.Contains(plan.Restarts[0].Differences, "log4j.properties: content") {
		t.Errorf("the restarts are %+v", plan.Restarts)
	}
	h.apply(t, plan)
	info, err := os.Stat(filepath.Join(h.root, logs))
	if err != nil || info.Mode().Perm() != 0o750 {
		t.Fatalf("%v, %v", info, err)
	}
	unit := h.snapshot(t)["/etc/systemd/system/zookeeper-1.service"].Content
	for _, line := range []string{"ReadWritePaths=/var/lib/zookeeper/zookeeper-1 " + logs + "\n", "/zookeeper-1 " + logs + "\n"} {
		if !strings.Contains(unit, line) {
			t.Errorf("%q is not in the unit:\n%s", line, unit)
		}
	}
	if again := h.plan(t); len(again.Changes) > 0 || again.Findings.Failed() {
		t.Errorf("a second plan has %v, %v", again.Changes, again.Findings)
	}
}

// TestLogsReset deletes with the data what a server logged, and nothing else.
func TestLogsReset(t *testing.T) {
	for name, test := range map[string]struct {
		reset provision.Reset
		left  []string
		stays string
	}{
		"with the data": {provision.Reset{DeleteData: true}, []string{"/var/lib/zkprov"}, ""},
		"kept":          {provision.Reset{}, []string{"/var/log/zookeeper", logs, logs + "/heap.hprof", logs + "/zookeeper.log"}, logs + ": the logs of zookeeper-1"},
	} {
		h, _ := newResetHost(t)
		h.logToFiles()
		h.apply(t, h.plan(t))
		write(t, filepath.Join(h.root, logs, "zookeeper.log"), "x")
		write(t, filepath.Join(h.root, logs, "heap.hprof"), "x")
		plan := h.reset(t, test.reset)
		var left []string
		for path := range h.snapshot(t) {
			if strings.HasPrefix(path, "/var/log/") || path == "/var/lib/zkprov" && test.reset.DeleteData {
				left = append(left, path)
			}
		}
		slices.Sort(left)
		if diff := cmp.Diff(test.left, left); diff != "" {
			t.Errorf("%s: left (-want +got):\n%s", name, diff)
		}
		if test.stays != "" && !slices.Contains(stays(plan), test.stays) {
			t.Errorf("%s: what stays is %v", name, stays(plan))
		}
	}
	h, _ := newResetHost(t)
	h.logToFiles()
	h.apply(t, h.plan(t))
	write(t, filepath.Join(h.root, logs, "mine/file"), "x")
	if plan := h.reset(t, provision.Reset{DeleteData: true}); !slices.Contains(stays(plan), logs+"/mine: zkprov did not put it there") {
		t.Errorf("what stays is %v", stays(plan))
	}
}

// TestLogsOwner gives a server's logs to the user that it runs as.
func TestLogsOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		skip.OutsideCI(t, "files are given away")
	}
	h := newHost(t)
	h.logToFiles()
	h.bootstrap(t, h.plan(t))
	log := filepath.Join(h.root, logs, "zookeeper.log")
	write(t, log, "x")
	if again := h.plan(t); len(again.Changes) > 0 {
		t.Fatalf("a second plan has %v", again.Changes)
	}
	if err := os.Chown(log, 4243, 4243); err != nil {
		t.Fatal(err)
	}
	plan := h.plan(t)
	if len(plan.Changes) != 1 || plan.Changes[0].Kind() != provision.KindOwner || plan.Changes[0].Path != logs {
		t.Errorf("the changes are %v", plan.Changes)
	}
	h.apply(t, plan)
	if again := h.plan(t); len(again.Changes) > 0 {
		t.Errorf("a second plan has %v", again.Changes)
	}
}

// TestLogsApart refuses a folder of logs that is really one of data.
func TestLogsApart(t *testing.T) {
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	h.logToFiles()
	if err := os.MkdirAll(filepath.Join(h.root, "/var/log"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../lib/zookeeper", filepath.Join(h.root, "/var/log/zookeeper")); err != nil {
		t.Fatal(err)
	}
	if found := fmt.Sprint(h.plan(t).Findings); !strings.Contains(found, "the logs of zookeeper-1") || !strings.Contains(found, "overlapping-folders") {
		t.Errorf("the findings are %s", found)
	}
}

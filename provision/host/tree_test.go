package host_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision"
)

// TestReleaseModes closes a folder of the release below a server that runs: it is
// opened again, and nothing is unpacked.
func TestReleaseModes(t *testing.T) {
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	release := filepath.Join(h.root, "/opt/zookeeper/apache-zookeeper-3.6.3-bin")
	before, err := os.Stat(release + "/lib/zookeeper-3.6.3.jar")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(h.root, "/var/cache/zkprov")); err != nil {
		t.Fatal(err)
	}
	chmod(t, release+"/lib", 0o700)

	plan := h.plan(t)
	want := []provision.Change{{Resource: "release:/opt/zookeeper/apache-zookeeper-3.6.3-bin", Action: provision.Update,
		Path: "/opt/zookeeper/apache-zookeeper-3.6.3-bin", From: "modes " + h.task.Ensemble.Archive.SHA512, To: "complete " + h.task.Ensemble.Archive.SHA512, Summary: "lib has mode 0700, not 0755"}}
	if diff := cmp.Diff(want, plan.Changes); diff != "" {
		t.Error(diff)
	}
	if len(plan.Restarts) > 0 || plan.NeedsArchive {
		t.Errorf("restarts %v, needs the archive: %v", plan.Restarts, plan.NeedsArchive)
	}
	h.apply(t, plan)
	if after, err := os.Stat(release + "/lib/zookeeper-3.6.3.jar"); err != nil || !os.SameFile(before, after) {
		t.Errorf("the jar is another one (%v)", err)
	}
	if again := h.plan(t); len(again.Changes) > 0 {
		t.Errorf("a second plan has changes: %v", again.Changes)
	}
}

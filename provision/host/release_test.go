package host_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// TestAnotherArchive gives a host whose server runs the inventory of another archive
// of the same release: what the server runs from stays, and the new one comes beside it.
func TestAnotherArchive(t *testing.T) {
	const plain = "/opt/zookeeper/apache-zookeeper-3.6.3-bin"
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	before := h.snapshot(t)

	archive, hash := repacked(t)
	h.task.Ensemble = testEnsemble(t, hash)
	if plan := h.plan(t); !plan.NeedsArchive {
		t.Error("the plan does without the archive")
	}
	if err := h.AddArchive(t.Context(), h.task, bytes.NewReader(archive)); err != nil {
		t.Fatal(err)
	}
	plan := h.plan(t)
	if worst := plan.Findings.Worst(); worst == finding.Critical {
		t.Error(plan.Findings)
	}
	beside := plain + "-" + hash[:12]
	change := plan.Changes[0]
	if change.Resource != "release:"+beside || change.Action != provision.Install || change.Summary != "apache-zookeeper-3.6.3-bin, beside another archive's release" {
		t.Errorf("the first change is %+v", change)
	}
	if len(plan.Restarts) != 1 || plan.Restarts[0].Shared || plan.Restarts[0].Staged {
		t.Errorf("the restarts are %+v", plan.Restarts)
	}
	h.apply(t, plan)
	after := h.snapshot(t)
	for name := range before {
		if strings.HasPrefix(name, plain) && before[name] != after[name] {
			t.Errorf("%s was %+v and is %+v", name, before[name], after[name])
		}
	}
	if unit := after[units.Path("zookeeper-1")].Content; !strings.Contains(unit, beside+"/lib") {
		t.Errorf("the unit is\n%s", unit)
	}
	if again := h.plan(t); len(again.Changes) > 0 {
		t.Errorf("a second plan has %+v", again.Changes)
	}
	// It stays there when the other one goes.
	if err := os.RemoveAll(filepath.Join(h.root, plain)); err != nil {
		t.Fatal(err)
	}
	if again := h.plan(t); len(again.Changes) > 0 {
		t.Errorf("without the other one a plan has %+v", again.Changes)
	}
}

// repacked is the archive of release with an empty gzip file behind it: the content
// is the same, and the hash another.
func repacked(t *testing.T) (archive []byte, hash string) {
	t.Helper()
	archive, _ = release(t, "3.6.3")
	packed := bytes.NewBuffer(archive)
	if err := gzip.NewWriter(packed).Close(); err != nil {
		t.Fatal(err)
	}
	sum := sha512.Sum512(packed.Bytes())
	return packed.Bytes(), hex.EncodeToString(sum[:])
}

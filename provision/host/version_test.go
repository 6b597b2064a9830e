package host_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/inventory"
)

// TestVersionOf wants an instance to be of the release that its process was started with,
// be the unit that of another by now, and of its unit's where none runs.
func TestVersionOf(t *testing.T) {
	h := newHost(t)
	version := func() inventory.Version {
		o, err := h.Observe(t.Context(), h.task)
		if err != nil {
			t.Fatal(err)
		}
		return o.Instances["zookeeper-1"].Version
	}
	if got := version(); got != "" {
		t.Errorf("before the first apply it is %q", got)
	}
	h.bootstrap(t, h.plan(t))
	if got := version(); got != "3.6.3" {
		t.Errorf("it is %q", got)
	}
	unit := filepath.Join(h.root, unitPath)
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	write(t, unit, strings.ReplaceAll(string(text), "3.6.3", "3.8.4"))
	if got := version(); got != "3.6.3" {
		t.Errorf("running, and with another unit, it is %q", got)
	}
	h.systemctl(t, h.systemd.Stop(t.Context(), unitName))
	if got := version(); got != "3.8.4" {
		t.Errorf("down, it is %q", got)
	}
}

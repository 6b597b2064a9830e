package main

import (
	"os"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/internal/skip"
	"github.com/zkprov/zkprov/provision/host"
)

// TestGC shows what goes, removes it once it is told to, and nothing else.
func TestGC(t *testing.T) {
	if os.Geteuid() != 0 {
		skip.OutsideCI(t, "what lies on a host is removed as root")
	}
	t.Chdir(t.TempDir())
	put(t, "local.toml", oneLocal)
	root := bare(t)
	binary := "/var/lib/zkprov/bin/" + strings.Repeat("a", 64)
	archive := "/var/cache/zkprov/sha512/" + strings.Repeat("b", 128)
	for name, size := range map[string]int{binary + "/zkprov": 1_500_000, archive: 500_000} {
		if err := os.MkdirAll(root+name[:strings.LastIndex(name, "/")], 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(root+name, make([]byte, size), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const shown = "To remove: 2 items on 1 host, 2.0 MB\n"
	for _, step := range []struct {
		line string
		out  []string
		left bool
	}{
		{"gc --dry-run local.toml", []string{"- " + binary + "  (a zkprov that came for an earlier run, 2 MB)", shown, "nothing was removed"}, true},
		{"gc --limit here local.toml", []string{shown, "nothing was removed; to do it: bin/zkprov gc --yes --limit here local.toml\n"}, true},
		{"gc -o json local.toml", []string{`"bytes": 1500000`}, true},
		{"gc --yes local.toml", []string{shown, "removed: 2 items on 1 host, 2.0 MB"}, false},
		{"gc --yes local.toml", []string{"Nothing to remove on 1 host\n"}, false},
	} {
		got := zkprovOn(t, &host.Machine{Root: root}, strings.Fields(step.line)...)
		if got.Code != 0 {
			t.Errorf("%s: exit code %d, %s", step.line, got.Code, got.Err)
		}
		for _, want := range step.out {
			if !strings.Contains(got.Out, want) {
				t.Errorf("%s: %q is missing in\n%s", step.line, want, got.Out)
			}
		}
		for _, name := range []string{binary, archive} {
			if _, err := os.Stat(root + name); (err == nil) != step.left {
				t.Errorf("%s: %s: %v", step.line, name, err)
			}
		}
	}
}

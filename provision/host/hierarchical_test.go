package host_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestHierarchical refuses to work on a server that was started with groups or weights of
// voters, and takes lines out again that it was not started with.
func TestHierarchical(t *testing.T) {
	started := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		line    string
		written time.Time
		refused string
	}{
		"groups":             {"group.1=1:2", started, "runs with group.1, "},
		"weights":            {"weight.1=3", started, "runs with weight.1, "},
		"since the start":    {"group.1=1:2", started.Add(time.Hour), ""},
		"another key":        {"snapCount=1", started, ""},
		"a line of comments": {"# group.1=1:2", started, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.bootstrap(t, h.plan(t))
			zooCfg := filepath.Join(h.root, configs, h.generation(t), "zoo.cfg")
			if err := add(zooCfg, test.line+"\n"); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(zooCfg, test.written, test.written); err != nil {
				t.Fatal(err)
			}
			said := ""
			for _, f := range h.plan(t).Findings {
				if f.Name == "hierarchical-quorum" && f.Refusal {
					said += f.Message
				}
			}
			if !strings.HasPrefix(said, test.refused) || (said == "") != (test.refused == "") {
				t.Errorf("it says %q", said)
			}
		})
	}
}

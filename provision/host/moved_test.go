package host_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/internal/finding"
)

// TestMoved gives a server with data another folder for it: it is not started there unless
// it was stopped and its data is there.
func TestMoved(t *testing.T) {
	const data = "/var/lib/zookeeper/zookeeper-1"
	for name, test := range map[string]struct {
		dataDir, logDir string
		stopped         bool
		there           string // a file that was moved to the new place
		says            string
	}{
		"nothing is moved":                    {"", "", false, "", ""},
		"it runs":                             {"/srv/zk/data", "", false, "", "its data is in " + data + ", and the inventory says /srv/zk/data"},
		"it runs, and there is a copy":        {"/srv/zk/data", "", false, "snapshot.100000001", "its data is in " + data},
		"it is stopped":                       {"/srv/zk/data", "", true, "", "its data is in " + data},
		"it is stopped, and its data there":   {"/srv/zk/data", "", true, "snapshot.100000001", ""},
		"its logs, it runs":                   {"", "/srv/zk/logs", false, "", "its transaction logs are in " + data + ", and the inventory says /srv/zk/logs"},
		"its logs, it is stopped":             {"", "/srv/zk/logs", true, "", "its transaction logs are in " + data},
		"its logs, it is stopped, they there": {"", "/srv/zk/logs", true, "log.100000002", ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.bootstrap(t, h.plan(t))
			old := filepath.Join(h.root, data, "version-2")
			for _, name := range []string{"snapshot.100000001", "log.100000002"} {
				write(t, filepath.Join(old, name), "data")
			}
			in := &h.task.Ensemble.Hosts[0].Instances[0]
			to := ""
			if test.dataDir != "" {
				in.DataDir, to = test.dataDir, test.dataDir
			}
			if test.logDir != "" {
				in.DataLogDir, to = test.logDir, test.logDir
			}
			if test.stopped {
				h.systemctl(t, h.systemd.Stop(t.Context(), unitName))
			}
			if test.there != "" {
				if err := os.MkdirAll(filepath.Join(h.root, to, "version-2"), 0o755); err != nil {
					t.Fatal(err)
				}
				write(t, filepath.Join(h.root, to, "version-2", test.there), "data")
				stamp, err := os.ReadFile(filepath.Join(h.root, data, ".zkprov.json"))
				if err != nil {
					t.Fatal(err)
				}
				write(t, filepath.Join(h.root, to, ".zkprov.json"), string(stamp))
			}
			h.task.Bootstrap = false
			var said []string
			for _, f := range h.plan(t).Findings {
				if f.Name == "data-moved" {
					said = append(said, f.Message)
					if f.Severity != finding.Critical || !f.Refusal {
						t.Errorf("it is no refusal: %v", f)
					}
				}
			}
			if got := strings.Join(said, "\n"); (got == "") != (test.says == "") || !strings.Contains(got, test.says) {
				t.Errorf("it says %q, want %q", got, test.says)
			}
		})
	}
}

package host_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/units"
)

// TestDropIns puts drop-ins beside a unit.
func TestDropIns(t *testing.T) {
	const (
		dir  = "/etc/systemd/system/zookeeper-1.service.d/"
		hint = "take ExecStart= out of the drop-in, and put flags for the JVM under [jvm] flags; then systemctl daemon-reload and restart the server"
	)
	for name, test := range map[string]struct {
		files  map[string]string
		unread bool // by systemd
		want   string
	}{
		"none":           {nil, false, ""},
		"something else": {map[string]string{"limits.conf": "[Service]\nLimitNOFILE=1000\nExecStartPre=/bin/true\n# ExecStart=/bin/x\n"}, false, ""},
		"another program": {map[string]string{"limits.conf": "[Service]\nLimitNOFILE=1\n", "x.conf": "[Service]\nExecStart=\nExecStart=/bin/sleep 1000\n"}, false,
			"zookeeper-1.service starts /bin/sleep, because of ExecStart= in " + dir + "x.conf; " + hint},
		"other arguments": {map[string]string{"a.conf": "[Service]\nExecStart=\n", "b.conf": "[Service]\nExecStart=/usr/lib/jvm/java/bin/java -version\n"}, false,
			"zookeeper-1.service starts /usr/lib/jvm/java/bin/java with other arguments, because of ExecStart= in " + dir + "a.conf and " + dir + "b.conf; " + hint},
		"not read yet": {map[string]string{"x.conf": "[Service]\nExecStart=/bin/sleep 1000\n"}, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.bootstrap(t, h.plan(t))
			for file, text := range test.files {
				write(t, filepath.Join(h.root, dir, file), text)
			}
			if !test.unread {
				if err := h.systemd.Reload(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			p := h.plan(t)
			var got []string
			for _, f := range p.Findings {
				if f.Name == "drop-in-overrides" && f.Severity == finding.Warning && f.Instance == "zookeeper-1" {
					got = append(got, f.Message+"; "+f.Hint)
				}
			}
			if strings.Join(got, "\n") != test.want {
				t.Errorf("found %q, want %q", got, test.want)
			}
			if len(p.Changes) > 0 {
				t.Errorf("%s is to be changed for a drop-in: %v", units.FileName("zookeeper-1"), p.Changes)
			}
		})
	}
}

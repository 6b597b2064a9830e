package host_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// TestSnapshotMissing takes the snapshots from a server that has transaction logs.
func TestSnapshotMissing(t *testing.T) {
	const (
		log      = "/var/lib/zookeeper/zookeeper-1/version-2/log.100000001"
		snapshot = "/var/lib/zookeeper/zookeeper-1/version-2/snapshot.0"
		message  = "there are transaction logs and no snapshot in /var/lib/zookeeper/zookeeper-1/version-2, with which ZooKeeper 3.6.3 does not start"
	)
	stop := func(t *testing.T, h *testHost) {
		t.Helper()
		if err := h.systemd.Stop(t.Context(), "zookeeper-1.service"); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		files []string
		set   func(t *testing.T, h *testHost)
		want  string // message and hint
	}{
		"logs alone": {[]string{log}, stop, message + "; restore the newest snapshot"},
		"beside others": {[]string{log}, func(t *testing.T, h *testHost) {
			stop(t, h)
			h.task.Ensemble.Hosts = append(h.task.Ensemble.Hosts, inventory.Host{Name: "zk2", Address: "10.0.0.1",
				Instances: []inventory.Instance{{ID: 2, Name: "zookeeper-2"}}})
		}, message + "; restore the newest snapshot, or, where a quorum of the other servers stands, keep /var/lib/zookeeper/zookeeper-1/version-2 elsewhere and out of the way, so that it copies all from the leader; what only these logs have is lost then"},
		"it runs":    {[]string{log}, func(*testing.T, *testHost) {}, ""},
		"both":       {[]string{log, snapshot}, stop, ""},
		"neither":    {nil, stop, ""},
		"a snapshot": {[]string{snapshot}, stop, ""},
		"trusted by zoo.cfg": {[]string{log}, func(t *testing.T, h *testHost) {
			stop(t, h)
			in := &h.task.Ensemble.Hosts[0].Instances[0]
			in.ZooCfg = append(in.ZooCfg, inventory.Setting{Key: "snapshot.trust.empty", Value: "true"})
		}, ""},
		"trusted by a flag": {[]string{log}, func(t *testing.T, h *testHost) {
			stop(t, h)
			h.task.Ensemble.Hosts[0].Instances[0].JVM.Flags = []string{"-Dzookeeper.snapshot.trust.empty=true"}
		}, ""},
		"of another server": {[]string{log}, func(t *testing.T, h *testHost) {
			stop(t, h)
			write(t, h.root+"/var/lib/zookeeper/zookeeper-1/myid", "7\n")
		}, ""},
		"3.4": {[]string{log}, func(t *testing.T, h *testHost) {
			stop(t, h)
			h.task.Ensemble.Version = "3.4.14"
		}, ""},
		"3.5.3": {[]string{log}, func(t *testing.T, h *testHost) {
			stop(t, h)
			h.task.Ensemble.Version = "3.5.3-beta"
		}, ""},
		"3.5.10": {[]string{log}, func(t *testing.T, h *testHost) {
			stop(t, h)
			h.task.Ensemble.Version = "3.5.10"
		}, "there are transaction logs and no snapshot in /var/lib/zookeeper/zookeeper-1/version-2, with which ZooKeeper 3.5.10 does not start; restore the newest snapshot"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.bootstrap(t, h.plan(t))
			for _, file := range test.files {
				write(t, filepath.Join(h.root, file), "")
			}
			test.set(t, h)
			var got []string
			for _, f := range h.plan(t).Findings {
				if f.Name == "snapshot-missing" && f.Severity == finding.Critical {
					got = append(got, f.Message+"; "+f.Hint)
				}
			}
			if strings.Join(got, "\n") != test.want {
				t.Errorf("found %q, want %q", got, test.want)
			}
		})
	}
}

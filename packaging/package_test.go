// Package packaging has no code of its own: it holds what the packages are made
// of. This test keeps it in step with the code.
package packaging

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision/java"
	"github.com/zkprov/zkprov/units"
)

// TestSysusers wants the user of the package to be the one that an apply makes:
// the package's file has the name of that of an apply, which takes its place.
func TestSysusers(t *testing.T) {
	want, err := units.Sysusers("zookeeper", "zookeeper", "/var/lib/zookeeper")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("sysusers.conf")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

// setting is what the agent's unit says of a setting; empty where it is not set.
func setting(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("systemd/zkprov-agent.service")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+"="); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// TestAgentMayFinish wants a stop to wait for the longest step, as one that is
// killed leaves the host's package database in need of repair.
func TestAgentMayFinish(t *testing.T) {
	minutes, ok := strings.CutSuffix(setting(t, "TimeoutStopSec"), "min")
	n, err := strconv.Atoi(minutes)
	if !ok || err != nil {
		t.Fatalf("TimeoutStopSec= is %q, want minutes", setting(t, "TimeoutStopSec"))
	}
	if got, limit := time.Duration(n)*time.Minute, java.InstallLimit+time.Minute; got < limit {
		t.Errorf("a stop waits for %s and an installation of Java may take %s", got, limit)
	}
}

// TestAgentReachesHome wants the agent to write wherever an inventory may put data.
func TestAgentReachesHome(t *testing.T) {
	if got := setting(t, "ProtectHome"); got != "" {
		t.Errorf("ProtectHome= is %q, and data may lie below /home", got)
	}
}

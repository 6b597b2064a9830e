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

// setting returns the value of a setting in a unit of the package; empty where it is
// not set.
func setting(t *testing.T, unit, name string) string {
	t.Helper()
	text, err := os.ReadFile("systemd/" + unit)
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
	minutes, ok := strings.CutSuffix(setting(t, "zkprov-agent.service", "TimeoutStopSec"), "min")
	n, err := strconv.Atoi(minutes)
	if !ok || err != nil {
		t.Fatalf("TimeoutStopSec= is %q, want minutes", setting(t, "zkprov-agent.service", "TimeoutStopSec"))
	}
	if got, limit := time.Duration(n)*time.Minute, java.InstallLimit+time.Minute; got < limit {
		t.Errorf("a stop waits for %s and an installation of Java may take %s", got, limit)
	}
}

// TestAgentReachesHome wants the agent to write wherever an inventory may put data.
func TestAgentReachesHome(t *testing.T) {
	if got := setting(t, "zkprov-agent.service", "ProtectHome"); got != "" {
		t.Errorf("ProtectHome= is %q, and data may lie below /home", got)
	}
}

// TestTimerBegins wants the timer to lead to a run on a host where there was none: a
// time that counts from the last run alone never comes.
func TestTimerBegins(t *testing.T) {
	const timer = "zkprov-agent.timer"
	if got := setting(t, timer, "Wants"); got != "zkprov-agent.service" {
		t.Errorf("Wants= is %q: the start of the timer is no run", got)
	}
	for _, name := range []string{"OnActiveSec", "OnUnitInactiveSec"} {
		if setting(t, timer, name) == "" {
			t.Errorf("the timer has no %s=", name)
		}
	}
}

// TestAgentTriesAgain wants the unit to try again whatever the time may cure, and
// nothing else: 65 is a plan that is out of date, 75 that others are not up.
func TestAgentTriesAgain(t *testing.T) {
	const unit = "zkprov-agent.service"
	if got := setting(t, unit, "Restart"); got != "on-failure" {
		t.Errorf("Restart= is %q", got)
	}
	if got := setting(t, unit, "ExecStart"); !strings.Contains(got, " --backoff ") {
		t.Errorf("ExecStart= is %q: a failure that lasts is tried again every few seconds", got)
	}
	if got := setting(t, unit, "RestartPreventExitStatus"); got != "64 78" {
		t.Errorf("RestartPreventExitStatus= is %q", got)
	}
}

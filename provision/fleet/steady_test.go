package fleet

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

func TestStandings(t *testing.T) {
	taken := &ensemble.Ending{Name: "election-port-in-use", Cause: "its election port is taken", Cure: "stop that program"}
	loop := crashed(2, false, taken)
	loop.Crash.Times, loop.Crash.Exit.Status = 7, 14
	up := crashed(2, true, nil)
	given := crashed(2, false, nil)
	given.Unit.ActiveState, given.Unit.SubState, given.Crash.Exit.Status = "failed", "failed", 2
	killed := crashed(2, true, nil)
	killed.Crash.Exit = units.Exit{Code: 2, Status: 9}
	killed.Answer = well(2).Answer
	back := killed
	back.Election = &facts.Listening{Port: 3888, Own: true}
	again := back
	again.Crash = new(provision.Crash)
	*again.Crash = *back.Crash
	again.Crash.Times = 3
	old := crashed(2, false, nil)
	old.Crash.Since = time.Time{}
	observer := crashed(4, false, nil)
	for name, test := range map[string]struct {
		report   provision.Report
		survives int
		want     string
	}{
		"well":                      {well(2), 1, ""},
		"does not answer":           {provision.Report{ID: 2, Unit: running(2), Answer: ensemble.Answer{ID: 2, Error: "connection refused"}}, 0, ""},
		"a loop":                    {loop, 0, "critical zk2: zookeeper-2: has ended by itself 7 times since 2026-11-27 16:10:39 UTC, and is started again in a moment; the last time it exited with 14 (the election port could not be bound): its election port is taken; stop that program (zkprov explain election-port-in-use) [crash-loop]"},
		"where others are left":     {loop, 1, "warning zk2: zookeeper-2: warning: has ended by itself 7 times since 2026-11-27 16:10:39 UTC, and is started again in a moment; the last time it exited with 14 (the election port could not be bound): its election port is taken; stop that program (zkprov explain election-port-in-use) [crash-loop]"},
		"starts again":              {up, 0, "critical zk2: zookeeper-2: has ended by itself at 2026-11-27 16:10:39 UTC, and was started again; it exited with 1 (an error that ZooKeeper did not expect, such as a client port in use); on zk2 see: journalctl -u zookeeper-2 [crash-loop]"},
		"was given up":              {given, 0, "critical zk2: zookeeper-2: has ended by itself at 2026-11-27 16:10:39 UTC, and is not started again; it exited with 2 (ZooKeeper cannot use its configuration); on zk2 see: journalctl -u zookeeper-2 [crash-loop]"},
		"was killed and serves":     {killed, 1, "critical zk2: zookeeper-2: has ended by itself at 2026-11-27 16:10:39 UTC, and was started again; it was killed by signal 9, killed; on zk2 see: journalctl -u zookeeper-2 [crash-loop]"},
		"listens again":             {back, 1, "warning zk2: zookeeper-2: warning: has ended by itself at 2026-11-27 16:10:39 UTC, and was started again; it was killed by signal 9, killed; on zk2 see: journalctl -u zookeeper-2 [crash-loop]"},
		"the third time":            {again, 1, "critical zk2: zookeeper-2: has ended by itself 3 times since 2026-11-27 16:10:39 UTC, and was started again; the last time it was killed by signal 9, killed; on zk2 see: journalctl -u zookeeper-2 [crash-loop]"},
		"serves, and two are left":  {killed, 2, "warning zk2: zookeeper-2: warning: has ended by itself at 2026-11-27 16:10:39 UTC, and was started again; it was killed by signal 9, killed; on zk2 see: journalctl -u zookeeper-2 [crash-loop]"},
		"an old systemd":            {old, 0, "critical zk2: zookeeper-2: has ended by itself, and is started again in a moment; it exited with 1 (an error that ZooKeeper did not expect, such as a client port in use); on zk2 see: journalctl -u zookeeper-2 [crash-loop]"},
		"an observer":               {observer, 0, "warning zk4: zookeeper-4: warning: has ended by itself at 2026-11-27 16:10:39 UTC, and is started again in a moment; it exited with 1 (an error that ZooKeeper did not expect, such as a client port in use); on zk4 see: journalctl -u zookeeper-4 [crash-loop]"},
		"nobody listens":            {deaf(2, ""), 1, "critical zk2: zookeeper-2: serves, and does not listen on its election port 3888: it ends when it has tried for 3 s to; on zk2 see: ss -tnap, and journalctl -u zookeeper-2 [election-port-closed]"},
		"somebody else listens":     {deaf(2, "pid 7 (/usr/bin/perl)"), 1, "critical zk2: zookeeper-2: serves, and its election port 3888 is held by pid 7 (/usr/bin/perl): it ends when it has tried for 3 s to listen there; on zk2 see: ss -tnap, and journalctl -u zookeeper-2 [election-port-closed]"},
		"an observer is not heard":  {deaf(4, ""), 1, "warning zk4: zookeeper-4: warning: serves, and does not listen on its election port 3888: it ends when it has tried for 3 s to; on zk4 see: ss -tnap, and journalctl -u zookeeper-4 [election-port-closed]"},
		"a server that was not one": {provision.Report{ID: 9}, 1, ""},
	} {
		e := read(t, four)
		found := standings(e, map[int]provision.Report{test.report.ID: test.report}, ensemble.Verdict{Quorum: true, Survives: test.survives})
		var got []string
		for _, f := range found {
			got = append(got, string(f.Severity)+" "+f.String())
			if f.Name == crashLoop && f.Detail != "java.lang.Error: it said" {
				t.Errorf("%s: the server's words are %q", name, f.Detail)
			}
		}
		if diff := cmp.Diff(test.want, strings.Join(got, "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestCheckTellsOfCrashes looks whether what is known of a server that ends by itself
// stands in the place of a refused connection.
func TestCheckTellsOfCrashes(t *testing.T) {
	f, hs := newFleet(t)
	hs.byName["zk2"].reports = func(int) []provision.Report { return []provision.Report{crashed(2, false, nil)} }
	hs.byName["zk4"].reports = func(int) []provision.Report {
		return []provision.Report{{ID: 4, Unit: running(4), Answer: ensemble.Answer{ID: 4, Error: "connection refused"}}}
	}
	s, err := f.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, found := range s.Findings {
		got = append(got, found.Instance+" "+found.Name)
	}
	if want := []string{"zookeeper-2 crash-loop", "zookeeper-4 instance-down"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestCheckTellsOfNoUnit sends nobody to the journal of a server that was never set up.
func TestCheckTellsOfNoUnit(t *testing.T) {
	f, hs := newFleet(t)
	hs.byName["zk4"].reports = func(int) []provision.Report {
		return []provision.Report{{ID: 4, Unit: units.State{Unit: "zookeeper-4.service", LoadState: "not-found", ActiveState: "inactive"},
			Answer: ensemble.Answer{ID: 4, Error: "connection refused"}}}
	}
	s, err := f.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := "zk4: zookeeper-4: warning: is not set up: systemd has no unit of it; zkprov apply sets it up [instance-down]"
	if len(s.Findings) != 1 || s.Findings[0].String() != want {
		t.Errorf("got %v, want %s", s.Findings, want)
	}
}

// TestAloneSteady lets the own server of a host without a coordinator serve before it
// listens on its election port.
func TestAloneSteady(t *testing.T) { synctest.Test(t, testAloneSteady) }

func testAloneSteady(t *testing.T) {
	a, l := newAlone(t)
	l.fakeHost.seen = sees("zookeeper-1", formed)
	l.serve(1, 2, 3)
	l.reports = after(2, deaf(1, ""), well(1))
	s, err := a.Run(t.Context())
	if err != nil || len(s.Missing) > 0 {
		t.Errorf("missing %q, %v", s.Missing, err)
	}
	if l.probes != 3 {
		t.Errorf("it asked %d times, want 3", l.probes)
	}
	want := "3/3 participants serve, leader 3; zookeeper-1: serves, and does not listen on its election port 3888: it ends when it has tried for 3 s to"
	if !slices.Contains(l.said, want) {
		t.Errorf("it said %q", l.said)
	}

	a, l = newAlone(t)
	l.fakeHost.seen = sees("zookeeper-1", formed)
	l.serve(1, 2, 3)
	l.reports = func(int) []provision.Report { return []provision.Report{deaf(1, "")} }
	if s, err = a.Run(t.Context()); err == nil || !slices.Equal(s.Missing, []string{"zookeeper-1"}) {
		t.Errorf("missing %q, %v", s.Missing, err)
	}
}

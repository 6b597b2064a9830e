package host

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/units"
)

// journaled is a systemd with one unit and its journal.
type journaled struct {
	units.Systemd
	state units.State
	lines []units.Line
}

func (j journaled) State(context.Context, string) (units.State, error) { return j.state, nil }

func (j journaled) Journal(_ context.Context, _ string, lines int) ([]units.Line, error) {
	return j.lines[max(0, len(j.lines)-lines):], nil
}

// said are the lines of one start.
func said(invocation string, lines ...string) []units.Line {
	var all []units.Line
	for _, l := range lines {
		all = append(all, units.Line{Text: l, Invocation: invocation})
	}
	return all
}

// numbered are n lines of a start that tell nothing.
func numbered(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("INFO  [main:X@1] - %d", i+1))
	}
	return all
}

// broken is how a 3.6.3 ends that has logs and no snapshot.
func broken() []string {
	trace := []string{"Starting ZooKeeper", "Started ZooKeeper"}
	trace = append(trace, numbered(60)...)
	trace = append(trace, "ERROR [main:QuorumPeer@1148] - Unable to load database on disk",
		"java.io.IOException: No snapshot found, but there are log entries. Something is broken!")
	for range 6 {
		trace = append(trace, "\tat org.apache.zookeeper.server.persistence.FileTxnSnapLog.restore(FileTxnSnapLog.java:281)")
	}
	trace = append(trace, "ERROR [main:QuorumPeerMain@113] - Unexpected exception, exiting abnormally",
		"java.lang.RuntimeException: Unable to run quorum server ")
	for range 5 {
		trace = append(trace, "\tat org.apache.zookeeper.server.quorum.QuorumPeer.loadDataBase(QuorumPeer.java:1149)")
	}
	trace = append(trace, "Caused by: java.io.IOException: No snapshot found, but there are log entries. Something is broken!")
	for range 5 {
		trace = append(trace, "\tat org.apache.zookeeper.server.persistence.FileTxnSnapLog.restore(FileTxnSnapLog.java:281)")
	}
	return append(trace, "\t... 4 more", "INFO  [main:ZKAuditProvider@42] - ZooKeeper audit is disabled.",
		"ERROR [main:ServiceUtils@42] - Exiting JVM with code 1", "Main process exited, code=exited, status=1/FAILURE",
		"Failed with result 'exit-code'.", "Scheduled restart job, restart counter is at 1.")
}

func TestJournalTells(t *testing.T) {
	const a, b, c = "aa", "bb", "cc"
	why := []string{
		"ERROR [main:QuorumPeerMain@113] - Unexpected exception, exiting abnormally",
		"java.lang.RuntimeException: Unable to run quorum server ",
		"\tat org.apache.zookeeper.server.quorum.QuorumPeer.loadDataBase(QuorumPeer.java:1149)",
		"Caused by: java.io.IOException: No snapshot found, but there are log entries. Something is broken!",
	}
	end := []string{"Failed with result 'exit-code'.", "Scheduled restart job, restart counter is at 1."}
	frame := "\tat org.apache.zookeeper.server.persistence.FileTxnSnapLog.restore(FileTxnSnapLog.java:281)"
	audit := "INFO  [main:ZKAuditProvider@42] - ZooKeeper audit is disabled."
	begun := []string{"Starting ZooKeeper", "Started ZooKeeper"}
	up := units.State{InvocationID: b, NRestarts: 1, MainPID: 7, ExecMainStart: time.Now()}
	long := up
	long.ExecMainStart = time.Now().Add(-time.Hour)
	first := up
	first.NRestarts = 0
	for name, test := range map[string]struct {
		state units.State
		lines [][]units.Line
		want  [][]string
	}{
		"nothing":     {up, nil, nil},
		"first start": {first, [][]units.Line{said(a, broken()...), said(b, begun...)}, [][]string{begun}},
		"waits for its restart": {units.State{InvocationID: a, NRestarts: 1}, [][]units.Line{said(c, "old"), said(a, broken()...)},
			[][]string{why, {frame, audit}, end}},
		"has just begun again": {up, [][]units.Line{said(c, "old"), said(a, broken()...), said(b, begun...)},
			[][]string{why, {frame}, end[1:], begun}},
		"has said a lot since": {up, [][]units.Line{said(a, broken()...), said(b, numbered(40)...)},
			[][]string{why, {frame}, end[1:], {"INFO  [main:X@1] - 39", "INFO  [main:X@1] - 40"}}},
		"runs for long": {long, [][]units.Line{said(a, broken()...), said(b, numbered(20)...)}, [][]string{numbered(20)[12:]}},
		"was not heard yet": {up, [][]units.Line{said(a, broken()...)},
			[][]string{why, {frame, audit}, end}},
		"is not known any more": {units.State{}, [][]units.Line{said(a, "x"), said(b, begun...)}, [][]string{begun}},
		"without a trace":       {units.State{InvocationID: a}, [][]units.Line{said(a, numbered(20)...)}, [][]string{numbered(20)[12:]}},
		"short": {units.State{InvocationID: a}, [][]units.Line{said(a, "java.lang.Error: x", "\tat a", "\tat b", "\tat c")},
			[][]string{{"java.lang.Error: x", "\tat a"}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := journaled{state: test.state}
			for _, l := range test.lines {
				s.lines = append(s.lines, l...)
			}
			var want []string
			for _, l := range test.want {
				want = append(want, l...)
			}
			got, err := (&Machine{Systemd: s}).journal(t.Context(), "zookeeper-1", 8)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Join(want, "\n"), strings.Join(got, "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

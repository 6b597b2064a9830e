package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/fleet"
	"github.com/zkprov/zkprov/provision/plan"
)

// TestProgressUnfinished looks whether a host that did not do all of a step gets no
// green line: a change failed, it was lost in one, or the run was interrupted.
func TestProgressUnfinished(t *testing.T) {
	made := func(host string) fleet.Event {
		c := zooCfg("zookeeper-1", "")
		return fleet.Event{Kind: fleet.HostChange, Host: host, Change: &c, Done: true, Took: time.Millisecond}
	}
	failed := made("zk2")
	failed.Error = "no space"
	for name, test := range map[string]struct {
		events []fleet.Event
		want   string
	}{
		"a change failed": {[]fleet.Event{made("zk1"), made("zk2"), failed}, `✘ zk2  /etc/zookeeper/zookeeper-1/zoo.cfg  (content)  0.0s
✔ zk1  prepared: 1 change
✘ zk2  prepare the hosts: 1 change, not finished
✘ prepare the hosts  61.0s
`},
		"a host was lost": {[]fleet.Event{made("zk1"), made("zk2"), {Kind: fleet.HostEnd, Host: "zk2", Text: "stage", Done: true, Error: "it gave no sign of life"}}, `✔ zk1  prepared: 1 change
✘ zk2  prepare the hosts: 1 change, not finished
✘ prepare the hosts  61.0s
`},
		"nothing was done there": {[]fleet.Event{made("zk1"), {Kind: fleet.HostEnd, Host: "zk2", Text: "stage", Done: true, Error: "interrupted"}}, `✔ zk1  prepared: 1 change
✘ prepare the hosts  61.0s
`},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			p := newProgress(&b, output{progress: "plain"})
			p.report(fleet.Event{Kind: fleet.RunStep, Text: "stage"})
			for _, e := range test.events {
				p.report(e)
			}
			p.report(fleet.Event{Kind: fleet.RunStep, Text: "stage", Done: true, Took: 61 * time.Second, Error: "it failed"})
			// The next step begins anew.
			p.report(fleet.Event{Kind: fleet.RunStep, Text: "start"})
			p.report(made("zk2"))
			p.report(fleet.Event{Kind: fleet.RunStep, Text: "start", Done: true})
			p.close()
			got := strings.ReplaceAll(b.String(), "00:00:00 ", "")
			if diff := cmp.Diff(test.want+"✔ zk2  started: 1 change\n✔ start the servers  0.0s\n", got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSummaryOfUnknown looks at what is said of hosts that failed and of those of
// which it is not known.
func TestSummaryOfUnknown(t *testing.T) {
	for name, test := range map[string]struct {
		outcome         fleet.Outcome
		want, interrupt string
	}{
		"nothing": {fleet.Outcome{}, "nothing was changed", "every change that had begun was finished"},
		"some":    {fleet.Outcome{Changed: map[string]int{"zk1": 2, "zk2": 1}}, "stopped after 3 changes on 2 hosts", "every change that had begun was finished"},
		"unknown": {fleet.Outcome{Changed: map[string]int{"zk1": 2}, Failed: []string{"zk2"}, Unknown: []string{"zk3", "zk4"}},
			"stopped after 2 changes on 1 host · 1 failed: zk2 · 2 unknown: zk[3-4]", "every change that had begun was finished but on zk[3-4], of which it is not known"},
		"only unknown": {fleet.Outcome{Unknown: []string{"zk3"}}, "stopped before any change was finished · 1 unknown: zk3", "every change that had begun was finished but on zk3, of which it is not known"},
	} {
		if got := summaryOfFailure(&test.outcome); got != test.want {
			t.Errorf("%s: %q", name, got)
		}
		if got := finished(&test.outcome); got != test.interrupt {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestExitUnknown looks at the exit code of a host that was lost in the middle of a
// change: the run has failed on a host, whatever else was only not reached.
func TestExitUnknown(t *testing.T) {
	unknown := &plan.HostError{Host: "zk1", Err: &provision.Error{Kind: provision.Unknown, Message: "lost"}}
	away := &plan.HostError{Host: "zk2", Err: &provision.Error{Kind: provision.Unreachable, Message: "away"}}
	for _, err := range []error{unknown, errors.Join(unknown, away), errors.Join(context.Canceled, unknown)} {
		if code := exitCode(err); code != exitFailed {
			t.Errorf("%v: exit code %d", err, code)
		}
	}
}

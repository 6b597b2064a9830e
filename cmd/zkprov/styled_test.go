package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/fleet"
	"github.com/zkprov/zkprov/provision/plan"
)

const diff = "--- /etc/zookeeper/zoo.cfg\n+++ /etc/zookeeper/zoo.cfg\n@@ -1,2 +1,2 @@\n tickTime=2000\n-maxClientCnxns=60\n+maxClientCnxns=200\n"

// findings are one of each severity.
var findings = finding.Findings{
	{Name: "port-in-use", Severity: finding.Critical, Host: "zk1", Instance: "zookeeper-1", Message: "port 2181 is taken by process 42", Hint: "stop it"},
	{Name: "swap", Severity: finding.Warning, Host: "zk2", Message: "swapping is on"},
	{Name: "zk-eol", Severity: finding.Notice, Message: "ZooKeeper 3.6.3 is end of life"},
}

// render is what a styled writer writes, plain and in colour; the colours must
// be all that differs.
func render(t *testing.T, verbose bool, write func(s *styled)) string {
	t.Helper()
	var plain, colour strings.Builder
	write(&styled{w: &plain, verbose: verbose})
	write(&styled{w: &colour, verbose: verbose, colour: true})
	bare := colour.String()
	for _, sgr := range []string{red, green, yellow, bold, "0"} {
		bare = strings.ReplaceAll(bare, "\x1b["+sgr+"m", "")
	}
	if bare != plain.String() || strings.Contains(plain.String(), "\x1b") {
		t.Errorf("without colours it is\n%q\nand with them\n%q", plain.String(), colour.String())
	}
	return plain.String()
}

// planned returns a plan of one step with changes on hosts.
func planned(bootstrap bool, found finding.Findings, hosts ...plan.HostChanges) *plan.Plan {
	p := &plan.Plan{Bootstrap: bootstrap, Findings: found, Steps: []plan.Step{{Name: "stage", Changes: hosts}}}
	for _, h := range hosts {
		p.Hosts = append(p.Hosts, plan.Part{Host: h.Host})
	}
	return p
}

func TestPlanText(t *testing.T) {
	e := testEnsemble(t, three)
	change := func(host string, id int) plan.HostChanges {
		name := fmt.Sprintf("zookeeper-%d", id)
		return plan.HostChanges{Host: host, Changes: []provision.Change{zooCfg(name, diff), start(name)}}
	}
	dir := provision.Change{Resource: "dir:/var/lib/zookeeper/zookeeper-4", Action: provision.Create, Path: "/var/lib/zookeeper/zookeeper-4", Summary: "0750 zookeeper:zookeeper"}
	user := provision.Change{Resource: "user:zookeeper", Action: provision.Create, Summary: "system user zookeeper"}
	gone := provision.Change{Resource: "file:/var/lib/zookeeper/zookeeper-4/initialize", Action: provision.Remove, Path: "/var/lib/zookeeper/zookeeper-4/initialize", Summary: "the ensemble exists"}
	enable := provision.Change{Resource: "enabled:zookeeper-4.service", Action: provision.Enable, Summary: "zookeeper-4.service starts at boot"}
	observer := plan.HostChanges{Host: "zk4", Changes: []provision.Change{release(), user, dir, gone, unit("zookeeper-4", provision.Create), enable, start("zookeeper-4")}}
	restart := planned(false, nil, plan.HostChanges{Host: "zk3", Changes: []provision.Change{zooCfg("zookeeper-3", diff)}})
	restart.Hosts[0].Restarts = []provision.Restart{{Instance: "zookeeper-3", Reasons: []string{"zoo.cfg"}}}
	rolled := func(leader string, found finding.Findings, options plan.Options, turns ...[]string) *plan.Plan {
		p := planned(false, found, plan.HostChanges{Host: "zk1", Changes: []provision.Change{zooCfg("zookeeper-1", diff)}}, plan.HostChanges{Host: "zk2"},
			plan.HostChanges{Host: "zk3", Changes: []provision.Change{zooCfg("zookeeper-3", diff)}}, observer)
		p.Leader, p.Options = leader, options
		for _, turn := range turns {
			p.Steps = append(p.Steps, plan.Step{Name: "restart " + strings.Join(turn, ", "), Instances: turn})
		}
		return p
	}
	one := func(ids ...int) (turns [][]string) {
		for _, id := range ids {
			turns = append(turns, []string{fmt.Sprintf("zookeeper-%d", id)})
		}
		return turns
	}
	outage := finding.Findings{{Name: plan.OutageNeeded, Severity: finding.Warning, Message: "nobody is served for about 10 s"}}
	down := finding.Findings{{Name: plan.VoterDown, Severity: finding.Warning, Message: "zookeeper-2 does not serve"}}
	tests := map[string]struct {
		plan          *plan.Plan
		diff, verbose bool
	}{
		"roll":            {plan: rolled("zookeeper-1", nil, plan.Options{}, one(4, 3, 1)...)},
		"roll leader not": {plan: rolled("zookeeper-2", nil, plan.Options{}, one(3, 1)...)},
		"roll observer":   {plan: rolled("zookeeper-2", nil, plan.Options{}, one(4)...)},
		"roll later":      {plan: rolled("zookeeper-2", nil, plan.Options{NoRestart: true}, one(1, 3)...)},
		"roll outage":     {plan: rolled("zookeeper-1", outage, plan.Options{AllowOutage: true}, []string{"zookeeper-1", "zookeeper-3"})},
		"roll voter down": {plan: rolled("zookeeper-1", down, plan.Options{AllowOutage: true}, one(1)...)},
		"nothing":         {plan: planned(false, nil, plan.HostChanges{Host: "zk1"}, plan.HostChanges{Host: "zk2"}, plan.HostChanges{Host: "zk3"})},
		"one":             {plan: planned(false, nil, plan.HostChanges{Host: "zk1"}, plan.HostChanges{Host: "zk2", Changes: []provision.Change{start("zookeeper-2")}})},
		"bootstrap":       {plan: planned(true, nil, change("zk1", 1), change("zk2", 2), change("zk3", 3), observer)},
		"diff":            {plan: planned(false, nil, change("zk1", 1), change("zk2", 2)), diff: true},
		"diffs": {plan: planned(false, nil,
			plan.HostChanges{Host: "zk1", Changes: []provision.Change{zooCfg("zookeeper-1", diff)}},
			plan.HostChanges{Host: "zk2", Changes: []provision.Change{zooCfg("zookeeper-2", strings.ReplaceAll(diff, "60", "61"))}},
		), diff: true},
		"findings": {plan: planned(false, findings, plan.HostChanges{Host: "zk1", Changes: []provision.Change{start("zookeeper-1")}})},
		"verbose":  {plan: planned(false, findings, plan.HostChanges{Host: "zk1"}), verbose: true},
		"restart":  {plan: restart},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			golden(t, "plan/"+name+".txt", render(t, test.verbose, func(s *styled) { s.plan(e, test.plan, test.diff) }))
		})
	}
}

// verdict is that of an ensemble where all is well.
func verdict() ensemble.Verdict {
	return ensemble.Verdict{Formed: true, Quorum: true, Leader: new(3), InSync: 2, Observers: 2, Survives: 1, Serving: 3}
}

func TestOutcomeText(t *testing.T) {
	e := testEnsemble(t, three)
	plan := planned(false, findings[1:], plan.HostChanges{Host: "zk1"}, plan.HostChanges{Host: "zk2"}, plan.HostChanges{Host: "zk3"}, plan.HostChanges{Host: "zk4"})
	v := verdict()
	tests := map[string]fleet.Outcome{
		"nothing":   {Plan: plan, Verdict: &v, Write: "not tested", Took: 1234 * time.Millisecond},
		"changed":   {Plan: plan, Verdict: &v, Write: "proven", Took: 12 * time.Second, Changed: map[string]int{"zk1": 12, "zk2": 3}},
		"one":       {Plan: plan, Verdict: &v, Write: "proven", Took: 83 * time.Second, Changed: map[string]int{"zk1": 1}},
		"forbidden": {Plan: plan, Verdict: &v, Write: "not permitted", Took: time.Second, Changed: map[string]int{"zk1": 2}},
	}
	for name, o := range tests {
		t.Run(name, func(t *testing.T) {
			golden(t, "outcome/"+name+".txt", render(t, false, func(s *styled) { s.outcome(e, &o, "zkprov check prod.toml") }))
		})
	}
}

func TestStateText(t *testing.T) {
	e := testEnsemble(t, three)
	answer := func(id int, mode ensemble.Mode) ensemble.Answer {
		return ensemble.Answer{ID: id, Serving: true, Mode: mode, Version: "3.6.3", Zxid: 5<<32 | 0x1f3a}
	}
	answers := map[int]ensemble.Answer{1: answer(1, ensemble.Follower), 2: {ID: 2, Error: "connection refused"}, 3: answer(3, ensemble.Leader), 4: answer(4, ensemble.Observing)}
	lost := ensemble.Verdict{Serving: 1}
	tests := map[string]struct {
		state   fleet.State
		verbose bool
	}{
		"ok":       {state: fleet.State{Verdict: verdict(), Answers: answers, Findings: findings[2:]}},
		"warning":  {state: fleet.State{Verdict: verdict(), Answers: answers, Findings: findings[1:]}},
		"critical": {state: fleet.State{Verdict: lost, Answers: answers, Findings: findings}},
		"verbose":  {state: fleet.State{Verdict: verdict(), Answers: answers, Findings: findings[2:]}, verbose: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			golden(t, "state/"+name+".txt", render(t, test.verbose, func(s *styled) { s.state(e, &test.state) }))
		})
	}
	v := verdict()
	v.Formed, v.Survives = false, 0
	if got := quorumLine(e, &v); !strings.HasPrefix(got, "quorum, not formed in full: leader zookeeper-3 on zk3") {
		t.Errorf("a quorum that is not whole: %s", got)
	}
	v.Leader, v.InSync, v.Participants = new(9), 3, 4
	if got := quorumLine(e, &v); !strings.HasPrefix(got, "quorum, not formed in full: leader zookeeper-9, 3/3 followers") {
		t.Errorf("a leader that the inventory has no more: %s", got)
	}
}

func TestErrorsText(t *testing.T) {
	err := errors.Join(
		&plan.FindingError{Finding: findings[0]},
		&plan.HostError{Host: "zk1", Err: errors.New("no space left on device")},
		&plan.HostError{Host: "zk2", Err: fmt.Errorf("cannot read back: %w", &provision.Error{Kind: provision.Unreachable, Name: "connection-lost", Message: "the connection was lost", Hint: "run it again"})},
		&provision.Error{Kind: provision.Failed, Name: "no-quorum", Message: "the ensemble has not formed: no quorum within 50s", Hint: "bin/zkprov check prod.toml tells how it stands",
			Detail: []string{"zk2: zookeeper-2 is failed: its process exited with 2", "    initLimit is not set"}},
		context.Canceled,
	)
	golden(t, "errors.txt", render(t, false, func(s *styled) { s.errors(err) }))
}

// TestCommandsAreWhole shows a finding on a narrow terminal: its message is broken at
// words, and what to type is not, as each part would be a command of its own.
func TestCommandsAreWhole(t *testing.T) {
	var out strings.Builder
	s := &styled{w: &out, columns: func() int { return 40 }}
	line := `echo '{"ensemble":"zookeeper","id":1}' > /var/lib/zookeeper/zookeeper-1/.zkprov.json`
	s.finding("✘", finding.Finding{Name: "unstamped-data", Severity: finding.Critical, Host: "zk1", Message: strings.Repeat("word ", 20) + "end",
		Commands: []finding.Command{{Host: "zk1", Line: line}}})
	if lines := strings.Split(out.String(), "\n"); len(lines) < 5 || !slices.Contains(lines, "      zk1# "+line) {
		t.Errorf("it is shown as\n%s", out.String())
	}
}

func TestSummaryOfFailure(t *testing.T) {
	for want, o := range map[string]fleet.Outcome{
		"nothing was changed":                {},
		"stopped after 1 change on 1 host":   {Changed: map[string]int{"zk1": 1}},
		"stopped after 5 changes on 2 hosts": {Changed: map[string]int{"zk1": 1, "zk2": 4}},
	} {
		if got := summaryOfFailure(&o); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for want, d := range map[string]time.Duration{"0.0 s": time.Millisecond, "9.9 s": 9900 * time.Millisecond, "10 s": 10 * time.Second, "1 min 23 s": 83 * time.Second} {
		if got := duration(d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}

// TestNoColour looks whether colours are left out where they are not wanted.
func TestNoColour(t *testing.T) {
	var b strings.Builder
	if newStyled(&b, output{}).colour || newStyled(&sink{to: &b}, output{}).colour {
		t.Error("a stream that is no terminal gets colours")
	}
}

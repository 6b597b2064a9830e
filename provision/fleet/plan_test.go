package fleet

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// names are those of hosts with a plan.
func names(p *plan.Plan) []string {
	var all []string
	for _, h := range p.Hosts {
		all = append(all, h.Host)
	}
	return all
}

func TestPlan(t *testing.T) {
	f, hs := newFleet(t)
	hs.byName["zk2"].changes = []provision.Change{change(plan.Stage), change(plan.Start)}
	hs.byName["zk4"].changes = []provision.Change{change(plan.Stage)}
	hs.byName["zk3"].plan.Restarts = []provision.Restart{{Instance: "zookeeper-3", Reasons: []string{"zoo.cfg"}}}
	p, err := f.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"zk1", "zk2", "zk3", "zk4"}, names(p)); diff != "" {
		t.Error(diff)
	}
	if p.Bootstrap || p.Changes() != 3 || p.Restarts() != 1 || p.Unseen() != nil {
		t.Errorf("bootstrap %t, %d changes, %d restarts, failures %v", p.Bootstrap, p.Changes(), p.Restarts(), p.Unseen())
	}
	if calls := hs.calls(); len(calls) > 0 {
		t.Errorf("a plan did more than look: %v", calls)
	}
	if n := hs.count("close"); n != 4 {
		t.Errorf("%d of 4 connections were closed", n)
	}
}

// TestPlanUnreachable looks at an ensemble of which a host cannot be reached, or
// fails in the middle.
func TestPlanUnreachable(t *testing.T) {
	for _, call := range []string{"connect", "observe", "plan"} {
		t.Run(call, func(t *testing.T) {
			f, hs := newFleet(t)
			hs.byName["zk3"].errs[call] = unreachable("zk3")
			hs.byName["zk1"].errs[call] = errors.New("broken")
			p, err := f.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"zk2", "zk4"}, names(p)); diff != "" {
				t.Error(diff)
			}
			want := "zk1: broken\nzk3: zk3 does not answer; is it up? [host-unreachable]"
			if p.Unseen() == nil || p.Unseen().Error() != want {
				t.Errorf("failures are %v", p.Unseen())
			}
			if diff := cmp.Diff(map[string]string{"zk1": "broken", "zk3": "zk3 does not answer; is it up? [host-unreachable]"}, p.Unreachable); diff != "" {
				t.Error(diff)
			}
			if p.Stops() == nil {
				t.Error("apply would go on")
			}
		})
	}
}

// TestStepsOfLostHosts looks whether a part of a run is said to have succeeded in
// which a host did not answer.
func TestStepsOfLostHosts(t *testing.T) {
	for call, want := range map[string]string{"connect": "connect", "observe": "observe", "plan": "plan"} {
		f, hs := newFleet(t)
		hs.byName["zk3"].errs[call] = unreachable("zk3")
		var failed []string
		f.Report = func(e Event) {
			if e.Kind == RunStep && e.Done && e.Error != "" {
				failed = append(failed, e.Text)
			}
		}
		if _, err := f.Plan(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{want}, failed); diff != "" {
			t.Errorf("%s fails: %s", call, diff)
		}
	}
}

// TestPlanBootstrap looks whether every host is told of a first bootstrap, and
// none where a voter was not seen.
func TestPlanBootstrap(t *testing.T) {
	f, hs := newFleet(t)
	for _, m := range f.Ensemble.Members() {
		hs.byName[m.Host.Name].seen = sees(m.Instance.Name, nothing)
	}
	p, err := f.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !p.Bootstrap || p.Changes() != 4 || p.Stops() != nil {
		t.Errorf("bootstrap %t with %d markers, obstacles %v", p.Bootstrap, p.Changes(), p.Stops())
	}
	hs.byName["zk3"].errs["connect"] = unreachable("zk3")
	if p, err = f.Plan(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p.Bootstrap || p.Changes() > 0 {
		t.Errorf("without zk3: bootstrap %t with %d markers", p.Bootstrap, p.Changes())
	}
}

func TestLimit(t *testing.T) {
	f, hs := newFleet(t)
	f.Limit = []string{"zk2", "zk4"}
	for _, h := range hs.byName {
		h.changes = []provision.Change{change(plan.Stage)}
	}
	o, err := f.Apply(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"zk2", "zk4"}, names(o.Plan)); diff != "" {
		t.Error(diff)
	}
	if n := hs.count("observe"); n != 4 {
		t.Errorf("%d of 4 hosts were looked at", n)
	}
	for _, call := range hs.calls() {
		if host, what, _ := strings.Cut(call, " "); (host == "zk1" || host == "zk3") && (strings.HasPrefix(what, "lock") || what == "stage") {
			t.Errorf("outside of the limit: %s", call)
		}
	}
}

// TestLimitInstances limits a run to some of a host's instances.
func TestLimitInstances(t *testing.T) {
	f, hs := newFleet(t)
	f.Limit = []string{"zookeeper-2", "zk4"}
	for _, h := range hs.byName {
		h.changes = []provision.Change{change(plan.Stage)}
	}
	only := make(map[string][]string)
	for _, h := range hs.byName {
		h.asked = func(t provision.Task) { only[t.Host] = t.Only }
	}
	o, err := f.Apply(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"zk2", "zk4"}, names(o.Plan)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string][]string{"zk2": {"zookeeper-2"}, "zk4": nil}, only); diff != "" {
		t.Error(diff)
	}
}

func TestFindings(t *testing.T) {
	f, hs := newFleet(t)
	f.Ensemble.Ignore = []string{"noise"}
	one := func(name string, s finding.Severity) finding.Finding {
		return finding.Finding{Name: name, Severity: s, Message: "m"}
	}
	hs.byName["zk1"].plan.Findings = finding.Findings{one("noise", finding.Warning), one("b", finding.Warning)}
	hs.byName["zk2"].plan.Findings = finding.Findings{one("a", finding.Notice), one("c", finding.Critical)}
	p, err := f.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, x := range p.Findings {
		got = append(got, x.Name)
	}
	if diff := cmp.Diff([]string{"c", "b", "a"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestClock looks whether a host whose clock is wrong is found by comparing it
// with this machine's.
func TestClock(t *testing.T) {
	f, hs := newFleet(t)
	hs.byName["zk2"].clock = 5 * time.Minute
	p, err := f.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := p.Findings
	if len(found) != 1 || found[0].Host != "zk2" {
		t.Errorf("found %v", found)
	}
}

// TestClockOfSlowHost looks whether a host that takes long to look at itself is said to
// have a clock that is behind.
func TestClockOfSlowHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, hs := newFleet(t)
		hs.byName["zk2"].during = func(_ context.Context, call string) {
			if call == "observe" {
				time.Sleep(6 * time.Second)
			}
		}
		p, err := f.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Findings) > 0 {
			t.Errorf("found %v", p.Findings)
		}
	})
}

func TestCancelled(t *testing.T) {
	for _, call := range []string{"connect", "observe", "plan", "probe", "lock", "stage", "start", "record", "write 3", "read 2 /by-3"} {
		t.Run(call, func(t *testing.T) {
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			f, hs := newFleet(t)
			for name, h := range hs.byName {
				h.changes = []provision.Change{change(plan.Stage), change(plan.Start), change(plan.Record)}
				h.during = func(_ context.Context, c string) {
					if c == call && (name == "zk2" || name == "zk3") {
						interrupt()
					}
				}
			}
			o, err := f.Apply(ctx)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			if o == nil {
				t.Fatal("there is no outcome")
			}
			if connected, closed := hs.count("connect"), hs.count("close"); call != "connect" && connected != closed {
				t.Errorf("%d of %d connections were closed", closed, connected)
			}
			if call == "stage" && hs.count("start") > 0 {
				t.Error("it went on")
			}
		})
	}
}

// planned returns the plan of hosts that were planned so.
func planned(e *inventory.Ensemble, parts ...provision.HostPlan) *plan.Plan {
	p := &plan.Plan{Steps: plan.Sorting{Ensemble: e, Parts: parts}.Steps()}
	for _, part := range parts {
		p.Hosts = append(p.Hosts, plan.Part{Host: part.Host, Restarts: part.Restarts, NeedsArchive: part.NeedsArchive, NeedsJars: part.NeedsJars})
	}
	return p
}

package plan

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// resources are those of changes.
func resources(changes []provision.Change) string {
	var all []string
	for _, c := range changes {
		all = append(all, c.Resource)
	}
	return strings.Join(all, " ")
}

// TestCounts counts what a plan has, and finds it by host and by step.
func TestCounts(t *testing.T) {
	p := made()
	p.Hosts[0].Restarts = []provision.Restart{{Instance: "zookeeper-1"}, {Instance: "zookeeper-2"}}
	p.Hosts[1].Restarts = []provision.Restart{{Instance: "zookeeper-3"}}
	p.Hosts[1].NeedsArchive = true
	if p.Changes() != 9 || p.Restarts() != 3 || !slices.Equal(p.NeedArchive(), []string{"zk2"}) {
		t.Errorf("%d changes, %d restarts, %v need the archive", p.Changes(), p.Restarts(), p.NeedArchive())
	}
	var got []string
	for _, h := range p.ByHost() {
		got = append(got, h.Host+": "+resources(h.Changes))
	}
	want := []string{"zk1: file:a running:b restarted:c", "zk2: file:a file:a-beside running:b running:b-beside restarted:c restarted:c-beside", "zk3: "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := resources(p.Of(Start, "zk2")); got != "running:b running:b-beside" {
		t.Errorf("started on zk2 is %s", got)
	}
	if p.Of(Start, "zk3") != nil || p.Of(Record, "zk1") != nil {
		t.Error("there are changes where the plan has none")
	}
}

// TestLeft wants what is approved on a host beside the changes of a step: what is made
// later, what is left out, and the start of what may have ended since.
func TestLeft(t *testing.T) {
	all := func(Step) bool { return true }
	p := made()
	for i, want := range []string{"running:b restarted:c", "restarted:c", "running:b", "running:b"} {
		if got := resources(p.Left(i, "zk1", all)); got != want {
			t.Errorf("beside step %d: %s, want %s", i, got, want)
		}
	}
	if got := resources(p.Left(1, "zk1", func(s Step) bool { return s.Name == Start })); got != "file:a restarted:c" {
		t.Errorf("beside a start alone: %s", got)
	}
}

// TestStarts names each instance that is started once.
func TestStarts(t *testing.T) {
	running := func(instance string) provision.Change {
		return provision.Change{Resource: "running:x", Instance: instance}
	}
	p := &Plan{Hosts: []Part{{Host: "zk1"}, {Host: "zk2"}}, Steps: []Step{{Name: Start, Changes: []HostChanges{
		{"zk1", []provision.Change{running("a"), running("b"), running("a"), running(""), {Resource: "unit:x", Instance: "c"}}}, {"zk2", []provision.Change{running("d")}},
	}}}}
	if diff := cmp.Diff([]string{"a", "b", "d"}, p.Starts()); diff != "" {
		t.Error(diff)
	}
}

// TestObstacles are errors as they were before they were data.
func TestObstacles(t *testing.T) {
	failed := &provision.Error{Kind: provision.Locked, Name: "locked", Message: "another run holds it"}
	refusal := finding.Finding{Name: "foreign-data", Severity: finding.Critical, Refusal: true, Message: "another's", Hint: "look", Commands: []finding.Command{{Line: "ls"}}}
	critical := refusal
	critical.Refusal = false
	p := &Plan{
		Obstacles: []Obstacle{{Finding: &refusal}, {Finding: &critical}, {Host: "zk1", Error: failed}, {Error: failed}}, Failures: []Obstacle{{Host: "zk2", Error: failed}},
		Findings: finding.Findings{{Name: "locked"}, refusal},
	}
	stops, ok := p.Stops().(interface{ Unwrap() []error })
	if !ok || len(stops.Unwrap()) != 4 {
		t.Fatalf("it stops at %v", p.Stops())
	}
	for i, want := range []provision.Kind{provision.Refused, provision.Failed, provision.Locked, provision.Locked} {
		var e *provision.Error
		if err := stops.Unwrap()[i]; !errors.As(err, &e) || e.Kind != want || e.Name == "" || e.Message == "" || i < 2 && (e.Hint != "look" || len(e.Commands) != 1) {
			t.Errorf("obstacle %d is %#v", i, e)
		}
	}
	var on *HostError
	if !errors.As(stops.Unwrap()[2], &on) || on.Host != "zk1" || errors.As(stops.Unwrap()[3], &on) && on.Host != "zk1" {
		t.Errorf("the third is of %v", on)
	}
	if got := p.Unseen().Error(); got != "zk2: another run holds it [locked]" {
		t.Errorf("unseen is %s", got)
	}
	if left := p.Remarks(); len(left) != 1 || left[0].Name != "foreign-data" {
		t.Errorf("remarks are %v", left)
	}
	if none := new(Plan); none.Stops() != nil || none.Unseen() != nil {
		t.Error("something stands against an empty plan")
	}
	var other *HostError
	if errors.As(&FindingError{refusal}, &other) {
		t.Error("a finding is taken for another error")
	}
}

// TestDigest tells inventories apart by what they say, and not by where they lie.
func TestDigest(t *testing.T) {
	e := inventory.Ensemble{Name: "zookeeper", Version: "3.6.3", Hosts: []inventory.Host{{Name: "zk1", Instances: []inventory.Instance{{ID: 1}}}}}
	here := Digest(&e)
	e.File = "elsewhere.toml"
	if Digest(&e) != here || e.File == "" || len(here) != 64 {
		t.Errorf("it is %s here and %s elsewhere", here, Digest(&e))
	}
	e.Hosts[0].Instances[0].ZooCfg = inventory.Settings{{Key: "tickTime", Value: "3000"}}
	if Digest(&e) == here {
		t.Error("a setting makes no difference")
	}
}

// TestGateLate says how the wait for a gate ended when its time was over.
func TestGateLate(t *testing.T) {
	one := []string{"zookeeper-1"}
	unsteady := func(s *Scene) { s.Unsteady = map[string]string{"zookeeper-2": "ends soon", "zookeeper-1": "ends now"} }
	for name, test := range map[string]struct {
		gate Gate
		edit func(map[int]*provision.Report)
		set  func(*Scene)
		want string
	}{
		"a restart":               {Gate{Kind: Back, Instances: one, Within: time.Minute}, nil, nil, "it is not so that zookeeper-1 serves again within 1m0s"},
		"no quorum":               {Gate{Kind: Formed, Within: time.Minute}, func(r map[int]*provision.Report) { down(r[1]); down(r[2]); down(r[3]) }, nil, "no quorum within 1m0s"},
		"not all":                 {Gate{Kind: Formed, Within: time.Minute}, func(r map[int]*provision.Report) { down(r[1]) }, nil, "not all are well within 1m0s"},
		"not all, and not steady": {Gate{Kind: Formed, Within: time.Minute}, func(r map[int]*provision.Report) { down(r[1]) }, unsteady, "not all are well within 1m0s"},
		"not steady":              {Gate{Kind: Formed, Within: time.Minute}, nil, unsteady, "zookeeper-1: ends now, and that has not changed within 1m0s"},
		"not steady, a restart":   {Gate{Kind: Back, Instances: one, Within: time.Minute}, nil, unsteady, "it is not so that zookeeper-1 serves again within 1m0s"},
	} {
		s := shown(3, 0, test.edit)
		if test.set != nil {
			test.set(&s)
		}
		if got := test.gate.Late(s); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// TestGateStands tells of a wait again where something else is lacking. A host by itself
// waits for others whose silence has many causes.
func TestGateStands(t *testing.T) {
	waits := shown(3, 0, func(r map[int]*provision.Report) { down(r[1]) })
	otherwise := shown(3, 0, func(r map[int]*provision.Report) { down(r[1]); r[1].Answer.Error = "no route to host" })
	other := shown(3, 0, func(r map[int]*provision.Report) { down(r[2]) })
	for _, kind := range []GateKind{Formed, Joined} {
		g := Gate{Kind: kind, Instances: []string{"zookeeper-3"}}
		stands := func(s Scene) string { return g.Stands(s, g.Lacks(s)+s.Verdict.Progress()) }
		if same := stands(waits) == stands(otherwise); same != (kind == Joined) {
			t.Errorf("%s: whether another cause is told is %t", g, !same)
		}
		if stands(waits) == stands(other) {
			t.Errorf("%s: another server is not told", g)
		}
	}
}

// TestTitles names what a run does for people.
func TestTitles(t *testing.T) {
	one := []string{"zookeeper-1"}
	for want, g := range map[string]Gate{
		"form the quorum ": {Kind: Formed}, "form the quorum": {Kind: Joined, Instances: one}, "write and read back through every server": {Kind: Written},
		"wait until a write through zookeeper-1 is read back through every server": {Kind: Written, Instances: one}, "wait until zookeeper-1 serves again": {Kind: Back, Instances: one},
	} {
		if got := g.Title(); got != strings.TrimSpace(want) {
			t.Errorf("%s is %q", g, got)
		}
	}
	said := make(map[string]bool)
	for _, name := range []string{Java, Stage, Start, Record, "restart zookeeper-1"} {
		doing := (&Step{Name: name}).Doing()
		if doing == "" || said[doing] || strings.HasPrefix(doing, "working on") != (name == "restart zookeeper-1") {
			t.Errorf("%s is %q", name, doing)
		}
		said[doing] = true
	}
}

// TestMissing names what a verdict finds fault with, and what may not go on to serve; a
// notice is no fault.
func TestMissing(t *testing.T) {
	s := Scene{Unsteady: map[string]string{"zookeeper-3": "ends soon", "zookeeper-1": "ends now"}, Verdict: ensemble.Verdict{Findings: finding.Findings{
		{Instance: "zookeeper-2", Severity: finding.Critical}, {Instance: "zookeeper-3", Severity: finding.Warning}, {Instance: "zookeeper-4", Severity: finding.Notice}, {Severity: finding.Critical},
	}}}
	if diff := cmp.Diff([]string{"zookeeper-1", "zookeeper-2", "zookeeper-3"}, s.Missing()); diff != "" {
		t.Error(diff)
	}
}

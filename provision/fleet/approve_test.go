package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/plan"
)

// reread returns a plan as it comes back from a file.
func reread(t *testing.T, p *plan.Plan) *plan.Plan {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back plan.Plan
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	return &back
}

// critical is a finding that stands against an apply.
func critical(name string) finding.Finding {
	return finding.Finding{Name: name, Severity: finding.Critical, Refusal: true, Host: "zk1", Message: "m", Hint: "h", Commands: []finding.Command{{Host: "zk1", Line: "ls"}}}
}

// needsArchive lets zk2 lack the release, which lies in a file.
func needsArchive(t *testing.T, f *Fleet, hs *hosts) {
	text, hash := tarball(t)
	path := filepath.Join(t.TempDir(), "zk.tar.gz")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f.Ensemble.Archive.SHA512, f.Ensemble.Archive.URLs = hash, []string{"file://" + path}
	f.Archives = &archive.Fetcher{Cache: archive.Cache{Dir: t.TempDir()}}
	hs.byName["zk2"].plan.NeedsArchive = true
	hs.byName["zk2"].changes = []provision.Change{change(plan.Stage)}
}

// situations are those that a plan may find, by name.
var situations = map[string]func(t *testing.T, f *Fleet, hs *hosts){
	"nothing to do": func(*testing.T, *Fleet, *hosts) {},
	"changes": func(_ *testing.T, _ *Fleet, hs *hosts) {
		for _, name := range []string{"zk1", "zk2"} {
			hs.byName[name].changes = []provision.Change{change(plan.Stage), change(plan.Start), change(plan.Record)}
		}
	},
	"a change fails": func(_ *testing.T, _ *Fleet, hs *hosts) {
		hs.byName["zk2"].changes = []provision.Change{change(plan.Stage), change(plan.Start), change(plan.Record)}
		hs.byName["zk2"].errs[plan.Start] = errors.New("no space")
	},
	"a gate does not hold": func(_ *testing.T, f *Fleet, hs *hosts) {
		f.Timeout = time.Second
		hs.byName["zk2"].changes = []provision.Change{change(plan.Stage), change(plan.Record)}
		hs.byName["zk2"].reports = func(int) []provision.Report { return []provision.Report{starting(2)} }
	},
	"a first bootstrap": func(_ *testing.T, f *Fleet, hs *hosts) {
		for _, m := range f.Ensemble.Members() {
			h := hs.byName[m.Host.Name]
			h.seen, h.changes = sees(m.Instance.Name, nothing), []provision.Change{change(plan.Start), change(plan.Record)}
		}
	},
	"a Java": func(_ *testing.T, _ *Fleet, hs *hosts) {
		hs.byName["zk2"].settles = true
		hs.byName["zk2"].changes = []provision.Change{change(plan.Java), change(plan.Stage), change(plan.Start)}
	},
	"the archive": needsArchive,
	"a host that is refused": func(_ *testing.T, _ *Fleet, hs *hosts) {
		hs.byName["zk1"].plan.Findings = finding.Findings{critical("foreign-data")}
	},
	"a restart": func(_ *testing.T, _ *Fleet, hs *hosts) {
		hs.byName["zk1"].changes = restarting(1)
		hs.byName["zk1"].plan.Restarts = []provision.Restart{{Instance: "zookeeper-1", Reasons: []string{"zoo.cfg"}}}
	},
	"a restart for a release that was not fetched": func(t *testing.T, f *Fleet, hs *hosts) {
		needsArchive(t, f, hs)
		hs.byName["zk2"].plan.Restarts = []provision.Restart{{Instance: "zookeeper-2", Reasons: []string{"the release"}}}
	},
	"a host that is down": func(_ *testing.T, _ *Fleet, hs *hosts) {
		hs.byName["zk2"].errs["connect"] = unreachable("zk2")
		hs.byName["zk1"].changes = []provision.Change{change(plan.Stage)}
	},
	"a host that is down outside of the limit": func(_ *testing.T, f *Fleet, hs *hosts) {
		f.Limit, f.Timeout = []string{"zk1"}, time.Hour
		hs.byName["zk2"].errs["connect"] = unreachable("zk2")
		hs.byName["zk1"].changes = []provision.Change{change(plan.Stage)}
	},
}

// TestWalkAsApplied writes a plan to JSON, reads it back and walks it: that does what an
// apply does where the plan was made.
func TestWalkAsApplied(t *testing.T) {
	type ending struct {
		Calls, Unknown, Failed []string
		Changed                map[string]int
		Write, Error           string
		Kind                   provision.Kind
		Steps                  []plan.Step
	}
	end := func(hs *hosts, o *Outcome, err error) ending {
		calls := hs.calls()
		slices.Sort(calls)
		e := ending{calls, o.Unknown, o.Failed, o.Changed, o.Write, "", kindOf(err), o.Plan.Steps}
		if err != nil {
			e.Error = err.Error()
		}
		return e
	}
	for name, set := range situations {
		inTime(t, name, func(t *testing.T) {
			f, hs := newFleet(t)
			set(t, f, hs)
			o, err := f.Apply(t.Context())
			want := end(hs, o, err)

			f, hs = newFleet(t)
			set(t, f, hs)
			p, err := f.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			o, err = f.Walk(t.Context(), reread(t, p))
			if diff := cmp.Diff(want, end(hs, o, err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPlanRereads loses nothing of a plan, and nothing of a verdict, on the way through
// JSON.
func TestPlanRereads(t *testing.T) {
	for name, set := range situations {
		inTime(t, name, func(t *testing.T) {
			f, hs := newFleet(t)
			set(t, f, hs)
			p, err := f.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			back := reread(t, p)
			if diff := cmp.Diff(p, back, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			for _, says := range [][2]error{{p.Stops(), back.Stops()}, {p.Unseen(), back.Unseen()}} {
				if diff := cmp.Diff(saying(says[0]), saying(says[1])); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
	e := read(t, four)
	v := ensemble.Judge(e, map[int]ensemble.Answer{1: well(1).Answer, 3: well(3).Answer, 4: starting(4).Answer})
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var back ensemble.Verdict
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(v, back); diff != "" || len(back.Lacks) == 0 {
		t.Errorf("%d lacks\n%s", len(back.Lacks), diff)
	}
	for _, names := range [][]string{nil, {"zookeeper-4"}, {"zookeeper-2", "zookeeper-4"}} {
		if v.FormedBut(names...) != back.FormedBut(names...) {
			t.Errorf("formed but %v is %t, and after the way through JSON it is not", names, v.FormedBut(names...))
		}
	}
}

// saying is an error and its kind, in words; of each that was joined.
func saying(err error) []string {
	var all []string
	for _, one := range provision.Split(err) {
		if one != nil {
			all = append(all, string(kindOf(one))+": "+one.Error())
		}
	}
	return all
}

// TestWalkStale lets a plan not fit any more: nothing is changed on any host.
func TestWalkStale(t *testing.T) {
	first := func(p *plan.Plan, step string) *plan.Step {
		return &p.Steps[slices.IndexFunc(p.Steps, func(s plan.Step) bool { return s.Name == step })]
	}
	tests := map[string]struct {
		set  func(f *Fleet, hs *hosts, p *plan.Plan)
		says string
		kind provision.Kind // stale where it is empty
	}{
		"the content that is wanted differs": {set: func(_ *Fleet, hs *hosts, _ *plan.Plan) { hs.byName["zk2"].changes[0].To = "other" }, says: "zk2: there is no a thing, and the plan does not have that as it is now"},
		"the content that lies there does":   {set: func(_ *Fleet, hs *hosts, _ *plan.Plan) { hs.byName["zk2"].changes[0].From = "other" }, says: "zk2: there is no a thing, and the plan does not have"},
		"what is done differs":               {set: func(_ *Fleet, hs *hosts, _ *plan.Plan) { hs.byName["zk2"].changes[0].Action = provision.Update }, says: "zk2: "},
		"there is one more": {set: func(_ *Fleet, hs *hosts, _ *plan.Plan) {
			hs.byName["zk3"].changes = []provision.Change{change(plan.Stage)}
		}, says: "zk3: there is no a thing, and the plan does not have"},
		"it is of another step": {set: func(_ *Fleet, _ *hosts, p *plan.Plan) {
			stage, start := first(p, plan.Stage), first(p, plan.Start)
			stage.Changes, start.Changes = start.Changes, stage.Changes
		}, says: "the plan does not have"},
		"it is of another host": {set: func(_ *Fleet, _ *hosts, p *plan.Plan) { first(p, plan.Stage).Changes[0].Host = "zk4" }, says: "zk1: there is no a thing, and the plan does not have"},
		"the inventory is another": {set: func(f *Fleet, _ *hosts, _ *plan.Plan) {
			f.Ensemble.Hosts[0].Instances[0].ZooCfg = inventory.Settings{{Key: "tickTime", Value: "3000"}}
		}, says: "another inventory"},
		"the inventory lies elsewhere": {set: func(f *Fleet, _ *hosts, _ *plan.Plan) { f.Ensemble.File = "elsewhere.toml" }, kind: "none"},
		"the user waits for longer":    {set: func(f *Fleet, _ *hosts, _ *plan.Plan) { f.Timeout = time.Hour }, kind: "none"},
		"it was for a first bootstrap": {set: func(_ *Fleet, _ *hosts, p *plan.Plan) { p.Bootstrap = true }, kind: "none"},
		"it is for a first bootstrap": {set: func(f *Fleet, hs *hosts, _ *plan.Plan) {
			for _, m := range f.Ensemble.Members() {
				hs.byName[m.Host.Name].seen = sees(m.Instance.Name, nothing)
			}
		}, says: "the ensemble existed when the plan was made"},
		"it has a step less": {set: func(_ *Fleet, _ *hosts, p *plan.Plan) {
			p.Steps = slices.DeleteFunc(p.Steps, func(s plan.Step) bool { return s.Name == plan.Prove })
		}, says: `the plan has no step "prove"`},
		"it has another step": {set: func(_ *Fleet, _ *hosts, p *plan.Plan) { first(p, plan.Prove).Name = "trust" }, says: `the plan has no step "prove"`},
		"it has a gate less":  {set: func(_ *Fleet, _ *hosts, p *plan.Plan) { first(p, plan.Prove).After = first(p, plan.Prove).After[:1] }, says: `the step "prove" has other gates`},
		"it has a gate for another": {set: func(_ *Fleet, _ *hosts, p *plan.Plan) {
			first(p, plan.Prove).After[0].Instances = []string{"zookeeper-1"}
		}, says: `the step "prove" has other gates`},
		"it has another gate":           {set: func(_ *Fleet, _ *hosts, p *plan.Plan) { first(p, plan.Prove).After[0].Kind = plan.Joined }, says: `the step "prove" has other gates`},
		"it has a gate that holds soon": {set: func(_ *Fleet, _ *hosts, p *plan.Plan) { first(p, plan.Prove).After[0].Settle = time.Second }, says: `the step "prove" has other gates`},
		"it has a gate before":          {set: func(_ *Fleet, _ *hosts, p *plan.Plan) { first(p, plan.Start).Before = first(p, plan.Prove).After }, says: `the step "start" has other gates`},
		"it restarts":                   {set: func(_ *Fleet, _ *hosts, p *plan.Plan) { first(p, plan.Start).Instances = []string{"zookeeper-1"} }, says: `the step "start" has other gates`},
		"it is planned anew":            {set: func(_ *Fleet, _ *hosts, p *plan.Plan) { first(p, plan.Start).Anew = true }, says: `the step "start" has other gates`},
		"it has a way back":             {set: func(_ *Fleet, _ *hosts, p *plan.Plan) { first(p, plan.Start).Undo = &plan.Undo{} }, says: `the step "start" has other gates`},
		"the plan is for less":          {set: func(_ *Fleet, _ *hosts, p *plan.Plan) { p.Options.Limit = []string{"zk1", "zk2", "zk3"} }, says: "zk4 is not to be changed, and the plan has a part of it"},
		"what stood against it is gone": {set: func(_ *Fleet, _ *hosts, p *plan.Plan) {
			f := critical("foreign-data")
			p.Obstacles = []plan.Obstacle{{Finding: &f}}
		}, says: "what stood against the plan"},
		"something stands against it": {set: func(_ *Fleet, hs *hosts, _ *plan.Plan) {
			hs.byName["zk1"].plan.Findings = finding.Findings{critical("foreign-data")}
		}, says: "foreign-data", kind: provision.Refused},
		"a host cannot be reached": {set: func(_ *Fleet, hs *hosts, _ *plan.Plan) { hs.byName["zk2"].errs["connect"] = unreachable("zk2") }, says: "zk2: zk2 does not answer", kind: provision.Unreachable},
		"a server would be restarted": {set: func(_ *Fleet, hs *hosts, _ *plan.Plan) {
			hs.byName["zk3"].changes = restarting(3)
			hs.byName["zk3"].plan.Restarts = []provision.Restart{{Instance: "zookeeper-3", Reasons: []string{"zoo.cfg"}}}
		}, says: "zk3: /etc/systemd/system/zookeeper-3.service differs"},
		"nothing has happened": {set: func(*Fleet, *hosts, *plan.Plan) {}, kind: "none"},
	}
	for name, test := range tests {
		inTime(t, name, func(t *testing.T) {
			f, hs := newFleet(t)
			situations["changes"](t, f, hs)
			p, err := f.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			p = reread(t, p)
			test.set(f, hs, p)
			o, err := f.Walk(t.Context(), p)
			if test.kind == "none" {
				if err != nil || o.Changes() != 6 {
					t.Errorf("%d changes, and %v", o.Changes(), err)
				}
				return
			}
			if kind := kindOf(err); err == nil || !strings.Contains(err.Error(), test.says) || kind != test.kind && !(test.kind == "" && kind == provision.Stale) {
				t.Errorf("%s: got %v, want %s", kindOf(err), err, test.says)
			}
			if calls := changing(hs); len(calls) > 0 || o.Changes() > 0 || o.Plan == nil {
				t.Errorf("it did %q", calls)
			}
		})
	}
}

// TestWalkAgain walks a plan of which some was done before, and one of which all was: the
// rest is done, and nothing else. The options are those of the plan.
func TestWalkAgain(t *testing.T) {
	for name, test := range map[string]struct {
		done, made, earlier int
	}{"some": {1, 5, 1}, "a host's all": {3, 3, 3}, "all": {6, 0, 6}} {
		inTime(t, name, func(t *testing.T) {
			f, hs := newFleet(t)
			f.Limit, f.AllowOutage, f.NoRestart, f.Settle = []string{"zk1", "zk2"}, true, true, time.Second
			situations["changes"](t, f, hs)
			p, err := f.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			done := test.done
			for _, name := range []string{"zk1", "zk2"} {
				h := hs.byName[name]
				n := min(done, len(h.changes))
				h.changes, done = h.changes[n:], done-n
			}
			f.Limit, f.Settle = []string{"zk3"}, time.Hour
			o, err := f.Walk(t.Context(), reread(t, p))
			if err != nil || o.Changes() != test.made || o.Earlier != test.earlier || len(changing(hs)) != test.made {
				t.Errorf("%d changes are made, %d were, and %v; it did %q", o.Changes(), o.Earlier, err, changing(hs))
			}
			if diff := cmp.Diff(p.Options, o.Plan.Options); diff != "" {
				t.Errorf("the options are not those of the plan:\n%s", diff)
			}
		})
	}
}

// TestWalkStaleLater lets a plan not fit any more while the release is fetched, and after
// a Java came.
func TestWalkStaleLater(t *testing.T) {
	for name, test := range map[string]struct {
		situation string
		call      string // on zk1 or zk2, at whose end it happens
		change    func(h *fakeHost)
		calls     string
	}{
		"while the release is fetched": {"the archive", "unlock", func(h *fakeHost) { h.changes[0].To = "other" }, ""},
		"after the Java":               {"a Java", plan.Java, func(h *fakeHost) { h.changes[1].To = "other" }, "zk2 java"},
		"after the Java, one more":     {"a Java", plan.Java, func(h *fakeHost) { h.changes = append(h.changes, change(plan.Record)) }, "zk2 java"},
	} {
		inTime(t, name, func(t *testing.T) {
			f, hs := newFleet(t)
			situations[test.situation](t, f, hs)
			p, err := f.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			h, begun := hs.byName["zk2"], false
			h.during = func(_ context.Context, call string) {
				if call == test.call && !begun {
					begun = true
					h.settles = false
					test.change(h)
					h.changes = slices.DeleteFunc(h.changes, func(c provision.Change) bool { return c.Kind() == provision.KindPackage })
				}
			}
			_, err = f.Walk(t.Context(), reread(t, p))
			if !begun || kindOf(err) != provision.Stale || strings.Join(changing(hs), ", ") != test.calls {
				t.Errorf("it did %q, and ends with %v", changing(hs), err)
			}
		})
	}
}

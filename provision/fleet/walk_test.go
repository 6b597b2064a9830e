package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// walked opens a fleet and walks a plan there, whatever would stand against it.
func walked(ctx context.Context, f *Fleet, p *plan.Plan, only func(plan.Step) bool) (*Outcome, error) {
	r, err := f.open(ctx, false)
	if err != nil {
		return nil, err
	}
	defer r.close()
	o := &Outcome{Plan: p, Changed: make(map[string]int)}
	return o, r.walk(ctx, o, only)
}

// restarting returns the changes that restart an instance with another unit.
func restarting(id int) []provision.Change {
	name := fmt.Sprintf("zookeeper-%d", id)
	unit := "/etc/systemd/system/" + name + ".service"
	return []provision.Change{
		{Resource: "unit:" + unit, Action: provision.Update, Path: unit, Instance: name, From: "old", To: "new", Summary: "another generation"},
		{Resource: "restarted:" + name, Action: provision.Again, Instance: name, From: "old", To: "new", Summary: name},
	}
}

// rolled returns a plan that restarts servers with another generation, where those of
// all four run.
func rolled(f *Fleet, hs *hosts, ids ...int) *plan.Plan {
	as := make(map[int]provision.Report)
	generations := make(map[string]string)
	var parts []provision.HostPlan
	for _, m := range f.Ensemble.Members() {
		id := m.Instance.ID
		as[id] = well(id)
		generations[m.Instance.Name] = "old"
		h := hs.byName[m.Host.Name]
		h.patient = true
		part := provision.HostPlan{Host: m.Host.Name, Changes: slices.Clone(h.changes)}
		if slices.Contains(ids, id) {
			part.Changes = append(part.Changes, restarting(id)...)
			part.Restarts = []provision.Restart{{Instance: m.Instance.Name, Reasons: []string{"zoo.cfg"}}}
		}
		h.changes, h.plan.Restarts = part.Changes, part.Restarts
		parts = append(parts, part)
	}
	p := &plan.Plan{Ensemble: f.Ensemble.Name}
	p.Steps = plan.Sorting{Ensemble: f.Ensemble, Parts: parts, Answers: plan.Answers(as), Generations: generations, Formed: 10 * time.Second, Proof: plan.Proof(together(&run{Fleet: f}).stands(), true)}.Steps()
	for _, part := range parts {
		p.Hosts = append(p.Hosts, plan.Part{Host: part.Host, Restarts: part.Restarts, NeedsArchive: part.NeedsArchive, NeedsJars: part.NeedsJars})
	}
	return p
}

// moments keeps when what begins and ends, in the order of events.
type moments struct {
	mu  sync.Mutex
	all []string
}

func (m *moments) report(e Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e.Kind == HostChange {
		text := fmt.Sprintf("%s %s", e.Host, stepOf([]provision.Change{*e.Change}))
		if e.Done {
			text += " ended"
		}
		m.all = append(m.all, text)
	}
}

// TestWalkSteps lets no host begin a step before the slowest has ended the one before.
func TestWalkSteps(t *testing.T) { synctest.Test(t, testWalkSteps) }

func testWalkSteps(t *testing.T) {
	f, hs := newFleet(t)
	var seen moments
	f.Report = seen.report
	for name, slow := range map[string]time.Duration{"zk1": time.Second, "zk2": time.Minute} {
		hs.byName[name].slow = slow
		hs.byName[name].changes = []provision.Change{change(plan.Record), change(plan.Start), change(plan.Stage)}
	}
	if _, err := f.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, step := range []string{plan.Stage, plan.Start, plan.Record} {
		part := seen.all[4*i : 4*i+4]
		slices.Sort(part[:2])
		want := []string{"zk1 " + step, "zk2 " + step, "zk1 " + step + " ended", "zk2 " + step + " ended"}
		if diff := cmp.Diff(want, part); diff != "" {
			t.Error(diff)
		}
	}
}

// TestWalkRoll restarts one server after the other: none before all others are in sync,
// and the next only when the one before has been back for as long as it must. One that is
// not to be restarted does not serve at first, for which only voters wait.
func TestWalkRoll(t *testing.T) { synctest.Test(t, testWalkRoll) }

func testWalkRoll(t *testing.T) {
	f, hs := newFleet(t)
	p := rolled(f, hs, 1, 3, 4)
	begin := time.Now()
	var steps []string
	back := make(map[string]time.Time)
	for name, h := range hs.byName {
		id := int(name[2] - '0')
		var again time.Time
		h.reports = func(int) []provision.Report {
			switch now := time.Now(); {
			case name == "zk2" && now.Sub(begin) < 8*time.Second, now.Before(again):
				return []provision.Report{starting(id)}
			}
			return []provision.Report{well(id)}
		}
		h.during = func(_ context.Context, call string) {
			if call != plan.Restart {
				return
			}
			steps = append(steps, name)
			for other, at := range back {
				if since := time.Since(at); since < plan.SettleTime {
					t.Errorf("%s is restarted %s after %s was back", name, since, other)
				}
			}
			if name != "zk4" && time.Since(begin) < 8*time.Second {
				t.Errorf("%s is restarted while zk2 does not serve", name)
			}
			hs.do(func() { again = time.Now().Add(2 * time.Second) })
			back[name] = again
		}
	}
	o, err := walked(t.Context(), f, p, everyStep)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"zk4", "zk1", "zk3"}, steps); diff != "" {
		t.Error(diff)
	}
	if o.Write != "proven" || o.Changes() != 6 || hs.count("undo") > 0 {
		t.Errorf("write %q, %d changes, %d undone", o.Write, o.Changes(), hs.count("undo"))
	}
	for _, id := range []int{4, 1, 3} {
		if n := hs.count(fmt.Sprintf("write %d", id)); n != 1 && !(id == 3 && n == 2) {
			t.Errorf("%d writes through %d", n, id)
		}
	}
}

// TestWalkStops has a walk of two restarts between a stage and a record fail at some
// place: what comes after is not begun, and the step that failed is undone where it can
// be, and no other.
func TestWalkStops(t *testing.T) {
	const before = "zk4 stage, zk1 restart, zk1 write 1, zk1 read 1 /by-1, zk2 read 2 /by-1, zk3 read 3 /by-1, zk4 read 4 /by-1, zk1 end write"
	down := func(h *fakeHost, after string) {
		during := h.during
		h.during = func(ctx context.Context, call string) {
			if during != nil {
				during(ctx, call)
			}
			if call == after {
				h.all.do(func() {
					h.reports = func(int) []provision.Report { return []provision.Report{starting(int(h.name[2] - '0'))} }
				})
			}
		}
	}
	tests := map[string]struct {
		set   func(hs *hosts, cancel func())
		calls string
		says  string
		kind  provision.Kind
	}{
		"nothing fails": {
			set:   func(*hosts, func()) {},
			calls: before + ", zk2 restart, zk2 write 2, zk1 read 1 /by-2, zk2 read 2 /by-2, zk3 read 3 /by-2, zk4 read 4 /by-2, zk2 end write, zk3 write 3, zk1 read 1 /by-3, zk2 read 2 /by-3, zk3 read 3 /by-3, zk4 read 4 /by-3, zk3 end write, zk4 record",
		},
		"the stage": {
			set:   func(hs *hosts, _ func()) { hs.byName["zk4"].errs["stage"] = errors.New("no space") },
			calls: "zk4 stage", says: "zk4: no space", kind: provision.Failed,
		},
		"a gate before the first": {
			set:   func(hs *hosts, _ func()) { down(hs.byName["zk3"], "stage"); down(hs.byName["zk3"], "connect") },
			calls: "zk4 stage", says: "it is not so that every other voter is in sync, and a majority stands without zookeeper-1 within 10s", kind: provision.Failed,
		},
		"a change": {
			set:   func(hs *hosts, _ func()) { hs.byName["zk2"].errs["restart"] = errors.New("no space") },
			calls: before + ", zk2 restart, zk2 undo", says: "zk2: no space", kind: provision.Failed,
		},
		"a change, and its undo": {
			set: func(hs *hosts, _ func()) {
				hs.byName["zk2"].errs["restart"], hs.byName["zk2"].errs["undo"] = errors.New("no space"), errors.New("no space at all")
			},
			calls: before + ", zk2 restart, zk2 undo", says: "zk2: no space\nzk2: cannot undo the step: no space at all", kind: provision.Failed,
		},
		"a gate after": {
			set:   func(hs *hosts, _ func()) { down(hs.byName["zk2"], "restart") },
			calls: before + ", zk2 restart, zk2 undo", says: "it is not so that zookeeper-2 serves again within 10s", kind: provision.Failed,
		},
		"a gate after, and the others end": {
			set: func(hs *hosts, _ func()) {
				hs.byName["zk2"].during = func(_ context.Context, call string) {
					if call == "restart" {
						hs.do(func() {
							for id := 1; id <= 3; id++ {
								hs.byName[fmt.Sprintf("zk%d", id)].reports = func(int) []provision.Report { return []provision.Report{starting(id)} }
							}
						})
					}
				}
			},
			calls: before + ", zk2 restart", says: "the other servers are no majority any more: zookeeper-2 runs, and is left as it is", kind: provision.Failed,
		},
		"a write after": {
			set:   func(hs *hosts, _ func()) { hs.byName["zk2"].errs["write 2"] = errors.New("no session") },
			calls: before + ", zk2 restart, zk2 write 2, zk2 undo", says: "zk2: cannot write through zookeeper-2: no session", kind: provision.Failed,
		},
		"a change whose host is lost": {
			set: func(hs *hosts, _ func()) {
				hs.byName["zk2"].errs["restart"] = &provision.Error{Kind: provision.Unknown, Message: "lost"}
			},
			calls: before + ", zk2 restart", says: "zk2: lost", kind: provision.Unknown,
		},
		"the user interrupts a change": {
			set: func(hs *hosts, cancel func()) {
				hs.byName["zk2"].during = func(_ context.Context, call string) {
					if call == "restart" {
						cancel()
					}
				}
			},
			calls: before + ", zk2 restart", says: "context canceled",
		},
		"the user interrupts a gate": {
			set: func(hs *hosts, cancel func()) {
				hs.byName["zk2"].during = func(_ context.Context, call string) {
					if call == "restart" {
						time.AfterFunc(3*time.Second, cancel)
					}
				}
			},
			calls: before + ", zk2 restart", says: "context canceled",
		},
		"the user interrupts between two steps": {
			set: func(hs *hosts, cancel func()) {
				hs.byName["zk1"].during = func(_ context.Context, call string) {
					if call == "end write" {
						cancel()
					}
				}
			},
			calls: before, says: "context canceled",
		},
		"the last gate": {
			set: func(hs *hosts, _ func()) {
				hs.byName["zk2"].during = func(_ context.Context, call string) {
					if call == "end write" {
						hs.do(func() {
							hs.byName["zk4"].reports = func(int) []provision.Report { return []provision.Report{starting(4)} }
						})
						time.Sleep(time.Second)
					}
				}
			},
			calls: before + ", zk2 restart, zk2 write 2, zk1 read 1 /by-2, zk2 read 2 /by-2, zk3 read 3 /by-2, zk4 read 4 /by-2, zk2 end write", says: "the ensemble has not formed", kind: provision.Failed,
		},
	}
	for name, test := range tests {
		inTime(t, name, func(t *testing.T) {
			f, hs := newFleet(t)
			hs.byName["zk4"].changes = []provision.Change{change(plan.Stage), change(plan.Record)}
			p := rolled(f, hs, 1, 2)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			test.set(hs, cancel)
			_, err := walked(ctx, f, p, everyStep)
			if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want %s", err, test.says)
			}
			if kind := kindOf(err); kind != test.kind && !(test.kind == provision.Failed && kind == "") {
				t.Errorf("kind %q, want %q", kind, test.kind)
			}
			calls := hs.calls()
			slices.SortStableFunc(calls, func(a, b string) int { // all read at once
				if aRead, bRead := strings.Index(a, " read "), strings.Index(b, " read "); aRead > 0 && bRead > 0 && a[len(a)-5:] == b[len(b)-5:] {
					return strings.Compare(a, b)
				}
				return 0
			})
			if diff := cmp.Diff(strings.Split(test.calls, ", "), calls); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestWalkWatch has gates in several steps: there is one watch for all of them, and none
// is judged by what was seen before a change, nor waits for a host that is gone.
func TestWalkWatch(t *testing.T) {
	gate := func(kind plan.GateKind, instances ...string) plan.Step {
		return plan.Step{Name: "gate", After: []plan.Gate{{Kind: kind, Instances: instances, Within: 10 * time.Second}}}
	}
	record := plan.Step{Name: plan.Record, Changes: []plan.HostChanges{{Host: "zk1", Changes: []provision.Change{change(plan.Record)}}}}
	inTime(t, "what was seen before", func(t *testing.T) {
		f, hs := newFleet(t)
		h := hs.byName["zk1"]
		h.during = func(_ context.Context, call string) {
			if call == plan.Record {
				later := time.Now().Add(time.Second)
				hs.do(func() {
					h.reports = func(int) []provision.Report {
						if time.Now().Before(later) {
							return []provision.Report{starting(1)}
						}
						return []provision.Report{well(1)}
					}
				})
			}
		}
		begin := time.Now()
		if _, err := walked(t.Context(), f, &plan.Plan{Steps: []plan.Step{gate(plan.Back, "zookeeper-1"), record, gate(plan.Back, "zookeeper-1")}}, everyStep); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took < time.Second {
			t.Errorf("it took %s, and the server was not back before", took)
		}
	})
	inTime(t, "one that is gone", func(t *testing.T) {
		f, hs := newFleet(t)
		c := newIce(hs)
		f.Connector = c
		c.refuses["zk2"] = unreachable("zk2")
		hs.byName["zk1"].reports = after(20, starting(1), well(1))
		h := hs.byName["zk2"]
		h.during = func(_ context.Context, call string) {
			if call == "probe" && h.probes == 2 {
				c.cut("zk2")
			}
		}
		_, err := walked(t.Context(), f, &plan.Plan{Steps: []plan.Step{gate(plan.Formed), record, gate(plan.Formed)}}, everyStep)
		if err != nil || hs.count(plan.Record) != 1 {
			t.Errorf("it did %q: %v", hs.calls(), err)
		}
	})
	inTime(t, "all is one watch", func(t *testing.T) {
		f, _ := newFleet(t)
		r, err := f.open(t.Context(), false)
		if err != nil {
			t.Fatal(err)
		}
		defer r.close()
		var before *watch
		for range 2 {
			o := &Outcome{Plan: &plan.Plan{Steps: []plan.Step{gate(plan.Formed), record, gate(plan.Back, "zookeeper-1")}}, Changed: make(map[string]int)}
			if err := r.walk(t.Context(), o, everyStep); err != nil || before != nil && r.watch != before {
				t.Errorf("%v; the watch is %p, before it was %p", err, r.watch, before)
			}
			before = r.watch
		}
	})
}

// TestWalkRestartLost loses the host of a server before it is restarted: it is not waited
// for, as it would be after a restart.
func TestWalkRestartLost(t *testing.T) { synctest.Test(t, testWalkRestartLost) }

func testWalkRestartLost(t *testing.T) {
	f, hs := newFleet(t)
	c := newIce(hs)
	f.Connector = c
	c.refuses["zk2"] = unreachable("zk2")
	p := rolled(f, hs, 2)
	h := hs.byName["zk2"]
	h.during = func(_ context.Context, call string) {
		if call == "probe" {
			c.cut("zk2")
		}
	}
	begin := time.Now()
	_, err := walked(t.Context(), f, p, everyStep)
	if kindOf(err) != provision.Unreachable || len(changing(hs)) > 0 || time.Since(begin) > 5*time.Second {
		t.Errorf("after %s it did %q, and ends with %v", time.Since(begin), changing(hs), err)
	}
}

// TestWalkWrites writes through every server that was restarted, and reads through those
// that serve: one that is down since before is no failure of the restart.
func TestWalkWrites(t *testing.T) { synctest.Test(t, testWalkWrites) }

func testWalkWrites(t *testing.T) {
	f, hs := newFleet(t)
	hs.byName["zk4"].reports = func(int) []provision.Report { return []provision.Report{starting(4)} }
	both := []string{"zookeeper-1", "zookeeper-2"}
	steps := []plan.Step{{Name: "gates", After: []plan.Gate{{Kind: plan.Back, Instances: both, Within: time.Minute}, {Kind: plan.Written, Instances: both, Within: time.Minute}}}}
	o, err := walked(t.Context(), f, &plan.Plan{Steps: steps}, everyStep)
	calls := hs.calls()
	slices.Sort(calls[1:4])
	slices.Sort(calls[6:9])
	want := []string{
		"zk1 write 1", "zk1 read 1 /by-1", "zk2 read 2 /by-1", "zk3 read 3 /by-1", "zk1 end write",
		"zk2 write 2", "zk1 read 1 /by-2", "zk2 read 2 /by-2", "zk3 read 3 /by-2", "zk2 end write",
	}
	if diff := cmp.Diff(want, calls); diff != "" || err != nil || o.Write != "proven" {
		t.Errorf("write %q, %v\n%s", o.Write, err, diff)
	}
	steps[0].After = []plan.Gate{{Kind: plan.Back, Instances: both, Within: time.Minute}, {Kind: plan.Written, Instances: []string{"zookeeper-4"}, Within: time.Minute}}
	o, err = walked(t.Context(), f, &plan.Plan{Steps: steps}, everyStep)
	if err == nil || !strings.Contains(err.Error(), "cannot write through zookeeper-4") || o.Write != "" {
		t.Errorf("through one that does not serve: write %q, %v", o.Write, err)
	}
}

// TestWalkJava plans anew once a Java is installed, and walks the new plan alone.
func TestWalkJava(t *testing.T) {
	fresh := change(plan.Stage)
	fresh.To = "with the Java that came"
	tests := map[string]struct {
		after []provision.Change // planned once the Java is there
		calls string
		says  string
	}{
		"as foreseen":    {[]provision.Change{change(plan.Stage), change(plan.Start)}, "zk2 java, zk2 stage, zk2 start", ""},
		"otherwise":      {[]provision.Change{fresh}, "zk2 java, zk2 stage", ""},
		"the same again": {[]provision.Change{change(plan.Java), change(plan.Stage)}, "zk2 java", "what was installed is not found: the same would be installed again"},
	}
	for name, test := range tests {
		inTime(t, name, func(t *testing.T) {
			f, hs := newFleet(t)
			h := hs.byName["zk2"]
			h.changes = []provision.Change{change(plan.Java), change(plan.Stage), change(plan.Start)}
			h.during = func(_ context.Context, call string) {
				if call == plan.Java {
					h.changes = test.after
				}
			}
			o, err := f.Apply(t.Context())
			if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want %s", err, test.says)
			}
			if diff := cmp.Diff(test.calls, strings.Join(changing(hs), ", ")); diff != "" {
				t.Error(diff)
			}
			if last := h.works[len(h.works)-1].changes; test.says == "" && !slices.ContainsFunc(test.after, last[0].Same) {
				t.Errorf("it made %v", last)
			}
			if o.Plan == nil || test.says == "" && o.Changes() != len(test.after)+1 {
				t.Errorf("%d changes", o.Changes())
			}
		})
	}
	inTime(t, "something stands against it then", func(t *testing.T) {
		f, hs := newFleet(t)
		h := hs.byName["zk2"]
		h.changes = []provision.Change{change(plan.Java), change(plan.Stage)}
		h.during = func(_ context.Context, call string) {
			if call == plan.Java {
				h.plan.Findings = finding.Findings{{Name: "port-in-use", Severity: finding.Critical, Message: "port 2181 is in use"}}
			}
		}
		if _, err := f.Apply(t.Context()); err == nil || !strings.Contains(err.Error(), "port 2181") || hs.count("stage") > 0 {
			t.Errorf("%v after %q", err, hs.calls())
		}
	})
}

// changing returns the calls that change something.
func changing(hs *hosts) []string {
	return slices.DeleteFunc(hs.calls(), func(call string) bool {
		_, what, _ := strings.Cut(call, " ")
		return !slices.Contains([]string{plan.Java, plan.Stage, plan.Start, plan.Restart, plan.Record, "undo"}, what)
	})
}

// TestWalkLeft tells a host what is approved beside the changes of a step: what later
// steps make, what the walk leaves out, and the start of a server that may have ended
// since.
func TestWalkLeft(t *testing.T) {
	stage, start, record := change(plan.Stage), change(plan.Start), change(plan.Record)
	restart := restarting(1)
	for name, test := range map[string]struct {
		only func(plan.Step) bool
		want [][]provision.Change // by step: what is approved beside it
	}{
		"all":             {everyStep, [][]provision.Change{slices.Concat([]provision.Change{start}, restart, []provision.Change{record}), slices.Concat(restart, []provision.Change{record}), {start, record}, {start}}},
		"without restart": {func(s plan.Step) bool { return s.Instances == nil }, [][]provision.Change{slices.Concat([]provision.Change{start}, restart, []provision.Change{record}), slices.Concat(restart, []provision.Change{record}), slices.Concat([]provision.Change{start}, restart)}},
	} {
		inTime(t, name, func(t *testing.T) {
			f, hs := newFleet(t)
			h := hs.byName["zk1"]
			h.settles = true
			h.changes = []provision.Change{stage, start, record}
			h.during = func(_ context.Context, call string) {
				if call == plan.Start { // it ends by itself, and is to be started again
					h.changes = append(h.changes, start)
				}
			}
			p := rolled(f, hs, 1)
			if _, err := walked(t.Context(), f, p, test.only); err != nil {
				t.Fatal(err)
			}
			var got [][]provision.Change
			for _, w := range h.works {
				got = append(got, w.later)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

package plan

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision"
)

// made returns a plan that changes two of three hosts, and restarts a server.
func made() *Plan {
	change := func(resource string) provision.Change {
		return provision.Change{Resource: resource, Action: provision.Create, From: "old", To: "new", Summary: "a thing"}
	}
	hosts := func(resource string) []HostChanges {
		return []HostChanges{{"zk1", []provision.Change{change(resource)}}, {"zk2", []provision.Change{change(resource), change(resource + "-beside")}}}
	}
	return &Plan{
		Ensemble: "zookeeper", Inventory: "an inventory", Hosts: []Part{{Host: "zk1"}, {Host: "zk2"}, {Host: "zk3"}},
		Steps: []Step{
			{Name: Stage, Changes: hosts("file:a")},
			{Name: Start, Changes: hosts("running:b")},
			{Name: "restart zookeeper-1", Instances: []string{"zookeeper-1"}, Before: []Gate{{Kind: Spared, Instances: []string{"zookeeper-1"}, Within: time.Minute}},
				Changes: hosts("restarted:c"), After: []Gate{{Kind: InSync, Instances: []string{"zookeeper-1"}, Settle: time.Second}}, Undo: &Undo{map[string]string{"zookeeper-1": "before"}}},
			{Name: Prove, After: []Gate{{Kind: Formed}, {Kind: Written}}},
		},
	}
}

// TestApproves compares a plan that was approved and read back with what would be done
// now.
func TestApproves(t *testing.T) {
	refused := Obstacle{Finding: &finding.Finding{Name: "foreign-data", Severity: finding.Critical, Refusal: true, Message: "another's"}}
	down := Obstacle{Host: "zk2", Error: &provision.Error{Kind: provision.Unreachable, Message: "it is down"}}
	without := func(p *Plan, host string) {
		p.Hosts = slices.DeleteFunc(p.Hosts, func(h Part) bool { return h.Host == host })
	}
	for name, test := range map[string]struct {
		set  func(approved, now *Plan)
		says string         // empty is that it fits
		kind provision.Kind // stale where it is empty
	}{
		"as it was":                   {func(_, _ *Plan) {}, "", ""},
		"another inventory":           {func(_, now *Plan) { now.Inventory = "another" }, "another inventory", ""},
		"a host less, which is down":  {func(_, now *Plan) { without(now, "zk2"); now.Obstacles = []Obstacle{down} }, "zk2: it is down", provision.Unreachable},
		"a host less, left alone":     {func(_, now *Plan) { without(now, "zk3") }, "zk3 is not to be changed, and the plan has a part of it", ""},
		"a host more, with no change": {func(approved, _ *Plan) { without(approved, "zk3") }, "", ""},
		"now a first bootstrap":       {func(_, now *Plan) { now.Bootstrap = true }, "the ensemble existed when the plan was made", ""},
		"a first bootstrap before":    {func(approved, _ *Plan) { approved.Bootstrap = true }, "", ""},
		"both a first bootstrap":      {func(approved, now *Plan) { approved.Bootstrap, now.Bootstrap = true, true }, "", ""},
		"a founding before":           {func(approved, _ *Plan) { approved.Founding = &provision.Founding{} }, "", ""},
		"now a founding":              {func(_, now *Plan) { now.Founding = &provision.Founding{} }, "the ensemble existed when the plan was made", ""},
		"both a founding": {func(approved, now *Plan) {
			approved.Founding, now.Founding = &provision.Founding{}, &provision.Founding{}
		}, "", ""},
		"other content to be written":   {func(_, now *Plan) { now.Steps[0].Changes[1].Changes[0].To = "other" }, "zk2: there is no a thing, and the plan does not have that as it is now", ""},
		"other content that lies there": {func(_, now *Plan) { now.Steps[0].Changes[1].Changes[0].From = "other" }, "zk2: there is no a thing, and the plan does not have", ""},
		"another action":                {func(_, now *Plan) { now.Steps[0].Changes[1].Changes[0].Action = provision.Run }, "zk2: a thing is not started, and the plan does not have", ""},
		"another resource":              {func(_, now *Plan) { now.Steps[0].Changes[1].Changes[0].Resource = "file:z" }, "zk2: there is no a thing, and the plan does not have", ""},
		"other words for the same":      {func(_, now *Plan) { now.Steps[0].Changes[1].Changes[0].Summary = "a thing, so to say" }, "", ""},
		"a change more": {func(approved, _ *Plan) {
			approved.Steps[0].Changes[1].Changes = approved.Steps[0].Changes[1].Changes[:1]
		}, "zk2: there is no a thing, and the plan does not have", ""},
		"a change less":       {func(_, now *Plan) { now.Steps[0].Changes[1].Changes = now.Steps[0].Changes[1].Changes[:1] }, "", ""},
		"a step that is done": {func(_, now *Plan) { now.Steps = now.Steps[1:] }, "", ""},
		"all of it done, and nothing to prove": {func(approved, now *Plan) {
			approved.Bootstrap = true
			now.Steps = []Step{{Name: Prove, After: []Gate{{Kind: Formed}}}}
		}, "", ""},
		"all of it done for another inventory": {func(_, now *Plan) { now.Inventory, now.Steps = "another", nil }, "another inventory", ""},
		"a change of another host":             {func(approved, _ *Plan) { approved.Steps[0].Changes[0].Host = "zk3" }, "zk1: there is no a thing, and the plan does not have", ""},
		"a change of another step": {func(approved, _ *Plan) {
			s := approved.Steps
			s[0].Changes, s[1].Changes = s[1].Changes, s[0].Changes
		}, "the plan does not have", ""},
		"a step less":                   {func(approved, _ *Plan) { approved.Steps = approved.Steps[:3] }, `the plan has no step "prove", which it takes now`, ""},
		"another step":                  {func(approved, _ *Plan) { approved.Steps[3].Name = "trust" }, `the plan has no step "prove", which it takes now`, ""},
		"the steps in another order":    {func(approved, _ *Plan) { slices.Reverse(approved.Steps) }, "", ""},
		"a step to plan anew after":     {func(approved, _ *Plan) { approved.Steps[0].Anew = true }, `the step "stage" has other gates`, ""},
		"another instance is restarted": {func(approved, _ *Plan) { approved.Steps[2].Instances = []string{"zookeeper-2"} }, `the step "restart zookeeper-1" has other gates`, ""},
		"a gate before less":            {func(approved, _ *Plan) { approved.Steps[2].Before = nil }, `the step "restart zookeeper-1" has other gates`, ""},
		"a gate after less":             {func(approved, _ *Plan) { approved.Steps[3].After = approved.Steps[3].After[:1] }, `the step "prove" has other gates`, ""},
		"a gate of another kind":        {func(approved, _ *Plan) { approved.Steps[2].Before[0].Kind = Back }, `the step "restart zookeeper-1" has other gates`, ""},
		"a gate about another":          {func(approved, _ *Plan) { approved.Steps[2].Before[0].Instances = []string{"zookeeper-2"} }, `the step "restart zookeeper-1" has other gates`, ""},
		"a gate that settles sooner":    {func(approved, _ *Plan) { approved.Steps[2].After[0].Settle = 0 }, `the step "restart zookeeper-1" has other gates`, ""},
		"a longer wait":                 {func(approved, _ *Plan) { approved.Steps[2].Before[0].Within = time.Hour }, "", ""},
		"no way back":                   {func(approved, _ *Plan) { approved.Steps[2].Undo = nil }, `the step "restart zookeeper-1" has other gates`, ""},
		"another way back":              {func(approved, _ *Plan) { approved.Steps[2].Undo.Generations["zookeeper-1"] = "other" }, `the step "restart zookeeper-1" has other gates`, ""},
		"an obstacle more":              {func(_, now *Plan) { now.Obstacles = []Obstacle{refused} }, "", ""},
		"an obstacle less":              {func(approved, _ *Plan) { approved.Obstacles = []Obstacle{refused} }, "what stood against the plan stands against it no more", ""},
		"the same obstacle": {func(approved, now *Plan) {
			approved.Obstacles, now.Obstacles = []Obstacle{refused}, []Obstacle{refused}
		}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := json.Marshal(made())
			if err != nil {
				t.Fatal(err)
			}
			approved, now := new(Plan), made()
			if err := json.Unmarshal(text, approved); err != nil {
				t.Fatal(err)
			}
			test.set(approved, now)
			if err = approved.Approves(now); test.says == "" {
				if err != nil {
					t.Errorf("it does not fit: %v", err)
				}
				return
			}
			want := test.kind
			if want == "" {
				want = provision.Stale
			}
			var e *provision.Error
			if !errors.As(err, &e) || e.Kind != want || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want %s %s", err, want, test.says)
			}
		})
	}
	if err := (*Plan)(nil).Approves(made()); err != nil {
		t.Errorf("without a plan: %v", err)
	}
}

// TestApprovesTells shows what a plan says and what is so now, line by line.
func TestApprovesTells(t *testing.T) {
	approved, now := made(), made()
	at := func(p *Plan) []provision.Change { return p.Steps[0].Changes[1].Changes }
	at(now)[0].From, at(now)[1].Resource = "edited", "file:new"
	var e *provision.Error
	if !errors.As(approved.Approves(now), &e) {
		t.Fatal("it fits")
	}
	want := []string{
		`zk2 plan: a thing, in the step "stage": from old to new`,
		`zk2 now:  a thing, in the step "stage": from edited to new`,
		`zk2 plan: nothing`,
		`zk2 now:  a thing, in the step "stage": from old to new`,
	}
	if !slices.Equal(e.Detail, want) || !strings.HasSuffix(e.Message, "as it is now (2 differences)") {
		t.Errorf("%s\n%s", e.Message, strings.Join(e.Detail, "\n"))
	}
	for range mostDifferences {
		now.Steps[0].Add("zk2", provision.Change{Resource: "file:more"})
	}
	if errors.As(approved.Approves(now), &e); len(e.Detail) != 2*mostDifferences+1 || e.Detail[2*mostDifferences] != "and 2 more" {
		t.Errorf("of many it tells %d lines: %q", len(e.Detail), e.Detail[len(e.Detail)-1])
	}
}

// TestWithout takes a step out of a plan, and leaves the plan as it is.
func TestWithout(t *testing.T) {
	p := made()
	if left := p.Without(Start); len(left.Steps) != 3 || left.Of(Start, "zk1") != nil || left.Of(Stage, "zk1") == nil || len(p.Steps) != 4 {
		t.Errorf("left are %v", left.Steps)
	}
	if (*Plan)(nil).Without(Start) != nil {
		t.Error("there is a plan where there was none")
	}
}

// TestUndoSame tells a way back from another.
func TestUndoSame(t *testing.T) {
	to := func(generation string) *Undo {
		return &Undo{Generations: map[string]string{"zookeeper-1": generation}}
	}
	for _, test := range []struct {
		a, b *Undo
		same bool
	}{{nil, nil, true}, {nil, to("a"), false}, {to("a"), nil, false}, {to("a"), to("a"), true}, {to("a"), to("b"), false}} {
		if got := test.a.same(test.b); got != test.same {
			t.Errorf("%v and %v: %t", test.a, test.b, got)
		}
	}
}

// TestUndo wants a way back where every instance of a restart has been kept, and is
// restarted with something else.
func TestUndo(t *testing.T) {
	again := func(id, with string) provision.Change {
		return provision.Change{Resource: "restarted:" + id, Instance: id, To: provision.StartedWith(with)}
	}
	for name, test := range map[string]struct {
		kept map[string]string
		with string
		want map[string]string
	}{
		"kept":               {map[string]string{"a": "old", "b": "older", "c": "x"}, "new", map[string]string{"a": "old", "b": "older"}},
		"one is not":         {map[string]string{"a": "old", "b": ""}, "new", nil},
		"the same once more": {map[string]string{"a": "old", "b": "new"}, "new", nil},
	} {
		step := Step{Instances: []string{"a", "b"}, Changes: []HostChanges{{"zk1", []provision.Change{again("a", test.with)}}, {"zk2", []provision.Change{{Resource: "unit:b", Instance: "b"}, again("b", test.with)}}}}
		u := Sorting{Generations: test.kept}.undo(step)
		if (u == nil) != (test.want == nil) || u != nil && !maps.Equal(u.Generations, test.want) {
			t.Errorf("%s: %+v, want %v", name, u, test.want)
		}
	}
}

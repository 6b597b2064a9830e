package plan

import (
	"maps"
	"testing"

	"github.com/zkprov/zkprov/provision"
)

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

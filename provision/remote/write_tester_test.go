package remote

import (
	"context"
	"errors"
	"testing"

	"github.com/zkprov/zkprov/provision"
)

// tester is a recorder that can try a write.
type tester struct {
	recorder
	tried int
	fails error
}

func (w *tester) TryWrite(_ context.Context, _ provision.Task, id int) error {
	w.tried = id
	return w.fails
}

// TestTryWrite has an agent elsewhere try a write, and one that cannot.
func TestTryWrite(t *testing.T) {
	denied := &provision.Error{Kind: provision.NotPermitted, Message: "not here"}
	for name, fails := range map[string]error{"goes through": nil, "is denied": denied} {
		far := &tester{fails: fails}
		agent := Pipe("zk1", far)
		err := agent.(provision.WriteTester).TryWrite(t.Context(), provision.Task{}, 4)
		var e *provision.Error
		if far.tried != 4 || (err == nil) != (fails == nil) || fails != nil && (!errors.As(err, &e) || e.Kind != provision.NotPermitted) {
			t.Errorf("%s: through %d, and %v", name, far.tried, err)
		}
		if err := agent.Close(); err != nil {
			t.Error(err)
		}
	}
	agent := Pipe("zk1", new(recorder))
	defer agent.Close()
	if err := agent.(provision.WriteTester).TryWrite(t.Context(), provision.Task{}, 4); !errors.Is(err, provision.ErrNoWriteTest) {
		t.Errorf("of an agent that cannot: %v", err)
	}
}

package load

import (
	"context"
	"testing"
	"time"
)

// TestSilence lets a server say nothing once, which is no end of it, and then be refused, which is.
func TestSilence(t *testing.T) {
	answers := []sample{{state: Away, silent: true}, {state: Serving}, {state: Away, silent: true}, {state: Serving}, {state: Up, silent: true}, {state: Serving}}
	told := make(chan struct{})
	n := 0
	w := watch(t.Context(), []Server{{Name: "a", Voter: true}}, func(context.Context, string) sample {
		n++
		switch {
		case n <= len(answers):
			return answers[n-1]
		case n == len(answers)+2:
			close(told)
		}
		return sample{state: Away}
	})
	select {
	case <-told:
	case <-time.After(10 * time.Second):
		t.Fatal("it did not ask")
	}
	if s := w.Stop(); len(s.Ends) != 1 || s.LeastUp != 0 || s.NoMajority > 200*time.Millisecond {
		t.Errorf("it saw\n%s", s)
	}
}

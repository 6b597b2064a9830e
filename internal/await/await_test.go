package await

import (
	"context"
	"errors"
	"testing"
)

func TestCall(t *testing.T) {
	failed := errors.New("failed")
	if n, err := Call(t.Context(), func() (int, error) { return 7, failed }); n != 7 || !errors.Is(err, failed) {
		t.Errorf("got %d and %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	hangs := make(chan struct{})
	defer close(hangs)
	n, err := Call(ctx, func() (int, error) { cancel(); <-hangs; return 7, nil })
	if n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("left alone, it gives %d and %v", n, err)
	}
}

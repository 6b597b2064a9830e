package provision

import (
	"context"
	"errors"
)

// WriteTester is an Agent that can try a write through one of its servers beside all else
// that it does.
type WriteTester interface {
	// TryWrite writes a value through the instance of that id and takes it away again. It
	// returns nil once the ensemble has acknowledged the write. Nothing is left, be it that
	// the connection is cut in between.
	TryWrite(ctx context.Context, t Task, id int) error
}

// ErrNoWriteTest is returned by a TryWrite of an agent elsewhere that is no WriteTester.
var ErrNoWriteTest = errors.New("the agent cannot try a write")

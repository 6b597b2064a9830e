// Package await bounds calls that know no context.
package await

import "context"

// Call runs do, which may wait for longer than anybody wants and knows no context. When
// ctx ends first, do goes on in its goroutine and its result is dropped; the error is
// that of ctx.
func Call[T any](ctx context.Context, do func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := do()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

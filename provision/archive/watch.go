package archive

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// watch observes the stream of one request: it reports progress, caps the bytes and
// gives up on a server that goes silent, from the first packet on, or that brings less
// than its rate over a window of quiet. go-getter by itself ignores its cap as soon as
// somebody listens, and knows a time limit only on the whole.
type watch struct {
	quiet  time.Duration
	rate   int64 // bytes per second
	limit  int64
	report Progress
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	silence *time.Timer // runs out when no byte comes
	window  *time.Timer // runs out at the end of each window; nil before the first byte
	came    int64       // bytes in this window
	stopped bool
}

// newWatch starts the clock; cancel is called with errStalled or errSlow when it
// runs out.
func newWatch(quiet time.Duration, rate, limit int64, cancel context.CancelCauseFunc, report Progress) *watch {
	if report == nil {
		report = func(int64, int64) {}
	}
	w := &watch{quiet: quiet, rate: rate, limit: limit, report: report, cancel: cancel}
	w.silence = time.AfterFunc(quiet, func() {
		cancel(fmt.Errorf("%w: no byte came for %s", errStalled, quiet))
	})
	return w
}

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
	w.silence.Stop()
	if w.window != nil {
		w.window.Stop()
	}
}

// arrived counts bytes. The first ones begin a window.
func (w *watch) arrived(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return
	}
	w.came += int64(n)
	w.silence.Reset(w.quiet)
	if w.window == nil {
		w.window = time.AfterFunc(w.quiet, w.judge)
	}
}

// judge ends a window, and cancels the request where too few bytes came in it.
func (w *watch) judge() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return
	}
	if float64(w.came) < float64(w.rate)*w.quiet.Seconds() {
		w.cancel(fmt.Errorf("%w: %d bytes came within %s, and %s a second are the least", errSlow, w.came, w.quiet, kilobytes(w.rate)))
		return
	}
	w.came = 0
	w.window.Reset(w.quiet)
}

func kilobytes(n int64) string { return fmt.Sprintf("%.0f KB", float64(n)/1e3) }

func (w *watch) finished(size int64) { w.report(size, size) }

// TrackProgress implements getter.ProgressTracker. An answer of unknown length has a
// total of current-1.
func (w *watch) TrackProgress(_ string, current, total int64, stream io.ReadCloser) io.ReadCloser {
	if total < current {
		total = 0
	}
	return &watched{watch: w, stream: stream, done: current, total: total}
}

type watched struct {
	*watch
	stream      io.ReadCloser
	done, total int64
}

func (r *watched) Read(p []byte) (int, error) {
	n, err := r.stream.Read(p)
	if n > 0 {
		r.arrived(n)
		r.done += int64(n)
		r.report(r.done, r.total)
	}
	// Looked at after the read, as the last bytes may come together with the end.
	if r.total > r.limit || r.done > r.limit {
		err = fmt.Errorf("%w: more than %d bytes", errTooLarge, r.limit)
	}
	return n, err
}

func (r *watched) Close() error {
	r.stop()
	return r.stream.Close()
}

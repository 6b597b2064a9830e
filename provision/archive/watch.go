package archive

import (
	"context"
	"fmt"
	"io"
	"time"
)

// watch sits on the stream of one request: it reports progress, caps the bytes
// and gives up on a server that goes silent, from the first packet on. go-getter
// by itself ignores its cap as soon as somebody listens, and knows a time limit
// only on the whole.
type watch struct {
	quiet  time.Duration
	limit  int64
	timer  *time.Timer
	report Progress
}

// newWatch starts the clock; cancel is called with errStalled when it runs out.
func newWatch(quiet time.Duration, limit int64, cancel context.CancelCauseFunc, report Progress) *watch {
	if report == nil {
		report = func(int64, int64) {}
	}
	return &watch{
		quiet:  quiet,
		limit:  limit,
		timer:  time.AfterFunc(quiet, func() { cancel(errStalled) }),
		report: report,
	}
}

func (w *watch) stop() { w.timer.Stop() }

func (w *watch) finished(size int64) { w.report(size, size) }

// TrackProgress is getter.ProgressTracker. An answer of unknown length has a
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
		r.timer.Reset(r.quiet)
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

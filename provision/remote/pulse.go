package remote

import (
	"context"
	"io"
	"sync/atomic"
	"time"
)

// Both sides of a session give signs of life beside their work, from a goroutine of
// their own: a process that is stopped gives none, one that works for long does.
const (
	// pulse is how often an agent gets a sign of life, and silence how long it does
	// without any before the other side counts as gone: one that lost its power or
	// its network says no good-bye, and sshd would wait for it for hours.
	pulse   = 10 * time.Second
	silence = 45 * time.Second
	// farPulse is how often an agent gives one. Somebody waits for it and wants to
	// know soon.
	farPulse = time.Second
)

// Silence is how long a host hears nothing of its control machine before it finishes
// the step that it is in, gives its lock back and leaves.
const Silence = silence

// live sends a sign of life each time that every has passed, until ctx or the stream
// ends.
func (s *stream) live(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if s.write(framePulse, nil) != nil {
			return
		}
	}
}

// untilSilent returns a reader that ends with r, or once nothing came from r for limit.
func untilSilent(r io.Reader, limit time.Duration) io.Reader {
	out, in := io.Pipe()
	timer := time.AfterFunc(limit, func() { in.Close() })
	go func() {
		defer timer.Stop()
		buffer := make([]byte, 64<<10)
		for {
			n, err := r.Read(buffer)
			timer.Stop() // nobody is silent while we are busy
			if _, gone := in.Write(buffer[:n]); gone != nil {
				return
			}
			if err != nil {
				in.CloseWithError(err)
				return
			}
			timer.Reset(limit)
		}
	}()
	return out
}

// counter is a reader that counts the reads that brought something.
type counter struct {
	r io.Reader
	n *atomic.Uint64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if n > 0 {
		c.n.Add(1)
	}
	return n, err
}

// LeaveSilence is how long a far side that is to leave may give no sign of life before
// it is left alone: it sees that its client is gone when it goes on.
const LeaveSilence = 2 * time.Second

// awaitEnd waits until ended, as long as signs of life come, and for limit at most.
func awaitEnd(ended <-chan struct{}, signs func() uint64, limit time.Duration) {
	const every = 50 * time.Millisecond
	tick := time.NewTicker(every)
	defer tick.Stop()
	last := signs()
	var quiet time.Duration
	for waited := time.Duration(0); waited < limit && quiet < LeaveSilence; waited += every {
		select {
		case <-ended:
			return
		case <-tick.C:
		}
		if now := signs(); now != last {
			last, quiet = now, 0
			continue
		}
		quiet += every
	}
}

package remote

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zkprov/zkprov/provision"
)

// freezable returns a host that a test can freeze and let go on. A frozen one gives no
// sign of life and no answer.
func freezable(host string, agent provision.Agent) (a provision.Agent, freeze func(bool)) {
	var mu sync.Mutex
	changed := sync.NewCond(&mu)
	frozen, ended := false, false
	var held []byte
	var end error
	filter := func(r io.Reader) io.Reader {
		go func() {
			b := make([]byte, 4096)
			for {
				n, err := r.Read(b)
				mu.Lock()
				held = append(held, b[:n]...)
				ended, end = err != nil, err
				changed.Broadcast()
				mu.Unlock()
				if err != nil {
					return
				}
			}
		}()
		return readerFunc(func(p []byte) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			for !ended && (frozen || len(held) == 0) {
				changed.Wait()
			}
			if n := copy(p, held); n > 0 && !frozen {
				held = held[n:]
				return n, nil
			}
			return 0, end
		})
	}
	return PipeThrough(host, agent, filter), func(now bool) {
		mu.Lock()
		defer mu.Unlock()
		frozen = now
		changed.Broadcast()
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestSigns looks whether a host gives signs of life while it does nothing and
// while it works, and none while it is frozen.
func TestSigns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		a, freeze := freezable("zk1", &recorder{during: func(context.Context) { <-release }})
		living := a.(provision.Living)
		count := func(d time.Duration) uint64 {
			before := living.Signs()
			time.Sleep(d)
			synctest.Wait()
			return living.Signs() - before
		}
		if n := count(10 * time.Second); n < 9 {
			t.Errorf("idle it gave %d signs in 10 s", n)
		}
		done := make(chan error, 1)
		go func() { done <- a.Apply(t.Context(), task(t), nil, nil, func(provision.Event) {}) }()
		time.Sleep(time.Millisecond)
		if n := count(10 * time.Second); n < 9 {
			t.Errorf("at work it gave %d signs in 10 s", n)
		}
		freeze(true)
		synctest.Wait()
		if n := count(10 * time.Second); n > 1 {
			t.Errorf("frozen it gave %d signs in 10 s", n)
		}
		freeze(false)
		close(release)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestApplyStopped asks an apply to stop: it ends when the step it is in is finished,
// and not before.
func TestApplyStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		finished := false
		far := &recorder{err: context.Canceled, during: func(ctx context.Context) {
			<-ctx.Done()
			time.Sleep(5 * time.Second)
			finished = true
		}}
		a := connect(t, far)
		ctx, cancel := context.WithCancel(t.Context())
		defer time.AfterFunc(time.Second, cancel).Stop()
		err := a.Apply(ctx, task(t), nil, nil, func(provision.Event) {})
		if !errors.Is(err, context.Canceled) || !finished {
			t.Errorf("it ended with %v; its step is finished: %t", err, finished)
		}
		// Nothing more is begun.
		if err := a.Apply(ctx, task(t), nil, nil, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("the next: %v", err)
		}
		// What puts back what is down is begun, and has not been asked to stop.
		far.err, far.during = nil, func(ctx context.Context) { finished = ctx.Err() == nil }
		if err := a.Apply(t.Context(), task(t), nil, nil, func(provision.Event) {}); err != nil || !finished {
			t.Errorf("one after it: %v; it was stopped: %t", err, !finished)
		}
	})
}

// TestGiveUp leaves a frozen host alone in the middle of a change.
func TestGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		a, freeze := freezable("zk1", &recorder{during: func(context.Context) { <-release }})
		done := make(chan error, 1)
		go func() { done <- a.Apply(t.Context(), task(t), nil, nil, func(provision.Event) {}) }()
		time.Sleep(time.Millisecond)
		freeze(true)
		want := &provision.Error{Kind: provision.Unknown, Message: "frozen"}
		a.(provision.Living).GiveUp(want)
		if err := <-done; !sameError(err, want) {
			t.Errorf("the call ended with %v", err)
		}
		if _, err := a.Probe(t.Context(), task(t), nil); !sameError(err, want) {
			t.Errorf("the next call ended with %v", err)
		}
		begin := time.Now()
		_ = a.Close()
		if took := time.Since(begin); took > LeaveSilence+time.Second {
			t.Errorf("it waited for %s for a host that was given up", took)
		}
		close(release)
	})
}

// TestCloseFrozen looks how long a frozen host, and one that still works, keep the
// end of a connection waiting.
func TestCloseFrozen(t *testing.T) {
	for name, test := range map[string]struct {
		frozen      bool
		works       time.Duration
		least, most time.Duration
	}{
		"frozen":           {frozen: true, works: time.Minute, least: LeaveSilence, most: LeaveSilence + time.Second},
		"works":            {works: 7 * time.Second, least: 7 * time.Second, most: 8 * time.Second},
		"works for long":   {works: time.Minute, least: closeLimit, most: closeLimit + time.Second},
		"nothing is to do": {most: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, freeze := freezable("zk1", &recorder{during: func(context.Context) { time.Sleep(test.works) }})
				if test.works > 0 {
					go func() { _ = a.Apply(context.Background(), task(t), nil, nil, func(provision.Event) {}) }()
					time.Sleep(time.Millisecond)
				}
				freeze(test.frozen)
				begin := time.Now()
				_ = a.Close()
				if took := time.Since(begin); took < test.least-10*time.Millisecond || took > test.most {
					t.Errorf("it took %s", took)
				}
				time.Sleep(2 * time.Minute) // the far side ends
			})
		})
	}
}

// TestLostBefore looks whether a session that was gone before a change was asked
// for is no unknown host: nothing was begun.
func TestLostBefore(t *testing.T) {
	asked, near := io.Pipe()
	back, answer := io.Pipe()
	go func() { _, _ = io.Copy(io.Discard, asked) }()
	a := newClient("zk1", back, near, &broken{near})
	defer a.Close()
	answer.Close()
	for range 1000 {
		a.mu.Lock()
		gone := a.gone
		a.mu.Unlock()
		if gone {
			break
		}
		time.Sleep(time.Millisecond)
	}
	err := a.Apply(t.Context(), task(t), nil, nil, nil)
	var e *provision.Error
	if !errors.As(err, &e) || e.Kind != provision.Unreachable || e.Name != connectionLost {
		t.Errorf("got %v", err)
	}
}

package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zkprov/zkprov/provision"
)

// calls has all methods of an agent, each with its answer.
var calls = map[string]func(ctx context.Context, t provision.Task, a provision.Agent) (any, error){
	"observe": func(ctx context.Context, t provision.Task, a provision.Agent) (any, error) { return a.Observe(ctx, t) },
	"plan": func(ctx context.Context, t provision.Task, a provision.Agent) (any, error) {
		return a.Plan(ctx, t)
	},
	"archive": func(ctx context.Context, t provision.Task, a provision.Agent) (any, error) {
		return nil, a.AddArchive(ctx, t, strings.NewReader("an archive"))
	},
	"fetch": func(ctx context.Context, t provision.Task, a provision.Agent) (any, error) {
		return nil, a.FetchArchive(ctx, t)
	},
	"lock": func(ctx context.Context, t provision.Task, a provision.Agent) (any, error) {
		return nil, a.Lock(ctx, t, 3*time.Second)
	},
	"unlock": func(ctx context.Context, _ provision.Task, a provision.Agent) (any, error) { return nil, a.Unlock(ctx) },
	"apply": func(ctx context.Context, t provision.Task, a provision.Agent) (any, error) {
		var seen []provision.Event
		err := a.Apply(ctx, t, []provision.Change{change}, []provision.Change{change, change}, func(e provision.Event) { seen = append(seen, e) })
		return seen, err
	},
	"probe": func(ctx context.Context, t provision.Task, a provision.Agent) (any, error) {
		return a.Probe(ctx, t, nil)
	},
	"probe, again": func(ctx context.Context, t provision.Task, a provision.Agent) (any, error) {
		return a.Probe(ctx, t, reports)
	},
	"write": func(ctx context.Context, t provision.Task, a provision.Agent) (any, error) { return a.Write(ctx, t, 1) },
	"read back": func(ctx context.Context, t provision.Task, a provision.Agent) (any, error) {
		return nil, a.ReadBack(ctx, t, 1, token)
	},
	"end write": func(ctx context.Context, _ provision.Task, a provision.Agent) (any, error) {
		return nil, a.EndWrite(ctx)
	},
	"journal": func(ctx context.Context, t provision.Task, a provision.Agent) (any, error) {
		return a.Journal(ctx, t, 1, 20)
	},
	"history": func(ctx context.Context, t provision.Task, a provision.Agent) (any, error) {
		return a.(provision.Historian).History(ctx, t)
	},
}

// connect connects to an agent; the connection ends with the test.
func connect(t *testing.T, r *recorder) provision.Agent {
	t.Helper()
	a := Pipe("zk1", r)
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// TestPipe makes every call twice, directly and over the protocol.
func TestPipe(t *testing.T) {
	for name, do := range calls {
		t.Run(name, func(t *testing.T) {
			direct, far := new(recorder), new(recorder)
			want, err := do(t.Context(), task(t), direct)
			if err != nil {
				t.Fatal(err)
			}
			got, err := do(t.Context(), task(t), connect(t, far))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, addresses); diff != "" {
				t.Errorf("the answer:\n%s", diff)
			}
			if diff := cmp.Diff(direct.calls, far.calls, addresses); diff != "" {
				t.Errorf("the call:\n%s", diff)
			}
		})
	}
}

// addresses compares what has no exported fields.
var addresses = cmpopts.EquateComparable(observation.Facts.Addresses[0])

func TestErrors(t *testing.T) {
	full := func(k provision.Kind) *provision.Error {
		return &provision.Error{Kind: k, Name: "name", Message: "message \"quoted\"\n<b>", Hint: "hint", Detail: []string{"one", "two"}}
	}
	tests := map[string]struct{ err, want error }{
		"wrapped":  {fmt.Errorf("around: %w", full(provision.Refused)), full(provision.Refused)},
		"plain":    {errors.New("plain"), errors.New("plain")},
		"cancel":   {fmt.Errorf("cannot go on: %w", context.Canceled), errors.New("cannot go on: context canceled")},
		"deadline": {fmt.Errorf("cannot fetch: %w", context.DeadlineExceeded), errors.New("cannot fetch: context deadline exceeded")},
	}
	for _, k := range []provision.Kind{provision.Failed, provision.Refused, provision.Locked, provision.Stale, provision.Unreachable, provision.Unknown, provision.NotPermitted} {
		tests[string(k)] = struct{ err, want error }{full(k), full(k)}
	}
	for name, test := range tests {
		for method, do := range calls {
			t.Run(name+" "+method, func(t *testing.T) {
				_, err := do(t.Context(), task(t), connect(t, &recorder{err: test.err}))
				if diff := cmp.Diff(test.want, err, cmp.Comparer(sameError)); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// sameError compares errors by their text and, where they are *provision.Error,
// by every field.
func sameError(a, b error) bool {
	var x, y *provision.Error
	if errors.As(a, &x) != errors.As(b, &y) {
		return false
	}
	return a.Error() == b.Error() && cmp.Equal(x, y)
}

// TestEvents looks whether events arrive in their order, and all of them before
// the call returns.
func TestEvents(t *testing.T) {
	a := connect(t, new(recorder))
	for range 200 {
		var seen []provision.Event
		if err := a.Apply(t.Context(), task(t), nil, nil, func(e provision.Event) { seen = append(seen, e) }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(events3, seen); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestArchivePieces(t *testing.T) {
	piece := maxFrames[framePiece]
	for _, size := range []int{0, 1, piece, piece + 1} {
		far := new(recorder)
		want := bytes.Repeat([]byte("0123456789abcde"), size/15+1)[:size]
		// A reader that gives half of what it is asked for.
		if err := connect(t, far).AddArchive(t.Context(), task(t), iotest.HalfReader(bytes.NewReader(want))); err != nil {
			t.Fatal(err)
		}
		if got := far.calls[2].([]byte); !bytes.Equal(got, want) {
			t.Errorf("of %d bytes arrived %d, or others", size, len(got))
		}
	}
}

// TestArchiveGivenUp looks whether an archive that its sender could not read is
// never taken for whole, and whether the next one arrives.
func TestArchiveGivenUp(t *testing.T) {
	far := new(recorder)
	a := connect(t, far)
	half := io.MultiReader(strings.NewReader("half of"), iotest.ErrReader(errors.New("the disk is gone")))
	err := a.AddArchive(t.Context(), task(t), half)
	if err == nil || !strings.Contains(err.Error(), "the disk is gone") {
		t.Errorf("a broken archive: %v", err)
	}
	if err := a.AddArchive(t.Context(), task(t), strings.NewReader("whole")); err != nil {
		t.Errorf("the next archive: %v", err)
	}
	if got := far.calls[len(far.calls)-1]; !cmp.Equal(got, []byte("whole")) {
		t.Errorf("the next archive arrived as %q", got)
	}
}

// TestArchiveRefused looks whether a sender is told of a failure long before it
// has sent all, and whether the connection is good for more.
func TestArchiveRefused(t *testing.T) {
	full := &provision.Error{Kind: provision.Failed, Message: "no space left on device"}
	far := &recorder{err: full}
	a := connect(t, far)
	for range 3 {
		sent := &counted{left: 1 << 40}
		err := a.AddArchive(t.Context(), task(t), sent)
		if !sameError(err, full) {
			t.Fatalf("got %v, want %v", err, full)
		}
		if sent.read > 2*maxFrames[framePiece] {
			t.Errorf("%d bytes were sent before it gave up", sent.read)
		}
	}
	far.err = nil
	if err := a.AddArchive(t.Context(), task(t), strings.NewReader("whole")); err != nil {
		t.Errorf("the next archive: %v", err)
	}
	if got := far.calls[len(far.calls)-1]; !cmp.Equal(got, []byte("whole")) {
		t.Errorf("the next archive arrived as %q", got)
	}
}

// counted is a long reader that knows how much was read.
type counted struct{ left, read int }

func (c *counted) Read(p []byte) (int, error) {
	n := min(len(p), c.left)
	c.left, c.read = c.left-n, c.read+n
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// stuck is an agent that takes no byte of an archive before it is told to end.
type stuck struct {
	recorder
	begun chan struct{}
}

func (s *stuck) AddArchive(ctx context.Context, _ provision.Task, _ io.Reader) error {
	close(s.begun)
	<-ctx.Done()
	return ctx.Err()
}

// TestArchiveStuck looks whether other calls pass a piece that nobody takes, and
// whether the far side leaves when its sender is gone.
func TestArchiveStuck(t *testing.T) {
	far := &stuck{begun: make(chan struct{})}
	a := Pipe("zk1", far)
	done := make(chan error)
	go func() { done <- a.AddArchive(context.Background(), task(t), strings.NewReader("an archive")) }()
	<-far.begun
	if _, err := a.Journal(t.Context(), task(t), 1, 3); err != nil {
		t.Errorf("another call: %v", err)
	}
	if err := a.Close(); err != nil || far.closed != 1 {
		t.Errorf("closed with %v, %d times", err, far.closed)
	}
	if err := <-done; err == nil {
		t.Error("an archive that was not taken is no error")
	}
}

// broken is a link to a host that is gone.
type broken struct{ in io.Closer }

func (b *broken) close(func() uint64) error { return b.in.Close() }
func (b *broken) kill()                     { b.in.Close() }
func (b *broken) lost() error               { return errors.New("Timeout, server zk1 not responding.") }

// TestLost ends the far side in the middle of a call, at the beginning, inside
// and at the end of its answer.
func TestLost(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "half a frame": "m\x00\x00\x00\x20{\"jsonrpc\":\"2.0\"", "half a header": "m\x00",
		"half an answer": "m\x00\x00\x00\x0e{\"jsonrpc\":\"2.", "a piece": "p\x00\x00\x00\x01x", "noise": "Segmentation fault\n",
	} {
		for method, do := range calls {
			t.Run(name+" "+method, func(t *testing.T) {
				asked, near := io.Pipe()
				back, answer := io.Pipe()
				go func() {
					_, _ = asked.Read(make([]byte, 1))
					_, _ = io.WriteString(answer, text)
					answer.Close()
					_, _ = io.Copy(io.Discard, asked)
				}()
				a := newClient("zk1", back, near, &broken{near})
				defer a.Close()
				_, err := do(t.Context(), task(t), a)
				var e *provision.Error
				kind := provision.Unreachable
				if method == "apply" {
					kind = provision.Unknown
				}
				if !errors.As(err, &e) || e.Kind != kind || e.Name != connectionLost {
					t.Fatalf("got %v, want %s", err, connectionLost)
				}
				if !strings.Contains(e.Message, "not responding") || e.Hint == "" {
					t.Errorf("the error does not say why, or what to do: %v", e)
				}
			})
		}
	}
}

// TestCutOff ends the connection while a call is under way: what the agent does
// is told to end, the agent is closed once, and only when it has ended.
func TestCutOff(t *testing.T) {
	begun, ended := make(chan struct{}), false
	far := &recorder{during: func(ctx context.Context) {
		close(begun)
		<-ctx.Done()
		ended = true
	}}
	a := Pipe("zk1", far)
	done := make(chan error)
	go func() {
		_, err := a.Observe(context.Background(), task(t))
		done <- err
	}()
	<-begun
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if !ended || far.closed != 1 {
		t.Errorf("the call has ended: %t; the agent was closed %d times", ended, far.closed)
	}
	select {
	case <-done: // with the answer, where that came before the end
	case <-time.After(10 * time.Second):
		t.Error("the call does not end")
	}
	if err := a.Close(); err != nil || far.closed != 1 {
		t.Errorf("closed again: %v, %d times", err, far.closed)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	a := connect(t, &recorder{during: func(ctx context.Context) {
		cancel()
		<-ctx.Done() // until the connection ends
	}})
	if _, err := a.Observe(ctx, task(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestServeGarbage(t *testing.T) {
	far := new(recorder)
	_, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	_ = Serve(far, strings.NewReader("GET / HTTP/1.1\n\n"), out)
	if len(far.calls) > 0 || far.closed != 1 {
		t.Errorf("it was asked %v and closed %d times", far.calls, far.closed)
	}
}

package remote

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// sink is a writer that notes its end.
type sink struct {
	bytes.Buffer
	closed bool
}

func (s *sink) Close() error {
	s.closed = true
	return nil
}

// TestStream sends messages and pieces through each other.
func TestStream(t *testing.T) {
	out := new(sink)
	near := newStream(strings.NewReader(""), out)
	long := strings.Repeat("\n\x00p", 100_000)
	for _, send := range []func() error{
		func() error { return near.sendPiece([]byte(long)) },
		func() error { return near.Send([]byte("one\n")) },
		func() error { return near.Send(nil) },
		func() error { return near.sendPiece(nil) },
		func() error { return near.Send([]byte("three")) },
	} {
		if err := send(); err != nil {
			t.Fatal(err)
		}
	}
	far := newStream(&out.Buffer, new(sink))
	far.pieces = make(chan []byte, 2)
	for _, want := range []string{"one\n", "", "three"} {
		if got, err := far.Recv(); err != nil || string(got) != want {
			t.Errorf("received %q, %v, want %q", got, err, want)
		}
	}
	if got := <-far.pieces; string(got) != long {
		t.Errorf("a piece of %d bytes arrived as %d others", len(long), len(got))
	}
	if got := <-far.pieces; len(got) != 0 {
		t.Errorf("an empty piece arrived as %q", got)
	}
	if _, err := far.Recv(); err != io.EOF {
		t.Errorf("the end: %v", err)
	}
}

// TestSilence keeps a stream by signs of life alone, and lets them stop.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const lived = 10 * time.Minute
		r, w := io.Pipe()
		defer w.Close()
		ctx, cancel := context.WithTimeout(t.Context(), lived)
		defer cancel()
		go newStream(nil, w).live(ctx, pulse)
		begin := time.Now()
		if _, err := newStream(untilSilent(r, silence), new(sink)).Recv(); err != io.EOF {
			t.Errorf("the end: %v", err)
		}
		if took := time.Since(begin) - lived; took < silence-2*pulse || took > silence {
			t.Errorf("the silence was noticed after %s", took)
		}
	})
}

func TestStreamBroken(t *testing.T) {
	tests := map[string]struct {
		text string
		want string // in the error; empty: io.EOF
	}{
		"nothing":            {text: ""},
		"half a header":      {text: "m\x00\x00"},
		"a header alone":     {text: "m\x00\x00\x00\x01"},
		"half a message":     {text: "m\x00\x00\x00\x03{}"},
		"half a piece":       {text: "p\x00\x00\x00\x03{}"},
		"another kind":       {text: "Segmentation fault\n", want: `kind 'S'`},
		"a huge message":     {text: "m\x04\x00\x00\x01", want: "67108865 bytes"},
		"a huge piece":       {text: "p\x00\x10\x00\x01", want: "1048577 bytes"},
		"one piece too many": {text: strings.Repeat("p\x00\x00\x00\x01x", 2) + "m\x00\x00\x00\x00", want: "nobody waits"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStream(strings.NewReader(test.text), new(sink))
			s.pieces = make(chan []byte, 1)
			_, err := s.Recv()
			if test.want == "" && err != io.EOF || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestStreamTooLong looks whether what cannot be sent ends the stream, so that
// nobody waits for it.
func TestStreamTooLong(t *testing.T) {
	out := new(sink)
	s := newStream(strings.NewReader(""), out)
	if err := s.sendPiece(make([]byte, maxFrames[framePiece]+1)); err == nil {
		t.Error("sent")
	}
	if out.Len() > 0 || !out.closed {
		t.Errorf("%d bytes were written, closed is %t", out.Len(), out.closed)
	}
}

func FuzzStream(f *testing.F) {
	f.Add([]byte("m\x00\x00\x00\x02{}p\x00\x00\x00\x01x"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s := newStream(bytes.NewReader(text), new(sink))
		s.pieces = make(chan []byte, 1)
		for range len(text) + 1 {
			if _, err := s.Recv(); err != nil {
				return
			}
		}
		t.Error("more frames than bytes")
	})
}

package ensemble

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// serve runs handle for each connection to a port of this machine, and returns
// its address.
func serve(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				handle(c)
			}()
		}
	}()
	return l.Addr().String()
}

// fourLetters answers words as a server does; one that it does not know is not
// in its list.
func fourLetters(answers map[string]string) func(net.Conn) {
	return func(c net.Conn) {
		word := make([]byte, 4)
		if _, err := io.ReadFull(c, word); err != nil {
			return
		}
		answer, ok := answers[string(word)]
		if !ok {
			answer = string(word) + " " + notWhitelistedText + ".\n"
		}
		io.WriteString(c, answer)
	}
}

// nobody is an address where nothing listens.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return l.Addr().String()
}

// unreachable is an address from which nothing comes back: its queue is full, and
// nobody takes a connection out of it.
func unreachable(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	at, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := fmt.Sprintf("127.0.0.1:%d", at.(*syscall.SockaddrInet4).Port)
	for range 10 {
		c, err := net.DialTimeout("tcp", addr, 100*time.Millisecond)
		if err != nil {
			return addr
		}
		t.Cleanup(func() { c.Close() })
	}
	t.Fatal("the queue does not fill")
	return ""
}

func mute(c net.Conn) { io.Copy(io.Discard, c) }

func reset(c net.Conn) {
	io.ReadFull(c, make([]byte, 4))
	c.(*net.TCPConn).SetLinger(0)
}

func closed(c net.Conn) { io.ReadFull(c, make([]byte, 4)) }

func TestAsk(t *testing.T) {
	tests := map[string]struct {
		addr string
		want error
	}{
		"refused":         {nobody(t), ErrRefused},
		"silent":          {serve(t, mute), ErrNoAnswer},
		"out of reach":    {unreachable(t), ErrNoConnection},
		"reset":           {serve(t, reset), ErrClosed},
		"closed":          {serve(t, closed), ErrClosed},
		"not serving":     {serve(t, fourLetters(map[string]string{"ruok": notServingText + "\n"})), ErrNotServing},
		"not whitelisted": {serve(t, fourLetters(nil)), ErrNotWhitelisted},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			limit := 5 * time.Second
			if name == "silent" || name == "out of reach" {
				limit = 100 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			answer, err := Ask(ctx, test.addr, "ruok")
			if !errors.Is(err, test.want) || answer != nil {
				t.Errorf("got %q and %v, want %v", answer, err, test.want)
			}
		})
	}
}

func TestAskAnswers(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	answer, err := Ask(ctx, serve(t, fourLetters(map[string]string{"ruok": "imok"})), "ruok")
	if string(answer) != "imok" || err != nil {
		t.Errorf("got %q and %v", answer, err)
	}

	// What a server says far down in a long answer is no refusal.
	long := strings.Repeat("zk_key\tvalue\n", 100) + notServingText
	answer, err = Ask(ctx, serve(t, fourLetters(map[string]string{"mntr": long})), "mntr")
	if string(answer) != long || err != nil {
		t.Errorf("got %d bytes and %v", len(answer), err)
	}

	// An answer without an end is cut off.
	endless := serve(t, func(c net.Conn) {
		for block := bytes.Repeat([]byte("x"), 1<<16); ; {
			if _, err := c.Write(block); err != nil {
				return
			}
		}
	})
	answer, err = Ask(ctx, endless, "mntr")
	if len(answer) != maxAnswer || err != nil {
		t.Errorf("got %d bytes and %v", len(answer), err)
	}
}

func TestAskEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	time.AfterFunc(50*time.Millisecond, cancel)
	begin := time.Now()
	_, err := Ask(ctx, serve(t, mute), "srvr")
	if !errors.Is(err, ErrNoAnswer) || time.Since(begin) > 10*time.Second {
		t.Errorf("got %v after %s", err, time.Since(begin))
	}
}

// TestAskTellsTheReason wants the network's errors without the address, which is said
// elsewhere.
func TestAskTellsTheReason(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := Ask(ctx, "127.0.0.1:no-such-port", "srvr")
	if err == nil || strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), "dial") {
		t.Errorf("got %v", err)
	}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	unknown := Answer{ID: 7, QuorumSize: -1, SyncedFollowers: -1, SyncedObservers: -1}
	with := func(change func(*Answer)) Answer {
		a := unknown
		change(&a)
		return a
	}
	leader := with(func(a *Answer) {
		a.Serving, a.Running, a.Mode, a.Version, a.Zxid = true, true, Leader, "3.6.3", 5<<32|0x1f3a
	})
	tests := map[string]struct {
		addr string
		want Answer
		text string
	}{
		"leader": {serve(t, fourLetters(map[string]string{"srvr": srvr363, "mntr": mntr36Leader})), func() Answer {
			a := leader
			a.QuorumSize, a.SyncedFollowers, a.SyncedObservers = 3, 2, 1
			return a
		}(), "leader, zxid 5/0x1f3a, ZooKeeper 3.6.3"},
		"srvr without mntr": {serve(t, fourLetters(map[string]string{"srvr": srvr363})), func() Answer {
			a := leader
			a.NoMntr = "this word is not in 4lw.commands.whitelist"
			return a
		}(), "leader, zxid 5/0x1f3a, ZooKeeper 3.6.3"},
		"mntr of nonsense": {serve(t, fourLetters(map[string]string{"srvr": srvr363, "mntr": "zk_\n"})), func() Answer {
			a := leader
			a.NoMntr = "cannot read the answer to mntr: it has no zk_server_state"
			return a
		}(), "leader, zxid 5/0x1f3a, ZooKeeper 3.6.3"},
		"not serving": {serve(t, fourLetters(map[string]string{"srvr": notServingText})), with(func(a *Answer) {
			a.Running, a.Error = true, "runs and does not serve: it has no quorum or is not in sync yet"
		}), "runs and does not serve: it has no quorum or is not in sync yet"},
		"not in the list": {serve(t, fourLetters(nil)), with(func(a *Answer) {
			a.Running, a.Error = true, "this word is not in 4lw.commands.whitelist"
		}), "this word is not in 4lw.commands.whitelist"},
		"not a ZooKeeper": {serve(t, fourLetters(map[string]string{"srvr": "-ERR unknown command\r\n"})), with(func(a *Answer) {
			a.Running, a.Error = true, "cannot read the answer to srvr: it has no mode or no version; is this a ZooKeeper?"
		}), "cannot read the answer to srvr: it has no mode or no version; is this a ZooKeeper?"},
		"closes": {serve(t, closed), with(func(a *Answer) {
			a.Running, a.Error = true, ErrClosed.Error()
		}), "it closed the connection without an answer, as a port for TLS does, or a server that has maxClientCnxns connections"},
		"refused": {nobody(t), with(func(a *Answer) { a.Error = "connection refused" }), "connection refused"},
		// The host takes the connection of a JVM that stands still.
		"silent":       {serve(t, mute), with(func(a *Answer) { a.Running, a.Error = true, "no answer in time" }), "no answer in time"},
		"out of reach": {unreachable(t), with(func(a *Answer) { a.Error = "no connection in time" }), "no connection in time"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Probe(t.Context(), Target{ID: 7, Addr: test.addr})
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(Answer{}, "Took")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got.Text() != test.text {
				t.Errorf("text %q, want %q", got.Text(), test.text)
			}
			if got.Took <= 0 || got.Took > ProbeLimit+5*time.Second {
				t.Errorf("it took %s", got.Took)
			}
		})
	}
}

// TestProbeIsBoundedAsAWhole lets srvr take most of the time: mntr gets the rest of it
// and not the same again.
func TestProbeIsBoundedAsAWhole(t *testing.T) {
	t.Parallel()
	a := Probe(t.Context(), Target{Addr: serve(t, func(c net.Conn) {
		word := make([]byte, 4)
		io.ReadFull(c, word)
		time.Sleep(ProbeLimit * 6 / 10)
		io.WriteString(c, srvr363)
	})})
	if !a.Serving || a.NoMntr != ErrNoAnswer.Error() {
		t.Errorf("got %+v", a)
	}
}

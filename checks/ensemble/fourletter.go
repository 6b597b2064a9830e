package ensemble

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
)

// maxAnswer bounds the answer to a four-letter word. mntr of a big server is a
// few dozen KiB, with the Prometheus provider several hundred.
const maxAnswer = 4 << 20

// The ways in which a server does not answer a four-letter word.
var (
	// ErrRefused means that nothing listens on the port.
	ErrRefused = errors.New("connection refused")
	// ErrNoConnection means that nothing came back from there, as with a host that
	// is off, or behind a firewall that drops what it does not like.
	ErrNoConnection = errors.New("no connection in time")
	// ErrNoAnswer means that the server, or its host for it, took the connection
	// and said nothing in time, as in a long pause of its JVM.
	ErrNoAnswer = errors.New("no answer in time")
	// ErrClosed means that the server took the connection and ended it without a
	// word.
	ErrClosed = errors.New("it closed the connection without an answer, as a port for TLS does, or a server that has maxClientCnxns connections")
	// ErrNotServing means that the server runs and has no quorum, or is not yet
	// in sync with one.
	ErrNotServing = errors.New("runs and does not serve: it has no quorum or is not in sync yet")
	// ErrNotWhitelisted means that the word is not among 4lw.commands.whitelist.
	ErrNotWhitelisted = errors.New("this word is not in 4lw.commands.whitelist")
)

// The texts of ZooKeeper's CommandExecutor and AbstractFourLetterCommand.
const (
	notServingText     = "This ZooKeeper instance is not currently serving requests"
	notWhitelistedText = "is not executed because it is not in the whitelist"
)

// Ask sends one four-letter word to a server and returns its answer. The
// context must have a deadline. Errors are one of the Err… of this package, or
// wrap the network's.
func Ask(ctx context.Context, addr, word string) ([]byte, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		if err = askError(ctx, err); errors.Is(err, ErrNoAnswer) {
			err = ErrNoConnection
		}
		return nil, err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return nil, askError(ctx, err)
		}
	}
	// A cancelled context ends a read that waits.
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if _, err := io.WriteString(conn, word); err != nil {
		return nil, askError(ctx, err)
	}
	answer, err := io.ReadAll(io.LimitReader(conn, maxAnswer))
	if err != nil {
		return nil, askError(ctx, err)
	}
	switch {
	case bytes.Contains(answer[:min(len(answer), 512)], []byte(notServingText)):
		return nil, ErrNotServing
	case bytes.Contains(answer[:min(len(answer), 512)], []byte(notWhitelistedText)):
		return nil, ErrNotWhitelisted
	case len(answer) == 0:
		return nil, ErrClosed
	}
	return answer, nil
}

func askError(ctx context.Context, err error) error {
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return ErrRefused
	case ctx.Err() != nil, errors.As(err, &timeout) && timeout.Timeout():
		return ErrNoAnswer
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return ErrClosed
	}
	// The address is said elsewhere.
	text := err.Error()
	if i := strings.LastIndex(text, ": "); i >= 0 {
		text = text[i+2:]
	}
	return errors.New(text)
}

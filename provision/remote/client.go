package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/channel"

	"github.com/zkprov/zkprov/provision"
)

// client is the near end of a session: an agent that works on another host.
type client struct {
	host string
	rpc  *jrpc2.Client
	// stream is the channel below rpc; the pieces of an archive are sent over it
	// directly.
	stream *stream
	link   link
	// end stops the signs of life.
	end context.CancelFunc

	mu     sync.Mutex
	report func(provision.Event)
	// applies counts the applies that were begun.
	applies int
	// gone is set once the far side has ended.
	gone bool
	// givenUp is the error of every call after GiveUp; nil before.
	givenUp error
}

var (
	_ provision.Agent     = (*client)(nil)
	_ provision.Living    = (*client)(nil)
	_ provision.Historian = (*client)(nil)

	_ provision.WriteTester = (*client)(nil)
)

// link carries the calls: a running ssh, or a pipe within the process.
type link interface {
	// close ends it and waits for the far side, as long as that gives signs of life
	// and for a limit at most.
	close(signs func() uint64) error
	// kill ends it at once.
	kill()
	// lost returns why it ended by itself; nil where that is not known.
	lost() error
}

// newClient returns an agent that speaks over a pair of streams.
func newClient(host string, r io.Reader, w io.WriteCloser, l link) *client {
	c := &client{host: host, stream: newStream(r, w), link: l}
	c.rpc = jrpc2.NewClient(&events{c.stream, c.happened, c.ended}, nil)
	ctx, end := context.WithCancel(context.Background())
	c.end = end
	go c.stream.live(ctx, pulse)
	return c
}

// events takes the events of an agent out of a channel and hands them on in their
// order, each before the answer to the call that it belongs to. The RPC client would
// give every one to a goroutine of its own, and late ones after the call is over.
type events struct {
	channel.Channel
	happened func(provision.Event)
	// ended is called when nothing more can come.
	ended func()
}

// Recv implements channel.Channel.
func (e *events) Recv() ([]byte, error) {
	for {
		message, err := e.Channel.Recv()
		if err != nil {
			e.ended()
			return message, err
		}
		var event struct {
			Method string          `json:"method"`
			Params provision.Event `json:"params"`
		}
		if json.Unmarshal(message, &event) != nil || event.Method != notifyEvent {
			return message, nil
		}
		e.happened(event.Params)
	}
}

// happened hands an event to the report of the running Apply.
func (c *client) happened(e provision.Event) {
	c.mu.Lock()
	report := c.report
	c.mu.Unlock()
	if report != nil {
		report(e)
	}
}

// ended notes that the far side is gone.
func (c *client) ended() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = true
}

// Signs implements provision.Living.
func (c *client) Signs() uint64 { return c.stream.signs.Load() }

// GiveUp implements provision.Living.
func (c *client) GiveUp(why error) {
	c.mu.Lock()
	if c.givenUp == nil {
		c.givenUp = why
	}
	c.mu.Unlock()
	c.link.kill()
}

// call makes a call and decodes its result.
func call[T any](ctx context.Context, c *client, method string, params any) (T, error) {
	var result T
	c.mu.Lock()
	gone := c.gone
	c.mu.Unlock()
	response, err := c.rpc.Call(ctx, method, params)
	if err != nil {
		var wire *jrpc2.Error
		switch {
		case ctx.Err() != nil:
			return result, ctx.Err()
		case errors.As(err, &wire) && wire.Code != jrpc2.InternalError: // which is a message that was cut off
			return result, decode(wire)
		}
		return result, c.connectionLost(method, gone)
	}
	if err := response.UnmarshalResult(&result); err != nil {
		return result, fmt.Errorf("cannot understand what the agent on %s answered when it was to %s: %w", c.host, doing(method), err)
	}
	return result, nil
}

// connectionLost returns the error of a call that got no answer. Where the session was
// gone before the call, the call has begun nothing on the host.
func (c *client) connectionLost(method string, before bool) error {
	c.mu.Lock()
	givenUp := c.givenUp
	c.mu.Unlock()
	if givenUp != nil {
		return givenUp
	}
	e := &provision.Error{Kind: provision.Unreachable, Name: connectionLost,
		Message: "the connection was lost while the host was to " + doing(method),
		Hint:    "run the same command again, it goes on from what is there"}
	switch {
	case before:
		e.Message = "the connection was lost before the host was to " + doing(method)
	case method == methodApply:
		e.Kind = provision.Unknown
		e.Hint = "how far it got is not known; " + e.Hint
	}
	if err := c.link.lost(); err != nil {
		e.Message += ": " + err.Error()
	}
	return e
}

// Observe implements provision.Agent.
func (c *client) Observe(ctx context.Context, t provision.Task) (provision.Observation, error) {
	return call[provision.Observation](ctx, c, methodObserve, t)
}

// Plan implements provision.Agent.
func (c *client) Plan(ctx context.Context, t provision.Task) (provision.HostPlan, error) {
	return call[provision.HostPlan](ctx, c, methodPlan, t)
}

// AddArchive implements provision.Agent. Each piece is answered before the next
// is sent, which holds a sender that is faster than the far side, and tells it
// early of what went wrong there.
func (c *client) AddArchive(ctx context.Context, t provision.Task, r io.Reader) error {
	if _, err := call[nothing](ctx, c, methodArchiveBegin, t); err != nil {
		return err
	}
	piece := make([]byte, maxFrames[framePiece])
	for {
		n, err := io.ReadFull(r, piece)
		if n > 0 {
			if err := c.stream.sendPiece(piece[:n]); err != nil {
				return c.connectionLost(methodArchivePiece, false)
			}
			if _, err := call[nothing](ctx, c, methodArchivePiece, nil); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("cannot read the archive: %w", err)
		}
	}
	_, err := call[nothing](ctx, c, methodArchiveEnd, nil)
	return err
}

// FetchArchive implements provision.Agent.
func (c *client) FetchArchive(ctx context.Context, t provision.Task) error {
	_, err := call[nothing](ctx, c, methodArchiveFetch, t)
	return err
}

// Lock implements provision.Agent.
func (c *client) Lock(ctx context.Context, t provision.Task, patience time.Duration) error {
	_, err := call[nothing](ctx, c, methodLock, lockParams{t, patience})
	return err
}

// Unlock implements provision.Agent.
func (c *client) Unlock(ctx context.Context) error {
	_, err := call[nothing](ctx, c, methodUnlock, nil)
	return err
}

// Apply implements provision.Agent. At the end of ctx the far side is asked to stop
// after the step that it is in, and its answer is waited for: it tells that the step
// is finished. Whoever does not want to wait any longer calls GiveUp.
func (c *client) Apply(ctx context.Context, t provision.Task, changes, later []provision.Change, report func(provision.Event)) error {
	c.mu.Lock()
	c.report = report
	c.applies++
	number := c.applies
	c.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = c.rpc.Notify(context.WithoutCancel(ctx), methodStop, stopParams{number}) })()
	_, err := call[nothing](context.WithoutCancel(ctx), c, methodApply, applyParams{t, changes, later, number})
	return err
}

// Probe implements provision.Agent.
func (c *client) Probe(ctx context.Context, t provision.Task, known []provision.Report) ([]provision.Report, error) {
	return call[[]provision.Report](ctx, c, methodProbe, probeParams{t, known})
}

// Write implements provision.Agent.
func (c *client) Write(ctx context.Context, t provision.Task, id int) (provision.Token, error) {
	return call[provision.Token](ctx, c, methodWrite, instanceParams{Task: t, ID: id})
}

// ReadBack implements provision.Agent.
func (c *client) ReadBack(ctx context.Context, t provision.Task, id int, token provision.Token) error {
	_, err := call[nothing](ctx, c, methodReadBack, instanceParams{Task: t, ID: id, Token: token})
	return err
}

// EndWrite implements provision.Agent.
func (c *client) EndWrite(ctx context.Context) error {
	_, err := call[nothing](ctx, c, methodEndWrite, nil)
	return err
}

// History implements provision.Historian.
func (c *client) History(ctx context.Context, t provision.Task) (provision.History, error) {
	return call[provision.History](ctx, c, methodHistory, t)
}

// TryWrite implements provision.WriteTester.
func (c *client) TryWrite(ctx context.Context, t provision.Task, id int) error {
	can, err := call[bool](ctx, c, methodTryWrite, instanceParams{Task: t, ID: id})
	if err == nil && !can {
		return provision.ErrNoWriteTest
	}
	return err
}

// Journal implements provision.Agent.
func (c *client) Journal(ctx context.Context, t provision.Task, id, lines int) ([]string, error) {
	return call[[]string](ctx, c, methodJournal, instanceParams{Task: t, ID: id, Lines: lines})
}

// Close implements provision.Agent: the far side sees the end of its input,
// finishes what it has begun and leaves.
func (c *client) Close() error {
	c.end()
	// The link comes first: it is patient for so long, and the RPC client waits
	// for its end for ever.
	err := c.link.close(c.Signs)
	_ = c.rpc.Close()
	return err
}

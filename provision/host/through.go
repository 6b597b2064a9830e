package host

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/internal/await"
	"github.com/zkprov/zkprov/provision"
)

// errNotPermitted means that the ensemble's own access rules forbid the write
// test, which says nothing about its health.
var errNotPermitted = errors.New("the access rules of the ensemble do not permit it")

// writeSession bounds a session of the write test: should it be cut off, the server
// forgets it, and what it wrote, after this time.
const writeSession = 10 * time.Second

// writeThrough creates an ephemeral node through the server at addr. It exists until
// release, or until the session has timed out. The context bounds the writing
// and must have a deadline.
func writeThrough(ctx context.Context, addr string) (provision.Token, func(), error) {
	nonce := make([]byte, 16)
	if _, err := rand.Read(nonce); err != nil {
		return provision.Token{}, nil, fmt.Errorf("cannot make a nonce: %w", err)
	}
	t := provision.Token{Path: "/zkprov-check-" + hex.EncodeToString(nonce), Data: []byte(hex.EncodeToString(nonce))}
	conn, err := connect(ctx, addr)
	if err != nil {
		return provision.Token{}, nil, err
	}
	_, err = bounded(ctx, func() (string, error) {
		return conn.Create(t.Path, t.Data, zk.FlagEphemeral, zk.WorldACL(zk.PermAll))
	})
	if err != nil {
		conn.Close()
		return provision.Token{}, nil, writeError("cannot write through "+addr, err)
	}
	return t, conn.Close, nil
}

// readThrough reads through the server at addr what was written through another. It
// first has the server catch up with the leader, so that a lag is not taken for a loss. The
// context must have a deadline.
func readThrough(ctx context.Context, addr string, t provision.Token) error {
	conn, err := connect(ctx, addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	data, err := bounded(ctx, func() ([]byte, error) {
		if _, err := conn.Sync(t.Path); err != nil {
			return nil, err
		}
		data, _, err := conn.Get(t.Path)
		return data, err
	})
	if err != nil {
		return writeError("cannot read back through "+addr, err)
	}
	if !bytes.Equal(data, t.Data) {
		return fmt.Errorf("cannot trust %s: it answers with something else than was written", addr)
	}
	return nil
}

func writeError(what string, err error) error {
	switch {
	case errors.Is(err, zk.ErrNoAuth), errors.Is(err, zk.ErrAuthFailed), errors.Is(err, zk.ErrInvalidACL), strings.HasSuffix(err.Error(), authRequired):
		return fmt.Errorf("%s: %w", what, errNotPermitted)
	case errors.Is(err, zk.ErrNoNode):
		return fmt.Errorf("%s: what was written is not there", what)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// authRequired is the code by which a server of 3.6 and later says that it
// enforces an authentication (KeeperException.Code.SESSIONCLOSEDREQUIRESASLAUTH),
// which the client has no name for.
const authRequired = "-124"

// connect opens a session with just this server.
func connect(ctx context.Context, addr string) (*zk.Conn, error) {
	up := make(chan error, 1)
	tell := func(err error) {
		select {
		case up <- err:
		default:
		}
	}
	conn, _, err := zk.Connect([]string{addr}, writeSession, zk.WithLogger(silence{}), zk.WithLogInfo(false),
		zk.WithEventCallback(func(e zk.Event) {
			switch e.State {
			case zk.StateHasSession:
				tell(nil)
			case zk.StateAuthFailed:
				tell(errNotPermitted)
			case zk.StateExpired:
				tell(errors.New("the session expired at once"))
			}
		}))
	if err != nil {
		return nil, fmt.Errorf("cannot connect to %s: %w", addr, err)
	}
	select {
	case err = <-up:
	case <-ctx.Done():
		err = ensemble.ErrNoAnswer
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("cannot open a session with %s: %w", addr, err)
	}
	return conn, nil
}

// bounded gives a call of the client, which knows no context, a limit. A call
// that is late ends with its session.
func bounded[T any](ctx context.Context, call func() (T, error)) (T, error) {
	value, err := await.Call(ctx, call)
	if err != nil && errors.Is(err, ctx.Err()) {
		err = ensemble.ErrNoAnswer
	}
	return value, err
}

// silence keeps the client from printing.
type silence struct{}

func (silence) Printf(string, ...any) {}

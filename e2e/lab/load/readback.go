package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"
	"golang.org/x/sync/errgroup"

	"github.com/zkprov/zkprov/internal/await"
)

const (
	// readLimit bounds the reading through one server.
	readLimit = 3 * time.Minute
	// readers is how many values are asked for at once.
	readers = 16
)

// read holds the values of all streams as one server has them.
type read struct {
	server  string
	created []map[int]int64 // by stream and number, the transaction that wrote it
	wrong   []map[int]bool  // those that are there with another content
}

// readBack reads all values through each server, after a sync with the leader, so that a lag is not taken for a loss.
func (w *Writer) readBack(ctx context.Context, streams []*stream) ([]read, error) {
	reads := make([]read, len(w.servers))
	group, ctx := errgroup.WithContext(ctx)
	for i, server := range w.servers {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, readLimit)
			defer cancel()
			r, err := await.Call(ctx, func() (read, error) { return w.readThrough(ctx, server, streams) })
			if err != nil {
				return fmt.Errorf("cannot read back through %s: %w", server.Name, err)
			}
			reads[i] = r
			return nil
		})
	}
	return reads, group.Wait()
}

func (w *Writer) readThrough(ctx context.Context, server Server, streams []*stream) (read, error) {
	client, err := w.dial([]string{server.Addr}, func() {})
	if err != nil {
		return read{}, err
	}
	defer client.Close()
	if err := again(ctx, func() error { return client.Sync(w.root) }); err != nil {
		return read{}, err
	}
	r := read{server: server.Name}
	for _, s := range streams {
		created, wrong := make(map[int]int64), make(map[int]bool)
		var mu sync.Mutex
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(readers)
		for number := range s.values {
			group.Go(func() error {
				var data []byte
				var zxid int64
				err := again(ctx, func() (err error) {
					data, zxid, err = client.Get(s.path(number))
					return err
				})
				if errors.Is(err, zk.ErrNoNode) {
					return nil
				}
				if err != nil {
					return err
				}
				mu.Lock()
				defer mu.Unlock()
				created[number] = zxid
				if !bytes.Equal(data, s.content(number)) {
					wrong[number] = true
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			return read{}, err
		}
		r.created, r.wrong = append(r.created, created), append(r.wrong, wrong)
	}
	return r, nil
}

// again repeats a reading while its connection is closed under it.
func again(ctx context.Context, do func() error) error {
	for {
		err := do()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !errors.Is(err, zk.ErrConnectionClosed) && !errors.Is(err, zk.ErrSessionExpired) {
			return err
		}
	}
}

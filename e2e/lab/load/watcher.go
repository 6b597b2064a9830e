package load

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
)

const (
	samplePeriod = 50 * time.Millisecond
	// sampleLimit bounds one question. A server that is late by less only lets its next sample be late.
	sampleLimit = time.Second
	// patience is how long a server may say nothing, as one on a busy machine does at times, before it counts as it then is.
	patience = 4 * time.Second
)

// State is how a server is.
type State int

const (
	// Away means that no process takes a connection.
	Away State = iota
	// Up means that one does, and takes no request: it has no quorum or is not in sync.
	Up
	// Serving means that it takes requests.
	Serving
)

// change is a moment from which on a server is in another state.
type change struct {
	at     time.Time
	server int
	state  State
	leads  bool
}

// sample is what a server answered, if anything.
type sample struct {
	state  State
	leads  bool
	silent bool // it said nothing in time, which may be the machine's fault
}

// Watcher asks all servers how they are, until it is stopped.
type Watcher struct {
	servers []Server
	ask     func(ctx context.Context, addr string) sample
	cancel  context.CancelFunc
	asking  sync.WaitGroup

	mu      sync.Mutex
	changes []change
	marks   []Mark
}

// Watch begins to ask. All voters are expected to serve when it begins.
func Watch(ctx context.Context, servers []Server) *Watcher { return watch(ctx, servers, ask) }

func watch(ctx context.Context, servers []Server, ask func(ctx context.Context, addr string) sample) *Watcher {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	w := &Watcher{servers: servers, ask: ask, cancel: cancel}
	for i := range servers {
		w.asking.Go(func() { w.sample(ctx, i) })
	}
	return w
}

func (w *Watcher) sample(ctx context.Context, server int) {
	ticker := time.NewTicker(samplePeriod)
	defer ticker.Stop()
	was, heard := sample{state: -1}, time.Now() // which is none
	for ctx.Err() == nil {
		begun := time.Now()
		now := w.ask(ctx, w.servers[server].Addr)
		if ctx.Err() != nil {
			return
		}
		at := begun
		if !now.silent {
			heard = begun
		} else if at = heard; begun.Sub(heard) < patience {
			now = was
		}
		if now.silent = false; now != was {
			w.mu.Lock()
			w.changes = append(w.changes, change{at, server, now.state, now.leads})
			w.mu.Unlock()
		}
		was = now
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

// Serves reports whether a server takes requests.
func Serves(ctx context.Context, s Server) bool {
	return ask(ctx, s.Addr).state == Serving
}

// ask asks one server by srvr.
func ask(ctx context.Context, addr string) sample {
	ctx, cancel := context.WithTimeout(ctx, sampleLimit)
	defer cancel()
	answer, err := ensemble.Ask(ctx, addr, "srvr")
	switch {
	case errors.Is(err, ensemble.ErrNoConnection):
		return sample{state: Away, silent: true}
	case errors.Is(err, ensemble.ErrNoAnswer):
		return sample{state: Up, silent: true}
	case errors.Is(err, ensemble.ErrNotServing), errors.Is(err, ensemble.ErrClosed):
		// One that ends the connection starts, or it goes, which the next sample tells.
		return sample{state: Up}
	case err != nil:
		return sample{state: Away}
	}
	srvr, err := ensemble.ParseSrvr(answer)
	if err != nil || srvr.Mode == ensemble.ReadOnly {
		return sample{state: Up}
	}
	return sample{state: Serving, leads: srvr.Mode == ensemble.Leader || srvr.Mode == ensemble.Standalone}
}

// Mark names what happens to the ensemble from now on.
func (w *Watcher) Mark(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.marks = append(w.marks, Mark{time.Now(), name})
}

// Stop ends the asking and tells what was seen.
func (w *Watcher) Stop() Strength {
	w.cancel()
	w.asking.Wait()
	return strength(w.servers, w.changes, w.marks, time.Now())
}

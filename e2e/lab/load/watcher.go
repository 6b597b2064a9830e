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

// Watcher asks all servers how they are, until it is stopped.
type Watcher struct {
	servers []Server
	ask     func(ctx context.Context, addr string) (State, bool)
	cancel  context.CancelFunc
	asking  sync.WaitGroup

	mu      sync.Mutex
	changes []change
	marks   []Mark
}

// Watch begins to ask. All voters are expected to serve when it begins.
func Watch(ctx context.Context, servers []Server) *Watcher { return watch(ctx, servers, ask) }

func watch(ctx context.Context, servers []Server, ask func(ctx context.Context, addr string) (State, bool)) *Watcher {
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
	was, led, first := Away, false, true
	for ctx.Err() == nil {
		begun := time.Now()
		state, leads := w.ask(ctx, w.servers[server].Addr)
		if ctx.Err() != nil {
			return
		}
		if first || state != was || leads != led {
			w.mu.Lock()
			w.changes = append(w.changes, change{begun, server, state, leads})
			w.mu.Unlock()
		}
		was, led, first = state, leads, false
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

// Serves reports whether a server takes requests.
func Serves(ctx context.Context, s Server) bool {
	state, _ := ask(ctx, s.Addr)
	return state == Serving
}

// ask asks one server by srvr.
func ask(ctx context.Context, addr string) (state State, leads bool) {
	ctx, cancel := context.WithTimeout(ctx, sampleLimit)
	defer cancel()
	answer, err := ensemble.Ask(ctx, addr, "srvr")
	if err != nil {
		// One that takes a connection is there, though it is silent or ends the connection: it starts, or it goes, which the next
		// sample tells.
		if errors.Is(err, ensemble.ErrNotServing) || errors.Is(err, ensemble.ErrNoAnswer) || errors.Is(err, ensemble.ErrClosed) {
			return Up, false
		}
		return Away, false
	}
	srvr, err := ensemble.ParseSrvr(answer)
	if err != nil || srvr.Mode == ensemble.ReadOnly {
		return Up, false
	}
	return Serving, srvr.Mode == ensemble.Leader || srvr.Mode == ensemble.Standalone
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

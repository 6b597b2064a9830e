package remote

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/handler"

	"github.com/zkprov/zkprov/provision"
)

// Serve answers calls for agent from in until in ends or falls silent, which is how a
// cut connection is seen. Before it returns, the step that was begun is finished and
// the lock given back.
func Serve(agent provision.Agent, in io.Reader, out io.WriteCloser) error {
	stream := newStream(untilSilent(in, silence), out)
	stream.outlives = true
	stream.pieces = make(chan []byte, 1)
	ctx, end := context.WithCancel(context.Background())
	defer end()
	go stream.live(ctx, farPulse)
	s := &server{agent: agent, pieces: stream.pieces}
	rpc := jrpc2.NewServer(s.methods(), &jrpc2.ServerOptions{AllowPush: true, Concurrency: 16})
	rpc.Start(stream)
	err := rpc.Wait()
	s.abandonArchive()
	return errors.Join(err, agent.Close())
}

type server struct {
	agent  provision.Agent
	pieces <-chan []byte

	mu      sync.Mutex
	archive *incoming
	// stopped is the number of the last apply of which the client wants no further step;
	// stops has the functions that end the applies after their present step, by number.
	stopped int
	stops   map[int]context.CancelFunc
}

// stop ends an apply after its present step, and all before it, and lets none of them
// begin. One that is begun later puts back what is down.
func (s *server) stop(_ context.Context, p stopParams) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = max(s.stopped, p.Number)
	for number, end := range s.stops {
		if number <= s.stopped {
			end()
		}
	}
	return nil
}

// stoppable returns a context that ends with the stop of an apply.
func (s *server) stoppable(ctx context.Context, number int) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if number <= s.stopped {
		end()
	}
	if s.stops == nil {
		s.stops = make(map[int]context.CancelFunc)
	}
	s.stops[number] = end
	return ctx, func() {
		end()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.stops, number)
	}
}

// incoming is an archive on its way into the cache.
type incoming struct {
	pieces *io.PipeWriter
	result chan error
	// cancel tells whoever reads the pieces that the archive will not be whole.
	cancel context.CancelFunc
}

// abandon drops the archive: its sender is gone.
func (a *incoming) abandon() {
	a.pieces.CloseWithError(io.ErrUnexpectedEOF)
	a.cancel()
}

type nothing struct{}

func (s *server) methods() handler.Map {
	return handler.Map{
		methodObserve: handler.New(func(ctx context.Context, t provision.Task) (provision.Observation, error) {
			o, err := s.agent.Observe(ctx, t)
			return o, encode(err)
		}),
		methodPlan: handler.New(func(ctx context.Context, t provision.Task) (provision.HostPlan, error) {
			plan, err := s.agent.Plan(ctx, t)
			return plan, encode(err)
		}),
		methodArchiveBegin: handler.New(s.beginArchive),
		methodArchivePiece: handler.New(s.addPiece),
		methodArchiveEnd:   handler.New(s.endArchive),
		methodArchiveFetch: handler.New(func(ctx context.Context, t provision.Task) (nothing, error) {
			return nothing{}, encode(s.agent.FetchArchive(ctx, t))
		}),
		methodLock: handler.New(func(ctx context.Context, p lockParams) (nothing, error) {
			return nothing{}, encode(s.agent.Lock(ctx, p.Task, p.Patience))
		}),
		methodUnlock: handler.New(func(ctx context.Context) (nothing, error) {
			return nothing{}, encode(s.agent.Unlock(ctx))
		}),
		methodApply: handler.New(func(ctx context.Context, p applyParams) (nothing, error) {
			rpc := jrpc2.ServerFromContext(ctx)
			report := func(e provision.Event) {
				// Nobody listens any more: the step is finished all the same.
				_ = rpc.Notify(context.WithoutCancel(ctx), notifyEvent, e)
			}
			ctx, end := s.stoppable(ctx, p.Number)
			defer end()
			err := s.agent.Apply(ctx, p.Task, p.Changes, p.Later, report)
			if ctx.Err() != nil && errors.Is(err, context.Canceled) {
				return nothing{}, &jrpc2.Error{Code: codeStopped, Message: err.Error()}
			}
			return nothing{}, encode(err)
		}),
		methodStop: handler.New(s.stop),
		methodProbe: handler.New(func(ctx context.Context, p probeParams) ([]provision.Report, error) {
			r, err := s.agent.Probe(ctx, p.Task, p.Known)
			return r, encode(err)
		}),
		methodWrite: handler.New(func(ctx context.Context, p instanceParams) (provision.Token, error) {
			t, err := s.agent.Write(ctx, p.Task, p.ID)
			return t, encode(err)
		}),
		methodReadBack: handler.New(func(ctx context.Context, p instanceParams) (nothing, error) {
			return nothing{}, encode(s.agent.ReadBack(ctx, p.Task, p.ID, p.Token))
		}),
		methodEndWrite: handler.New(func(ctx context.Context) (nothing, error) {
			return nothing{}, encode(s.agent.EndWrite(ctx))
		}),
		methodTryWrite: handler.New(func(ctx context.Context, p instanceParams) (bool, error) {
			tester, can := s.agent.(provision.WriteTester)
			if !can {
				return false, nil
			}
			return true, encode(tester.TryWrite(ctx, p.Task, p.ID))
		}),
		methodJournal: handler.New(func(ctx context.Context, p instanceParams) ([]string, error) {
			lines, err := s.agent.Journal(ctx, p.Task, p.ID, p.Lines)
			return lines, encode(err)
		}),
		methodHistory: handler.New(func(ctx context.Context, t provision.Task) (provision.History, error) {
			historian, ok := s.agent.(provision.Historian)
			if !ok {
				return provision.History{}, errors.New("the agent keeps no history")
			}
			h, err := historian.History(ctx, t)
			return h, encode(err)
		}),
	}
}

func (s *server) beginArchive(ctx context.Context, t provision.Task) (nothing, error) {
	s.abandonArchive() // one that its sender gave up
	r, w := io.Pipe()
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a := &incoming{pieces: w, result: make(chan error, 1), cancel: cancel}
	go func() {
		err := s.agent.AddArchive(ctx, t, r)
		r.CloseWithError(err)
		a.result <- err
	}()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.archive = a
	return nothing{}, nil
}

// addPiece takes the piece that came before this call. It is taken in any case,
// so that the next archive begins with its own.
func (s *server) addPiece(ctx context.Context) (nothing, error) {
	var piece []byte
	select {
	case piece = <-s.pieces:
	default:
		return nothing{}, errors.New("cannot take a piece of an archive: none came")
	}
	a := s.current()
	if a == nil {
		return nothing{}, errors.New("cannot take a piece of an archive: none was begun")
	}
	defer context.AfterFunc(ctx, a.abandon)()
	_, err := a.pieces.Write(piece)
	return nothing{}, encode(err)
}

func (s *server) endArchive(ctx context.Context) (nothing, error) {
	a := s.take()
	if a == nil {
		return nothing{}, errors.New("cannot end an archive: none was begun")
	}
	defer a.cancel()
	defer context.AfterFunc(ctx, a.cancel)()
	a.pieces.Close()
	return nothing{}, encode(<-a.result)
}

func (s *server) current() *incoming {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.archive
}

// take returns the current archive, if any, and forgets it: the caller ends it.
func (s *server) take() *incoming {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.archive
	s.archive = nil
	return a
}

// abandonArchive drops an archive whose sender is gone, and waits for its end.
func (s *server) abandonArchive() {
	if a := s.take(); a != nil {
		a.abandon()
		<-a.result
	}
}

package remote

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/channel"
	"github.com/creachadair/jrpc2/handler"

	"github.com/zkprov/zkprov/checks"
	"github.com/zkprov/zkprov/provision"
)

// Serve answers calls for agent from in until in ends, which is how a cut
// connection is seen. What has begun is finished and a lock given back before it
// returns.
func Serve(agent provision.Agent, in io.Reader, out io.WriteCloser) error {
	s := &server{agent: agent}
	rpc := jrpc2.NewServer(s.methods(), &jrpc2.ServerOptions{AllowPush: true, Concurrency: 16})
	rpc.Start(channel.Line(in, out))
	err := rpc.Wait()
	s.abandonArchive()
	return errors.Join(err, agent.Close())
}

type server struct {
	agent provision.Agent

	mu      sync.Mutex
	archive *incoming
}

// incoming is an archive on its way into the cache.
type incoming struct {
	pieces *io.PipeWriter
	result chan error
}

type nothing struct{}

func (s *server) methods() handler.Map {
	return handler.Map{
		methodObserve: handler.New(func(ctx context.Context, t provision.Task) (provision.Observation, error) {
			o, err := s.agent.Observe(ctx, t)
			return o, encode(err)
		}),
		methodPlan: handler.New(func(ctx context.Context, t provision.Task) (provision.Plan, error) {
			p, err := s.agent.Plan(ctx, t)
			return p, encode(err)
		}),
		methodArchiveBegin: handler.New(s.beginArchive),
		methodArchiveData:  handler.New(s.addData),
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
			return nothing{}, encode(s.agent.Apply(ctx, p.Task, p.Phase, p.Approved, report))
		}),
		methodProbe: handler.New(func(ctx context.Context, t provision.Task) ([]provision.Report, error) {
			r, err := s.agent.Probe(ctx, t)
			return r, encode(err)
		}),
		methodWrite: handler.New(func(ctx context.Context, p instanceParams) (checks.Token, error) {
			t, err := s.agent.Write(ctx, p.Task, p.ID)
			return t, encode(err)
		}),
		methodReadBack: handler.New(func(ctx context.Context, p instanceParams) (nothing, error) {
			return nothing{}, encode(s.agent.ReadBack(ctx, p.Task, p.ID, p.Token))
		}),
		methodEndWrite: handler.New(func(ctx context.Context) (nothing, error) {
			return nothing{}, encode(s.agent.EndWrite(ctx))
		}),
		methodJournal: handler.New(func(ctx context.Context, p instanceParams) ([]string, error) {
			lines, err := s.agent.Journal(ctx, p.Task, p.ID, p.Lines)
			return lines, encode(err)
		}),
	}
}

func (s *server) beginArchive(ctx context.Context, t provision.Task) (nothing, error) {
	s.abandonArchive() // one that its sender gave up
	r, w := io.Pipe()
	a := &incoming{pieces: w, result: make(chan error, 1)}
	ctx = context.WithoutCancel(ctx)
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

func (s *server) addData(_ context.Context, p dataParams) (nothing, error) {
	a := s.current()
	if a == nil {
		return nothing{}, errors.New("cannot take a piece of an archive: none was begun")
	}
	if _, err := a.pieces.Write(p.Data); err != nil {
		return nothing{}, encode(err)
	}
	return nothing{}, nil
}

func (s *server) endArchive(context.Context) (nothing, error) {
	a := s.take()
	if a == nil {
		return nothing{}, errors.New("cannot end an archive: none was begun")
	}
	a.pieces.Close()
	return nothing{}, encode(<-a.result)
}

func (s *server) current() *incoming {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.archive
}

// take is current for whoever ends it.
func (s *server) take() *incoming {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.archive
	s.archive = nil
	return a
}

// abandonArchive drops an archive whose sender is gone.
func (s *server) abandonArchive() {
	if a := s.take(); a != nil {
		a.pieces.CloseWithError(io.ErrUnexpectedEOF)
		<-a.result
	}
}

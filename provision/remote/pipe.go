package remote

import (
	"io"

	"github.com/zkprov/zkprov/provision"
)

// Pipe returns an Agent that hands every call through the protocol to another one in
// the same process. It is for tests.
func Pipe(host string, agent provision.Agent) provision.Agent {
	return PipeThrough(host, agent, func(r io.Reader) io.Reader { return r })
}

// PipeThrough does what Pipe does, with a filter on the answers. The filter may hold
// them, as a host does that froze. It is for tests.
func PipeThrough(host string, agent provision.Agent, filter func(io.Reader) io.Reader) provision.Agent {
	near, far := io.Pipe()
	back, out := io.Pipe()
	p := &pipe{in: far, back: back, served: make(chan struct{})}
	go func() {
		defer close(p.served)
		p.err = Serve(agent, near, out)
		out.Close()
	}()
	return newClient(host, filter(back), far, p)
}

// pipe is a link within the process.
type pipe struct {
	in     io.Closer
	back   *io.PipeReader
	served chan struct{}
	err    error
}

func (p *pipe) close(signs func() uint64) error {
	p.in.Close()
	awaitEnd(p.served, signs, closeLimit)
	select {
	case <-p.served:
		return p.err
	default:
		p.kill()
		return nil
	}
}

func (p *pipe) kill() {
	p.in.Close()
	p.back.Close()
}

func (p *pipe) lost() error { return io.ErrClosedPipe }

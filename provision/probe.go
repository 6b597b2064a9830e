package provision

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"

	"github.com/zkprov/zkprov/checks"
	"github.com/zkprov/zkprov/inventory"
)

// Probe implements Agent.
func (m *Machine) Probe(ctx context.Context, t Task) ([]Report, error) {
	h := t.host()
	if h == nil {
		return nil, fmt.Errorf("cannot probe host %q: the inventory has none of that name", t.Host)
	}
	reports := make([]Report, len(h.Instances))
	errs := make([]error, len(h.Instances))
	var wg sync.WaitGroup
	for i := range h.Instances {
		in := &h.Instances[i]
		wg.Go(func() {
			r := Report{ID: in.ID}
			r.Unit, errs[i] = m.unitState(ctx, in.Name)
			r.Answer = checks.Probe(ctx, checks.Target{ID: in.ID, Addr: clientAddr(in)})
			reports[i] = r
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return reports, nil
}

// clientAddr is where an instance's client port is reached from its own host.
func clientAddr(in *inventory.Instance) string {
	host := "127.0.0.1"
	if a, ok := in.ZooCfg.Get("clientPortAddress"); ok && a != "0.0.0.0" && a != "::" {
		host = a
	}
	return net.JoinHostPort(host, strconv.Itoa(in.ClientPort))
}

// writeTest is a write that waits to be read back.
type writeTest struct{ release func() }

// Write implements Agent.
func (m *Machine) Write(ctx context.Context, t Task, id int) (checks.Token, error) {
	in, err := instanceOf(t, id)
	if err != nil {
		return checks.Token{}, err
	}
	token, release, err := checks.Write(ctx, clientAddr(in))
	if err != nil {
		return token, permission(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.write != nil {
		m.write.release()
	}
	m.write = &writeTest{release}
	return token, nil
}

// ReadBack implements Agent.
func (m *Machine) ReadBack(ctx context.Context, t Task, id int, token checks.Token) error {
	in, err := instanceOf(t, id)
	if err != nil {
		return err
	}
	return permission(checks.ReadBack(ctx, clientAddr(in), token))
}

// permission marks an error that says that the ensemble's access rules forbid
// the test.
func permission(err error) error {
	if errors.Is(err, checks.ErrNotPermitted) {
		return &Error{Kind: NotPermitted, Message: err.Error()}
	}
	return err
}

// EndWrite implements Agent.
func (m *Machine) EndWrite(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.write != nil {
		m.write.release()
		m.write = nil
	}
	return nil
}

// Journal implements Agent.
func (m *Machine) Journal(ctx context.Context, t Task, id, lines int) ([]string, error) {
	in, err := instanceOf(t, id)
	if err != nil {
		return nil, err
	}
	return m.journal(ctx, in.Name, lines)
}

func instanceOf(t Task, id int) (*inventory.Instance, error) {
	if h := t.host(); h != nil {
		for i := range h.Instances {
			if h.Instances[i].ID == id {
				return &h.Instances[i], nil
			}
		}
	}
	return nil, fmt.Errorf("cannot find server %d on host %q: the inventory has none there", id, t.Host)
}

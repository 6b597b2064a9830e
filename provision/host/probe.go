package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// While a change is waited for, the servers are asked often, which costs them a
// few packets, and systemd seldom: its answer costs PID 1 a millisecond.
const (
	probeInterval = 50 * time.Millisecond
	unitInterval  = 500 * time.Millisecond
)

// Probe implements Agent.
func (m *Machine) Probe(ctx context.Context, t provision.Task, known []provision.Report) ([]provision.Report, error) {
	h := t.Target()
	if h == nil {
		return nil, fmt.Errorf("cannot probe host %q: the inventory has none of that name", t.Host)
	}
	m.partOf(t)
	begin := time.Now()
	var unitsAsked time.Time
	reports := make([]provision.Report, len(h.Instances))
	for {
		if known != nil {
			// The caller was told just now.
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(probeInterval):
			}
		}
		askUnits := time.Since(unitsAsked) >= unitInterval
		if askUnits {
			unitsAsked = time.Now()
		}
		if err := m.probe(ctx, h, reports, askUnits); err != nil {
			return nil, err
		}
		if known == nil || time.Since(begin) >= provision.ProbePatience || !slices.EqualFunc(known, reports, same) {
			return reports, nil
		}
	}
}

// probe asks all instances of a host at once.
func (m *Machine) probe(ctx context.Context, h *inventory.Host, reports []provision.Report, askUnits bool) error {
	errs := make([]error, len(reports))
	var wg sync.WaitGroup
	for i := range h.Instances {
		in, r := &h.Instances[i], &reports[i]
		wg.Go(func() {
			r.ID = in.ID
			if askUnits {
				if r.Unit, errs[i] = m.unitState(ctx, in.Name); errs[i] == nil {
					r.Crash, errs[i] = m.crash(ctx, in.Name, r.Unit)
				}
			}
			r.Answer = ensemble.Probe(ctx, ensemble.Target{ID: in.ID, Addr: in.ClientAddr(inventory.Loopback)})
			if errs[i] == nil {
				errs[i] = m.lookElection(ctx, in, r, askUnits)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// lookElection looks whether a server that serves in an ensemble listens on its
// election port, as everyone does there, observers too. A server that cannot bind it
// serves all the same until it has tried for 3 s. One that was seen to listen keeps
// the port for as long as its process runs, and is not looked at again. fresh is set
// where the unit was asked in the same look: it is asked again for bad news only.
func (m *Machine) lookElection(ctx context.Context, in *inventory.Instance, r *provision.Report, fresh bool) (err error) {
	r.Election = nil
	if !r.Answer.Serving || !slices.Contains([]ensemble.Mode{ensemble.Leader, ensemble.Follower, ensemble.Observing}, r.Answer.Mode) {
		return nil
	}
	if r.Unit.MainPID != 0 && m.listensNow(in.Name) == r.Unit.MainPID {
		r.Election = &facts.Listening{Port: in.ElectionPort, Own: true}
		return nil
	}
	var found facts.Listening
	for known := fresh; ; known = false {
		// What was known of the unit may be older than the process.
		if !known {
			if r.Unit, err = m.unitState(ctx, in.Name); err != nil {
				return err
			}
		}
		found, err = facts.WhoListens(m.Root, in.ElectionPort, r.Unit.MainPID, units.FileName(in.Name))
		if err != nil {
			return err
		}
		if found.Own || !known {
			break
		}
	}
	if r.Unit.MainPID == 0 {
		return nil // who serves is not this unit's: whose it is, pre-flight says
	}
	if r.Election = &found; found.Own {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.listens == nil {
			m.listens = make(map[string]int)
		}
		m.listens[in.Name] = r.Unit.MainPID
	}
	return nil
}

// listensNow returns the process of an instance that was seen to listen; 0 where none was.
func (m *Machine) listensNow(instance string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.listens[instance]
}

// same reports whether nothing has changed, however long the answer took. Reports that
// travelled are compared to such that did not: in the form that they travel in.
func same(r, other provision.Report) bool {
	r.Answer.Took, other.Answer.Took = 0, 0
	a, err := json.Marshal(r)
	if err != nil {
		return false
	}
	b, err := json.Marshal(other)
	return err == nil && bytes.Equal(a, b)
}

// writeTest is a write that waits to be read back.
type writeTest struct{ release func() }

// Write implements Agent.
func (m *Machine) Write(ctx context.Context, t provision.Task, id int) (provision.Token, error) {
	in, err := instanceOf(t, id)
	if err != nil {
		return provision.Token{}, err
	}
	token, release, err := writeThrough(ctx, in.ClientAddr(inventory.Loopback))
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

// TryWrite implements provision.WriteTester.
func (m *Machine) TryWrite(ctx context.Context, t provision.Task, id int) error {
	in, err := instanceOf(t, id)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, writeSession)
	defer cancel()
	_, release, err := writeThrough(ctx, in.ClientAddr(inventory.Loopback))
	if err != nil {
		return permission(err)
	}
	release()
	return nil
}

// ReadBack implements Agent.
func (m *Machine) ReadBack(ctx context.Context, t provision.Task, id int, token provision.Token) error {
	for _, m := range t.Ensemble.Members() {
		if m.Instance.ID != id {
			continue
		}
		if m.Host.Name == t.Host {
			return permission(readThrough(ctx, m.Instance.ClientAddr(inventory.Loopback), token))
		}
		var err error
		for _, addr := range m.ClientAddrs() {
			if err = readThrough(ctx, addr, token); err == nil || errors.Is(err, errNotPermitted) {
				break
			}
		}
		return permission(err)
	}
	return fmt.Errorf("cannot find server %d: the inventory has none of that id", id)
}

// permission marks an error that says that the ensemble's access rules forbid
// the test.
func permission(err error) error {
	if errors.Is(err, errNotPermitted) {
		return &provision.Error{Kind: provision.NotPermitted, Message: err.Error()}
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
func (m *Machine) Journal(ctx context.Context, t provision.Task, id, lines int) ([]string, error) {
	in, err := instanceOf(t, id)
	if err != nil {
		return nil, err
	}
	return m.journal(ctx, in.Name, lines)
}

func instanceOf(t provision.Task, id int) (*inventory.Instance, error) {
	if h := t.Target(); h != nil {
		for i := range h.Instances {
			if h.Instances[i].ID == id {
				return &h.Instances[i], nil
			}
		}
	}
	return nil, fmt.Errorf("cannot find server %d on host %q: the inventory has none there", id, t.Host)
}

package fleet

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/bootstrap"
	"github.com/zkprov/zkprov/provision/plan"
)

// three is an ensemble whose hosts come up by themselves.
const three = `

[bootstrap]
id = "0123456789abcdef"
expires = 2026-01-31T12:00:00Z
[[host]]
name = "zk1"
address = "10.0.0.1"
instance = [ { id = 1 } ]
[[host]]
name = "zk2"
address = "10.0.0.2"
instance = [ { id = 2 } ]
[[host]]
name = "zk3"
address = "10.0.0.3"
instance = [ { id = 3 } ]
`

// lone is zk1 and what it can see of the others, which may change at any time.
type lone struct {
	*fakeHost

	mu         sync.Mutex
	list       string
	statements map[string]bootstrap.Statement
	answers    map[int]ensemble.Answer
	said       []string
	// heard returns what the host says of itself; nil while it does not listen.
	heard func() bootstrap.Statement
}

func (l *lone) sees(do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	do()
}

// Apply implements provision.Agent: it tells a founding step from another.
func (l *lone) Apply(ctx context.Context, t provision.Task, changes, later []provision.Change, report func(provision.Event)) error {
	l.founding = t.Bootstrap
	return l.fakeHost.Apply(ctx, t, changes, later, report)
}

// Probe implements provision.Agent: the host's own server answers as it does others.
func (l *lone) Probe(ctx context.Context, t provision.Task, known []provision.Report) ([]provision.Report, error) {
	if reports, err := l.fakeHost.Probe(ctx, t, known); err != nil || reports != nil {
		return reports, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	a, up := l.answers[1]
	if !up {
		a = ensemble.Answer{ID: 1, Error: "connection refused", QuorumSize: -1, SyncedFollowers: -1, SyncedObservers: -1}
	}
	return []provision.Report{{ID: 1, Unit: running(1), Answer: a}}, nil
}

// calls returns what was done on the host but looking and the write test, in order.
func (l *lone) calls() string {
	l.all.mu.Lock()
	defer l.all.mu.Unlock()
	var calls []string
	for _, call := range l.all.log {
		if call = strings.TrimPrefix(call, "zk1 "); !slices.Contains([]string{"plan", "observe", "probe", "unlock", "write 1", "end write"}, call) && !strings.HasPrefix(call, "read ") {
			calls = append(calls, call)
		}
	}
	return strings.Join(calls, ", ")
}

// serve lets servers answer as those of a quorum that 3 leads, or, where it is not
// among them, the last of them.
func (l *lone) serve(ids ...int) {
	for _, id := range ids {
		a := well(id).Answer
		if id == ids[len(ids)-1] {
			a.Mode, a.QuorumSize, a.SyncedFollowers, a.SyncedObservers = ensemble.Leader, 3, int64(len(ids)-1), 0
		}
		l.answers[id] = a
	}
}

// says is what a host's agent answers, with its voter in that state.
func (l *lone) says(name string, id int, state bootstrap.State) {
	l.statements[name] = bootstrap.Statement{Ensemble: "zookeeper", Host: name, Incarnation: "now-" + name, Instances: map[int]bootstrap.State{id: state}, List: l.list}
}

// newAlone is zk1 with an empty disk, before the bootstrap expires, while nobody
// else is there. Its times are short.
func newAlone(t *testing.T) (*Alone, *lone) {
	t.Helper()
	e := read(t, three)
	e.Hosts[0].Address = "127.0.0.1"
	hs := &hosts{byName: make(map[string]*fakeHost)}
	before := e.Bootstrap.Expires.Add(-time.Hour)
	seen := sees("zookeeper-1", nothing)
	seen.Incarnation = "now-zk1"
	l := &lone{
		fakeHost:   &fakeHost{all: hs, name: "zk1", errs: make(map[string]error), seen: seen, changes: []provision.Change{change(plan.Stage), change(plan.Start), change(plan.Record)}},
		list:       bootstrap.ListOf(e),
		statements: make(map[string]bootstrap.Statement), answers: make(map[int]ensemble.Answer),
	}
	return &Alone{
		Ensemble: e, Host: &e.Hosts[0], Agent: l, Timeout: time.Second, Grace: time.Nanosecond, Quiet: time.Nanosecond,
		Now: func() time.Time { return before },
		Report: func(e Event) {
			if e.Kind == Progress {
				l.sees(func() { l.said = append(l.said, e.Text) })
			}
		},
		Ask: func(_ context.Context, _ *inventory.Ensemble, h *inventory.Host) (bootstrap.Statement, error) {
			l.mu.Lock()
			defer l.mu.Unlock()
			if w, ok := l.statements[h.Name]; ok {
				return w, nil
			}
			return bootstrap.Statement{}, bootstrap.ErrNobody
		},
		Probe: func(_ context.Context, target ensemble.Target) ensemble.Answer {
			l.mu.Lock()
			defer l.mu.Unlock()
			if a, ok := l.answers[target.ID]; ok {
				return a
			}
			return ensemble.Answer{ID: target.ID, Error: "connection refused", QuorumSize: -1, SyncedFollowers: -1, SyncedObservers: -1}
		},
		Listen: func(_ context.Context, _ *inventory.Bootstrap, statement func() bootstrap.Statement) (func(), error) {
			l.sees(func() { l.heard = statement })
			return func() { l.sees(func() { l.heard = nil }) }, nil
		},
	}, l
}

// asked returns what zk1 says of its voter to whoever asks; empty while it does not
// listen.
func (l *lone) asked() bootstrap.State {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.heard == nil {
		return ""
	}
	return l.heard().Instances[1]
}

// taken lets the agent's port be somebody else's.
func taken(a *Alone) {
	a.Listen = func(context.Context, *inventory.Bootstrap, func() bootstrap.Statement) (func(), error) {
		return nil, errors.New("cannot be heard by the other hosts")
	}
}

// onStart lets a start of the server have a consequence.
func (l *lone) onStart(do func()) {
	l.during = func(_ context.Context, call string) {
		if strings.HasPrefix(call, plan.Start) {
			l.sees(do)
		}
	}
}

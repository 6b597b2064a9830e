package fleet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zkprov/zkprov/internal/await"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/plan"
)

// Connector reaches hosts; package remote has one.
type Connector interface {
	// Connect starts an agent on a host; a reader promises to change nothing.
	Connect(ctx context.Context, h *inventory.Host, readOnly bool) (provision.Agent, error)
}

// Fleet is an ensemble and the means to reach its hosts.
type Fleet struct {
	Ensemble  *inventory.Ensemble
	Connector Connector
	// Archives fetches the release on this machine.
	Archives *archive.Fetcher
	// Forks is how many hosts are worked on at once; 0 is 16.
	Forks int
	// Limit names the hosts and instances that may be changed; empty is all. All
	// are looked at in any case.
	Limit []string
	// LockTimeout is how long another run on a host is waited for; 0 is not at all.
	LockTimeout time.Duration
	// Timeout bounds the wait for the quorum; 0 is FormLimit.
	Timeout time.Duration
	// Silence is how long a host may give no sign of life in the middle of a change
	// before it is given up, and twice what it may while it is only looked at; 0 is
	// SilenceLimit.
	Silence time.Duration
	// Clock goes on while this process is stopped and while its machine sleeps; nil is
	// the machine's. Only its differences count.
	Clock func() time.Duration
	// Report is told of everything that a user would want to watch; nil is nobody.
	Report func(Event)
	// Command renders a zkprov command on this inventory as it can be typed where
	// this one was, such as Command("apply", "--limit", "zk2"); nil knows no flags.
	Command func(words ...string) string
}

// command renders what is to be typed next.
func (f *Fleet) command(words ...string) string {
	if f.Command != nil {
		return f.Command(words...)
	}
	return strings.Join(append(append([]string{"zkprov"}, words...), f.Ensemble.File), " ")
}

// EventKind is what an Event is about.
type EventKind string

// The kinds of events.
const (
	// RunStep is a whole part of a run, such as "connect" or "stage".
	RunStep EventKind = "step"
	// HostWork is a host's part in a step, as it begins and as it ends.
	HostWork EventKind = "host"
	// HostChange is one change on one host.
	HostChange EventKind = "change"
	// Progress is how far a wait or a transfer has come.
	Progress EventKind = "progress"
	// HostEnd is the end of a host's part in a step of which not all was done: Error
	// says why.
	HostEnd EventKind = "unfinished"
)

// Event tells a user what goes on.
type Event struct {
	Time time.Time `json:"time"`
	Kind EventKind `json:"kind"`
	// Host is empty where all are meant.
	Host string `json:"host,omitempty"`
	// Text says what is done: "writes /etc/…", "waits for the quorum".
	Text string `json:"text"`
	// Change is the change that a HostChange is about.
	Change *provision.Change `json:"change,omitempty"`
	// Done is set at the end, with Took and, where it failed, Error.
	Done  bool          `json:"done,omitempty"`
	Took  time.Duration `json:"took,omitempty"`
	Error string        `json:"error,omitempty"`
	// Bytes and Total are set while something is transferred.
	Bytes int64 `json:"bytes,omitempty"`
	Total int64 `json:"total,omitempty"`
}

func (f *Fleet) report(e Event) {
	if f.Report != nil {
		e.Time = time.Now()
		f.Report(e)
	}
}

// step reports a part of a run as it begins and ends.
func (f *Fleet) step(text string, do func() error) error {
	begin := time.Now()
	f.report(Event{Kind: RunStep, Text: text})
	err := do()
	e := Event{Kind: RunStep, Text: text, Done: true, Took: time.Since(begin)}
	if err != nil {
		e.Error = err.Error()
	}
	f.report(e)
	return err
}

// hostsStep is step for a part that goes on without the hosts that fail in it. It is
// reported as failed where one does, though it ends the run for none of the others.
func (r *run) hostsStep(text string, do func() error) error {
	lost := func() int {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.failed)
	}
	before := lost()
	var err error
	_ = r.step(text, func() error {
		if err = do(); err != nil {
			return err
		}
		if n := lost() - before; n > 0 {
			return fmt.Errorf("failed on %d hosts", n)
		}
		return nil
	})
	return err
}

// limited reports whether a host may be changed, and which of its instances alone;
// none is all.
func (f *Fleet) limited(h *inventory.Host) (only []string, may bool) {
	if len(f.Limit) == 0 || slices.Contains(f.Limit, h.Name) {
		return nil, true
	}
	for _, in := range h.Instances {
		if slices.Contains(f.Limit, in.Name) {
			only = append(only, in.Name)
		}
	}
	return only, len(only) > 0
}

// run is one use of a fleet: the connections and what was seen through them.
type run struct {
	*Fleet
	agents map[string]provision.Agent
	// failed says why a host takes no part any more.
	failed map[string]error
	seen   map[string]provision.Observation
	// clocks are the differences of the hosts' clocks to this machine's.
	clocks map[string]time.Duration

	// way is how the run decides.
	way way
	// approved is the plan that every plan of the run must fit; nil where there is none.
	approved *plan.Plan

	pulse *pulse
	// watch is nil until somebody waits for the servers. life is the context that it
	// lives in, which ends with the run.
	watch *watch
	life  context.Context
	// afar asks the servers of a host without an agent over the network; nil is not at all.
	afar func(context.Context, *inventory.Host) []provision.Report
	// over ends the pulse and life.
	over context.CancelFunc
	// readOnly is set where nothing is ever changed, and looking while nothing is.
	readOnly, looking bool
	// renewed are the hosts that were connected to again, and connecting keeps two from
	// connecting to one host at once, by name.
	renewed    map[string]bool
	connecting map[string]*sync.Mutex

	mu sync.Mutex
}

// newRun returns a run that has reached no host yet.
func newRun(ctx context.Context, f *Fleet, readOnly bool) *run {
	r := &run{
		Fleet: f, agents: make(map[string]provision.Agent), failed: make(map[string]error),
		seen: make(map[string]provision.Observation), clocks: make(map[string]time.Duration),
		readOnly: readOnly, renewed: make(map[string]bool), connecting: make(map[string]*sync.Mutex),
	}
	for _, h := range r.hosts() {
		r.connecting[h.Name] = new(sync.Mutex)
	}
	r.pulse = newPulse(r)
	var end context.CancelFunc
	r.life, end = context.WithCancel(ctx)
	over, stop := context.WithCancel(context.Background())
	r.over = func() { end(); stop() }
	go r.pulse.watch(ctx, over)
	return r
}

// open connects to every host. A host that cannot be reached is kept in failed.
func (f *Fleet) open(ctx context.Context, readOnly bool) (*run, error) {
	r := newRun(ctx, f, readOnly)
	r.way = together(r)
	err := r.hostsStep("connect", func() error {
		return r.all(ctx, r.hosts(), func(ctx context.Context, h *inventory.Host) error {
			agent, err := f.Connector.Connect(ctx, h, readOnly)
			if err != nil {
				return err
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			r.agents[h.Name] = agent
			return nil
		})
	})
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// end ends what the run does beside its steps, and leaves the connections.
func (r *run) end() {
	r.over()
	if r.watch != nil {
		r.watch.close()
	}
}

// close ends the run and all connections at once.
func (r *run) close() {
	defer r.end()
	r.mu.Lock()
	agents := maps.Clone(r.agents)
	r.mu.Unlock()
	var wg sync.WaitGroup
	for _, agent := range agents {
		wg.Go(func() { _ = agent.Close() })
	}
	wg.Wait()
}

// failure returns why a host takes no part any more; nil where it does.
func (r *run) failure(h *inventory.Host) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed[h.Name]
}

// fail keeps the first reason why a host takes no part any more.
func (r *run) fail(h *inventory.Host, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed[h.Name] == nil {
		r.failed[h.Name] = err
	}
}

// look sets whether the run only looks for now, so that a session that is lost may be
// connected again.
func (r *run) look(only bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.looking = only
}

func (r *run) isLooking() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.readOnly || r.looking
}

// hosts returns all of the ensemble's.
func (r *run) hosts() []*inventory.Host {
	hosts := make([]*inventory.Host, len(r.Ensemble.Hosts))
	for i := range r.Ensemble.Hosts {
		hosts[i] = &r.Ensemble.Hosts[i]
	}
	return hosts
}

// connected returns the hosts that take part.
func (r *run) connected() []*inventory.Host {
	return slices.DeleteFunc(r.hosts(), func(h *inventory.Host) bool { return r.on(h) == nil || r.failure(h) != nil })
}

// agent returns that of a host that takes part; nil where there is none.
func (r *run) agent(h *inventory.Host) provision.Agent {
	if r.failure(h) != nil {
		return nil
	}
	return r.on(h)
}

// on returns the agent on a host; nil where it was not reached.
func (r *run) on(h *inventory.Host) provision.Agent {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.agents[h.Name]
}

// targets returns the connected hosts that may be changed.
func (r *run) targets() []*inventory.Host {
	return slices.DeleteFunc(r.connected(), func(h *inventory.Host) bool {
		_, may := r.limited(h)
		return !may
	})
}

// all does something on many hosts, Forks at once. A host's failure is kept in
// failed and does not end the others' work; the error is that of ctx alone.
func (r *run) all(ctx context.Context, hosts []*inventory.Host, do func(ctx context.Context, h *inventory.Host) error) error {
	g := new(errgroup.Group)
	forks := r.Forks
	if forks <= 0 {
		forks = 16
	}
	g.SetLimit(forks)
	for _, h := range hosts {
		g.Go(func() error {
			err := ctx.Err()
			if err == nil {
				r.report(Event{Kind: HostWork, Host: h.Name})
				err = do(ctx, h)
				r.report(Event{Kind: HostWork, Host: h.Name, Done: true})
			}
			if err != nil {
				r.fail(h, err)
			}
			return nil
		})
	}
	_ = g.Wait()
	return ctx.Err()
}

// lookLimit bounds one look at a host. It takes some dozen milliseconds; what hangs
// there, such as a name service or a disk, must not hang the whole run.
const lookLimit = 30 * time.Second

// ask asks a host for something that takes a moment, and bounds the wait for it
// by lookLimit and what it may wait for there. Where only looks are left and the
// session is lost, it is asked once more over a new one.
func ask[T any](ctx context.Context, r *run, h *inventory.Host, what string, patience time.Duration, ask func(context.Context, provision.Agent) (T, error)) (T, error) {
	agent := r.on(h)
	answer, err := askOnce(ctx, r, h, what, patience, ask)
	if lost(err) && r.again(ctx, h, agent, err) {
		return askOnce(ctx, r, h, what, patience, ask)
	}
	return answer, err
}

func askOnce[T any](ctx context.Context, r *run, h *inventory.Host, what string, patience time.Duration, ask func(context.Context, provision.Agent) (T, error)) (T, error) {
	limit := lookLimit + patience
	bounded, cancel := r.pulse.within(ctx, limit)
	defer cancel()
	agent := r.on(h)
	// A system call that hangs does not end with its context.
	answer, err := await.Call(bounded, func() (T, error) { return ask(bounded, agent) })
	if err == nil || bounded.Err() == nil || ctx.Err() != nil {
		return answer, err
	}
	if err = r.pulse.silent(h); err == nil {
		err = &provision.Error{Kind: provision.Unreachable, Name: hostHangs,
			Message: fmt.Sprintf("%s did not %s within %s", h.Name, what, limit),
			Hint:    "something hangs there, such as a name service or a disk; log in and see"}
	}
	return answer, err
}

// task returns what a host is asked by whoever only looks.
func (r *run) task(h *inventory.Host) provision.Task {
	only, _ := r.limited(h)
	return provision.Task{Ensemble: r.Ensemble, Host: h.Name, Only: only}
}

// taskOf returns what a host is asked to plan or to change, by what a plan decided for
// all hosts together.
func (r *run) taskOf(p *plan.Plan, h *inventory.Host) provision.Task {
	t := r.task(h)
	t.Bootstrap, t.Founding = p.Bootstrap, p.Founding
	return t
}

// failures returns those of the hosts that failed, in the order given.
func (r *run) failures(hosts []*inventory.Host) error {
	var errs []error
	for _, h := range hosts {
		if err := r.failure(h); err != nil {
			errs = append(errs, &plan.HostError{Host: h.Name, Err: err})
		}
	}
	return errors.Join(errs...)
}

package fleet

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// run is one use of a fleet: the connections and what was seen through them.
type run struct {
	*Fleet
	// Ensemble is the one that the run is at; final is that of the inventory. They differ
	// while the server list changes, and shift is the transition then.
	Ensemble, final *inventory.Ensemble
	shift           *shift
	// runs is the ensemble by the list of servers that runs, where that is not the
	// inventory's; nil is final.
	runs *inventory.Ensemble
	// shifted are the transitions that were made.
	shifted []plan.Transition
	agents  map[string]provision.Agent
	// failed tells why a host takes no part any more.
	failed map[string]error
	seen   map[string]provision.Observation
	// clocks holds the differences of the hosts' clocks to this machine's.
	clocks map[string]time.Duration

	// by is who asked for the run.
	by provision.Caller
	// anew holds the processes that the run is to restart, by instance: those that ran
	// when it looked first. nil is before that.
	anew map[string]string

	// way is how the run decides.
	way way
	// approved is the plan that every plan of the run must fit; nil where there is none.
	approved *plan.Plan

	pulse *pulse
	// watch is nil until somebody waits for the servers. life is the context that it
	// lives in, which unwatch ends. It outlasts an interruption: a server that is down then
	// is waited for.
	watch   *watch
	life    context.Context
	unwatch context.CancelFunc
	// rolling is nil but while servers are restarted.
	rolling *rolling
	// afar asks the servers of a host without an agent over the network; nil is not at all.
	afar func(context.Context, *inventory.Host) []provision.Report
	// over ends the pulse and life.
	over context.CancelFunc
	// readOnly is set where nothing is ever changed, and looking while nothing is.
	readOnly, looking bool
	// tries is set where the flags of what would be started are tried as it is planned.
	tries bool
	// renewed holds the hosts that were connected to again, and connecting keeps two from
	// connecting to one host at once, by name.
	renewed map[string]bool
	// meets is the host, outside of the limit, at whose lock runs that restart servers meet.
	meets      string
	connecting map[string]*sync.Mutex

	// resets is set where what was made is taken away; nil is an apply.
	resets *provision.Reset
	// collects is set where what nothing names any more is to go; nil is an apply.
	collects *provision.Collect
	// reboots is set where hosts are booted, and bootTimeout bounds the wait for each.
	reboots     *provision.Reboot
	bootTimeout time.Duration

	mu sync.Mutex
}

// newRun returns a run that has reached no host yet.
func newRun(ctx context.Context, f *Fleet, readOnly bool) *run {
	r := &run{
		Fleet: f, Ensemble: f.Ensemble, final: f.Ensemble, agents: make(map[string]provision.Agent), failed: make(map[string]error),
		seen: make(map[string]provision.Observation), clocks: make(map[string]time.Duration),
		by: caller(f), readOnly: readOnly, renewed: make(map[string]bool), connecting: make(map[string]*sync.Mutex),
	}
	for _, h := range r.hosts() {
		r.connecting[h.Name] = new(sync.Mutex)
	}
	r.pulse = newPulse(r)
	r.life, r.unwatch = context.WithCancel(context.WithoutCancel(ctx))
	over, stop := context.WithCancel(context.Background())
	r.over = func() { r.unwatch(); stop() }
	go r.pulse.watch(ctx, over)
	return r
}

// open connects to every host. A host that cannot be reached is kept in failed.
func (f *Fleet) open(ctx context.Context, readOnly bool) (*run, error) {
	r := newRun(ctx, f, readOnly)
	r.way = together(r)
	err := r.hostsStep("connect", func() error {
		return r.connect(ctx, r.hosts())
	})
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// connect connects to hosts.
func (r *run) connect(ctx context.Context, hosts []*inventory.Host) error {
	return r.all(ctx, hosts, func(ctx context.Context, h *inventory.Host) error {
		agent, err := r.Connector.Connect(ctx, h, r.readOnly)
		if err != nil {
			return err
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.agents[h.Name] = agent
		return nil
	})
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
	r.unwatch() // nobody connects again to a host that is left
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

// caller returns who asks for a run that begins now.
func caller(f *Fleet) provision.Caller {
	by := f.By
	by.Begin, by.Aim = time.Now().UTC().Truncate(time.Millisecond), plan.Digest(f.Ensemble)[:16]
	if f.Generations != nil {
		by.Aim = by.To + " " + by.Aim
	}
	return by
}

// at sets which part of the run is under way. Every host is told as it is asked next, so
// that another run that waits for any of them hears it.
func (r *run) at(step string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.by.Step = step
}

// task returns what a host is asked by whoever only looks.
func (r *run) task(h *inventory.Host) provision.Task {
	only, _ := r.limited(h)
	r.mu.Lock()
	t := provision.Task{Ensemble: r.Ensemble, Host: h.Name, Only: only, By: r.by, Reset: r.resets, Collect: r.collects, Reboot: r.reboots, Pending: r.way.pending, Try: r.tries}
	shift := r.shift // which the watch asks for while a plan is made anew
	r.mu.Unlock()
	for _, name := range instanceNames(h) {
		if g := r.Generations[name]; g != "" {
			if t.Generations == nil {
				t.Generations = make(map[string]string)
			}
			t.Generations[name] = g
		}
	}
	if shift == nil {
		return t
	}
	t.Underway, t.Retire, t.Elsewhere = true, shift.retire[h.Name], shift.elsewhere
	for _, in := range h.Instances {
		if invocation := shift.anew[in.Name]; invocation != "" {
			t.Anew, t.Generations = shift.anew, shift.generations
		}
	}
	return t
}

// taskOf returns what a host is asked to plan or to change, by what a plan decided for
// all hosts together.
func (r *run) taskOf(p *plan.Plan, h *inventory.Host) provision.Task {
	t := r.task(h)
	t.Bootstrap, t.Founding = p.Bootstrap, p.Founding
	if r.anew != nil {
		t.Anew = r.anew
	}
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

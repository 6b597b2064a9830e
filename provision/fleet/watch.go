package fleet

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
	"github.com/zkprov/zkprov/units"
)

// retryInterval is the time after which a host that could not be asked is asked
// again. One that answers takes its own time.
const retryInterval = 50 * time.Millisecond

// watch holds what the latest probes saw of all servers. It begins when somebody first
// waits, and lives as long as the run.
type watch struct {
	r *run
	// news has something in it when a host has told anything since it was last emptied.
	news chan struct{}
	// hosts counts those that are asked.
	hosts int
	end   context.CancelFunc
	polls sync.WaitGroup

	mu      sync.Mutex
	reports map[int]provision.Report
	asked   map[string]error // by host: why it could not be asked last, or nil
	down    map[string]bool  // by unit: it did not run before
	// restarts are how often systemd had restarted each server before.
	restarts map[int]int
	// gone are the hosts that cannot be asked any more, each with why.
	gone map[string]error
	// forgotten counts how often all was forgotten.
	forgotten int
	steady    steadiness
}

// newWatch returns a watch that asks nobody yet. Servers that were down when the hosts
// were observed count their restarts from zero; the others from what is seen first.
func newWatch(r *run, seen map[string]provision.Observation) *watch {
	w := &watch{
		r: r, news: make(chan struct{}, 1), reports: make(map[int]provision.Report), asked: make(map[string]error),
		down: make(map[string]bool), restarts: make(map[int]int), gone: make(map[string]error), end: func() {},
	}
	for _, o := range seen {
		for name, in := range o.Instances {
			w.down[units.FileName(name)] = in.Unit.ActiveState == "inactive" || in.Unit.ActiveState == "failed"
		}
	}
	return w
}

// watching returns the watch of the run, which begins here where nobody needed it yet.
func (r *run) watching() *watch {
	if r.watch == nil {
		r.watch = newWatch(r, r.seen)
		r.watch.begin(r.life)
	}
	return r.watch
}

// begin asks each host at its own pace: a slow one must not hide the others.
func (w *watch) begin(ctx context.Context) {
	ctx, w.end = context.WithCancel(ctx)
	w.r.pulse.onForget(w.forgetHost)
	asked := w.r.asked()
	w.hosts = len(asked)
	for _, h := range asked {
		w.polls.Go(func() { w.poll(ctx, h) })
	}
}

// close ends the asking.
func (w *watch) close() {
	w.r.pulse.onForget(nil)
	w.end()
	w.polls.Wait()
}

// poll asks one host until ctx ends or the host is lost.
func (w *watch) poll(ctx context.Context, h *inventory.Host) {
	var known []provision.Report
	for ctx.Err() == nil {
		age := w.age()
		agent := w.r.on(h)
		reports, err := w.r.probe(ctx, h, known)
		if ctx.Err() != nil {
			return
		}
		// An answer may have waited in the pipe while this process was suspended.
		w.r.pulse.look(false)
		if err == nil && w.age() != age {
			known = nil
			continue
		}
		w.keep(h, reports, err)
		if known = reports; known == nil {
			known = []provision.Report{} // so that a change is waited for
		}
		// While something is changed a session that is lost ends the run by itself.
		gone := lost(err) && w.r.isLooking() && !w.r.again(ctx, h, agent, err)
		if gone {
			w.lose(h, err)
		}
		select {
		case w.news <- struct{}{}:
		default:
		}
		if gone {
			return
		}
		if err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(retryInterval):
		}
	}
}

// keep takes a host's reports. Where it could not be asked, nothing that it said
// before holds any longer.
func (w *watch) keep(h *inventory.Host, reports []provision.Report, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked[h.Name] = err
	if err != nil {
		for _, in := range h.Instances {
			delete(w.reports, in.ID)
		}
		return
	}
	for _, r := range reports {
		before, known := w.restarts[r.ID]
		switch {
		case !known && w.down[r.Unit.Unit]:
			w.restarts[r.ID] = 0
		case !known || r.Unit.NRestarts < before: // somebody has started it since
			w.restarts[r.ID] = r.Unit.NRestarts
		}
		r.Unit.NRestarts -= w.restarts[r.ID]
		w.reports[r.ID] = r
	}
}

// errSilent is why a host counts as not asked before it is given up.
var errSilent = errors.New("it gives no sign of life")

// forgetAll drops what all hosts said; they are asked anew. A nil watch has heard nothing
// yet.
func (w *watch) forgetAll() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forgotten++
	clear(w.reports)
	// One that is gone is never asked again.
	maps.DeleteFunc(w.asked, func(host string, _ error) bool { return w.gone[host] == nil })
}

// forgetHost drops what a host said before it fell silent; an empty name is all of them.
func (w *watch) forgetHost(host string) {
	if host == "" {
		w.forgetAll()
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked[host] = errSilent
	for _, in := range w.r.Ensemble.Host(host).Instances {
		delete(w.reports, in.ID)
	}
}

// age tells answers to what was asked before all was forgotten from later ones.
func (w *watch) age() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.forgotten
}

// lose notes that a host cannot be asked any more.
func (w *watch) lose(h *inventory.Host, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gone[h.Name] = err
}

// lost returns the hosts that cannot be asked any more, each with why.
func (w *watch) lost() map[string]error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.gone)
}

func (w *watch) errors() map[string]error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.asked)
}

// scene returns the ensemble as it was seen last, and whether every host has been asked.
func (w *watch) scene(now time.Time) (s plan.Scene, complete bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := w.r.Ensemble
	s = plan.Scene{Ensemble: e, Reports: maps.Clone(w.reports)}
	s.Verdict = ensemble.Judge(e, plan.Answers(s.Reports))
	s.Unsteady = w.steady.lacking(e, s.Reports, now)
	s.Verdict.Formed = s.Verdict.Formed && len(s.Unsteady) == 0
	for _, h := range w.r.hosts() {
		names := instanceNames(h)
		switch {
		case w.r.failure(h) != nil:
			s.Absent = append(s.Absent, names...)
		case w.gone[h.Name] != nil:
			s.Lost = append(s.Lost, names...)
		}
	}
	return s, len(w.asked) >= w.hosts
}

// asked returns the hosts whose servers can be asked: through an agent or, where the
// run has only that of one host, over the network.
func (r *run) asked() []*inventory.Host {
	if r.afar != nil {
		return r.hosts()
	}
	return r.connected()
}

// probe asks the servers of one host. Those of a host without an agent say no more than
// how they are.
func (r *run) probe(ctx context.Context, h *inventory.Host, known []provision.Report) ([]provision.Report, error) {
	if agent := r.on(h); agent != nil || r.afar == nil {
		return agent.Probe(ctx, r.task(h), known)
	}
	if known != nil {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(alonePoll):
		}
	}
	return r.afar(ctx, h), nil
}

// probeOnce asks every server once. strict is whether a host that cannot be asked takes
// no part any more. The error is that of ctx.
func (r *run) probeOnce(ctx context.Context, strict bool) (map[int]provision.Report, error) {
	w := newWatch(r, nil)
	err := r.all(ctx, r.asked(), func(ctx context.Context, h *inventory.Host) error {
		var reports []provision.Report
		var err error
		if r.on(h) == nil {
			reports, err = r.probe(ctx, h, nil)
		} else {
			reports, err = ask(ctx, r, h, "ask its servers", 0, func(ctx context.Context, agent provision.Agent) ([]provision.Report, error) {
				return agent.Probe(ctx, r.task(h), nil)
			})
		}
		w.keep(h, reports, err)
		if !strict {
			return nil
		}
		return err
	})
	return w.reports, err
}

func instanceNames(h *inventory.Host) []string {
	var names []string
	for i := range h.Instances {
		names = append(names, h.Instances[i].Name)
	}
	return names
}

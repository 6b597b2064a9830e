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

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/zoocfg"
	"github.com/zkprov/zkprov/units"
)

// retryInterval is the time after which a host that could not be asked is asked
// again while the quorum is waited for. One that answers takes its own time.
const retryInterval = 50 * time.Millisecond

// flapping is how many automatic restarts of a unit, while it is waited for, end
// the wait.
const flapping = 2

// FormLimit is how long the servers get to form a quorum: the longest initLimit
// of the ensemble, which bounds the copying from the leader, and 30 s for the
// JVMs and the election.
func FormLimit(e *inventory.Ensemble) time.Duration {
	var longest time.Duration
	for _, m := range e.Members() {
		limits := zoocfg.Limits(m.Instance)
		longest = max(longest, limits.Init)
	}
	return longest + 30*time.Second
}

// watch is the state of all servers as the latest probes saw it.
type watch struct {
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
}

// newWatch begins a watch. Servers that were down when the hosts were observed count
// their restarts from zero; the others from what is seen first.
func newWatch(seen map[string]provision.Observation) *watch {
	w := &watch{reports: make(map[int]provision.Report), asked: make(map[string]error), down: make(map[string]bool), restarts: make(map[int]int), gone: make(map[string]error)}
	for _, o := range seen {
		for name, in := range o.Instances {
			w.down[units.FileName(name)] = in.Unit.ActiveState == "inactive" || in.Unit.ActiveState == "failed"
		}
	}
	return w
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
		if _, known := w.restarts[r.ID]; !known && w.down[r.Unit.Unit] {
			w.restarts[r.ID] = 0
		} else if !known {
			w.restarts[r.ID] = r.Unit.NRestarts
		}
		r.Unit.NRestarts -= w.restarts[r.ID]
		w.reports[r.ID] = r
	}
}

// errSilent is why a host counts as not asked before it is given up.
var errSilent = errors.New("it gives no sign of life")

// forgetHost drops what a host said before it fell silent; an empty name is all of
// them, which are asked anew.
func (w *watch) forgetHost(e *inventory.Ensemble, host string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if host == "" {
		w.forgotten++
		clear(w.reports)
		clear(w.asked)
		return
	}
	w.asked[host] = errSilent
	for _, in := range e.Host(host).Instances {
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

// lost are the hosts that cannot be asked any more, each with why.
func (w *watch) lost() map[string]error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.gone)
}

// complete says whether that many hosts have been asked.
func (w *watch) complete(hosts int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.asked) >= hosts
}

func (w *watch) now() map[int]provision.Report {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.reports)
}

func (w *watch) errors() map[string]error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.asked)
}

func answers(reports map[int]provision.Report) map[int]ensemble.Answer {
	as := make(map[int]ensemble.Answer, len(reports))
	for id, r := range reports {
		as[id] = r.Answer
	}
	return as
}

// probeAll asks every server once.
func (r *run) probeAll(ctx context.Context) (map[int]provision.Report, error) {
	w := newWatch(nil)
	err := r.all(ctx, r.connected(), func(ctx context.Context, h *inventory.Host) error {
		reports, err := look(ctx, r, h, "ask its servers", 0, func(ctx context.Context, agent provision.Agent) ([]provision.Report, error) {
			return agent.Probe(ctx, r.task(h, false), nil)
		})
		w.keep(h, reports, err)
		return err
	})
	return w.now(), err
}

// waitFormed asks until the ensemble is formed, as far as its hosts were reached.
// A server that has ended for good ends the wait at once. The verdict is the last
// one in any case.
func (r *run) waitFormed(ctx context.Context) (ensemble.Verdict, error) {
	limit := r.Timeout
	if limit <= 0 {
		limit = FormLimit(r.Ensemble)
	}
	user := ctx
	ctx, cancel := r.pulse.within(ctx, limit)
	defer cancel()
	w := newWatch(r.seen)
	r.pulse.onForget(func(host string) { w.forgetHost(r.Ensemble, host) })
	defer r.pulse.onForget(nil)
	begin := time.Now()

	// Each host is asked at its own pace: a slow one must not hide the others.
	polling, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	news := make(chan struct{}, 1)
	for _, h := range r.connected() {
		wg.Go(func() {
			var known []provision.Report
			for polling.Err() == nil {
				age := w.age()
				reports, err := r.on(h).Probe(polling, r.task(h, false), known)
				if polling.Err() != nil {
					return
				}
				// An answer may have waited in the pipe while this process was suspended.
				r.pulse.look(false)
				if err == nil && w.age() != age {
					known = nil
					continue
				}
				w.keep(h, reports, err)
				known = reports
				gone := lost(err) && !r.again(polling, h, err)
				if gone {
					w.lose(h, err)
				}
				select {
				case news <- struct{}{}:
				default:
				}
				if gone {
					return
				}
				if err == nil {
					continue
				}
				select {
				case <-polling.Done():
				case <-time.After(retryInterval):
				}
			}
		})
	}
	defer wg.Wait()
	defer stop()

	said := ""
	var steady steadiness
	for {
		select {
		case <-ctx.Done():
			reports := w.now()
			verdict := ensemble.Judge(r.Ensemble, answers(reports))
			if user.Err() == nil {
				what := "no quorum"
				if verdict.Quorum {
					what = "not all are well"
				}
				if first := firstOf(steady.lacking(r.Ensemble, reports, time.Now())); verdict.Formed && first != "" {
					verdict.Formed = false
					what = first + ", and that has not changed"
				}
				return verdict, r.notFormed(verdict, w, fmt.Sprintf("%s within %s", what, limit))
			}
			return verdict, user.Err()
		case <-news:
		}
		if r.pulse.look(false) {
			continue // what was seen before is forgotten
		}
		everybody := w.complete(len(r.connected()))
		reports := w.now()
		verdict := ensemble.Judge(r.Ensemble, answers(reports))
		lacking := firstOf(steady.lacking(r.Ensemble, reports, time.Now()))
		gone := w.lost()
		formed := r.formed(verdict, gone)
		if formed && lacking == "" {
			for _, h := range r.hosts() {
				if err := gone[h.Name]; err != nil {
					r.failed[h.Name] = unasked(h, verdict, err)
				}
			}
			return verdict, nil
		}
		verdict.Formed = verdict.Formed && lacking == ""
		if !everybody {
			continue // nothing to tell before everybody was asked once
		}
		text := verdict.Progress()
		if lacking != "" {
			text += "; " + lacking
		}
		if text != said {
			said = text
			r.report(Event{Kind: Progress, Text: text, Took: time.Since(begin)})
		}
		if ended := r.ended(reports); ended != "" {
			return verdict, r.notFormed(verdict, w, ended)
		}
	}
}

// ended names a server that will not come up by waiting.
func (r *run) ended(reports map[int]provision.Report) string {
	for _, m := range r.Ensemble.Members() {
		report, ok := reports[m.Instance.ID]
		switch u := report.Unit; {
		case !ok:
		case u.ActiveState == "failed":
			return fmt.Sprintf("%s on %s %s", m.Instance.Name, m.Host.Name, u.Summary()) + because(report.Crash)
		case u.NRestarts >= flapping:
			return fmt.Sprintf("%s on %s does not stay up: systemd has restarted it %d times", m.Instance.Name, m.Host.Name, u.NRestarts) + because(report.Crash)
		case report.Crash != nil && report.Crash.Ending != nil && report.Crash.Ending.Lasting && !report.Crash.Up:
			return fmt.Sprintf("%s on %s does not come up: it %s", m.Instance.Name, m.Host.Name, report.Crash.Exit) + because(report.Crash)
		}
	}
	return ""
}

// because follows on how a server ended, where it is known why.
func because(c *provision.Crash) string {
	if c == nil || c.Ending == nil {
		return ""
	}
	return ": " + c.Ending.Cause + " [" + c.Ending.Name + "]"
}

// quorumTail is how many lines of each journal are shown when there is no quorum.
const quorumTail = 8

// notFormed says what every server that is not well answered last, and the end
// of its journal.
func (r *run) notFormed(verdict ensemble.Verdict, w *watch, why string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	e := &provision.Error{Kind: provision.Failed, Name: "no-quorum", Message: "the ensemble has not formed: " + why,
		Hint: r.command("check") + " tells how it stands"}
	reports, asked := w.now(), w.errors()
	stand := standings(r.Ensemble, reports, verdict)
	for _, f := range telling(verdict.Findings, stand) {
		if f.Severity == finding.Critical || f.Severity == finding.Warning {
			e.Detail = append(e.Detail, f.String())
		}
	}
	for _, m := range r.Ensemble.Members() {
		agent, report := r.agent(m.Host), reports[m.Instance.ID]
		crashes := slices.ContainsFunc(stand, func(f finding.Finding) bool { return f.Instance == m.Instance.Name })
		if agent == nil || report.Answer.Serving && !crashes {
			continue
		}
		how := report.Unit.Summary() + "; last answer: " + report.Answer.Text()
		if err, ok := asked[m.Host.Name]; err != nil {
			how = "could not be asked: " + err.Error()
		} else if !ok {
			how = "could not be asked in time"
		}
		e.Detail = append(e.Detail, fmt.Sprintf("%s: %s %s", m.Host.Name, m.Instance.Name, how))
		var lines []string
		var err error
		if report.Crash != nil {
			lines = report.Crash.Words
		}
		if len(lines) == 0 {
			lines, err = agent.Journal(ctx, r.task(m.Host, false), m.Instance.ID, quorumTail)
		}
		if err != nil {
			lines = []string{"(no journal: " + err.Error() + ")"}
		}
		for _, line := range lines {
			e.Detail = append(e.Detail, "    "+strings.TrimSpace(line))
		}
	}
	return e
}

// proveLimit is how long a write may take until it was read back everywhere.
const proveLimit = 30 * time.Second

// proveWrite writes a value through one server and reads it back through every
// other, which no port and no mode can tell. proven is false where the
// ensemble's own access rules forbid it.
func (r *run) proveWrite(ctx context.Context, verdict ensemble.Verdict) (proven bool, err error) {
	user := ctx
	ctx, cancel := r.pulse.within(ctx, proveLimit)
	defer cancel()
	// The end of this wait is no interruption by the user.
	late := func(err error) error {
		if errors.Is(err, context.Canceled) && user.Err() == nil {
			return fmt.Errorf("it did not answer within %s", proveLimit)
		}
		return err
	}
	members := slices.DeleteFunc(r.Ensemble.Members(), func(m inventory.Member) bool { return r.agent(m.Host) == nil })
	if len(members) == 0 {
		return false, nil
	}
	writer := members[0]
	for _, m := range members {
		if m.Instance.ID == verdict.Leader {
			writer = m
		}
	}
	agent := r.agent(writer.Host)
	token, err := agent.Write(ctx, r.task(writer.Host, false), writer.Instance.ID)
	if notPermitted(err) {
		return false, nil
	}
	if err != nil {
		return false, &HostError{writer.Host.Name, fmt.Errorf("cannot write through %s: %w", writer.Instance.Name, late(err))}
	}
	defer agent.EndWrite(context.WithoutCancel(ctx))
	errs := make([]error, len(members))
	var wg sync.WaitGroup
	for i, m := range members {
		reader := r.agent(m.Host)
		wg.Go(func() {
			errs[i] = reader.ReadBack(ctx, r.task(m.Host, false), m.Instance.ID, token)
			if lost(errs[i]) && r.again(ctx, m.Host, errs[i]) {
				errs[i] = r.on(m.Host).ReadBack(ctx, r.task(m.Host, false), m.Instance.ID, token)
			}
			if errs[i] != nil && !notPermitted(errs[i]) {
				errs[i] = &HostError{m.Host.Name, fmt.Errorf("cannot read back through %s what was written through %s: %w", m.Instance.Name, writer.Instance.Name, late(errs[i]))}
			}
		})
	}
	wg.Wait()
	forbidden := slices.ContainsFunc(errs, notPermitted)
	err = errors.Join(slices.DeleteFunc(errs, notPermitted)...)
	return !forbidden && err == nil, err
}

func notPermitted(err error) bool {
	var e *provision.Error
	return errors.As(err, &e) && e.Kind == provision.NotPermitted
}

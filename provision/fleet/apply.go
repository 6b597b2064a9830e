package fleet

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// Outcome is what an apply did and how the ensemble stands after it.
type Outcome struct {
	Plan *Plan `json:"plan"`
	// Changed counts the changes that were made, by host.
	Changed map[string]int `json:"changed,omitempty"`
	// Verdict is the last word on the ensemble; nil where it did not come to that.
	Verdict *ensemble.Verdict `json:"verdict,omitempty"`
	// Write says whether a write was read back through every server: "proven",
	// "not tested" where nothing was changed, or "not permitted"; empty where it
	// did not come to that.
	Write string `json:"write,omitempty"`
	// Failed are the hosts that did not finish a step, Unknown those that were lost in
	// the middle of one: how far they got is not known.
	Failed  []string      `json:"failed,omitempty"`
	Unknown []string      `json:"unknown,omitempty"`
	Took    time.Duration `json:"took"`
}

// Changes counts the changes that were made on all hosts.
func (o *Outcome) Changes() int {
	n := 0
	for _, c := range o.Changed {
		n += c
	}
	return n
}

// Apply brings the ensemble to the desired state and waits for its quorum. The
// Outcome is never nil. The error is that of ctx, or *HostError joined, or one
// that concerns the whole; somewhere in it is a *provision.Error that says what
// to do.
func (f *Fleet) Apply(ctx context.Context) (o *Outcome, err error) {
	o = &Outcome{Changed: make(map[string]int)}
	begin := time.Now()
	defer func() { o.Took = time.Since(begin) }()

	r, err := f.open(ctx, false)
	if err != nil {
		return o, err
	}
	defer r.close()
	defer func() { err = r.pulse.afterSuspension(err) }()
	if err := r.lock(ctx); err != nil {
		return o, err
	}
	if o.Plan, err = r.plan(ctx); err != nil {
		return o, err
	}
	// What people are to restart servers for is fetched before they are told.
	if err := o.Plan.Obstacles(); err != nil && !o.Plan.unfetched {
		return o, err
	}
	if err := r.deliver(ctx, o); err != nil {
		return o, err
	}
	if err := o.Plan.Obstacles(); err != nil {
		return o, err
	}
	for _, phase := range []provision.Phase{provision.Stage, provision.Start} {
		if err := r.phase(ctx, o, phase); err != nil {
			return o, err
		}
	}
	r.looking = true
	if err := r.prove(ctx, o); err != nil {
		return o, err
	}
	if err := r.phase(ctx, o, provision.Record); err != nil {
		return o, err
	}
	return o, r.failures(r.hosts()) // those that may be down and are
}

// lock keeps other runs off the hosts that may be changed. The first host is
// locked before the others, so that of two runs one gets them all.
func (r *run) lock(ctx context.Context) error {
	targets := r.targets()
	if len(targets) == 0 {
		return nil
	}
	do := r.lockHost
	return r.step("lock", func() error {
		if err := r.all(ctx, targets[:1], do); err != nil {
			return err
		}
		if r.failed[targets[0].Name] == nil {
			if err := r.all(ctx, targets[1:], do); err != nil {
				return err
			}
		}
		var held []error
		for _, h := range targets {
			var e *provision.Error
			if errors.As(r.failed[h.Name], &e) && e.Kind == provision.Locked {
				held = append(held, &HostError{h.Name, e})
			}
		}
		return errors.Join(held...)
	})
}

// permit is the gate before the first change: every host that matters was seen,
// pre-flight found nothing critical, and nothing that runs must be restarted.
func (r *run) permit(p *Plan) error {
	var failed, errs []error
	unseen := slices.ContainsFunc(p.Findings, func(f finding.Finding) bool { return f.Name == voterUnseen })
	for _, h := range r.hosts() {
		// Outside of the limit a host may be down, unless everything hangs on it.
		if _, may := r.limited(h); r.failed[h.Name] != nil && (may || p.Bootstrap || unseen) {
			failed = append(failed, &HostError{h.Name, r.failed[h.Name]})
		}
	}
	for _, f := range p.Findings {
		// That a server was not seen is said by the host that was not reached.
		if f.Severity != finding.Critical || f.Name == voterUnseen && failed != nil {
			continue
		}
		errs = append(errs, &FindingError{f})
	}
	for _, one := range p.restarts {
		errs = append(errs, &HostError{one.host, one.refusal()})
	}
	if down := p.starts(); p.Restarts() > 0 && len(down) > 0 && p.Findings.Worst() != finding.Critical {
		names := strings.Join(down, ",")
		errs = append(errs, &provision.Error{Kind: provision.Refused, Name: restartNeeded,
			Message: "what is down is not started either: " + names,
			Hint:    "start it, and leave alone what runs", Commands: []finding.Command{{Line: r.command("apply", "--limit", names)}}})
	}
	return errors.Join(append(errs, failed...)...)
}

// starts are the instances that would be started.
func (p *Plan) starts() []string {
	var names []string
	for _, h := range p.Hosts {
		for _, c := range h.In(provision.Start) {
			if c.Instance != "" && !slices.Contains(names, c.Instance) {
				names = append(names, c.Instance)
			}
		}
	}
	return names
}

// FindingError is a critical finding that stopped a run.
type FindingError struct {
	Finding finding.Finding
}

func (e *FindingError) Error() string { return e.Finding.String() }

// As lets errors.As find the *provision.Error that it is.
func (e *FindingError) As(target any) bool {
	t, ok := target.(**provision.Error)
	if ok {
		kind := provision.Failed
		if e.Finding.Refusal {
			kind = provision.Refused
		}
		*t = &provision.Error{Kind: kind, Name: e.Finding.Name, Message: e.Finding.Message, Hint: e.Finding.Hint, Commands: e.Finding.Commands}
	}
	return ok
}

// phase makes the changes of one phase on all hosts and ends when all have
// ended. A failure on one lets the others finish and stops the run.
func (r *run) phase(ctx context.Context, o *Outcome, phase provision.Phase) error {
	var hosts []*inventory.Host
	approved := make(map[string][]provision.Change)
	for _, h := range o.Plan.Hosts {
		// A host that cannot be asked any more was lost while the quorum was waited for.
		if cs := h.In(phase); len(cs) > 0 && r.failed[h.Host] == nil {
			hosts = append(hosts, r.Ensemble.Host(h.Host))
			approved[h.Host] = cs
		}
	}
	if len(hosts) == 0 {
		return nil
	}
	return r.step(string(phase), func() error {
		err := r.all(ctx, hosts, func(ctx context.Context, h *inventory.Host) error {
			err := r.relock(ctx, h, o.Plan.Bootstrap)
			if err == nil {
				err = r.make(ctx, o, h, phase, approved[h.Name])
			}
			if err != nil {
				r.report(Event{Kind: HostEnd, Host: h.Name, Text: string(phase), Done: true, Error: err.Error()})
			}
			return err
		})
		o.count(r, hosts)
		if err != nil {
			return errors.Join(err, r.unfinished(hosts))
		}
		return r.failures(hosts)
	})
}

// make makes the changes of a phase on one host.
func (r *run) make(ctx context.Context, o *Outcome, h *inventory.Host, phase provision.Phase, approved []provision.Change) error {
	var over atomic.Bool
	defer over.Store(true)
	return r.pulse.changing(h, phase, func(begun func(*provision.Change)) error {
		return r.on(h).Apply(ctx, r.task(h, o.Plan.Bootstrap), phase, approved, func(e provision.Event) {
			if over.Load() {
				return // it was given up, and goes on all the same
			}
			if e.Done {
				begun(nil)
			} else {
				begun(&e.Change)
			}
			r.changed(o, h, e)
		})
	})
}

// count keeps which hosts did not finish a phase.
func (o *Outcome) count(r *run, hosts []*inventory.Host) {
	for _, h := range hosts {
		err := r.failed[h.Name]
		var e *provision.Error
		switch {
		case err == nil, errors.Is(err, context.Canceled):
		case errors.As(err, &e) && e.Kind == provision.Unknown:
			o.Unknown = append(o.Unknown, h.Name)
		default:
			o.Failed = append(o.Failed, h.Name)
		}
	}
}

// unfinished are the failures of hosts other than that the run was interrupted.
func (r *run) unfinished(hosts []*inventory.Host) error {
	return r.failures(slices.DeleteFunc(slices.Clone(hosts), func(h *inventory.Host) bool {
		return errors.Is(r.failed[h.Name], context.Canceled)
	}))
}

// changed counts and reports a change.
func (r *run) changed(o *Outcome, h *inventory.Host, e provision.Event) {
	if e.Done && e.Error == "" {
		r.mu.Lock()
		o.Changed[h.Name]++
		r.mu.Unlock()
	}
	r.report(Event{Kind: HostChange, Host: h.Name, Text: e.Change.Summary, Change: &e.Change, Done: e.Done, Took: e.Took, Error: e.Error})
}

// unrecorded says that no run has seen to the proof yet: the last one may have
// been cut off before it.
func (p *Plan) unrecorded() bool {
	return slices.ContainsFunc(p.Hosts, func(h provision.Plan) bool { return len(h.In(provision.Record)) > 0 })
}

// prove waits for the quorum and, where something was changed or was never
// proven, for a write that every server knows of.
func (r *run) prove(ctx context.Context, o *Outcome) error {
	var verdict ensemble.Verdict
	err := r.step("form the quorum", func() (err error) {
		verdict, err = r.waitFormed(ctx)
		return err
	})
	o.Verdict = &verdict
	if err != nil {
		return err
	}
	if o.Changes() == 0 && !o.Plan.unrecorded() {
		o.Write = "not tested"
		return nil
	}
	return r.step("write and read back through every server", func() error {
		proven, err := r.proveWrite(ctx, verdict)
		switch {
		case err != nil:
		case proven:
			o.Write = "proven"
		default:
			o.Write = "not permitted"
		}
		return err
	})
}

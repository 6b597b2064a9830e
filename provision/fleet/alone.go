package fleet

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/bootstrap"
	"github.com/zkprov/zkprov/provision/plan"
)

// AloneLimit is how long a host waits for the others where nothing else is said.
const AloneLimit = 10 * time.Minute

// alonePoll is the pace of a host that waits for others.
const alonePoll = 250 * time.Millisecond

// AloneGrace is how long missing voters are waited for where nothing else is said.
const AloneGrace = 30 * time.Second

// AloneQuiet is how long a host that is not heard must show no server, where
// nothing else is said, before anything is founded without it: longer than a
// server takes to start anew, which systemd does after 5 s.
const AloneQuiet = 10 * time.Second

// Alone is one host of an ensemble that nobody coordinates: it decides for itself
// whether its voters found, join or wait, by what the others answer over the network.
// What was decided is planned and walked as for a fleet.
type Alone struct {
	Ensemble *inventory.Ensemble
	Host     *inventory.Host
	// Agent works on the host.
	Agent provision.Agent
	// Timeout bounds the wait for the others; 0 is AloneLimit. A founding that has
	// begun by then is brought to its end.
	Timeout time.Duration
	// Grace is how long voters that are missing once the quorum stands are waited
	// for; 0 is AloneGrace.
	Grace time.Duration
	// Quiet is how long a host that is not heard must show no server before the
	// ensemble is founded without it; 0 is AloneQuiet.
	Quiet time.Duration
	// LockTimeout is how long another run on this host is waited for.
	LockTimeout time.Duration
	// Report is told of everything that a user would want to watch; nil is nobody.
	Report func(Event)
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Ask hears another host, Probe a server, and Listen answers the other hosts; nil is
	// over the network.
	Ask    func(context.Context, *inventory.Ensemble, *inventory.Host) (bootstrap.Statement, error)
	Probe  func(context.Context, ensemble.Target) ensemble.Answer
	Listen func(context.Context, *inventory.Bootstrap, func() bootstrap.Statement) (stop func(), err error)

	r   *run
	own *ownStatement
	// decision is what the voters are started for, once that is decided; founds is set
	// while what is planned is a founding.
	decision bootstrap.Decision
	founds   bool
	// limit is when the others have been waited for long enough.
	limit time.Time
	// quietSince holds since when each silent host has shown no server.
	quietSince quietSince
	// listenError is why the other hosts cannot ask this one for its statement; nil
	// where they can. Nothing is founded by a host that the others cannot hear.
	listenError error
}

// Standing is how a host stands at the end of a run.
type Standing struct {
	// Plan is the last plan of this host; nil where it did not come to one.
	Plan *plan.Plan `json:"plan,omitempty"`
	// Decision says why its voters were started as they were.
	Decision bootstrap.Decision `json:"decision"`
	Verdict  ensemble.Verdict   `json:"verdict"`
	// Write is as in an Outcome.
	Write string `json:"write,omitempty"`
	// Changes counts what was changed.
	Changes int `json:"changes"`
	// Missing are the instances that do not serve.
	Missing []string      `json:"missing,omitempty"`
	Took    time.Duration `json:"took"`
}

// Pending returns the running instances that would have to be restarted, by name.
func (s *Standing) Pending() []string {
	var names []string
	if s.Plan == nil {
		return nil
	}
	for _, h := range s.Plan.Hosts {
		for _, r := range h.Restarts {
			names = append(names, r.Instance)
		}
	}
	return names
}

// Run applies the host's part and waits for the quorum. Nothing that runs is
// restarted: what would need it is staged, and in the Standing's Plan. The
// Standing is never nil. An error of kind Waiting means that others are not up
// yet and that this host has done its part; where the Verdict has a quorum it
// lacks nothing but them.
func (a *Alone) Run(ctx context.Context) (*Standing, error) {
	begin := time.Now()
	o := &Outcome{Changed: make(map[string]int), Verdict: new(ensemble.Verdict)}
	err := a.run(ctx, o, begin.Add(a.patience()))
	s := &Standing{Plan: o.Plan, Decision: a.decision, Verdict: *o.Verdict, Write: o.Write, Changes: o.Changes(), Took: time.Since(begin)}
	if !s.Verdict.Formed {
		s.Missing = o.missing
	}
	if err != nil || len(s.Missing) == 0 {
		return s, err
	}
	return s, &provision.Error{Kind: provision.Waiting, Name: bootstrapWaiting,
		Message: "the quorum stands and this host is part of it; missing: " + strings.Join(s.Missing, ", "),
		Hint:    "boot them; it goes on by itself"}
}

func (a *Alone) run(ctx context.Context, o *Outcome, limit time.Time) error {
	a.limit, a.quietSince, a.decision = limit, make(quietSince), bootstrap.Decision{}
	a.begin(ctx, false)
	defer a.r.end()
	if err := a.locked(ctx, func() error { return a.stage(ctx, o) }); err != nil {
		return err
	}
	stop, err := a.listen(ctx)
	if err != nil {
		return err
	}
	defer stop()
	if err := a.settle(ctx, o); err != nil {
		return err
	}
	if err := a.prove(ctx, o); err != nil {
		return err
	}
	return a.locked(ctx, func() error { return a.record(ctx, o) })
}

// begin makes the run of this one host.
func (a *Alone) begin(ctx context.Context, readOnly bool) {
	f := &Fleet{Ensemble: a.Ensemble, Limit: []string{a.Host.Name}, LockTimeout: a.LockTimeout, Report: a.Report}
	a.r = newRun(ctx, f, readOnly)
	a.r.agents[a.Host.Name] = a.Agent
	a.r.way = a.way()
	a.r.afar = a.afar
}

// locked does something while no other run may change this host. What takes long,
// waiting for others, is not done under the lock: a control machine may want to
// help meanwhile.
func (a *Alone) locked(ctx context.Context, do func() error) error {
	if err := a.r.lock(ctx); err != nil {
		return err
	}
	if err := a.r.failure(a.Host); err != nil {
		return err
	}
	err := do()
	if unlock := a.Agent.Unlock(context.WithoutCancel(ctx)); err == nil {
		err = unlock
	}
	return err
}

// plan plans this host's part, and wants nothing to stand against it.
func (a *Alone) plan(ctx context.Context, o *Outcome) (err error) {
	p, err := a.r.plan(ctx)
	if err != nil {
		return err
	}
	o.Plan = p
	return p.Stops()
}

// stage makes everything ready that does not depend on the others. While the release
// is fetched, which may take minutes, the host is not locked.
func (a *Alone) stage(ctx context.Context, o *Outcome) error {
	if err := a.plan(ctx, o); err != nil {
		return err
	}
	if err := a.r.deliver(ctx, o); err != nil {
		return err
	}
	return a.r.walk(ctx, o, steps(plan.Java, plan.Stage))
}

// steps returns a choice of steps for a walk, by their names.
func steps(names ...string) func(plan.Step) bool {
	return func(s plan.Step) bool { return slices.Contains(names, s.Name) }
}

// settle decides what to do with the voters and does it.
func (a *Alone) settle(ctx context.Context, o *Outcome) (err error) {
	for again := true; again; {
		if a.decision, err = a.decide(ctx); err != nil {
			return err
		}
		err = a.locked(ctx, func() error {
			again = false
			if a.decision.Action == bootstrap.Found {
				// Until the lock was here another run may have done something.
				now, err := a.round(ctx, true)
				if again = now.Action != bootstrap.Found; again || err != nil {
					return err
				}
				a.decision = now.Decision
			}
			return a.start(ctx, o)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// start starts the servers as it was decided.
func (a *Alone) start(ctx context.Context, o *Outcome) error {
	a.founds = a.decision.Action == bootstrap.Found
	defer func() { a.founds = false }()
	if a.founds {
		a.say("founds the ensemble: %s", a.decision.Reason)
		// What was founded gets its time to form.
		if least := time.Now().Add(a.quiet()); a.limit.Before(least) {
			a.limit = least
		}
	} else {
		a.say("starts the servers: %s", a.decision.Reason)
	}
	if err := a.plan(ctx, o); err != nil {
		return err
	}
	if a.founds {
		if err := a.r.walk(ctx, o, steps(plan.Stage)); err != nil {
			return err
		}
		// Nobody may take this host's voters for blank once they can be in a quorum.
		if err := a.look(ctx); err != nil {
			return err
		}
	}
	if err := a.r.walk(ctx, o, steps(plan.Start)); err != nil {
		return err
	}
	// From now on this host says what it has become.
	return a.look(ctx)
}

// prove waits until the quorum stands and this host is part of it, and a little longer
// for those that are missing. What it says of itself stays fresh meanwhile.
func (a *Alone) prove(ctx context.Context, o *Outcome) error {
	ctx, end := context.WithCancel(ctx)
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(statementAge):
			}
			if err := a.lookAgain(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		}
	})
	work.Go(func() error {
		defer end()
		return a.r.walk(ctx, o, steps(plan.Prove))
	})
	return work.Wait()
}

// record keeps that the quorum formed, and with which servers. Where servers of this
// host still run with what they were started with, a record that there is stays: it may
// be all that tells of voters that the inventory takes out and that vote on.
func (a *Alone) record(ctx context.Context, o *Outcome) error {
	p, err := a.r.plan(ctx)
	if err != nil {
		return err
	}
	o.Plan = p
	if p.Restarts() > 0 && !slices.ContainsFunc(p.Of(plan.Record, a.Host.Name), unwritten) {
		return nil
	}
	return a.r.walk(ctx, o, steps(plan.Record))
}

func (a *Alone) patience() time.Duration {
	if a.Timeout <= 0 {
		return AloneLimit
	}
	return a.Timeout
}

func (a *Alone) grace() time.Duration {
	if a.Grace <= 0 {
		return AloneGrace
	}
	return a.Grace
}

func (a *Alone) quiet() time.Duration {
	if a.Quiet <= 0 {
		return AloneQuiet
	}
	return a.Quiet
}

func (a *Alone) say(format string, args ...any) {
	a.r.report(Event{Kind: Progress, Text: fmt.Sprintf(format, args...)})
}

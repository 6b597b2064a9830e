package fleet

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/bootstrap"
	"github.com/zkprov/zkprov/provision/plan"
)

// aloneRun is one use of an Alone.
type aloneRun struct {
	*Alone
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

// begin begins a run of this one host, whose r is to be ended.
func (a *Alone) begin(ctx context.Context, readOnly bool) *aloneRun {
	f := &Fleet{Ensemble: a.Ensemble, Limit: []string{a.Host.Name}, LockTimeout: a.LockTimeout, Report: a.Report,
		By: provision.Caller{Host: a.Host.Name, Command: "agent"}}
	r := &aloneRun{Alone: a, r: newRun(ctx, f, readOnly), quietSince: make(quietSince), limit: time.Now().Add(a.patience())}
	r.r.agents[a.Host.Name] = a.Agent
	r.r.way = r.way()
	r.r.afar = a.afar
	return r
}

// run does the host's part: it stages, decides with the others, starts, and proves.
func (a *aloneRun) run(ctx context.Context, o *Outcome) error {
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

// locked does something while no other run may change this host. What takes long,
// waiting for others, is not done under the lock: a control machine may want to
// help meanwhile.
func (a *aloneRun) locked(ctx context.Context, do func() error) error {
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
func (a *aloneRun) plan(ctx context.Context, o *Outcome) (err error) {
	p, err := a.r.plan(ctx)
	if err != nil {
		return err
	}
	o.Plan = p
	return p.Stops()
}

// stage makes everything ready that does not depend on the others. While the release
// is fetched, which may take minutes, the host is not locked.
func (a *aloneRun) stage(ctx context.Context, o *Outcome) error {
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
func (a *aloneRun) settle(ctx context.Context, o *Outcome) (err error) {
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
func (a *aloneRun) start(ctx context.Context, o *Outcome) error {
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
func (a *aloneRun) prove(ctx context.Context, o *Outcome) error {
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
func (a *aloneRun) record(ctx context.Context, o *Outcome) error {
	p, err := a.r.plan(ctx)
	if err != nil {
		return err
	}
	o.Plan = p
	if p.Restarts() > 0 && !slices.ContainsFunc(p.Of(plan.Record, a.Host.Name), unwritten) {
		return nil
	}
	return a.r.walk(ctx, o, steps(plan.Record, plan.Tidy))
}

func (a *aloneRun) say(format string, args ...any) {
	a.r.report(Event{Kind: Progress, Text: fmt.Sprintf(format, args...)})
}

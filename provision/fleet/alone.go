package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/checks/preflight"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/bootstrap"
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

// Alone is one host of an ensemble that nobody coordinates: it applies its own
// part and sees of the others what they answer over the network.
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
	// Ask hears another host, and Probe a server; nil is over the network.
	Ask   func(context.Context, *inventory.Ensemble, *inventory.Host) (bootstrap.Statement, error)
	Probe func(context.Context, ensemble.Target) ensemble.Answer

	changed  int
	founders map[string]string
	// quietSince holds since when each silent host has shown no server.
	quietSince quietSince
	// listenError is why the other hosts cannot ask this one for its statement; nil
	// where they can. Nothing is founded by a host that the others cannot hear.
	listenError error
}

// Standing is how a host stands at the end of a run.
type Standing struct {
	// Plan is the last plan of this host.
	Plan provision.Plan `json:"plan"`
	// Decision says why its voters were started as they were.
	Decision bootstrap.Decision `json:"decision"`
	Verdict  ensemble.Verdict   `json:"verdict"`
	// Changes counts what was changed.
	Changes int `json:"changes"`
	// Missing are the instances that do not serve.
	Missing []string      `json:"missing,omitempty"`
	Took    time.Duration `json:"took"`
}

// Run applies the host's part and waits for the quorum. Nothing that runs is
// restarted: what would need it is staged, and in the Standing's Plan. The
// Standing is never nil. An error of kind Waiting means that others are not up
// yet and that this host has done its part; where the Verdict has a quorum it
// lacks nothing but them.
func (a *Alone) Run(ctx context.Context) (*Standing, error) {
	s := new(Standing)
	begin := time.Now()
	defer func() { s.Took, s.Changes = time.Since(begin), a.changed }()
	limit := begin.Add(a.limit())
	a.quietSince = make(quietSince)

	if err := a.locked(ctx, func() error { return a.stage(ctx, s) }); err != nil {
		return s, err
	}
	own, stop, err := a.listen(ctx)
	if err != nil {
		return s, err
	}
	defer stop()
	if err := a.settle(ctx, s, own, limit); err != nil {
		return s, err
	}
	if least := time.Now().Add(a.quiet()); s.Decision.Action == bootstrap.Found && limit.Before(least) {
		limit = least // what was founded gets its time to form
	}
	if err := a.await(ctx, s, own, limit); err != nil {
		return s, err
	}
	err = a.locked(ctx, func() error { return a.record(ctx, s) })
	if err != nil || len(s.Missing) == 0 {
		return s, err
	}
	return s, &provision.Error{Kind: provision.Waiting, Name: bootstrapWaiting,
		Message: "the quorum stands and this host is part of it; missing: " + strings.Join(s.Missing, ", "),
		Hint:    "boot them; it goes on by itself"}
}

// locked does something while no other run may change this host. What takes long,
// waiting for others, is not done under the lock: a control machine may want to
// help meanwhile.
func (a *Alone) locked(ctx context.Context, do func() error) error {
	if err := a.lock(ctx); err != nil {
		return err
	}
	err := do()
	if unlock := a.Agent.Unlock(context.WithoutCancel(ctx)); err == nil {
		err = unlock
	}
	return err
}

// lock keeps other runs off this host, and says whom it waits for.
func (a *Alone) lock(ctx context.Context) error {
	return patientLock(ctx, a.Agent, a.task(false), a.LockTimeout, func(text string) { a.say("%s", text) })
}

// settle decides what to do with the voters and does it.
func (a *Alone) settle(ctx context.Context, s *Standing, own *ownStatement, limit time.Time) (err error) {
	for again := true; again; {
		if s.Decision, err = a.decide(ctx, own, limit); err != nil {
			return err
		}
		err = a.locked(ctx, func() error {
			again = false
			if s.Decision.Action == bootstrap.Found {
				// Until the lock was here another run may have done something.
				now, err := a.round(ctx, own, true)
				if again = now.Action != bootstrap.Found; again || err != nil {
					return err
				}
				s.Decision = now.Decision
			}
			return a.start(ctx, s, own)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *Alone) task(founding bool) provision.Task {
	t := provision.Task{Ensemble: a.Ensemble, Host: a.Host.Name, Bootstrap: founding}
	if founding {
		t.Founding = &provision.Founding{Bootstrap: a.Ensemble.Bootstrap.ID, Founders: a.founders}
	}
	return t
}

func (a *Alone) limit() time.Duration {
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

func (a *Alone) report(e Event) {
	if a.Report != nil {
		e.Time = time.Now()
		a.Report(e)
	}
}

func (a *Alone) say(format string, args ...any) {
	a.report(Event{Kind: Progress, Text: fmt.Sprintf(format, args...)})
}

// stage makes everything ready that does not depend on the others. While the release
// is fetched, which may take minutes, the host is not locked.
func (a *Alone) stage(ctx context.Context, s *Standing) (err error) {
	if err := a.plan(ctx, s); err != nil {
		return err
	}
	if s.Plan.NeedsArchive {
		a.say("fetches the release")
		if err := a.Agent.Unlock(ctx); err != nil {
			return err
		}
		if err := a.Agent.FetchArchive(ctx, a.task(false)); err != nil {
			return err
		}
		if err := a.lock(ctx); err != nil {
			return err
		}
		if err := a.plan(ctx, s); err != nil {
			return err
		}
	}
	if err := a.permit(ctx, s.Plan); err != nil {
		return err
	}
	return a.apply(ctx, s, provision.Stage, false)
}

// permit refuses to write files for a list of voters with which running servers must not
// be restarted: the next boot of the host would do that.
func (a *Alone) permit(ctx context.Context, p provision.Plan) error {
	if len(p.Restarts) == 0 {
		return nil
	}
	seen, err := a.Agent.Observe(ctx, a.task(false))
	if err != nil {
		return err
	}
	if f, _ := a.against(seen, p); f != nil {
		return &FindingError{*f}
	}
	return nil
}

// plan plans, and wants to find nothing critical.
func (a *Alone) plan(ctx context.Context, s *Standing) (err error) {
	if s.Plan, err = a.Agent.Plan(ctx, a.task(false), nil); err != nil {
		return err
	}
	s.Plan.Findings = s.Plan.Findings.Without(a.Ensemble.Ignored)
	var obstacles []error
	for _, f := range s.Plan.Findings {
		if f.Severity == finding.Critical {
			obstacles = append(obstacles, &FindingError{f})
		}
	}
	return errors.Join(obstacles...)
}

// record keeps that the quorum formed, and with which servers. Where servers of this
// host still run with what they were started with, a record that there is stays: it may
// be all that tells of voters that the inventory takes out and that vote on.
func (a *Alone) record(ctx context.Context, s *Standing) (err error) {
	if s.Plan, err = a.Agent.Plan(ctx, a.task(false), nil); err != nil {
		return err
	}
	changes := s.Plan.In(provision.Record)
	if len(s.Plan.Restarts) > 0 && len(changes) > 0 && !slices.ContainsFunc(changes, unwritten) {
		return nil
	}
	return a.carryOut(ctx, provision.Record, changes, false)
}

// apply plans anew and makes the changes of one phase.
func (a *Alone) apply(ctx context.Context, s *Standing, phase provision.Phase, founding bool) (err error) {
	if s.Plan, err = a.Agent.Plan(ctx, a.task(founding), nil); err != nil {
		return err
	}
	return a.carryOut(ctx, phase, s.Plan.In(phase), founding)
}

// carryOut makes changes of one phase.
func (a *Alone) carryOut(ctx context.Context, phase provision.Phase, changes []provision.Change, founding bool) error {
	return a.Agent.Apply(ctx, a.task(founding), phase, changes, func(e provision.Event) {
		if e.Done && e.Error == "" {
			a.changed++
		}
		a.report(Event{Kind: HostChange, Host: a.Host.Name, Text: e.Change.Summary, Change: &e.Change, Done: e.Done, Took: e.Took, Error: e.Error})
	})
}

// statementAge bounds how old this host's statement becomes while it waits: a server
// that was without data may have copied it from a leader since.
const statementAge = time.Second

// ownStatement holds this host's statement, which other hosts ask for while it is
// renewed.
type ownStatement struct {
	mu        sync.Mutex
	statement bootstrap.Statement
	taken     time.Time
	// beside are the servers here that forbid to found the ensemble.
	beside finding.Findings
}

func (o *ownStatement) get() bootstrap.Statement {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.statement
}

func (o *ownStatement) rivals() finding.Findings {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.beside
}

// look observes the host and renews its statement.
func (a *Alone) look(ctx context.Context, own *ownStatement) error {
	seen, err := a.Agent.Observe(ctx, a.task(false))
	if err != nil {
		return err
	}
	own.mu.Lock()
	defer own.mu.Unlock()
	own.statement, own.taken = bootstrap.StatementOf(a.Ensemble, a.Host, seen), time.Now()
	own.beside = preflight.Beside(a.Ensemble, a.Host, seen.Facts)
	return nil
}

// lookAgain looks where the statement is older than statementAge.
func (a *Alone) lookAgain(ctx context.Context, own *ownStatement) error {
	own.mu.Lock()
	age := time.Since(own.taken)
	own.mu.Unlock()
	if age < statementAge {
		return nil
	}
	return a.look(ctx, own)
}

// listen answers the other hosts from now on.
func (a *Alone) listen(ctx context.Context) (own *ownStatement, stop func(), err error) {
	own = new(ownStatement)
	if err := a.look(ctx, own); err != nil {
		return nil, nil, err
	}
	if a.Ensemble.Bootstrap == nil {
		return own, func() {}, nil
	}
	stop, a.listenError = bootstrap.Listen(ctx, a.Ensemble.Bootstrap, own.get)
	if a.listenError != nil {
		a.say("%v", a.listenError)
		return own, func() {}, nil
	}
	return own, stop, nil
}

// start starts the servers as it was decided.
func (a *Alone) start(ctx context.Context, s *Standing, own *ownStatement) error {
	founding := s.Decision.Action == bootstrap.Found
	if !founding {
		a.say("starts the servers: %s", s.Decision.Reason)
	}
	if founding {
		a.say("founds the ensemble: %s", s.Decision.Reason)
		a.founders = s.Decision.Founders
		if err := a.apply(ctx, s, provision.Stage, true); err != nil {
			return err
		}
		// Nobody may take this host's voters for blank once they can be in a quorum.
		if err := a.look(ctx, own); err != nil {
			return err
		}
	}
	if err := a.apply(ctx, s, provision.Start, founding); err != nil {
		return err
	}
	// From now on this host says what it has become.
	return a.look(ctx, own)
}

// await waits until the quorum stands and this host is part of it, and a little
// longer for those that are missing.
func (a *Alone) await(ctx context.Context, s *Standing, own *ownStatement, limit time.Time) error {
	var quorum time.Time // since when it stands with this host; zero while it does not
	var steady steadiness
	said := ""
	for {
		if err := a.lookAgain(ctx, own); err != nil {
			return err
		}
		s.Verdict = ensemble.Judge(a.Ensemble, a.probe(ctx))
		if err := ctx.Err(); err != nil {
			return err // what was asked last came to no end
		}
		var lacking map[string]string
		if s.Verdict.Quorum {
			reports, err := a.reports(ctx)
			if err != nil {
				return err
			}
			lacking = steady.lacking(a.Ensemble, reports, time.Now())
			s.Verdict.Formed = s.Verdict.Formed && len(lacking) == 0
		}
		if s.Verdict.Formed {
			s.Missing = nil // a warning, such as that of mntr, makes none missing
			return nil
		}
		s.Missing = missing(s.Verdict)
		for name := range lacking {
			if !slices.Contains(s.Missing, name) {
				s.Missing = append(s.Missing, name)
			}
		}
		slices.Sort(s.Missing)
		if s.Verdict.Quorum && !slices.ContainsFunc(a.Host.Instances, func(in inventory.Instance) bool { return slices.Contains(s.Missing, in.Name) }) {
			if quorum.IsZero() {
				quorum = time.Now()
			}
			if time.Since(quorum) >= a.grace() {
				return nil
			}
		} else {
			quorum = time.Time{}
		}
		// Why a server is silent changes all the time, that it is does not.
		if stands := fmt.Sprint(s.Verdict.Serving, s.Verdict.Leader, s.Missing); stands != said {
			said = stands
			text := s.Verdict.Progress()
			if len(lacking) > 0 {
				text += "; " + firstOf(lacking)
			}
			a.say("%s", text)
		}
		switch {
		case time.Now().Before(limit):
		case !quorum.IsZero():
			return nil
		default:
			return a.late(ctx, s, own)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(alonePoll):
		}
	}
}

// reports are those of this host's own servers, by id. Restarts are counted from the
// last start by somebody, as a run without a coordinator may find its servers started.
func (a *Alone) reports(ctx context.Context) (map[int]provision.Report, error) {
	all, err := a.Agent.Probe(ctx, a.task(false), nil)
	if err != nil {
		return nil, err
	}
	byID := make(map[int]provision.Report, len(all))
	for _, r := range all {
		if r.Crash == nil {
			r.Unit.NRestarts = 0 // it stays up since
		}
		byID[r.ID] = r
	}
	return byID, nil
}

// missing are the instances that a verdict finds fault with.
func missing(v ensemble.Verdict) []string {
	var names []string
	for _, f := range v.Findings {
		if f.Instance != "" && f.Severity != finding.Notice && !slices.Contains(names, f.Instance) {
			names = append(names, f.Instance)
		}
	}
	slices.Sort(names)
	return names
}

// late says why there is no quorum when the time is over.
func (a *Alone) late(ctx context.Context, s *Standing, own *ownStatement) error {
	if now := bootstrap.Decide(a.Ensemble, a.Host.Name, a.ask(ctx, own), s.Verdict.Quorum, a.now()); now.Census != nil {
		if f := refused(a.Ensemble, *now.Census); f != nil {
			return &FindingError{*f}
		}
	}
	switch s.Decision.Action {
	case bootstrap.Refuse:
		return &provision.Error{Kind: provision.Refused, Name: bootstrapRefused,
			Message: s.Decision.Reason + "; the servers of this host run and have no vote",
			Hint:    "where a quorum exists, make it reachable; where none ever did, write a new [bootstrap] (zkprov init prints one) to every host's inventory, or run zkprov apply from a control machine"}
	case bootstrap.Wait:
		return &provision.Error{Kind: provision.Waiting, Name: bootstrapWaiting,
			Message: "this host has done its part and waits for others: " + s.Decision.Reason,
			Hint:    "boot them; it goes on by itself"}
	}
	return &provision.Error{Kind: provision.Waiting, Name: bootstrapWaiting,
		Message: "this host has done its part, and there is no quorum yet: waiting for " + strings.Join(s.Missing, ", ") + "; " + s.Decision.Reason,
		Hint:    "boot them; it goes on by itself"}
}

// Check looks at the host and asks every server from here. It changes nothing.
func (a *Alone) Check(ctx context.Context) (*State, error) {
	seen, err := a.Agent.Observe(ctx, a.task(false))
	if err != nil {
		return nil, err
	}
	p, err := a.Agent.Plan(ctx, a.task(false), &seen)
	if err != nil {
		return nil, err
	}
	answers := a.probe(ctx)
	s := &State{
		Plan:    &Plan{Ensemble: a.Ensemble.Name, Version: a.Ensemble.Version, Hosts: []provision.Plan{p}},
		Answers: answers, Verdict: ensemble.Judge(a.Ensemble, answers),
	}
	if seen.Formed || s.Verdict.Quorum {
		for i := range a.Host.Instances {
			in := &a.Host.Instances[i]
			p.Findings = append(p.Findings, emptied(inventory.Member{Host: a.Host, Instance: in}, seen.Facts.DataDirs[in.Name], isNew(in.ID, []*provision.Members{seen.Members}))...)
		}
	}
	var own map[int]provision.Report
	if seen.Facts.Systemd {
		if own, err = a.reports(ctx); err != nil {
			return nil, err
		}
	}
	stand := standings(a.Ensemble, own, s.Verdict)
	s.Verdict.Formed = s.Verdict.Formed && len(stand) == 0
	said := telling(s.Verdict.Findings, stand)
	s.Findings = slices.Concat(p.Findings, a.restarts(seen, p, s.Verdict.Leader, answers), said, drifted(s.Plan)).Without(a.Ensemble.Ignored)
	s.Findings.Sort()
	return s, nil
}

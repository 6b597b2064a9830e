package fleet

import (
	"context"
	"strings"
	"time"

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
	r := a.begin(ctx, false)
	defer r.r.end()
	err := r.run(ctx, o)
	s := &Standing{Plan: o.Plan, Decision: r.decision, Verdict: *o.Verdict, Write: o.Write, Changes: o.Changes(), Took: time.Since(begin)}
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

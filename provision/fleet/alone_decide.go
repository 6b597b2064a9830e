package fleet

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/bootstrap"
	"github.com/zkprov/zkprov/provision/plan"
)

// decide asks until it is clear what to do, or the time is over.
func (a *aloneRun) decide(ctx context.Context) (bootstrap.Decision, error) {
	said := ""
	for {
		d, err := a.round(ctx, false)
		if err != nil {
			return d.Decision, err
		}
		end := a.limit
		if d.unsure { // it is brought to its end
			end = a.limit.Add(2 * a.quiet())
		}
		if d.Action != bootstrap.Wait || time.Now().After(end) {
			return d.Decision, nil
		}
		if d.Reason != said {
			said = d.Reason
			a.say("waits to found the ensemble: %s", d.Reason)
		}
		select {
		case <-ctx.Done():
			return d.Decision, ctx.Err()
		case <-time.After(alonePoll):
		}
	}
}

// answered is what one round of questions came to.
type answered struct {
	bootstrap.Decision
	// unsure says that it would be to found, once the silent hosts are known to run
	// no server.
	unsure bool
}

// round asks everybody once. fresh is to look at this host anew in any case.
func (a *aloneRun) round(ctx context.Context, fresh bool) (d answered, err error) {
	if fresh {
		err = a.look(ctx)
	} else {
		err = a.lookAgain(ctx)
	}
	if err != nil {
		return d, err
	}
	heard, answers := a.ask(ctx), a.probe(ctx)
	if err := ctx.Err(); err != nil {
		return d, err // who was not asked to the end is not silent
	}
	serves := false
	for _, answer := range answers {
		serves = serves || answer.Serving && slices.Contains([]ensemble.Mode{ensemble.Leader, ensemble.Follower, ensemble.Observing}, answer.Mode)
	}
	d.Decision = bootstrap.Decide(a.Ensemble, a.Host.Name, heard, serves, a.now())
	if beside := a.own.rivals(); d.Action == bootstrap.Found && len(beside) > 0 {
		return d, &plan.FindingError{Finding: beside[0]}
	}
	unheard := a.unheard(d.Silent, answers)
	a.quietSince.note(d.Silent, unheard, time.Now())
	if a.listenError != nil && (d.Action == bootstrap.Found || d.Action == bootstrap.Wait) {
		return d, a.listenError
	}
	switch {
	case d.Action != bootstrap.Found:
	case len(unheard) > 0:
		d.Action, d.Reason = bootstrap.Wait,
			"a server runs on "+strings.Join(unheard, ", ")+", and it is not heard what it knows; start zkprov-agent there, or stop that server"
	case !a.quietSince.lasted(d.Silent, a.quiet(), time.Now()):
		d.unsure, d.Action = true, bootstrap.Wait
		d.Reason += fmt.Sprintf("; it is made sure for %s that no server runs on %s", a.quiet(), strings.Join(d.Silent, ", "))
	}
	return d, nil
}

// unheard returns the hosts whose agent is silent while a server runs there. That server
// may hold the only committed data while the agent pauses between two tries or has given
// up, so nothing is founded beside it, however long it takes.
func (a *aloneRun) unheard(silent []string, answers map[int]ensemble.Answer) []string {
	return slices.DeleteFunc(slices.Clone(silent), func(name string) bool {
		return !slices.ContainsFunc(a.Ensemble.Host(name).Instances, func(in inventory.Instance) bool { return answers[in.ID].Running })
	})
}

// quietSince holds, by name, since when each silent host has shown no server without a
// break. One question without an answer is no proof that none runs there: it may be
// starting anew, or a packet was lost.
type quietSince map[string]stretch

// stretch is a time without a break, and how often the host was asked in it.
type stretch struct {
	since  time.Time
	rounds int
}

// leastRounds is how often a silent host is asked before it counts as quiet: time alone
// may pass without a question, as on a machine that was suspended.
const leastRounds = 3

// note adds one round of questions: silent hosts gave no statement, and the unheard
// among them run a server.
func (s quietSince) note(silent, unheard []string, now time.Time) {
	for name := range s {
		if !slices.Contains(silent, name) {
			delete(s, name)
		}
	}
	for _, name := range silent {
		is := s[name]
		switch {
		case slices.Contains(unheard, name):
			delete(s, name)
			continue
		case is.rounds == 0:
			is.since = now
		}
		is.rounds++
		s[name] = is
	}
}

// lasted reports whether every silent host has shown no server for at least long.
func (s quietSince) lasted(silent []string, long time.Duration, now time.Time) bool {
	return !slices.ContainsFunc(silent, func(name string) bool {
		return s[name].rounds < leastRounds || now.Sub(s[name].since) < long
	})
}

func (a *Alone) now() time.Time {
	if a.Now != nil {
		return a.Now()
	}
	return time.Now()
}

// ask hears every host, this one included.
func (a *aloneRun) ask(ctx context.Context) bootstrap.Heard {
	heard := bootstrap.Heard{Statements: map[string]bootstrap.Statement{a.Host.Name: a.own.get()}, Silence: make(map[string]string), Strangers: make(map[string]string)}
	if a.Ensemble.Bootstrap == nil {
		return heard
	}
	ask := a.Ask
	if ask == nil {
		ask = bootstrap.Ask
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range a.Ensemble.Hosts {
		h := &a.Ensemble.Hosts[i]
		if h == a.Host {
			continue
		}
		wg.Go(func() {
			statement, err := ask(ctx, a.Ensemble, h)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				heard.Statements[h.Name] = statement
			case errors.Is(err, bootstrap.ErrStranger):
				heard.Strangers[h.Name] = err.Error()
			case !errors.Is(err, bootstrap.ErrNobody):
				heard.Silence[h.Name] = err.Error()
			}
		})
	}
	wg.Wait()
	return heard
}

func onLoopback(addr string) bool {
	a, err := netip.ParseAddrPort(addr)
	return err == nil && a.Addr().IsLoopback()
}

// probe asks every server of the ensemble from here.
func (a *Alone) probe(ctx context.Context) map[int]ensemble.Answer {
	answers := make(map[int]ensemble.Answer)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range a.Ensemble.Hosts {
		wg.Go(func() {
			reports := a.afar(ctx, &a.Ensemble.Hosts[i])
			mu.Lock()
			defer mu.Unlock()
			for _, r := range reports {
				answers[r.ID] = r.Answer
			}
		})
	}
	wg.Wait()
	return answers
}

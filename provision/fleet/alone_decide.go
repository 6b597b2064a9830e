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

	"github.com/zkprov/zkprov/checks"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/bootstrap"
)

// decide asks until it is clear what to do, or the time is over.
func (a *Alone) decide(ctx context.Context, words *own, limit time.Time) (bootstrap.Decision, error) {
	said := ""
	for {
		d, err := a.round(ctx, words, false)
		if err != nil {
			return d.Decision, err
		}
		end := limit
		if d.unsure { // it is brought to its end
			end = limit.Add(2 * a.quiet())
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

// decided is what one round of questions came to.
type decided struct {
	bootstrap.Decision
	// unsure says that it would be to found, once the silent hosts are known to run
	// no server.
	unsure bool
}

// round asks everybody once. fresh is to look at this host anew in any case.
func (a *Alone) round(ctx context.Context, words *own, fresh bool) (d decided, err error) {
	if fresh {
		err = a.look(ctx, words)
	} else {
		err = a.lookAgain(ctx, words)
	}
	if err != nil {
		return d, err
	}
	heard, answers := a.ask(ctx, words), a.probe(ctx)
	if err := ctx.Err(); err != nil {
		return d, err // who was not asked to the end is not silent
	}
	serves := false
	for _, answer := range answers {
		serves = serves || answer.Serving && slices.Contains([]checks.Mode{checks.Leader, checks.Follower, checks.Observing}, answer.Mode)
	}
	d.Decision = bootstrap.Decide(a.Ensemble, a.Host.Name, heard, serves, a.now())
	if beside := words.rivals(); d.Action == bootstrap.Found && len(beside) > 0 {
		return d, obstacle(beside[0])
	}
	mute := a.mute(d.Silent, answers)
	a.still.note(d.Silent, mute, time.Now())
	if a.unheard != nil && (d.Action == bootstrap.Found || d.Action == bootstrap.Wait) {
		return d, a.unheard
	}
	switch {
	case d.Action != bootstrap.Found:
	case len(mute) > 0:
		d.Action, d.Reason = bootstrap.Wait,
			"a server runs on "+strings.Join(mute, ", ")+", and it is not heard what it knows; start zkprov-agent there, or stop that server"
	case !a.still.lasted(d.Silent, a.quiet(), time.Now()):
		d.unsure, d.Action = true, bootstrap.Wait
		d.Reason += fmt.Sprintf("; it is made sure for %s that no server runs on %s", a.quiet(), strings.Join(d.Silent, ", "))
	}
	return d, nil
}

// mute are the silent hosts that run a server. It may be the last one that knows
// what was committed, while the host's agent pauses between two tries or has given
// up: nothing is founded beside it, however long it takes.
func (a *Alone) mute(silent []string, answers map[int]checks.Answer) []string {
	return slices.DeleteFunc(slices.Clone(silent), func(name string) bool {
		return !slices.ContainsFunc(a.Ensemble.Host(name).Instances, func(in inventory.Instance) bool { return answers[in.ID].Running })
	})
}

// stillness is how long the silent hosts have shown no server without a break, by
// name. One question without an answer is no proof that none runs there: it may be
// starting anew, or a packet was lost.
type stillness map[string]stretch

type stretch struct {
	since  time.Time
	rounds int
}

// leastRounds is how often a silent host is asked at least: time may pass without
// a question, as on a machine that was suspended.
const leastRounds = 3

// note takes what one round of questions showed.
func (s stillness) note(silent, mute []string, now time.Time) {
	for name := range s {
		if !slices.Contains(silent, name) {
			delete(s, name)
		}
	}
	for _, name := range silent {
		is := s[name]
		switch {
		case slices.Contains(mute, name):
			delete(s, name)
			continue
		case is.rounds == 0:
			is.since = now
		}
		is.rounds++
		s[name] = is
	}
}

// lasted says whether every silent host has shown no server for that long.
func (s stillness) lasted(silent []string, long time.Duration, now time.Time) bool {
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
func (a *Alone) ask(ctx context.Context, words *own) bootstrap.Heard {
	heard := bootstrap.Heard{Words: map[string]bootstrap.Word{a.Host.Name: words.get()}, Silence: make(map[string]string), Strangers: make(map[string]string)}
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
			word, err := ask(ctx, a.Ensemble, h)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				heard.Words[h.Name] = word
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
func (a *Alone) probe(ctx context.Context) map[int]checks.Answer {
	probe := a.Probe
	if probe == nil {
		probe = checks.Probe
	}
	answers := make(map[int]checks.Answer)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, m := range a.Ensemble.Members() {
		addr := m.Instance.ClientAddr(m.Host.Address)
		if m.Host != a.Host && onLoopback(addr) {
			continue // another host's, which would be this one's here
		}
		wg.Go(func() {
			answer := probe(ctx, checks.Target{ID: m.Instance.ID, Addr: addr})
			mu.Lock()
			defer mu.Unlock()
			answers[m.Instance.ID] = answer
		})
	}
	wg.Wait()
	return answers
}

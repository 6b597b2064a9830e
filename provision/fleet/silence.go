package fleet

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// SilenceLimit is how long a host may give no sign of life in the middle of a change
// before it is given up, where nothing else is said. One that is only looked at gets
// half of it.
const SilenceLimit = time.Minute

const (
	// beat is how often the hosts' signs of life are looked for.
	beat = 250 * time.Millisecond
	// namedAfter is the silence after which a host is named. It gives a sign every
	// second.
	namedAfter = 10 * time.Second
	// longChange is how long a change takes before it is said that it takes long, and
	// how often that is said again.
	longChange = time.Minute
	// finishLimit is how long a host that gives signs gets to finish the step it is in
	// once the run is interrupted; one that gives none gets remote.LeaveSilence. After
	// saidAfter it is said that it is waited for.
	finishLimit = time.Minute
	saidAfter   = time.Second
)

// pulse watches whether the hosts of a run live: which give signs, which have been in
// one change for long, and whether this process itself was suspended meanwhile.
type pulse struct {
	r *run

	mu    sync.Mutex
	hosts map[string]*vital
	// awake is how long this run has been at work: the time in which it was
	// suspended is not in it.
	awake time.Duration
	// leaving is how long ago, of that time, the run was interrupted; negative where
	// it was not.
	leaving time.Duration
	// suspended is the time in which this process did not run, of all suspensions.
	suspended time.Duration
	beaten    time.Time
	clock     time.Duration
	// forget is told of hosts of which nothing that was seen holds any longer; "" is
	// all of them. It is called with the lock held.
	forget func(host string)
}

func newVital() *vital { return &vital{lost: make(chan struct{})} }

func newPulse(r *run) *pulse {
	p := &pulse{r: r, hosts: make(map[string]*vital), leaving: -1, beaten: time.Now(), clock: r.clock()}
	for _, h := range r.hosts() {
		p.hosts[h.Name] = newVital()
	}
	return p
}

// watch looks until over is done. The end of ctx is that of a user's patience.
func (p *pulse) watch(ctx, over context.Context) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-over.Done():
			return
		case <-tick.C:
			p.look(ctx.Err() != nil)
		}
	}
}

// look takes the signs of all hosts and says what is to be said. woke is whether this
// process was suspended since the last look.
func (p *pulse) look(interrupted bool) (woke bool) {
	p.mu.Lock()
	asleep := p.slept()
	now := time.Now()
	// What is longer than two beats was spent suspended or for lack of a processor:
	// no host can be blamed for it.
	step := min(now.Sub(p.beaten), 2*beat)
	p.beaten = now
	p.awake += step
	if interrupted && p.leaving < 0 {
		p.leaving = p.awake
	}
	var says []Event
	var forgotten []string
	if asleep > 0 {
		says = append(says, Event{Kind: Progress, Text: fmt.Sprintf("this run was suspended for %s: what it saw before is asked anew", provision.Roughly(asleep))})
		forgotten = append(forgotten, "")
	}
	var lost []lostHost
	for _, h := range p.r.hosts() {
		v := p.hosts[h.Name]
		if v.err != nil {
			continue
		}
		says = append(says, p.listen(h, v, step, &forgotten)...)
		if err := p.givenUp(v); err != nil {
			v.err = err
			close(v.lost)
			living, _ := p.r.on(h).(provision.Living)
			lost = append(lost, lostHost{living, err})
		}
	}
	// Whoever looks next must not find what is to be forgotten, nor wait for it to be
	// told.
	for _, host := range forgotten {
		if p.forget != nil {
			p.forget(host)
		}
	}
	p.mu.Unlock()
	for _, e := range says {
		p.r.report(e)
	}
	for _, l := range lost {
		if l.session != nil {
			go l.session.GiveUp(l.err)
		}
	}
	return asleep > 0
}

// silent returns the error of a host that gave no sign of life for so long that it was
// named; nil where it lives.
func (p *pulse) silent(h *inventory.Host) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch v := p.hosts[h.Name]; {
	case v.err != nil:
		return v.err
	case v.named:
		return v.noSign()
	}
	return nil
}

// listen takes the signs of one host and returns what is to be said of it.
func (p *pulse) listen(h *inventory.Host, v *vital, step time.Duration, forgotten *[]string) (says []Event) {
	living, remote := p.r.on(h).(provision.Living)
	if remote {
		if signs := living.Signs(); signs != v.signs {
			if v.named {
				says = append(says, Event{Kind: Progress, Host: h.Name, Text: fmt.Sprintf("%s gives signs of life again, after %s", h.Name, provision.Roughly(v.silent))})
			}
			v.signs, v.silent, v.named = signs, 0, false
		} else {
			v.silent += step
		}
	}
	switch {
	case v.silent >= namedAfter && !v.named:
		v.named = true
		says = append(says, Event{Kind: Progress, Host: h.Name, Text: fmt.Sprintf("%s has given no sign of life for %s%s; it is given up after %s", h.Name, provision.Roughly(v.silent), v.doing(), provision.Roughly(p.limit(v)))})
		*forgotten = append(*forgotten, h.Name)
	case p.leaving >= 0 && v.work != "" && !v.awaited && p.awake-p.leaving >= saidAfter && v.silent < saidAfter+beat:
		v.awaited = true
		says = append(says, Event{Kind: Progress, Host: h.Name, Text: fmt.Sprintf("waits for %s to finish the step that it is in%s; another Ctrl-C leaves at once", h.Name, v.doing())})
	case v.named || v.change == nil:
	case p.awake-v.since >= longChange && p.awake-v.said >= longChange:
		v.said = p.awake
		says = append(says, Event{Kind: Progress, Host: h.Name, Text: fmt.Sprintf("%s has been in %s for %s", h.Name, v.change.Line(), provision.Roughly(p.awake-v.since))})
	}
	return says
}

// changing makes changes on a host, until they have ended or the host is given up.
// What hangs in this process is left alone, and do must not mind what it reports later.
func (p *pulse) changing(h *inventory.Host, work string, do func(begun func(*provision.Change)) error) error {
	p.mu.Lock()
	v := p.hosts[h.Name]
	v.work, v.begun = work, p.awake
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		v.work, v.change = "", nil
		p.mu.Unlock()
	}()
	begun := func(c *provision.Change) {
		p.mu.Lock()
		defer p.mu.Unlock()
		v.change, v.since, v.said = c, p.awake, p.awake
	}
	done := make(chan error, 1)
	go func() { done <- do(begun) }()
	select {
	case err := <-done:
		return err
	case <-v.lost:
	}
	// It may have answered at the last moment.
	select {
	case err := <-done:
		return err
	default:
		return v.err
	}
}

// renew begins anew with a host that was connected to again.
func (p *pulse) renew(h *inventory.Host) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hosts[h.Name] = newVital()
}

// onForget sets whom to tell of what does not hold any longer.
func (p *pulse) onForget(do func(host string)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget = do
}

package fleet

import (
	"context"
	"errors"
	"regexp"
	"time"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// lockPiece is how long another run is waited for before it is looked anew what it
// does, and lockSaid how often it is said although that has not changed.
const (
	lockPiece = 2 * time.Second
	lockSaid  = 30 * time.Second
)

// lockHost keeps other runs off a host.
func (r *run) lockHost(ctx context.Context, h *inventory.Host) error {
	return r.lockWithin(ctx, h, r.LockTimeout)
}

// lockWithin does what lockHost does. It waits up to patience for another run to end.
func (r *run) lockWithin(ctx context.Context, h *inventory.Host, patience time.Duration) error {
	_, err := ask(ctx, r, h, "give its lock", patience, func(ctx context.Context, agent provision.Agent) (struct{}, error) {
		return struct{}{}, patientLock(ctx, agent, r.task(h), patience, func(text string) {
			r.report(Event{Kind: Progress, Host: h.Name, Text: h.Name + ": " + text})
		})
	})
	return err
}

// sole keeps every other run from restarting servers of the ensemble: two that are limited
// to different hosts would each find the servers of the other in sync, and take both down.
// They meet at the lock of one host, that of the first voter which is reached.
func (r *run) sole(ctx context.Context) error {
	var first inventory.Member
	for _, m := range r.Ensemble.Members() {
		if m.Instance.Role == inventory.Participant && r.agent(m.Host) != nil && (first.Instance == nil || m.Instance.ID < first.Instance.ID) {
			first = m
		}
	}
	if first.Instance == nil {
		return nil
	}
	r.mu.Lock()
	lost := r.renewed[first.Host.Name]
	r.mu.Unlock()
	_, mine := r.limited(first.Host)
	if !lost && (mine || r.meets == first.Host.Name) {
		return nil
	}
	if err := r.lockHost(ctx, first.Host); err != nil {
		return &plan.HostError{Host: first.Host.Name, Err: err}
	}
	r.meets = first.Host.Name
	return nil
}

// lasting is how long something has lasted, in words: it alone is no news.
var lasting = regexp.MustCompile(`\d+ (s|min|h)\b`)

// patientLock waits for another run to end, and says whom it waits for.
func patientLock(ctx context.Context, agent provision.Agent, t provision.Task, patience time.Duration, say func(string)) error {
	var piece, silent time.Duration // the first try does not wait
	said := ""
	for {
		err := agent.Lock(ctx, t, piece)
		var held *provision.Error
		if !errors.As(err, &held) || held.Kind != provision.Locked || patience <= 0 {
			return err
		}
		silent += piece
		if now := lasting.ReplaceAllString(held.Message, ""); now != said || silent >= lockSaid {
			said, silent = now, 0
			say("waits for another run, " + provision.Roughly(patience) + " at most: " + held.Message)
		}
		piece = min(lockPiece, patience)
		patience -= piece
	}
}

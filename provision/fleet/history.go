package fleet

import (
	"context"
	"fmt"
	"maps"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/history"
	"github.com/zkprov/zkprov/provision/plan"
)

// Past is what the hosts of an ensemble remember.
type Past struct {
	// States are those of the whole, the oldest first.
	States []history.State `json:"states"`
	// Runs holds what the servers run with now, by instance.
	Runs map[string]string `json:"runs,omitempty"`
	// Failures are the hosts that could not be asked: what they remember is missing.
	Failures []plan.Obstacle `json:"failures,omitempty"`
}

// Unseen returns the failures of the hosts that could not be asked, joined *HostError; nil
// where there are none.
func (p *Past) Unseen() error { return plan.AsError(p.Failures) }

// History asks every host what its servers were started with. It changes nothing.
func (f *Fleet) History(ctx context.Context) (*Past, error) {
	r, err := f.open(ctx, true)
	if err != nil {
		return nil, err
	}
	defer r.close()
	hosts := make(map[string]provision.History)
	past := &Past{Runs: make(map[string]string)}
	err = r.hostsStep("history", func() error {
		return r.all(ctx, r.connected(), func(ctx context.Context, h *inventory.Host) error {
			told, err := ask(ctx, r, h, "tell its history", 0, func(ctx context.Context, agent provision.Agent) (provision.History, error) {
				historian, ok := agent.(provision.Historian)
				if !ok {
					return provision.History{}, fmt.Errorf("the agent on %s keeps no history", h.Name)
				}
				return historian.History(ctx, r.task(h))
			})
			if err != nil {
				return err
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			hosts[h.Name] = told
			maps.Copy(past.Runs, told.Runs)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	past.States = history.States(f.Ensemble, hosts)
	for _, h := range r.hosts() {
		if err := r.failure(h); err != nil {
			past.Failures = append(past.Failures, failed(h.Name, err))
		}
	}
	return past, nil
}

// rollbackRefused is found where an ensemble cannot go back.
const rollbackRefused = "rollback-refused"

// Target returns the state that a rollback leads to: the one of that ID or, where that is
// empty, the one before. An unknown ID is an error of whoever typed it; where the ensemble
// cannot go there, it is an *Error.
func (p *Past) Target(id string) (history.State, error) {
	refuse := func(hint, format string, args ...any) (history.State, error) {
		return history.State{}, &provision.Error{Kind: provision.Refused, Name: rollbackRefused, Message: fmt.Sprintf(format, args...), Hint: hint}
	}
	var s history.State
	if id != "" {
		var err error
		if s, err = history.Find(p.States, id); err != nil {
			return s, err
		}
	} else {
		var ok bool
		if s, ok = history.Before(p.States, p.Runs); !ok {
			return refuse("", "cannot go back: the hosts remember no state of the ensemble but the one that it is in")
		}
	}
	if s.Lost != "" {
		return refuse("apply an inventory with the settings of then", "cannot go back to %s: %s", s.ID, s.Lost)
	}
	return s, nil
}

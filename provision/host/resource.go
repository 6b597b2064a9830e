package host

import (
	"context"
	"fmt"

	"github.com/zkprov/zkprov/provision"
)

// resource is one thing of a host's desired state.
type resource interface {
	// key names the resource, for good: kind and name with a colon between.
	key() string
	// phase is when it is changed.
	phase() provision.Phase
	// plan compares what is there with what should be, and changes nothing; nil
	// means that nothing is to be done.
	plan(ctx context.Context) (*provision.Change, error)
	// apply carries out what plan said. It is safe to be cut off at any moment
	// and to be repeated.
	apply(ctx context.Context) error
}

// step plans r and fills in what every change has.
func step(ctx context.Context, r resource) (*provision.Change, error) {
	c, err := r.plan(ctx)
	if err != nil || c == nil {
		return nil, err
	}
	c.Resource, c.Phase = r.key(), r.phase()
	return c, nil
}

// verify asks a resource again after it was changed: done means seen.
func verify(ctx context.Context, r resource) error {
	c, err := step(ctx, r)
	if err != nil {
		return err
	}
	if s, ok := r.(*running); ok && c != nil {
		// One that may start empty has taken its marker by now, and is not to be
		// started again for that.
		if state, err := s.m.unitState(ctx, s.instance); err != nil || state.Running() {
			return err
		}
		// It ended since it was seen to run.
		return s.m.withJournal(ctx, s.instance, fmt.Errorf("cannot start %s", c.Summary))
	}
	if c != nil {
		return fmt.Errorf("a change was made and is not seen: %s", c.Difference())
	}
	return nil
}

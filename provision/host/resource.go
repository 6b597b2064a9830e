package host

import (
	"context"
	"errors"
	"fmt"

	"github.com/zkprov/zkprov/provision"
)

// resource is one thing of a host's desired state. It does not know the host: what is
// there it hears from a view.
type resource interface {
	// key names the resource, for good: its kind and its name with a colon between.
	key() string
	// plan compares what will be there with what should be; nil means that nothing is
	// to be done. It reads nothing but the view.
	plan(v *view) (*provision.Change, error)
	// foresee puts into the view what apply will have done.
	foresee(v *view)
	// apply carries out what plan said. It is safe to be cut off at any moment
	// and to be repeated.
	apply(ctx context.Context, m *Machine) error
}

func resourceKey(kind provision.ResourceKind, name string) string { return string(kind) + ":" + name }

// planChange plans a resource. Where it has a change, the view is one with the change made.
func planChange(v *view, r resource) (*provision.Change, error) {
	c, err := r.plan(v)
	if err != nil || c == nil {
		return nil, err
	}
	c.Resource = r.key()
	r.foresee(v)
	return c, nil
}

// verify looks at the host again after a change: done means seen.
func (m *Machine) verify(ctx context.Context, r resource) error {
	if _, ok := r.(*rebooted); ok {
		return nil // it is seen by whoever connects to the host once it is back
	}
	l := m.newLook(ctx)
	c, err := planChange(newView(l), r)
	if err != nil {
		return err
	}
	switch r := r.(type) {
	case *dataCopy:
		if r.made(newView(l)) {
			return nil
		}
	case *running:
		if c != nil { // it ended since it was seen to run
			return m.withJournal(ctx, r.instance, fmt.Errorf("cannot start %s", c.Summary))
		}
	case *restarted:
		if state, err := l.unit(r.instance); err != nil || !state.Running() {
			return m.withJournal(ctx, r.instance, errors.Join(fmt.Errorf("cannot restart %s", r.instance), err))
		}
	}
	if c == nil {
		return nil
	}
	return fmt.Errorf("a change was made and is not seen: %s", c.Difference())
}

package host

import (
	"context"
	"errors"
	"fmt"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
)

// tree is the unpacked release.
type tree struct {
	m      *Machine
	source archive.Source
	dest   string
	// taken says what lies in the plain folder that dest is beside; empty where dest
	// is that folder.
	taken string
	// seen is what lies there, where it was looked at for the same plan.
	seen *archive.State
}

func (t *tree) key() string            { return "release:" + t.dest }
func (t *tree) phase() provision.Phase { return provision.Stage }

func (t *tree) plan(context.Context) (*provision.Change, error) {
	state, err := t.look()
	if err != nil {
		return nil, fmt.Errorf("cannot look at the release in %s: %w", t.dest, err)
	}
	what := archive.TopFolder(t.source.Version)
	if t.taken != "" {
		what += ", beside " + t.taken
	}
	c := &provision.Change{Path: t.dest, Action: provision.Install, Summary: what}
	switch state.Kind {
	case archive.Complete:
		return nil, nil
	case archive.WrongModes:
		c.Action, c.Summary = provision.Update, state.Reason
	case archive.Absent:
	case archive.Incomplete:
		c.Summary = what + ", again: " + state.Reason
	case archive.Other:
		// Servers of another ensemble run from it.
		state.Reason = "it is the release of another archive"
		fallthrough
	default:
		return nil, &provision.Error{Kind: provision.Refused, Name: foreignRelease,
			Message: fmt.Sprintf("cannot unpack the release into %s: %s", t.dest, state.Reason),
			Hint:    "move that folder away, or set paths.install to another one"}
	}
	return c, nil
}

func (t *tree) look() (archive.State, error) {
	if t.seen != nil {
		return *t.seen, nil
	}
	return archive.Inspect(t.m.path(t.dest), t.source.SHA512)
}

func (t *tree) apply(ctx context.Context) error {
	state, err := t.look()
	if err != nil {
		return fmt.Errorf("cannot look at the release in %s: %w", t.dest, err)
	}
	if state.Kind == archive.WrongModes {
		// It is not unpacked anew: the servers go on with the jars that they have open.
		return archive.RepairModes(t.m.path(t.dest))
	}
	path, ok, err := t.m.cache().Lookup(ctx, t.source.SHA512)
	if err != nil {
		return err
	}
	if !ok {
		return errors.New("cannot unpack the release: the host's cache has no archive with the pinned SHA-512")
	}
	return provision.RefusedArchive(archive.Unpack(ctx, path, t.source, t.m.path(t.dest)), t.source)
}

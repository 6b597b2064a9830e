package host

import (
	"context"
	"errors"
	"fmt"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
)

// unpackedRelease is the release as the servers run it.
type unpackedRelease struct {
	source archive.Source
	dest   string
	// taken tells what lies in the plain folder that dest is beside; empty where dest
	// is that folder.
	taken string
}

func (r *unpackedRelease) key() string { return resourceKey(provision.KindRelease, r.dest) }

func (r *unpackedRelease) plan(v *view) (*provision.Change, error) {
	state, err := v.release(r.dest, r.source.SHA512)
	if err != nil {
		return nil, fmt.Errorf("cannot look at the release in %s: %w", r.dest, err)
	}
	what := inventory.ReleaseFolder(r.source.Version)
	if r.taken != "" {
		what += ", beside " + r.taken
	}
	c := &provision.Change{Path: r.dest, Action: provision.Install, From: releaseDigest(state), To: releaseDigest(r.complete()), Summary: what}
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
			Message: fmt.Sprintf("cannot unpack the release into %s: %s", r.dest, state.Reason),
			Hint:    "move that folder away, or set paths.install to another one"}
	}
	return c, nil
}

// complete returns the state of the release when it is as it should be.
func (r *unpackedRelease) complete() archive.State {
	return archive.State{Kind: archive.Complete, Version: r.source.Version, SHA512: r.source.SHA512}
}

// releaseDigest identifies what lies where the release should, by the archive that it
// came from.
func releaseDigest(s archive.State) string {
	if s.SHA512 == "" {
		return string(s.Kind)
	}
	return string(s.Kind) + " " + s.SHA512
}

func (r *unpackedRelease) foresee(v *view) { v.releases[r.dest] = r.complete() }

func (r *unpackedRelease) apply(ctx context.Context, m *Machine) error {
	dest := m.path(r.dest)
	state, err := archive.Inspect(dest, r.source.SHA512)
	if err != nil {
		return fmt.Errorf("cannot look at the release in %s: %w", r.dest, err)
	}
	if state.Kind == archive.WrongModes {
		// It is not unpacked anew: the servers go on with the jars that they have open.
		return archive.RepairModes(dest)
	}
	path, ok, err := m.cache().Lookup(ctx, r.source.SHA512)
	if err != nil {
		return err
	}
	if !ok {
		return errors.New("cannot unpack the release: the host's cache has no archive with the pinned SHA-512")
	}
	return provision.RefusedArchive(archive.Unpack(ctx, path, r.source, dest), r.source)
}

package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// An instance's files belong together, and each is replaced by itself. So that
// a mix of old and new never runs, whenever a run is cut off, a hold file keeps
// systemd from starting the instance while more than one of them changes: the
// first change puts it there, the last one takes it away.

// hold is the beginning of such a change.
type hold struct {
	m        *Machine
	name     string
	instance string
	files    []*file
}

func (h *hold) key() string            { return "hold:" + h.instance }
func (h *hold) phase() provision.Phase { return provision.Stage }

func (h *hold) plan(context.Context) (*provision.Change, error) {
	// Without a unit nothing can be started; the unit itself is written last.
	if !h.m.exists(units.Path(h.instance)) || h.m.exists(h.name) {
		return nil, nil
	}
	n := 0
	for _, f := range h.files {
		differs, _, err := f.differsSince()
		if err != nil {
			return nil, err
		}
		if differs {
			n++
		}
	}
	if n < 2 {
		return nil, nil
	}
	return &provision.Change{Path: h.name, Instance: h.instance, Action: provision.Create, Summary: fmt.Sprintf("%s is not started while %d of its files are replaced", h.instance, n)}, nil
}

func (h *hold) apply(context.Context) error {
	uid, gid := h.m.rootIDs()
	return h.m.writeFile(h.name, []byte("The files of "+h.instance+" are being replaced; run zkprov apply to finish.\n"), uid, gid, 0o600)
}

// release is the end of it.
type release struct {
	m     *Machine
	begin *hold
}

func (r *release) key() string            { return "release-hold:" + r.begin.instance }
func (r *release) phase() provision.Phase { return provision.Stage }

func (r *release) plan(ctx context.Context) (*provision.Change, error) {
	if !r.m.exists(r.begin.name) {
		c, err := r.begin.plan(ctx)
		if err != nil || c == nil {
			return nil, err
		}
	}
	return &provision.Change{Path: r.begin.name, Instance: r.begin.instance, Action: provision.Remove, Summary: fmt.Sprintf("%s may be started again: its files are complete", r.begin.instance)}, nil
}

func (r *release) apply(context.Context) error { return r.m.removeFile(r.begin.name) }

// exists says whether something lies at a path of the host, a dangling link
// included.
func (m *Machine) exists(name string) bool {
	_, err := os.Lstat(m.path(name))
	return !errors.Is(err, fs.ErrNotExist)
}

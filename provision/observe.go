package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/zkprov/zkprov/checks"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/units"
)

// Observe implements Agent.
func (m *Machine) Observe(ctx context.Context, t Task) (Observation, error) {
	e, h := t.Ensemble, t.host()
	if h == nil {
		return Observation{}, fmt.Errorf("cannot observe host %q: the inventory has none of that name", t.Host)
	}
	o := Observation{Privileged: os.Geteuid() == 0}
	o.Members, o.Formed = m.members(e)
	if text, err := os.ReadFile(m.path(incarnationPath(e))); err == nil {
		o.Incarnation = strings.TrimSpace(string(text))
	}
	if text, err := os.ReadFile(m.path(foundersPath(e))); err == nil {
		if err := json.Unmarshal(text, &o.Founding); err != nil || o.Founding == nil || o.Founding.Bootstrap == "" {
			return o, fmt.Errorf("cannot read %s: it does not say under which bootstrap id it was founded: %v", foundersPath(e), err)
		}
	}
	var err error
	if o.Release, err = archive.Locate(m.path(e.Paths.Install), archive.Resolve(e)); err != nil {
		return o, err
	}
	if o.Facts, err = m.gather(ctx, e, h, o.Release); err != nil {
		return o, err
	}
	if o.Instances, err = m.instances(ctx, h, o.Facts.Systemd); err != nil {
		return o, err
	}
	if o.Java, o.NoJava, err = m.findJava(ctx, e, h, o.Release, m.javaOf(h)); err != nil {
		return o, err
	}
	return o, nil
}

func (m *Machine) gather(ctx context.Context, e *inventory.Ensemble, h *inventory.Host, release archive.Place) (checks.HostFacts, error) {
	q := checks.HostQuery(e, h, stampName, releaseDir(e, release))
	q.Root, q.Now, q.Lookup, q.Interfaces = m.Root, m.Query.Now, m.Query.Lookup, m.Query.Interfaces
	return checks.GatherHost(ctx, q)
}

// instances are the states of a host's units, by instance name; empty on a host
// without systemd.
func (m *Machine) instances(ctx context.Context, h *inventory.Host, hasSystemd bool) (map[string]InstanceState, error) {
	states := make(map[string]InstanceState, len(h.Instances))
	if !hasSystemd {
		return states, nil
	}
	for i := range h.Instances {
		name := h.Instances[i].Name
		var s InstanceState
		var err error
		if s.Unit, err = m.unitState(ctx, name); err != nil {
			return nil, err
		}
		if s.Unit.Running() {
			// The process may have gone in the meantime, and another user's is not
			// ours to read: then its generation is not known.
			s.Generation, err = units.RunningGeneration(m.Root, s.Unit.MainPID)
			if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
				return nil, err
			}
		}
		states[name] = s
	}
	return states, nil
}

// javaOf is the java that the host's units start now; empty where there is none.
func (m *Machine) javaOf(h *inventory.Host) string {
	for i := range h.Instances {
		text, err := os.ReadFile(m.path(units.Path(h.Instances[i].Name)))
		if err != nil {
			continue
		}
		if java := units.JavaOf(text); java != "" {
			return java
		}
	}
	return ""
}

package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/checks/preflight"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/units"
)

// Observe implements Agent.
func (m *Machine) Observe(ctx context.Context, t provision.Task) (provision.Observation, error) {
	e, h := t.Ensemble, t.Target()
	if h == nil {
		return provision.Observation{}, fmt.Errorf("cannot observe host %q: the inventory has none of that name", t.Host)
	}
	o := provision.Observation{Privileged: os.Geteuid() == 0}
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

func (m *Machine) gather(ctx context.Context, e *inventory.Ensemble, h *inventory.Host, release archive.Place) (facts.Host, error) {
	q := preflight.Query(e, h, stampName, releaseDir(e, release))
	q.Root, q.Now, q.Lookup, q.Interfaces, q.Binds = m.Root, m.Query.Now, m.Query.Lookup, m.Query.Interfaces, m.Query.Binds
	f, err := facts.Gather(ctx, q)
	if err != nil {
		return f, err
	}
	for i := range f.ZooKeepers {
		z := &f.ZooKeepers[i]
		generation, err := units.RunningGeneration(m.Root, z.PID)
		// Where it cannot be seen, its unit's name must do.
		z.Managed = generation != "" || errors.Is(err, fs.ErrPermission)
	}
	f.ZooKeepers = append(f.ZooKeepers, answering(ctx, h, f)...)
	return f, nil
}

// answering finds the servers that hold a client port of the host and of which no
// process shows what they are, as behind a container's proxy: by what they say.
func answering(ctx context.Context, h *inventory.Host, f facts.Host) []facts.ZooKeeper {
	var found []facts.ZooKeeper
	for i := range h.Instances {
		in := &h.Instances[i]
		for _, l := range f.Listeners {
			known := slices.ContainsFunc(f.ZooKeepers, func(z facts.ZooKeeper) bool { return z.PID == l.PID && l.PID != 0 })
			told := slices.ContainsFunc(found, func(z facts.ZooKeeper) bool { return z.ClientPort == l.Port })
			if l.Port != in.ClientPort || l.Unit == units.FileName(in.Name) || known || told {
				continue
			}
			a := ensemble.Probe(ctx, ensemble.Target{ID: in.ID, Addr: in.ClientAddr(loopback)})
			if answer := a.Text(); a.Version != "" || a.Error == ensemble.ErrNotServing.Error() || a.Error == ensemble.ErrNotWhitelisted.Error() {
				found = append(found, facts.ZooKeeper{PID: l.PID, UID: l.UID, Unit: l.Unit, ClientPort: l.Port, Answer: answer})
			}
		}
	}
	return found
}

// instances are the states of a host's units, by instance name; empty on a host
// without systemd.
func (m *Machine) instances(ctx context.Context, h *inventory.Host, hasSystemd bool) (map[string]provision.InstanceState, error) {
	states := make(map[string]provision.InstanceState, len(h.Instances))
	if !hasSystemd {
		return states, nil
	}
	for i := range h.Instances {
		name := h.Instances[i].Name
		var s provision.InstanceState
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

package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/checks/preflight"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/guard"
	"github.com/zkprov/zkprov/units"
)

// Observe implements Agent.
func (m *Machine) Observe(ctx context.Context, t provision.Task) (provision.Observation, error) {
	l, err := m.lookAround(ctx, t)
	if err != nil {
		return provision.Observation{}, err
	}
	return l.observation, nil
}

// lookAround looks at all that a plan of the host's part needs: it is planned both for
// a bootstrap and without, so that whatever is decided for the ensemble needs no
// further look. The look is kept for the plans that follow.
func (m *Machine) lookAround(ctx context.Context, t provision.Task) (*look, error) {
	changes := m.changesSoFar()
	l, err := m.observe(ctx, t)
	if err != nil {
		return nil, err
	}
	// An error is kept in the look, for the plan that meets it.
	_, _ = l.plan(t)
	for _, bootstrap := range []bool{false, true} {
		if t.Reset != nil || t.Collect != nil || t.Reboot != nil {
			break
		}
		whole := t
		whole.Only, whole.Bootstrap, whole.Founding = nil, bootstrap, &provision.Founding{}
		_, _ = l.plan(whole)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.seal()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.changes == changes {
		m.seen = l
	}
	return l, nil
}

// changesSoFar counts what may have made a look out of date.
func (m *Machine) changesSoFar() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changes
}

// forgetLook makes the next plan look anew, and a look that is under way too.
func (m *Machine) forgetLook() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen = nil
	m.changes++
}

// keptLook returns the look that was kept of a task's host and inventory; nil where
// there is none.
func (m *Machine) keptLook(t provision.Task) (*look, error) {
	about, err := taskDigest(t)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seen == nil || m.seen.about != about {
		return nil, nil
	}
	return m.seen, nil
}

// observe takes a look at what a decision about the whole ensemble needs. It stays
// open: what is planned from it may ask for more.
func (m *Machine) observe(ctx context.Context, t provision.Task) (*look, error) {
	e, h := t.Ensemble, t.Target()
	if h == nil {
		return nil, fmt.Errorf("cannot observe host %q: the inventory has none of that name", t.Host)
	}
	l := m.newLook(ctx)
	var err error
	if l.about, err = taskDigest(t); err != nil {
		return nil, err
	}
	o := &l.observation
	o.Privileged = os.Geteuid() == 0
	o.Members, o.Formed = l.members(e)
	o.Places = l.places(e)
	if word, err := l.entry(incarnationPath(e)); err == nil && word.regular() {
		o.Incarnation = strings.TrimSpace(string(word.content))
	}
	if o.Founding, err = l.founding(e); err != nil {
		return nil, err
	}
	if o.Release, err = archive.Locate(m.path(e.Paths.Install), archive.Resolve(e)); err != nil {
		return nil, err
	}
	l.answers[releaseIn(releaseDir(e, o.Release))] = answer{value: o.Release.State}
	if o.Facts, err = m.gather(ctx, e, h, o.Release); err != nil {
		return nil, err
	}
	for _, data := range o.Facts.DataDirs {
		for folder := &data; folder != nil && folder.Error == ""; folder = folder.Log {
			l.answers[dataIn(folder.Path)] = answer{value: folder.Files}
		}
	}
	if o.Instances, err = l.instances(e, h, o.Facts.Systemd); err != nil {
		return nil, err
	}
	if t.Reboot != nil {
		o.Boot, err = l.boot()
		return l, err
	}
	if t.Reset != nil || t.Collect != nil {
		return l, nil // nothing is started
	}
	found, err := l.java(e, h, o.Release, l.javaOf(h))
	if err != nil {
		return nil, err
	}
	o.Java, o.NoJava = found.result, found.none
	return l, nil
}

func (m *Machine) gather(ctx context.Context, e *inventory.Ensemble, h *inventory.Host, release archive.Place) (facts.Host, error) {
	q := preflight.Query(e, h, guard.StampName, releaseDir(e, release))
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
			own, literal := facts.ParseAddress(in.ClientAddress())
			elsewhere := literal && !l.Address.IsUnspecified() && l.Address != own
			if elsewhere || l.Port != in.PlainPort() || l.Unit == units.FileName(in.Name) || known || told {
				continue
			}
			a := ensemble.Probe(ctx, ensemble.Target{ID: in.ID, Addr: in.ClientAddr(inventory.Loopback)})
			if answer := a.Text(); a.Version != "" || a.Error == ensemble.ErrNotServing.Error() || a.Error == ensemble.ErrNotWhitelisted.Error() {
				found = append(found, facts.ZooKeeper{PID: l.PID, UID: l.UID, Unit: l.Unit, ClientPort: l.Port, Answer: answer})
			}
		}
	}
	return found
}

// instances returns the states of a host's units, by instance name; none on a host
// without systemd.
func (l *look) instances(e *inventory.Ensemble, h *inventory.Host, hasSystemd bool) (map[string]provision.InstanceState, error) {
	states := make(map[string]provision.InstanceState, len(h.Instances))
	if !hasSystemd {
		return states, nil
	}
	for i := range h.Instances {
		in := &h.Instances[i]
		name := in.Name
		var s provision.InstanceState
		var err error
		if s.Unit, err = l.unit(name); err != nil {
			return nil, err
		}
		if s.Unit.RunsOrStarts() {
			if s.Generation, err = l.generationOf(s.Unit); err != nil {
				return nil, err
			}
			_, err = l.kept(e, in, s.Generation)
			s.Kept = err == nil
			if attempt, err := l.entry(attemptPath(e, in)); err == nil && attempt.regular() && s.Generation != "" {
				s.Failed = strings.TrimSpace(string(attempt.content)) != s.Generation
			}
			if s.Servers, err = l.servers(e, in, s.Generation); err != nil {
				return nil, err
			}
		}
		s.Version = l.versionOf(e, in, s.Generation)
		states[name] = s
	}
	return states, nil
}

// versionOf returns the ZooKeeper release of an instance: that of the generation that its
// process was started with, and of its unit where none runs or that generation is gone.
func (l *look) versionOf(e *inventory.Ensemble, in *inventory.Instance, generation string) inventory.Version {
	for _, name := range []string{path.Join(configDir(e, in), cmp.Or(generation, unnamed), units.FileName(in.Name)), units.Path(in.Name)} {
		text, err := l.Text(name)
		if err != nil {
			continue
		}
		if v := inventory.ReleaseIn(path.Base(units.ReleaseOf(text))); v != "" {
			return v
		}
	}
	return ""
}

// servers returns the server list of a generation; nil where it is not known.
func (l *look) servers(e *inventory.Ensemble, in *inventory.Instance, generation string) (provision.Servers, error) {
	if generation == "" {
		return nil, nil
	}
	file, err := l.entry(path.Join(configDir(e, in), generation, "zoo.cfg"))
	if err != nil || !file.regular() {
		return nil, err
	}
	list, err := provision.ReadServers(string(file.content))
	if err != nil {
		return nil, nil // edited by hand: what it was started with is not known
	}
	return list, nil
}

// generationOf returns what the process of a unit was started with or, where systemd
// has still to start it, will be.
func (l *look) generationOf(s units.State) (string, error) {
	if s.MainPID == 0 {
		return s.Generation, nil
	}
	g, err := l.generation(s.MainPID)
	if g == "" && err == nil && !s.Running() {
		// Half a start has the environment of systemd's own process.
		return s.Generation, nil
	}
	return g, err
}

// generation returns what a process was started with. It is empty where that is not
// known: the process may have gone in the meantime, and another user's is not ours to
// read.
func (l *look) generation(pid int) (string, error) {
	return once(l, fmt.Sprintf("the generation of process %d", pid), func() (string, error) {
		g, err := units.RunningGeneration(l.m.Root, pid)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			err = nil
		}
		return g, err
	})
}

// javaOf returns the java that the host's units start now; empty where there is none.
func (l *look) javaOf(h *inventory.Host) string {
	for i := range h.Instances {
		text, err := l.Text(units.Path(h.Instances[i].Name))
		if err != nil {
			continue
		}
		if java := units.JavaOf(text); java != "" {
			return java
		}
	}
	return ""
}

package host

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/guard"
	"github.com/zkprov/zkprov/units"
)

// note is an entry of an instance's history as its file's name tells it.
type note struct {
	number     int
	generation string
}

// fileName returns the name of an instance's entry, such as
// zookeeper-1.000012.9c1f0a52be7d4e36.json.
func (n note) fileName(instance string) string {
	return fmt.Sprintf("%s.%06d.%s.json", instance, n.number, n.generation)
}

// notes lists the entries of an instance's history, the oldest first.
func (l *look) notes(e *inventory.Ensemble, instance string) []note {
	var all []note
	for _, name := range l.Names(historyDir(e)) {
		rest, ours := strings.CutPrefix(name, instance+".")
		digits, rest, _ := strings.Cut(rest, ".")
		generation, isEntry := strings.CutSuffix(rest, ".json")
		number, err := strconv.Atoi(digits)
		if ours && isEntry && err == nil && number > 0 && isGeneration(generation) {
			all = append(all, note{number, generation})
		}
	}
	slices.SortFunc(all, func(a, b note) int { return cmp.Compare(a.number, b.number) })
	return all
}

// lastNoted returns the generation of the newest entry that there will be of an instance;
// empty where there will be none.
func (v *view) lastNoted(e *inventory.Ensemble, instance string) string {
	notes := v.look.notes(e, instance)
	if g, ok := v.noted[instance]; ok {
		return g
	}
	if len(notes) == 0 {
		return ""
	}
	return notes[len(notes)-1].generation
}

// historyEntry is an entry which tells that an instance was started with a generation. It
// is made once that runs, by whoever sees it first: a run that was killed before leaves it
// to the next.
type historyEntry struct {
	ensemble *inventory.Ensemble
	in       *inventory.Instance
	// generation is what the entry tells of. Of an instance that runs with another one
	// there is nothing to tell.
	generation string
	by         provision.Caller
	// found is set where the instance runs with it before anything is changed.
	found bool
}

// entry returns the entry for what an instance is to be started with.
func (in *desiredInstance) entry(t provision.Task) *historyEntry {
	return &historyEntry{ensemble: t.Ensemble, in: in.instance, generation: in.generation, by: t.By, found: in.runs == in.generation}
}

// addFound adds the entry for what an instance runs with until it is restarted with
// another generation, as after an upgrade from a version without a history: the way back
// leads there.
func (in *desiredInstance) addFound(t provision.Task, d *desired) {
	if in.restart == nil || !isGeneration(in.runs) || in.runs == in.generation {
		return
	}
	found := in.entry(t)
	found.generation, found.found = in.runs, true
	if !t.Undoing { // which finds what its run wanted
		found.by.Aim = ""
	}
	d.add(found)
}

func (h *historyEntry) key() string {
	return resourceKey(provision.KindHistory, h.in.Name+"/"+h.generation)
}

func (h *historyEntry) plan(v *view) (*provision.Change, error) {
	last := v.lastNoted(h.ensemble, h.in.Name)
	with, err := v.generation(h.in.Name)
	if err != nil || with != h.generation || last == h.generation {
		return nil, err
	}
	c := &provision.Change{Instance: h.in.Name, Action: provision.Create, From: absent, To: provision.StartedWith(h.generation), Summary: "entry in the history of " + h.in.Name}
	if last != "" {
		c.From = provision.StartedWith(last)
	}
	return c, nil
}

func (h *historyEntry) foresee(v *view) { v.noted[h.in.Name] = h.generation }

func (h *historyEntry) writes(l *look) []guard.Touched {
	return guard.WritesIn(l, historyDir(h.ensemble))
}

func (h *historyEntry) apply(ctx context.Context, m *Machine) error {
	l := m.newLook(ctx)
	state, err := l.unit(h.in.Name)
	if err != nil {
		return err
	}
	e := provision.Entry{Instance: h.in.Name, Generation: h.generation, Time: state.ExecMainStart.UTC(), By: h.by, Found: h.found}
	if e.Time.IsZero() {
		e.Time = time.Now().UTC()
	}
	e.By.Step = "" // of no interest once it is over
	next := note{1, h.generation}
	if notes := l.notes(h.ensemble, h.in.Name); len(notes) > 0 {
		last := notes[len(notes)-1]
		next.number, e.Before = last.number+1, last.generation
	}
	now, err := l.startedWith(h.ensemble, h.in, h.generation)
	if err != nil {
		return err
	}
	e.Version = inventory.ReleaseIn(path.Base(units.ReleaseOf(now.unit)))
	if e.Before != "" {
		before, err := l.startedWith(h.ensemble, h.in, e.Before)
		if err != nil {
			return err
		}
		if before.known() && now.known() {
			e.Changes, e.Diff = differences(before, now), diffOf(h.in.Name, before, now)
		}
	}
	text, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return fmt.Errorf("cannot write the history of %s: %w", h.in.Name, err)
	}
	uid, gid := m.rootIDs()
	if err := m.makeDir(historyDir(h.ensemble), uid, gid, 0o700); err != nil {
		return err
	}
	if err := m.writeFile(path.Join(historyDir(h.ensemble), next.fileName(h.in.Name)), append(text, '\n'), uid, gid, 0o600); err != nil {
		return err
	}
	for _, n := range forgettable(append(l.notes(h.ensemble, h.in.Name), next)) {
		if err := m.removeFile(path.Join(historyDir(h.ensemble), n.fileName(h.in.Name))); err != nil {
			return err
		}
	}
	return nil
}

// notesKept is how many entries an instance's history has at most, beside the last ones of
// the generations that are kept.
const notesKept = 100

// forgettable returns the entries that go: all but the newest, and those by which a
// generation is one of the last that the instance was started with.
func forgettable(notes []note) []note {
	var gone []note
	kept := make(map[string]bool)
	for i, n := range slices.Backward(notes) {
		needed := !kept[n.generation] && len(kept) < provision.GenerationsKept
		if needed {
			kept[n.generation] = true
		}
		if !needed && len(notes)-i > notesKept {
			gone = append(gone, n)
		}
	}
	return gone
}

// remembered returns the entries without a gap before the newest: what an instance was
// started with between two others that are not neighbours is forgotten.
func remembered(notes []note) []note {
	for i := len(notes) - 1; i > 0; i-- {
		if notes[i-1].number != notes[i].number-1 {
			return notes[i:]
		}
	}
	return notes
}

// startedWith returns what lies in the folder of a generation; of what is missing, nothing.
func (l *look) startedWith(e *inventory.Ensemble, in *inventory.Instance, name string) (*generation, error) {
	g := &generation{name: name}
	for file, content := range g.files(in.Name) {
		there, err := l.entry(path.Join(configDir(e, in), name, file))
		if err != nil {
			return nil, err
		}
		if there.regular() {
			*content = there.content
			if content == &g.logging {
				g.logName = file
			}
		}
	}
	return g, nil
}

// files returns where the content of each file of a generation belongs. The one of the
// two for logging that is not there stays out.
func (g *generation) files(instance string) map[string]*[]byte {
	return map[string]*[]byte{units.FileName(instance): &g.unit, "zoo.cfg": &g.zooCfg, "log4j.properties": &g.logging, "logback.xml": &g.logging}
}

func (g *generation) known() bool { return g.unit != nil && g.zooCfg != nil }

// History implements provision.Historian.
func (m *Machine) History(ctx context.Context, t provision.Task) (provision.History, error) {
	all := provision.History{Runs: make(map[string]string), Lost: make(map[string]map[string]string)}
	host := t.Target()
	if host == nil {
		return all, fmt.Errorf("cannot tell the history of host %q: the inventory has none of that name", t.Host)
	}
	l := m.newLook(ctx)
	for i := range host.Instances {
		in := &host.Instances[i]
		state, err := l.unit(in.Name)
		if err != nil {
			return all, err
		}
		if state.RunsOrStarts() {
			if all.Runs[in.Name], err = l.generationOf(state); err != nil {
				return all, err
			}
		}
		lost := make(map[string]string)
		for _, n := range remembered(l.notes(t.Ensemble, in.Name)) {
			e, err := l.readNote(t.Ensemble, in.Name, n)
			if err != nil {
				return all, err
			}
			all.Entries = append(all.Entries, e)
			if _, looked := lost[n.generation]; looked {
				continue
			}
			if lost[n.generation], err = l.lost(t.Ensemble, in, n.generation); err != nil {
				return all, err
			}
		}
		for generation, why := range lost {
			if why == "" {
				delete(lost, generation)
			}
		}
		all.Lost[in.Name] = lost
	}
	return all, nil
}

// readNote reads an entry. What cannot be understood is told by the name of its file alone.
func (l *look) readNote(e *inventory.Ensemble, instance string, n note) (provision.Entry, error) {
	there, err := l.entry(path.Join(historyDir(e), n.fileName(instance)))
	if err != nil {
		return provision.Entry{}, err
	}
	var entry provision.Entry
	if !there.regular() || json.Unmarshal(there.content, &entry) != nil {
		entry = provision.Entry{}
	}
	entry.Instance, entry.Generation = instance, n.generation
	return entry, nil
}

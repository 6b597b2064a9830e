package host

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// decideRestart decides whether an instance that runs, or that systemd is about to start,
// has to be restarted to run with what its unit says, or will say. founder stops it where
// that is planned, and nothing has to be restarted then. d has what all instances share.
func (in *desiredInstance) decideRestart(t provision.Task, l *look, founder *stopped, d *desired) error {
	e := t.Ensemble
	state, err := l.unit(in.instance.Name)
	if err != nil || !state.RunsOrStarts() && !(t.Pending && comesBack(state)) {
		return err
	}
	if founder != nil {
		if stop, err := founder.plan(newView(l)); err != nil || stop != nil {
			return err
		}
	}
	with, err := l.generationOf(state)
	if err != nil {
		return err
	}
	in.runs = with
	var reasons []string
	runs := l.observation.Instances[in.instance.Name].Version
	upgraded := runs != "" && runs != in.version
	if upgraded {
		in.change = fmt.Sprintf("ZooKeeper %s -> %s", runs, in.version)
		reasons = append(reasons, in.change)
	}
	if d.anew != "" && !(upgraded && !d.shared) { // a release that is new is nothing to say beside that
		reasons = append(reasons, anewReason(d.anew))
	}
	current := with == in.generation
	complete := true // the unit and what it names are as they should be
	for _, f := range append(slices.Clone(in.files), in.unit.file) {
		right, since, err := f.meansSince(l, f.name)
		if err != nil {
			return err
		}
		complete = complete && right
		switch {
		case current:
			// A file that was edited after the process had started is put back, and
			// the process never saw the edit.
			right = right || since.IsZero() || !since.Before(state.ExecMainStart)
		case f.before != "":
			// What it runs with lies in another folder.
			if right, _, err = f.meansSince(l, f.before); err != nil {
				return err
			}
		}
		if !right {
			reasons = append(reasons, f.plainName())
		}
	}
	damaged, err := l.damagedJars(in.is.unit)
	if err != nil {
		return err
	}
	complete = complete && damaged == nil
	if current {
		reasons = append(reasons, damaged...)
	}
	noted, err := l.entry(outdatedPath(e, in.instance))
	if err != nil {
		return err
	}
	outdated := current && noted.regular() && strings.TrimSpace(string(noted.content)) == state.InvocationID
	if (!current || outdated) && len(reasons) == 0 {
		reasons = append(reasons, "it was started before its files got their present content")
	}
	edited := len(reasons) > 0
	replaced, err := l.replacedJava(in.instance.Name)
	if err != nil {
		return err
	}
	if replaced != "" {
		reasons = append(reasons, replaced+" under it")
	}
	changed := len(reasons) > 0
	if id := t.Anew[in.instance.Name]; id != "" && id == state.InvocationID {
		in.asked, reasons = id, append(reasons, "a restart was asked for")
	}
	if len(reasons) == 0 {
		return nil
	}
	in.restart = &provision.Restart{Instance: in.instance.Name, Reasons: reasons, Staged: d.anew == "" && complete, Shared: d.shared}
	if !current && isGeneration(with) {
		if before, err := l.startedWith(e, in.instance, with); err == nil && before.known() {
			in.restart.Differences = differences(before, in.is)
		}
	}
	if current && changed && state.InvocationID != "" {
		in.outdated, in.outdatedBy = state.InvocationID, "edited"
	}
	switch {
	case in.outdated == "":
	case !edited:
		in.outdatedBy = "on a Java that was replaced" // which shows for as long as it runs
	default:
		in.note = &file{name: outdatedPath(e, in.instance), content: []byte(state.InvocationID + "\n"), mode: 0o600, instance: in.instance.Name,
			blind: true, why: "remembers that the server has to be restarted, once what it was started with is put back"}
	}
	// What it would be started with again is put back in the restart.
	named := current || l.configNow(in.instance.Name) == path.Dir(in.files[0].name)
	for _, f := range in.files {
		if right, _, err := f.meansSince(l, f.name); named && err == nil && !right {
			f.kind = provision.KindGeneration
		}
	}
	return nil
}

// often is how many automatic restarts make a server one that does not come back by them.
const often = 3

// comesBack reports whether a server has ended and is started again by systemd in some
// seconds, with what it ran with. Who restarts nothing leaves it to that: started by
// anybody else it would get what was only staged, with nobody watching. One that ends
// again and again is down, and what is staged may be its cure.
func comesBack(s units.State) bool { return s.WaitsForRestart() && s.NRestarts < often }

func anewReason(anew string) string { return "the release is unpacked anew: " + anew }

// meansSince reports whether a file has the meaning of the wanted one, and since when the
// file at that path has its content; a file that is not there has none.
func (f *file) meansSince(l *look, name string) (bool, time.Time, error) {
	e, err := l.entry(name)
	if err != nil || e == nil {
		return false, time.Time{}, err
	}
	return f.means(e), e.modified, nil
}

// plainName returns the name by which people know a file: that of the link to it,
// where there is one.
func (f *file) plainName() string {
	if f.shown != "" {
		return f.shown
	}
	return f.name
}

// restarts lists the running instances that would have to be restarted to run with
// what their units say, or will say. What is taken away from under one instance is
// taken from all, be they left alone otherwise.
func (d *desired) restarts(o provision.Observation) []provision.Restart {
	var rs []provision.Restart
	mine := make(map[string]bool)
	for _, in := range d.instances {
		mine[in.instance.Name] = true
		if in.restart != nil {
			rs = append(rs, *in.restart)
		}
	}
	if !d.shared {
		return rs
	}
	for _, name := range slices.Sorted(maps.Keys(o.Instances)) {
		if !mine[name] && o.Instances[name].Unit.RunsOrStarts() {
			rs = append(rs, provision.Restart{Instance: name, Reasons: []string{anewReason(d.anew)}, Shared: true})
		}
	}
	return rs
}

package host

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/guard"
	"github.com/zkprov/zkprov/provision/java"
	"github.com/zkprov/zkprov/units"
)

// trial runs what instances would be started with as far as that goes without a server:
// their Java with their heap and flags, which reads their zoo.cfg with the release's own
// class. It comes before any unit names the generation, so that a JVM that cannot start is
// found while all that runs goes on. One change tries all instances of the host, as most
// of them differ in their zoo.cfg alone, for which one JVM does.
type trial struct {
	ensemble string
	tries    []try
	// alone is set where only the Java is tried: the release is not there yet.
	alone bool
}

// try is an instance and the generation that is tried.
type try struct {
	instance   string
	generation string
	unit       []byte
	// marker is a file of zkprov's that remembers what was tried.
	marker string
}

// addTrial adds the trial of the instances, each with the generation that it would be
// started with.
func (d *desired) addTrial(e *inventory.Ensemble) {
	t := &trial{ensemble: e.Name, alone: d.shared}
	for _, in := range d.instances {
		t.tries = append(t.tries, try{in.instance.Name, in.generation, in.unit.content, trialPath(e, in.instance)})
	}
	if len(t.tries) > 0 {
		d.trial = t
		d.add(t)
	}
}

// trialPath holds the generations of an instance that were tried, each with the stamp of
// its Java.
func trialPath(e *inventory.Ensemble, in *inventory.Instance) string {
	return path.Join(stateDir(e), in.Name+".trial")
}

func (t *trial) key() string { return resourceKey(provision.KindTrial, t.ensemble) }

func (t *trial) plan(v *view) (*provision.Change, error) {
	left, err := t.left(v)
	if err != nil || len(left) == 0 {
		return nil, err
	}
	var names, tried []string
	for _, l := range left {
		names = append(names, l.instance)
		tried = append(tried, l.instance, l.generation)
	}
	c := &provision.Change{Action: provision.Try, From: "untried", To: provision.Tried(tried...)}
	c.Summary = strings.Join(names, ", ") + ": Java starts with the flags, and ZooKeeper reads the zoo.cfg"
	return c, nil
}

// left returns the instances whose generation was not tried with its Java as it is now,
// and that do not run with it.
func (t *trial) left(v *view) ([]try, error) {
	var left []try
	for _, one := range t.tries {
		stamp := v.look.stamp(units.JavaOf(one.unit))
		e, err := v.entry(one.marker)
		if err != nil {
			return nil, err
		}
		if stamp != "" && e.regular() && slices.Contains(strings.Split(string(e.content), "\n"), one.line(stamp)) {
			continue
		}
		with, err := v.generation(one.instance)
		if err != nil {
			return nil, err
		}
		replaced, err := v.look.replacedJava(one.instance)
		if err != nil {
			return nil, err
		}
		if with != one.generation || replaced != "" {
			left = append(left, one)
		}
	}
	return left, nil
}

// line is what the marker says of a generation that was tried.
func (t try) line(stamp string) string { return t.generation + " " + stamp }

// keptTries is how many generations a marker remembers: those that an instance may go back
// to among them.
const keptTries = 8

// marked returns the marker's content once the generation was tried.
func (t try) marked(before *entry, stamp string) []byte {
	line := t.line(stamp)
	var lines []string
	if before.regular() {
		lines = slices.DeleteFunc(strings.Split(string(before.content), "\n"), func(l string) bool { return l == line || l == "" })
	}
	lines = append(lines, line)
	return []byte(strings.Join(lines[max(0, len(lines)-keptTries):], "\n") + "\n")
}

func (t *trial) foresee(v *view) {
	left, err := t.left(v)
	if err != nil {
		return
	}
	uid, gid := v.look.m.rootIDs()
	for _, one := range left {
		before, _ := v.entry(one.marker)
		v.putEntry(one.marker, &entry{mode: 0o600, uid: uid, gid: gid, content: one.marked(before, v.look.stamp(units.JavaOf(one.unit)))})
	}
}

func (t *trial) writes(l *look) []guard.Touched {
	var all []guard.Touched
	for _, one := range t.tries {
		all = append(all, guard.Replaces(l, one.marker)...)
	}
	return all
}

func (t *trial) apply(ctx context.Context, m *Machine) error {
	l := m.newLook(ctx)
	left, err := t.left(newView(l))
	if err != nil {
		return err
	}
	if err := m.try(ctx, l, left, t.alone); err != nil {
		return err
	}
	uid, gid := m.rootIDs()
	for _, one := range left {
		before, err := l.entry(one.marker)
		if err != nil {
			return err
		}
		// The stamp is that of the look before the trial: a Java that was replaced
		// meanwhile is tried again.
		content := one.marked(before, l.stamp(units.JavaOf(one.unit)))
		if before.regular() && bytes.Equal(before.content, content) {
			continue
		}
		if err := m.writeFile(one.marker, content, uid, gid, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// stamp identifies the Java at a path; empty where there is none.
func (l *look) stamp(program string) string {
	stamp, _ := once(l, "the stamp of "+program, func() (string, error) { return java.Stamp(l.m.Root, program), nil })
	return stamp
}

// failedTrial returns why instances would not start with what they were tried with.
func failedTrial(instances []string, why, hint string, name string, lines []string) error {
	return &provision.Error{Kind: provision.Failed, Name: name,
		Message: fmt.Sprintf("%s would not start: %s; it was tried beforehand, and no server was stopped or started", strings.Join(instances, ", "), why),
		Hint:    hint, Detail: lines}
}

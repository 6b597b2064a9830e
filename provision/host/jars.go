package host

import (
	"context"
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/guard"
	"github.com/zkprov/zkprov/units"
)

// jarFile is a jar beside the release, whole or not there.
type jarFile struct {
	source archive.Source
	dest   string
}

// addJars adds the jars of the instances that get the generation of the inventory.
func (d *desired) addJars(t provision.Task) {
	e, h := t.Ensemble, t.Target()
	var added []string
	for i := range h.Instances {
		in := &h.Instances[i]
		if in.Former || !t.Concerns(in) || t.Generations[in.Name] != "" {
			continue
		}
		for _, j := range in.JVM.Jars {
			dest := e.Paths.Jar(j)
			if added == nil {
				d.add(&dir{name: e.Paths.JarsDir(), mode: 0o755})
			}
			if !slices.Contains(added, dest) {
				added = append(added, dest)
				d.add(&jarFile{source: archive.JarSource(j), dest: dest})
			}
		}
	}
}

func (j *jarFile) key() string { return resourceKey(provision.KindJar, j.dest) }

func (j *jarFile) plan(v *view) (*provision.Change, error) {
	state, err := v.jar(j.dest, j.source.SHA512)
	if err != nil {
		return nil, fmt.Errorf("cannot look at the jar %s: %w", j.dest, err)
	}
	c := &provision.Change{Path: j.dest, Action: provision.Update, From: releaseDigest(state), To: releaseDigest(j.complete()), Summary: state.Reason}
	switch state.Kind {
	case archive.Complete:
		return nil, nil
	case archive.Absent:
		c.Action, c.Summary = provision.Create, "jar for the class path"
	case archive.Foreign:
		return nil, &provision.Error{Kind: provision.Refused, Name: foreignRelease,
			Message: fmt.Sprintf("cannot put a jar at %s: %s", j.dest, state.Reason), Hint: "move away what lies there, or set paths.install to another folder"}
	}
	return c, nil
}

// complete returns the state of the jar when it is as it should be.
func (j *jarFile) complete() archive.State {
	return archive.State{Kind: archive.Complete, SHA512: j.source.SHA512}
}

func (j *jarFile) foresee(v *view) { v.releases[j.dest] = j.complete() }

func (j *jarFile) writes(l *look) []guard.Touched { return guard.Replaces(l, j.dest) }

// apply puts the jar into its place whole. What a server has open of another one it keeps.
func (j *jarFile) apply(ctx context.Context, m *Machine) error {
	name, ok, err := m.cache().Lookup(ctx, j.source.SHA512)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("cannot put %s on the class path: the host's cache has no jar with the pinned SHA-512", j.source.FileName)
	}
	if err := provision.ExamineArchive(ctx, name, j.source); err != nil {
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("cannot read a jar: %w", err)
	}
	defer f.Close()
	uid, gid := m.rootIDs()
	return m.writeFrom(j.dest, f, uid, gid, 0o644)
}

// lackedJars returns the SHA-512s of the jars that changes put into their places and that
// the host's cache does not have.
func (l *look) lackedJars(changes []needed) []string {
	var all []string
	for _, n := range changes {
		j, ok := n.resource.(*jarFile)
		if ok && !slices.Contains(all, j.source.SHA512) && !l.cached(j.source.SHA512) {
			all = append(all, j.source.SHA512)
		}
	}
	return all
}

// jarName matches the name of a jar's file, which begins with that of its SHA-512.
var jarName = regexp.MustCompile(fmt.Sprintf(`^([0-9a-f]{%d})-.+\.jar$`, inventory.JarDigits))

// isJar reports whether a path is one of a jar that zkprov has put there.
func isJar(name string) bool {
	return path.IsAbs(name) && path.Base(path.Dir(name)) == "jars" && jarName.MatchString(path.Base(name))
}

// isNamed reports whether a jar's content is the one that its name tells.
func isNamed(name string, s archive.State) bool {
	m := jarName.FindStringSubmatch(path.Base(name))
	return m != nil && strings.HasPrefix(s.SHA512, m[1])
}

// lacksJar returns what is wrong with the jars that a unit names, as the end of a message;
// empty where nothing is.
func (l *look) lacksJar(unit []byte) (string, error) {
	for _, name := range units.JarsOf(unit) {
		switch state, err := l.jar(name, ""); {
		case err != nil:
			return "", err
		case state.Kind == archive.Absent:
			return "its jar " + name + " is not there any more", nil
		case !isNamed(name, state):
			return "its jar " + name + " is not what its name says", nil
		}
	}
	return "", nil
}

// damagedJars returns, as reasons for a restart, the jars of a unit that are there and have
// another content than their names tell.
func (l *look) damagedJars(unit []byte) ([]string, error) {
	var all []string
	for _, name := range units.JarsOf(unit) {
		state, err := l.jar(name, "")
		if err != nil {
			return nil, err
		}
		if state.Kind != archive.Absent && !isNamed(name, state) {
			all = append(all, name)
		}
	}
	return all, nil
}

// jarNames returns the jars of a unit for people.
func jarNames(unit []byte) string {
	var names []string
	for _, name := range units.JarsOf(unit) {
		names = append(names, path.Base(name))
	}
	return strings.Join(names, " ")
}

// jars adds the jars that nobody names, and returns the beginnings of the hashes of those
// that stay.
func (c *collection) jars() []string {
	var stay []string
	wanted := c.e.Host(c.host).Jars()
	for _, j := range wanted {
		stay = append(stay, j.SHA512[:inventory.JarDigits])
	}
	for _, file := range c.l.Names(c.e.Paths.JarsDir()) {
		m := jarName.FindStringSubmatch(file)
		if m == nil {
			continue
		}
		name := path.Join(c.e.Paths.JarsDir(), file)
		user := c.l.userOf(c.e.Paths, name, spared{})
		if slices.ContainsFunc(wanted, func(j inventory.Jar) bool { return c.e.Paths.Jar(j) == name }) {
			user = "a jar of the inventory"
		}
		if user != "" {
			stay = append(stay, m[1])
		}
		c.unless(user, &unused{kind: provision.KindJar, path: name, what: "a jar which nothing names", remove: os.Remove})
	}
	return stay
}

// removeJars adds the jars that nothing else on the host names.
func (d *takeDown) removeJars() error {
	for _, j := range d.h.Jars() {
		if name := d.e.Paths.Jar(j); !slices.Contains(d.jars, name) {
			d.jars = append(d.jars, name)
		}
	}
	ours, err := d.spared()
	if err != nil {
		return err
	}
	for _, name := range d.jars {
		if e, err := d.l.entry(name); err != nil || !e.regular() {
			continue
		}
		if user := d.l.userOf(d.e.Paths, name, ours); user != "" {
			d.stay(name, user)
			continue
		}
		d.add(&gone{kind: provision.KindJar, name: name, live: true, summary: "a jar that nothing else names", parts: func(l *look) ([]part, error) {
			e, err := l.entry(name)
			if err != nil || e == nil {
				return nil, err
			}
			return []part{{path: name}}, nil
		}})
	}
	return nil
}

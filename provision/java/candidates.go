package java

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/hostpath"
	"github.com/zkprov/zkprov/provision/access"

	"github.com/zkprov/zkprov/inventory"
)

// usual lists the folders where packages and people put Java homes.
var usual = [...]struct{ dir, pattern string }{
	{"/usr/lib/jvm", "*"},
	{"/usr/lib64/jvm", "*"},
	{"/usr/java", "*"},
	{"/opt", "java*"},
	{"/opt/java", "*"},
	{"/opt", "jdk*"},
	{"/opt", "jre*"},
	{"/usr/local", "java*"},
	{"/usr/local/java", "*"},
	{"/usr/local", "jdk*"},
	{"/usr/local", "jre*"},
	{"/usr/local", "openjdk*"},
}

// candidate is one runtime: all the Java homes that lead to the same java.
type candidate struct {
	source string // the best one that led here
	real   facts.Followed
	homes  []alias
}

// alias is one way to write a candidate's home.
type alias struct {
	home   string
	source string
	java   string // as the source has it
	link   bool   // the home itself is a symbolic link
}

// shown returns the path that a message names: the one that the source has.
func (c candidate) shown() string {
	if c.source == FromPath || c.source == FromCurrent {
		return c.homes[0].java
	}
	return c.homes[0].home
}

// candidates lists the runtimes of the host in the order of preference, and what
// looked like one but leads nowhere.
func candidates(o Options) ([]candidate, rejections) {
	c := collector{root: o.Root, user: o.User}
	if o.Home != "" {
		c.add(FromInventory, path.Clean(o.Home), "")
		return c.found, c.rejected
	}
	if home := o.Env("JAVA_HOME"); home != "" {
		if path.IsAbs(home) {
			c.add(FromJavaHome, path.Clean(home), "")
		} else {
			c.reject(home, FromJavaHome, "it is not an absolute path")
		}
	}
	if o.Current != "" {
		c.add(FromCurrent, "", o.Current)
	}
	for _, dir := range strings.Split(o.Env("PATH"), ":") {
		if !path.IsAbs(dir) {
			continue // relative to a folder that the service will not be in
		}
		java := path.Join(dir, "java")
		if _, err := os.Lstat(facts.InRoot(o.Root, java)); err == nil {
			c.add(FromPath, "", java)
		}
	}
	for _, u := range usual {
		c.scan(u.dir, u.pattern)
	}
	return c.found, c.rejected
}

type collector struct {
	root     string
	user     access.User
	found    []candidate
	rejected rejections
}

func (c *collector) reject(path, source, reason string) {
	c.rejected = append(c.rejected, Rejection{path, source, reason})
}

// add takes a candidate: a Java home or, where home is empty, a java.
func (c *collector) add(source, home, java string) {
	shown := java
	if home != "" {
		java, shown = javaIn(home), home
	}
	real, err := facts.Follow(c.root, java)
	if err != nil {
		c.reject(shown, source, whyMissing(shown, java, real.Path, err))
		return
	}
	if reason := unreachable(c.user, java, real); reason != "" {
		c.reject(shown, source, reason)
		return
	}
	started := java
	if source == FromPath {
		started = real.Path // see judge
	}
	if reason := inventory.Unstartable(started); reason != "" {
		c.reject(shown, source, reason)
		return
	}
	a := alias{home: home, source: source, java: java}
	switch {
	case home != "":
	case source == FromCurrent:
		a.home = homeOf(java)
	default:
		a.home = homeOf(real.Path)
	}
	if info, err := os.Lstat(facts.InRoot(c.root, a.home)); err == nil {
		a.link = info.Mode()&fs.ModeSymlink != 0
	}
	for i := range c.found {
		if c.found[i].real.Path == real.Path {
			c.found[i].homes = append(c.found[i].homes, a)
			return
		}
	}
	c.found = append(c.found, candidate{source, real, []alias{a}})
}

// whyMissing returns why java cannot be followed, as a clause. missing is the first
// path on the way that is not there, and shown is what the message begins with.
func whyMissing(shown, java, missing string, err error) string {
	switch {
	case !errors.Is(err, fs.ErrNotExist):
		return "it cannot be looked at: " + err.Error()
	case missing == shown:
		return "it does not exist"
	case missing == java || missing == path.Dir(java):
		return "there is no bin/java in it"
	case hostpath.Within(java, missing):
		return missing + " does not exist"
	default:
		return "it leads to " + missing + ", which does not exist"
	}
}

// scan adds the Java homes in dir whose names match the pattern. A folder without
// bin/java is no Java home and is passed over; a link that leads nowhere is kept and
// rejected, as it once led to one.
func (c *collector) scan(dir, pattern string) {
	real, err := facts.Follow(c.root, dir)
	if err != nil {
		return
	}
	entries, err := os.ReadDir(facts.InRoot(c.root, real.Path))
	if err != nil {
		return
	}
	for _, e := range entries {
		if ok, _ := path.Match(pattern, e.Name()); !ok || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		home := path.Join(dir, e.Name())
		if at, err := facts.Follow(c.root, home); err == nil {
			if _, err := os.Lstat(facts.InRoot(c.root, javaIn(at.Path))); err != nil {
				continue
			}
		}
		c.add(FromFolder, home, "")
	}
}

// preferred chooses how to write a candidate into a unit. What the inventory or
// the unit says stays as it is. Else a name that the next patch release takes
// away is the worst, since the unit would not start after it; one that moves to
// the next feature release is better; one that says just the feature release is
// best. Then JAVA_HOME, then a folder before a link, then the more particular
// name.
func (c candidate) preferred(feature int) alias {
	for _, source := range []string{FromInventory, FromCurrent} {
		for _, a := range c.homes {
			if a.source == source {
				return a
			}
		}
	}
	return slices.MinFunc(c.homes, func(a, b alias) int {
		return cmp.Or(
			cmp.Compare(fragility(path.Base(a.home), feature), fragility(path.Base(b.home), feature)),
			-order(a.source == FromJavaHome, b.source == FromJavaHome),
			order(a.link, b.link),
			cmp.Compare(len(b.home), len(a.home)),
			cmp.Compare(a.home, b.home),
		)
	})
}

// order compares two conditions: one that does not hold comes first.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// In names of Java homes: an architecture, whose digits mean nothing; the old
// way to write a feature release; a number with a further one behind it.
var (
	archName   = regexp.MustCompile(`x86_64|amd64|i[3-6]86|aarch64|arm64|ppc64(le|el)?|s390x|riscv64`)
	oldFeature = regexp.MustCompile(`(^|[^\d.])1\.(\d+)(\.0)?(\D|$)`)
	patchLevel = regexp.MustCompile(`\d[._u+]\d`)
	number     = regexp.MustCompile(`\d+`)
)

// fragility returns how easily a Java home of that name goes away with an update: 0 for
// a name with just the feature release (java-17-openjdk-amd64, java-1.8.0-openjdk), 1
// for one without any number (default-java), 2 for one of a patch release
// (jdk-17.0.9+9, jdk1.8.0_402).
func fragility(name string, feature int) int {
	name = shortFeature(archName.ReplaceAllString(name, ""))
	switch {
	case patchLevel.MatchString(name):
		return 2
	case slices.Contains(number.FindAllString(name, -1), strconv.Itoa(feature)):
		return 0
	default:
		return 1
	}
}

// shortFeature writes 1.8.0 as 8, unless an update number follows.
func shortFeature(name string) string {
	return oldFeature.ReplaceAllStringFunc(name, func(m string) string {
		sub := oldFeature.FindStringSubmatch(m)
		if strings.ContainsAny(sub[4], "._u+") {
			return m
		}
		return sub[1] + sub[2] + sub[4]
	})
}

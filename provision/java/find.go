package java

import (
	"context"
	"fmt"
	"path"
	"runtime"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision/access"

	"github.com/zkprov/zkprov/inventory"
)

// Options tells Find where to look and what the Java is for.
type Options struct {
	// Root is put before every path; empty is the real root.
	Root string
	// Home is the inventory's java.home. Where it is set it is the only candidate.
	Home string
	// Env looks a variable up; nil is an empty environment.
	Env func(name string) string
	// Current is the java that the instances' units start now, or the one that a
	// plan foretold; empty where there is none. As long as it is good enough it
	// beats all that was merely found, so that a second Java on the host changes
	// no running instance.
	Current string
	// Minimum is the user's floor for the feature release; 0 is none.
	Minimum int
	// Version is the ZooKeeper release.
	Version inventory.Version
	// Jar is lib/zookeeper-<version>.jar of the unpacked release; it need not
	// exist.
	Jar string
	// User is who the instances run as. Before it exists what everybody may do matters.
	User access.User
	// Asked keeps what candidates said when they were run; nil keeps nothing.
	Asked *Asked
	// Patience is how long a candidate may take to say its version; 0 is five seconds.
	Patience time.Duration
	// Arch is the host's architecture in Go's spelling; empty is our own.
	Arch string
}

// Where a candidate came from, in the order of preference.
const (
	FromInventory = "inventory"
	FromJavaHome  = "JAVA_HOME"
	FromCurrent   = "unit"
	FromPath      = "PATH"
	FromFolder    = "folder"
)

// Result is the Java that the instances are to run on.
type Result struct {
	// Home is the Java home, Java the absolute path of its bin/java. Where several
	// links lead to one runtime this is one that survives its next patch release.
	Home    string `json:"home"`
	Java    string `json:"java"`
	Feature int    `json:"feature"`
	Version string `json:"version"`
	Source  string `json:"source"`
	// Need is the minimum that was asked of it.
	Need Need `json:"need"`
	// Undocumented is a clause about how this Java lies outside of what the ZooKeeper
	// release is documented for; empty where it is inside.
	Undocumented string `json:"undocumented,omitempty"`
	// Rejected lists the candidates that were preferred and would not do.
	Rejected []Rejection `json:"rejected,omitempty"`
	// Hung lists the programs of rejected candidates that gave no answer and were
	// waited for.
	Hung []string `json:"hung,omitempty"`
}

// Rejection is a candidate that will not do, and why.
type Rejection struct {
	// Path is the candidate's Java home, or its java where only that is known.
	Path   string `json:"path"`
	Source string `json:"source"`
	Reason string `json:"reason"`
}

// String returns "path (source): reason".
func (r Rejection) String() string {
	if r.Source == FromFolder {
		return r.Path + ": " + r.Reason
	}
	return fmt.Sprintf("%s (%s): %s", r.Path, sourceText(r.Source), r.Reason)
}

func sourceText(source string) string {
	switch source {
	case FromInventory:
		return "java.home in the inventory"
	case FromCurrent:
		return "the one in use"
	default:
		return source
	}
}

// NotFoundError is the error of Find where no candidate will do. It has the reason of
// each.
type NotFoundError struct {
	Need     Need        `json:"need"`
	Rejected []Rejection `json:"rejected,omitempty"`
}

func (e *NotFoundError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "cannot find Java %d or newer (%s): ", e.Need.Feature, e.Need.Reason)
	if len(e.Rejected) == 0 {
		b.WriteString("there is none in JAVA_HOME, PATH or the usual folders")
	}
	for i, r := range e.Rejected {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(r.String())
	}
	b.WriteString(". ")
	b.WriteString(e.Hint())
	return b.String()
}

// Hint returns what to write into the inventory.
func (e *NotFoundError) Hint() string {
	if len(e.Rejected) == 1 && e.Rejected[0].Source == FromInventory {
		return "Correct home under [java] in the inventory, or leave it out to have one found"
	}
	return "Set install = true under [java] in the inventory to install the distribution's, or home to name one"
}

// Find chooses the Java for the instances of this host. A Java that somebody
// named comes first (java.home, which allows no other; then JAVA_HOME), then the
// one in use, then the first on PATH, then those in the usual folders: the
// newest that the ZooKeeper release is documented for, else the oldest above
// those. The error is a *NotFoundError where none will do.
//
// Find reads; only a candidate without a usable release file is run, with
// -version and for at most five seconds, several at once.
func Find(ctx context.Context, o Options) (Result, error) {
	if o.Env == nil {
		o.Env = func(string) string { return "" }
	}
	if o.Arch == "" {
		o.Arch = runtime.GOARCH
	}
	if o.Patience <= 0 {
		o.Patience = versionLimit
	}
	n := need(o)
	found, rejected := candidates(o)
	a, leave := ask(ctx, o, n, found)
	defer leave()
	var fallback []Result
	var hung []string
	for i, c := range found {
		answer := a.get(i)
		if answer.hung {
			hung = append(hung, c.homes[0].java)
		}
		r, reason := Result{}, answer.reason
		if reason == "" {
			r, reason = judge(o, c, n, answer.version)
		}
		switch {
		case reason != "":
			rejected = append(rejected, Rejection{c.shown(), c.source, reason})
		case c.source == FromFolder: // these come last
			fallback = append(fallback, r)
		default:
			r.Rejected, r.Hung = rejected.before(c.source), hung
			return r, nil
		}
	}
	if err := ctx.Err(); err != nil {
		return Result{}, fmt.Errorf("cannot finish looking for Java: %w", err)
	}
	rejected.sort()
	if len(fallback) == 0 {
		return Result{}, &NotFoundError{n, rejected}
	}
	known := documented(o.Version)
	best := slices.MinFunc(fallback, func(a, b Result) int {
		return preference(a, known) - preference(b, known)
	})
	best.Rejected, best.Hung = rejected, hung
	return best, nil
}

// preference ranks the runtimes of the usual folders, smaller is better: the newest
// documented release, then the oldest that is newer, then the rest.
func preference(r Result, known []int) int {
	newest := known[len(known)-1]
	switch {
	case slices.Contains(known, r.Feature):
		return newest - r.Feature
	case r.Feature > newest:
		return 1000 + r.Feature
	default:
		return 3000 - r.Feature // 9 and 10, which the documentation rules out
	}
}

type rejections []Rejection

var sourceOrder = [...]string{FromInventory, FromJavaHome, FromCurrent, FromPath, FromFolder}

func rank(source string) int { return slices.Index(sourceOrder[:], source) }

// sort orders by source, keeping the order within one.
func (rs rejections) sort() {
	sort.SliceStable(rs, func(i, j int) bool { return rank(rs[i].Source) < rank(rs[j].Source) })
}

// before returns the rejections of what was preferred to source, or came with it.
func (rs rejections) before(source string) []Rejection {
	rs.sort()
	return slices.DeleteFunc(rs, func(r Rejection) bool { return rank(r.Source) > rank(source) })
}

// javaIn returns the java of a Java home.
func javaIn(home string) string { return path.Join(home, "bin", "java") }

// homeOf returns the Java home of a java; it is the reverse of javaIn.
func homeOf(java string) string { return path.Dir(path.Dir(java)) }

// Findings returns the warnings and notices about the choice. None of them stops an
// apply.
func (r Result) Findings(host string) finding.Findings {
	var found finding.Findings
	for _, java := range r.Hung {
		found = append(found, finding.Finding{
			Name: javaHangs, Severity: finding.Warning, Host: host,
			Message: fmt.Sprintf("%s gave no answer to -version; every run waits %s for it, and takes %s", java, versionLimit, r.Java),
			Hint:    fmt.Sprintf("see what it is: timeout 9 %s -version; repair it, take it off the PATH, or name a Java under [java] home in the inventory", finding.Quoted(java)),
		})
	}
	if r.Undocumented != "" {
		found = append(found, finding.Finding{
			Name: javaUndocumented, Severity: finding.Notice, Host: host,
			Message: fmt.Sprintf("%s (%s)", r.Undocumented, r.Java),
			Hint:    "name another under [java] home in the inventory, or silence this by its name",
		})
	}
	return found
}

// Finding returns the error as a critical finding about a host.
func (e *NotFoundError) Finding(host string) finding.Finding {
	message, _, _ := strings.Cut(e.Error(), ". "+e.Hint())
	return finding.Finding{Name: javaNotFound, Severity: finding.Critical, Host: host, Message: message, Hint: e.Hint()}
}

package archive

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/zkprov/zkprov/inventory"
)

// releases lists the archives that are built in; its head tells the form and the rule.
//
//go:embed releases.tsv
var releases string

// known is the archive of a release that two independent sources pin.
type known struct {
	version inventory.Version
	// sha512 is 128 lower-case hex digits.
	sha512 string
	// sources are written "repository:file".
	sources []string
}

// table is the content of releases.tsv. A repository that related maps to another counts
// as that one: the one takes its values from the other.
type table struct {
	releases []known
	related  map[string]string
}

// builtIn reads the table of the releases that are built in, once.
var builtIn = sync.OnceValue(func() table { return readTable(releases) })

// readTable reads a text of the form of releases.tsv. What has another form is left out,
// which the tests of the table find.
func readTable(text string) table {
	t := table{related: make(map[string]string)}
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch {
		case strings.HasPrefix(line, "#"):
		case fields[0] == "related" && len(fields) == 2:
			repositories := strings.Fields(fields[1])
			for _, r := range repositories {
				t.related[r] = repositories[0]
			}
		case len(fields) == 3:
			t.releases = append(t.releases, known{inventory.Version(fields[0]), fields[1], strings.Split(fields[2], "; ")})
		}
	}
	slices.SortStableFunc(t.releases, func(a, b known) int { return a.version.Compare(b.version) })
	return t
}

// independent returns the repositories of a release's sources that count by themselves.
func (t table) independent(k known) []string {
	var all []string
	for _, source := range k.sources {
		repository, _, _ := strings.Cut(source, ":")
		if first, ok := t.related[repository]; ok {
			repository = first
		}
		if !slices.Contains(all, repository) {
			all = append(all, repository)
		}
	}
	return all
}

// pinned returns the SHA-512 that zkprov vouches for; empty for a release that it has
// none of.
func pinned(version inventory.Version) string {
	for _, k := range builtIn().releases {
		if k.version == version {
			return k.sha512
		}
	}
	return ""
}

// BuiltIn returns the releases of which the archive's SHA-512 is built in, the oldest
// first: for them a version is all that an inventory needs.
func BuiltIn() []inventory.Version {
	var all []inventory.Version
	for _, k := range builtIn().releases {
		all = append(all, k.version)
	}
	return all
}

// listed returns the releases that are built in, for people: one line of releases after
// the other, with the patches of a run drawn together, such as "3.6.1-3.6.4".
func listed() string {
	var runs [][2]inventory.Version
	for _, v := range BuiltIn() {
		if n := len(runs); n > 0 && v.Follows(runs[n-1][1]) {
			runs[n-1][1] = v
			continue
		}
		runs = append(runs, [2]inventory.Version{v, v})
	}
	var words []string
	for _, r := range runs {
		if r[0] == r[1] {
			words = append(words, string(r[0]))
		} else {
			words = append(words, string(r[0]+"-"+r[1]))
		}
	}
	return strings.Join(words, ", ")
}

// releaseOf returns the release whose archive has a SHA-512; empty where none that is
// built in has.
func releaseOf(sha512 string) inventory.Version {
	for _, k := range builtIn().releases {
		if k.sha512 == sha512 {
			return k.version
		}
	}
	return ""
}

// Reference returns the rows of a table in Markdown of the releases that are built in,
// each with the repositories that pin it.
func Reference() []byte {
	var b strings.Builder
	t := builtIn()
	for _, k := range t.releases {
		fmt.Fprintf(&b, "| %s | %s |\n", k.version, strings.Join(t.independent(k), ", "))
	}
	return []byte(b.String())
}

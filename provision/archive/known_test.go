package archive

import (
	"slices"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/inventory"
)

// faults returns what keeps a table from being one to build in.
func (t table) faults() []string {
	var fs []string
	seen := make(map[string]bool)
	for _, k := range t.releases {
		name := string(k.version)
		switch {
		case !k.version.Valid():
			fs = append(fs, name+" is no version")
		case k.version.Before("3.5.5"):
			fs = append(fs, name+" has no archive of the name -bin")
		case checkHash(k.sha512) != nil:
			fs = append(fs, name+" has no SHA-512")
		case len(t.independent(k)) < 2:
			fs = append(fs, name+" has one independent source: "+strings.Join(k.sources, ", "))
		case seen[name] || seen[k.sha512]:
			fs = append(fs, name+" is there twice, or has the SHA-512 of another")
		}
		for _, source := range k.sources {
			if repository, file, ok := strings.Cut(source, ":"); !ok || file == "" || strings.Count(repository, "/") != 1 {
				fs = append(fs, name+" has a source without repository or file: "+source)
			}
		}
		seen[name], seen[k.sha512] = true, true
	}
	return fs
}

func TestBuiltInReleases(t *testing.T) {
	table := builtIn()
	for _, fault := range table.faults() {
		t.Error(fault)
	}
	lines := 0
	for line := range strings.Lines(releases) {
		if !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "related\t") {
			lines++
		}
	}
	if lines != len(table.releases) || lines < 22 {
		t.Errorf("%d of %d lines were read", len(table.releases), lines)
	}
	if len(table.related) == 0 {
		t.Error("no sources are related")
	}
	for _, version := range []inventory.Version{"3.6.3", "3.6.4", "3.8.4", "3.9.5"} {
		if pinned(version) == "" || !slices.Contains(BuiltIn(), version) || releaseOf(pinned(version)) != version {
			t.Errorf("%s is not built in", version)
		}
	}
	if pinned("3.8.5") != "" || releaseOf("") != "" {
		t.Error("a release with one source is built in")
	}
}

func TestFaultsOfReleases(t *testing.T) {
	hash := func(digit string) string { return strings.Repeat(digit, 128) }
	const head = "# a comment\nrelated\ta/b c/d\n"
	tests := map[string]struct{ text, want string }{
		"two sources":          {"3.6.3\t" + hash("1") + "\ta/b:f; e/f:g\n", ""},
		"one source":           {"3.6.3\t" + hash("1") + "\ta/b:f\n", "3.6.3 has one independent source: a/b:f"},
		"related sources":      {"3.6.3\t" + hash("1") + "\ta/b:f; c/d:g\n", "3.6.3 has one independent source: a/b:f, c/d:g"},
		"two files of one":     {"3.6.3\t" + hash("1") + "\ta/b:f; a/b:g\n", "3.6.3 has one independent source: a/b:f, a/b:g"},
		"no hash":              {"3.6.3\t1234\ta/b:f; e/f:g\n", "3.6.3 has no SHA-512"},
		"no version":           {"v3\t" + hash("1") + "\ta/b:f; e/f:g\n", "v3 is no version"},
		"another name":         {"3.5.4\t" + hash("1") + "\ta/b:f; e/f:g\n", "3.5.4 has no archive of the name -bin"},
		"no file":              {"3.6.3\t" + hash("1") + "\ta/b; e/f:g\n", "3.6.3 has a source without repository or file: a/b"},
		"a version twice":      {"3.6.3\t" + hash("1") + "\ta/b:f; e/f:g\n3.6.3\t" + hash("2") + "\ta/b:f; e/f:g\n", "3.6.3 is there twice, or has the SHA-512 of another"},
		"a hash of two":        {"3.6.3\t" + hash("1") + "\ta/b:f; e/f:g\n3.6.4\t" + hash("1") + "\ta/b:f; e/f:g\n", "3.6.4 is there twice, or has the SHA-512 of another"},
		"sorted by its number": {"3.10.0\t" + hash("1") + "\ta/b:f; e/f:g\n3.9.4\t" + hash("2") + "\ta/b:f; e/f:g\n", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(readTable(head+test.text).faults(), "; "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestListed(t *testing.T) {
	if got := listed(); !strings.HasPrefix(got, "3.5.6-3.5.9, 3.6.1-3.6.4, ") {
		t.Errorf("got %q", got)
	}
}

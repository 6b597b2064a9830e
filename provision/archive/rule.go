package archive

import (
	"fmt"
	"slices"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// The names of the findings about the archive.
const (
	archiveUnpinned = "archive-unpinned"
	archiveURL      = "archive-url"
	archiveOther    = "archive-of-other-version"
	jarURL          = "jar-url"
)

// Rule implements inventory.Rule. It wants a pinned hash for the archive, and URLs that are
// fetched as they stand.
func Rule(e *inventory.Ensemble) finding.Findings {
	var fs finding.Findings
	add := func(name, message, hint string) {
		fs = append(fs, finding.Finding{
			Pos:      finding.Position{File: e.File},
			Severity: finding.Error,
			Name:     name,
			Message:  message,
			Hint:     hint,
		})
	}
	s := Resolve(e)
	// What is no version is said elsewhere, and has no hash that could be looked up.
	if s.SHA512 == "" && s.Version.Valid() {
		add(archiveUnpinned,
			fmt.Sprintf("no SHA-512 is known for ZooKeeper %s, and nothing is unpacked without one", s.Version),
			fmt.Sprintf(`add [archive] sha512 = "…" from https://archive.apache.org/dist/zookeeper/zookeeper-%s/%s.sha512, or choose a version that is built in: %s`,
				s.Version, s.FileName, listed()))
	}
	if of := releaseOf(e.Archive.SHA512); of != "" && of != e.Version {
		add(archiveOther, fmt.Sprintf("archive.sha512 is that of ZooKeeper %s, and ensemble.version is %s", of, inventory.Clip(string(e.Version))),
			"remove archive.sha512 where the version is built in, or write that of the version")
	}
	for _, raw := range s.URLs {
		if _, err := parseURL(raw); err != nil {
			add(archiveURL, err.Error(), `write [archive] urls = ["https://…/`+s.FileName+`"]`)
		}
	}
	for i := range e.Hosts {
		for _, j := range e.Hosts[i].Jars() {
			_, err := parseURL(j.URL)
			if err == nil || slices.ContainsFunc(fs, func(f finding.Finding) bool { return f.Name == jarURL && f.Pos == j.Pos }) {
				continue
			}
			fs = append(fs, finding.Finding{Pos: j.Pos, Severity: finding.Error, Name: jarURL, Message: err.Error(), Hint: `write url = "https://…/` + j.Name() + `"`})
		}
	}
	return fs
}

// Explanations explains every finding of this package.
func Explanations() []finding.Explanation {
	return []finding.Explanation{
		{
			Name:  archiveUnpinned,
			Means: "Nothing is unpacked or executed before its SHA-512 matched a pinned value. zkprov has the values of " + listed() + " built in, each read from two independent public sources; for any other release it stands in the inventory.",
			Fix:   "Read the release's .sha512 file on downloads.apache.org or archive.apache.org and write it as sha512 under [archive].",
		},
		{
			Name:  archiveOther,
			Means: "The SHA-512 in the inventory is that of another release than the version: one of the two was changed and the other forgotten.",
			Fix:   "Remove sha512 under [archive] where the version is built in, or write the one of the version; see that the URLs are those of the version, too.",
		},
		{
			Name:  archiveURL,
			Means: "A URL of the archive is not one that can be fetched as it stands: https, http and file only, with a path that names one file, without empty or dot parts, and without the query parameters archive, checksum and filename.",
			Fix:   "Write the plain URL of the archive under [archive] urls.",
		},
		{
			Name:  jarURL,
			Means: "The URL of a jar is not one that can be fetched as it stands: https, http and file only, with a path that names one file, without empty or dot parts, and without the query parameters archive, checksum and filename.",
			Fix:   "Write the plain URL of the jar as url under [jvm] jars.",
		},
		{Name: NotJar, Means: "A jar under [jvm] jars has the SHA-512 that is pinned and is no jar: it cannot be read as a zip file, or holds no class. A JVM passes over such a file on its class path without a word.",
			Fix: "Write url and sha512 of the jar itself."},
		{Name: NotRelease, Means: "The archive has the SHA-512 that is pinned and is not the binary release that the inventory names: it is the source, or another release, or it holds what no release does, such as links, set-uid files, names that lead out of its folder, or far too much. Nothing of it is unpacked.",
			Fix: "Write urls and sha512 of Apache's own apache-zookeeper-<version>-bin.tar.gz under [archive]."},
	}
}

// NotRelease is the name of the finding for an archive that has the pinned hash and is
// no release.
const NotRelease = "archive-not-a-release"

// NotJar is the name of the finding for a file that has a jar's pinned hash and is no jar.
const NotJar = "jar-unusable"

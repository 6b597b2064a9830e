package archive

import (
	"fmt"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// The names of the findings about the archive.
const (
	archiveUnpinned = "archive-unpinned"
	archiveURL      = "archive-url"
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
			fmt.Sprintf(`add [archive] sha512 = "…" from https://archive.apache.org/dist/zookeeper/zookeeper-%s/%s.sha512`,
				s.Version, s.FileName))
	}
	for _, raw := range s.URLs {
		if _, err := parseURL(raw); err != nil {
			add(archiveURL, err.Error(), `write [archive] urls = ["https://…/`+s.FileName+`"]`)
		}
	}
	return fs
}

// Explanations explains every finding of this package.
func Explanations() []finding.Explanation {
	return []finding.Explanation{
		{
			Name:  archiveUnpinned,
			Means: "Nothing is unpacked or executed before its SHA-512 matched a pinned value. zkprov has the value of 3.6.3 built in; for any other release it stands in the inventory.",
			Fix:   "Read the release's .sha512 file on downloads.apache.org or archive.apache.org and write it as sha512 under [archive].",
		},
		{
			Name:  archiveURL,
			Means: "A URL of the archive is not one that can be fetched as it stands: https, http and file only, with a path that names one file, without empty or dot parts, and without the query parameters archive, checksum and filename.",
			Fix:   "Write the plain URL of the archive under [archive] urls.",
		},
		{Name: NotRelease, Means: "The archive has the SHA-512 that is pinned and is not the binary release that the inventory names: it is the source, or another release, or it holds what no release does, such as links, set-uid files, names that lead out of its folder, or far too much. Nothing of it is unpacked.",
			Fix: "Write urls and sha512 of Apache's own apache-zookeeper-<version>-bin.tar.gz under [archive]."},
	}
}

// NotRelease is the name of the finding for an archive that has the pinned hash and is
// no release.
const NotRelease = "archive-not-a-release"

package archive

import (
	"slices"

	"github.com/zkprov/zkprov/inventory"
)

// Source is a release's archive or a jar beside it: where it is fetched and what it must
// hash to.
type Source struct {
	// Version is the ZooKeeper release, such as "3.6.3"; empty for a jar.
	Version inventory.Version
	// URLs are tried in order: https, http and file.
	URLs []string
	// SHA512 is the pinned hash, 128 lower-case hex digits; empty where neither
	// the inventory nor this package knows one.
	SHA512 string
	// FileName is the archive's name as Apache publishes it, or the jar's.
	FileName string
}

// Resolve returns the source of the ensemble's release: the inventory's, and for what
// that leaves out the pinned hash and the URLs that this package knows.
func Resolve(e *inventory.Ensemble) Source {
	s := Source{
		Version:  e.Version,
		URLs:     slices.Clone(e.Archive.URLs),
		SHA512:   e.Archive.SHA512,
		FileName: FileName(e.Version),
	}
	if len(s.URLs) == 0 {
		s.URLs = defaultURLs(e.Version)
	}
	if s.SHA512 == "" {
		s.SHA512 = pinned(e.Version)
	}
	return s
}

// FileName returns the name of the binary archive of a release. From 3.5.5 on
// "apache-zookeeper-V.tar.gz" is the source; the binaries have "-bin".
func FileName(version inventory.Version) string { return inventory.ReleaseFolder(version) + ".tar.gz" }

// Jar returns the path, inside the unpacked tree, of the server's own jar. Only a
// binary archive has it.
func Jar(version inventory.Version) string {
	jar := "zookeeper-" + string(version) + ".jar"
	if version.Before("3.5.5") {
		return jar
	}
	return "lib/" + jar
}

// defaultURLs returns where Apache keeps a release: the content network has the
// supported lines only, the archive has all of them but limits the rate.
func defaultURLs(version inventory.Version) []string {
	path := "/zookeeper/zookeeper-" + string(version) + "/" + FileName(version)
	archive := "https://archive.apache.org/dist" + path
	if version.Before("3.8.0") {
		return []string{archive}
	}
	return []string{"https://dlcdn.apache.org" + path, archive}
}

package inventory

import (
	"slices"
	"strconv"
	"strings"
)

// ReleaseFolder is the one folder at the top of a release's binary archive, and the
// name of what is unpacked from it. From 3.5.5 on it has "-bin".
func ReleaseFolder(version string) string {
	if AtLeast(version, 3, 5, 5) {
		return "apache-zookeeper-" + version + "-bin"
	}
	return "zookeeper-" + version
}

// AtLeast reports whether a version is major.minor.patch or later. A suffix such as
// "-beta" is not looked at: no ZooKeeper release differs by it alone.
func AtLeast(version string, want ...int) bool {
	number, _, _ := strings.Cut(version, "-")
	have := make([]int, len(want))
	for i, part := range strings.SplitN(number, ".", len(want)) {
		have[i], _ = strconv.Atoi(part)
	}
	return slices.Compare(have, want) >= 0
}

// IsVersion reports whether a text is written as a release of ZooKeeper is.
func IsVersion(s string) bool { return versionPattern.MatchString(s) }

package inventory

import (
	"slices"
	"strconv"
	"strings"
)

// Version is a ZooKeeper release as its project writes it, such as "3.6.3" or
// "3.5.4-beta".
type Version string

// numbers returns major, minor and patch; what is missing or no number is 0.
func (v Version) numbers() [3]int {
	number, _, _ := strings.Cut(string(v), "-")
	var n [3]int
	for i, part := range strings.SplitN(number, ".", len(n)) {
		n[i], _ = strconv.Atoi(part)
	}
	return n
}

// Compare orders versions by their numbers. It ignores a suffix such as "-beta": no two
// ZooKeeper releases differ by it alone.
func (v Version) Compare(o Version) int {
	a, b := v.numbers(), o.numbers()
	return slices.Compare(a[:], b[:])
}

// Before reports whether v is an earlier release than o, of which missing numbers
// are 0.
func (v Version) Before(o Version) bool { return v.Compare(o) < 0 }

// In reports whether v belongs to a line of releases, such as "3.6".
func (v Version) In(line Version) bool {
	a, b := v.numbers(), line.numbers()
	return a[0] == b[0] && a[1] == b[1]
}

// Follows reports whether v is the patch release right after o.
func (v Version) Follows(o Version) bool {
	a, b := v.numbers(), o.numbers()
	return v.In(o) && a[2] == b[2]+1
}

// ReleaseFolder returns the name of the one folder at the top of a release's binary
// archive, and so of what is unpacked from it. From 3.5.5 on it ends in "-bin".
func ReleaseFolder(v Version) string {
	if v.Before("3.5.5") {
		return "zookeeper-" + string(v)
	}
	return "apache-zookeeper-" + string(v) + "-bin"
}

// ReleaseIn returns the release whose tree has a folder of that name, as ReleaseFolder
// gives it, perhaps with the beginning of the archive's hash behind; empty for the name of
// any other.
func ReleaseIn(folder string) Version {
	v, old := strings.CutPrefix(folder, "zookeeper-")
	if !old {
		var ok bool
		if v, ok = strings.CutPrefix(folder, "apache-zookeeper-"); !ok {
			return ""
		}
	}
	v, behind, binary := strings.Cut(v, "-bin")
	if old == binary || behind != "" && behind[0] != '-' || !Version(v).Valid() {
		return ""
	}
	return Version(v)
}

// Valid reports whether v is written as a release of ZooKeeper is.
func (v Version) Valid() bool { return versionPattern.MatchString(string(v)) }

package java

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/inventory"
)

// Who decided the minimum.
const (
	ByInventory = "inventory" // java.minimum, the user's floor
	ByJar       = "jar"       // the class-file version in ZooKeeper's own jar
	ByTable     = "table"     // what is known of the ZooKeeper release
)

// Need is the oldest Java feature release that will do, and why.
type Need struct {
	Feature   int    `json:"feature"`
	DecidedBy string `json:"decided_by"`
	// Reason is a clause for messages: "ZooKeeper 3.6.3 is compiled for Java 8 (…)".
	Reason string `json:"reason"`
}

// mainClass is the class that the units start.
const mainClass = "org/apache/zookeeper/server/quorum/QuorumPeerMain.class"

// need returns the greater of the user's floor and what ZooKeeper needs. The jar
// decides the latter where it can be read: it is right for a release that the table
// does not know.
func need(o Options) Need {
	n := Need{Feature: tableMinimum(o.Version), DecidedBy: ByTable}
	n.Reason = fmt.Sprintf("ZooKeeper %s needs Java %d", o.Version, n.Feature)
	if o.Jar != "" {
		if major, err := classVersion(facts.InRoot(o.Root, o.Jar)); err == nil {
			n.Feature, n.DecidedBy = major-classVersionOffset, ByJar
			n.Reason = fmt.Sprintf("%s is compiled for Java %d (class-file version %d)", path.Base(o.Jar), n.Feature, major)
		}
		// A jar that is missing or torn is for the archive's checks to judge.
	}
	if o.Minimum > n.Feature {
		n = Need{o.Minimum, ByInventory, fmt.Sprintf("java.minimum in the inventory is %d", o.Minimum)}
	}
	return n
}

// classVersionOffset turns a class file's major version into a feature release:
// 52 is Java 8. See The Java Virtual Machine Specification, 4.1.
const classVersionOffset = 44

// classVersion returns the class-file major version of ZooKeeper's main class in the
// jar of that name.
func classVersion(jar string) (int, error) {
	z, err := zip.OpenReader(jar)
	if err != nil {
		return 0, fmt.Errorf("cannot read %s: %w", jar, err)
	}
	defer z.Close()
	f, err := z.Open(mainClass)
	if err != nil {
		return 0, fmt.Errorf("cannot find ZooKeeper's main class in %s: %w", jar, err)
	}
	defer f.Close()
	var head [8]byte
	if _, err := io.ReadFull(f, head[:]); err != nil {
		return 0, fmt.Errorf("cannot read ZooKeeper's main class in %s: %w", jar, err)
	}
	major := int(binary.BigEndian.Uint16(head[6:]))
	if binary.BigEndian.Uint32(head[:]) != 0xCAFEBABE || major <= classVersionOffset || major > classVersionOffset+maxFeature {
		return 0, fmt.Errorf("cannot find a class-file version in ZooKeeper's main class in %s", jar)
	}
	return major, nil
}

// tableMinimum returns the oldest Java that a ZooKeeper release runs on, by its javac
// target and, for 3.4 and early 3.5, its documentation. 3.5.4 to 3.5.10 are compiled
// for 8 although their documentation still names 7.
func tableMinimum(v inventory.Version) int {
	switch {
	case v.Before("3.4.14"):
		return 6
	case v.Before("3.5.4"):
		return 7
	default:
		return 8
	}
}

// documented returns the Java releases that a ZooKeeper release is documented or known
// to run on, oldest first. From 3.6 the administrator's guide names 8, 11 and 12 and
// rules out 9 and 10; the text is the same up to 3.9, whose releases are in wide use on
// 17.
func documented(v inventory.Version) []int {
	switch {
	case v.Before("3.5.0"):
		return []int{7, 8}
	case v.Before("3.6.0"):
		return []int{7, 8, 11}
	case v.Before("3.7.0"):
		return []int{8, 11, 12}
	default:
		return []int{8, 11, 12, 17}
	}
}

// undocumented returns a clause about a feature release that ZooKeeper's documentation
// does not name; "" where it does.
func undocumented(version inventory.Version, feature int) string {
	known := documented(version)
	if slices.Contains(known, feature) {
		return ""
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = strconv.Itoa(k)
	}
	list := strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
	switch {
	case feature == 9 || feature == 10:
		return fmt.Sprintf("ZooKeeper's documentation says that Java 9 and 10 are not supported; for %s it names %s", version, list)
	case feature > known[len(known)-1]:
		return fmt.Sprintf("Java %d is newer than what ZooKeeper %s is documented for (%s)", feature, version, list)
	default:
		return fmt.Sprintf("Java %d is not among what ZooKeeper %s is documented for (%s)", feature, version, list)
	}
}

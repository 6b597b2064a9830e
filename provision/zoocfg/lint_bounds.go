package zoocfg

import (
	"fmt"
	"math"

	"github.com/zkprov/zkprov/inventory"
)

// What a server does with a number that it reads and does not take, for messages.
const (
	stops       = "stops with exit code 2"
	ends        = "ends with an exception"
	neverServes = "never serves, while its process stays"
)

// refusal returns what a server of a release does with a number that it does not start
// with; empty where it takes it. The bounds are the server's own, wherever those of the
// table are.
func refusal(key string, n int64, v inventory.Version) string {
	switch key {
	case "tickTime", "initLimit", "syncLimit":
		if n == 0 { // QuorumPeerConfig takes it for not set
			return stops
		}
	case "leader.maxConcurrentSnapshotTimeout":
		if n < 0 { // LearnerSnapshotThrottler
			return neverServes
		}
	case "electionAlg":
		if n < 0 && v.Before("3.6.0") {
			return neverServes
		}
		if n != 3 && !v.Before("3.6.0") {
			return stops
		}
	case "secureClientPort":
		if n < 0 || n > math.MaxUint16 { // InetSocketAddress
			return stops
		}
	case "nio.numSelectorThreads": // NIOServerCnxnFactory.configure
		if n < 1 {
			return ends
		}
	case "nio.sessionlessCnxnTimeout":
		if n == 0 { // ExpiryQueue divides by it
			return ends
		}
	case "maxResponseCacheSize", "maxGetChildrenResponseCacheSize":
		if n < -3 { // of which a map is made that is a third larger
			return neverServes
		}
	case "leader.maxConcurrentSnapshots", "leader.maxConcurrentSnapSyncs", "leader.maxConcurrentDiffSyncs", "commitProcessor.maxCommitBatchSize", "pathStats.slotCapacity":
		if n < 1 { // what each new leader makes throws
			return neverServes
		}
	}
	return ""
}

// bounded reports whether the bounds of a key that are the server's own are those of every
// release, and not said by refusal.
func bounded(key string) bool { return key != "electionAlg" && key != "secureClientPort" }

// asked is the size from which on a number is asked whether its unit is what was meant.
type asked struct {
	most int64
	// is returns the number in words that everybody understands.
	is func(n int64) string
}

// askedUnit returns from which size on a number of that key is asked about its unit.
func askedUnit(key string) asked {
	const gib = 1 << 20 // KB
	inGiB := func(n int64) string { return fmt.Sprintf("%d GiB", n/gib) }
	switch key {
	case "preAllocSize":
		return asked{gib, inGiB}
	case "txnLogSizeLimitInKb":
		return asked{16 * gib, inGiB}
	case "snapSizeLimitInKb":
		return asked{1024 * gib, inGiB}
	case "initLimit", "syncLimit":
		return asked{1000, func(int64) string { return "a time of as many times tickTime" }}
	case "autopurge.purgeInterval":
		return asked{24 * 31, func(n int64) string { return fmt.Sprintf("%d days", n/24) }}
	}
	return asked{most: math.MaxInt64}
}

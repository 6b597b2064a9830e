package zoocfg

import (
	"strconv"
	"time"

	"github.com/zkprov/zkprov/inventory"
)

// Myid returns the content of the file myid of a data directory. ZooKeeper does not
// trim its first line (QuorumPeerConfig.setupMyId), so that has the number alone.
func Myid(id int) []byte { return []byte(strconv.Itoa(id) + "\n") }

// Timing holds tickTime, initLimit and syncLimit as durations.
type Timing struct {
	Tick time.Duration
	// Init bounds a follower's connection to a new leader and the copying.
	Init time.Duration
	// Sync bounds how far a follower lags behind.
	Sync time.Duration
}

// Limits returns the timing of an instance. A value that is not set, not a number or
// out of its bounds counts as zkprov's default.
func Limits(in *inventory.Instance) Timing {
	tick := time.Duration(number64(in, "tickTime")) * time.Millisecond
	return Timing{
		Tick: tick,
		Init: time.Duration(number64(in, "initLimit")) * tick,
		Sync: time.Duration(number64(in, "syncLimit")) * tick,
	}
}

// number64 returns the number that key is set to, or zkprov's default where that is
// none.
func number64(in *inventory.Instance, key string) int64 {
	n, err := strconv.ParseInt(value(in, key), 10, 64)
	if k, _ := find(key); err != nil || n < k.min || n > k.max {
		d, _ := defaults().Get(key)
		n, _ = strconv.ParseInt(d, 10, 64)
	}
	return n
}

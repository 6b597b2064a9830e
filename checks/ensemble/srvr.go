package ensemble

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/inventory"
)

// Mode is what a server says it is.
type Mode string

// The modes of a server that serves; see ServerStats.getServerState.
const (
	Leader     Mode = "leader"
	Follower   Mode = "follower"
	Observing  Mode = "observer"
	Standalone Mode = "standalone"
	ReadOnly   Mode = "read-only"
)

// Zxid is a transaction id: the epoch of the leader that made it, and a counter.
type Zxid uint64

// Epoch returns the upper half.
func (z Zxid) Epoch() uint32 { return uint32(z >> 32) }

// Counter returns the lower half, 0 before the first transaction of an epoch.
func (z Zxid) Counter() uint32 { return uint32(z) }

// String writes epoch/counter, such as "5/0x1f3a".
func (z Zxid) String() string { return fmt.Sprintf("%d/%#x", z.Epoch(), z.Counter()) }

// Srvr holds what matters here of the answer to the four-letter word srvr.
type Srvr struct {
	// Version is the release that runs, such as "3.6.3" or "3.5.4-beta"; never
	// empty.
	Version inventory.Version
	// Mode is one of the five.
	Mode Mode
	Zxid Zxid
}

// ParseSrvr reads an answer to srvr, as SrvrCommand of 3.4 to 3.9 writes it.
// Lines that do not matter here are passed over, whatever they say.
func ParseSrvr(answer []byte) (Srvr, error) {
	var s Srvr
	for line := range strings.SplitSeq(string(answer), "\n") {
		key, value, ok := strings.Cut(strings.TrimRight(line, "\r"), ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		switch key {
		case "Zookeeper version":
			s.Version = inventory.Version(release(value))
		case "Mode":
			s.Mode = Mode(value)
		case "Zxid":
			z, err := strconv.ParseUint(strings.TrimPrefix(value, "0x"), 16, 64)
			if err != nil {
				return Srvr{}, fmt.Errorf("cannot read the answer to srvr: the zxid is %q", inventory.Clip(value))
			}
			s.Zxid = Zxid(z)
		}
	}
	if s.Mode == "" || s.Version == "" {
		return Srvr{}, errors.New("cannot read the answer to srvr: it has no mode or no version; is this a ZooKeeper?")
	}
	switch s.Mode {
	case Leader, Follower, Observing, Standalone, ReadOnly:
		return s, nil
	}
	return Srvr{}, fmt.Errorf("cannot read the answer to srvr: the mode is %q", inventory.Clip(string(s.Mode)))
}

// release returns the release in a version line, "3.6.3--<revision>, built on …":
// what stands before the revision, which is the last part.
func release(version string) string {
	version, _, _ = strings.Cut(version, ",")
	if i := strings.LastIndexByte(version, '-'); i >= 0 {
		version = version[:i]
	}
	return strings.Trim(version, "- ")
}

package checks

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
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

// Epoch is the upper half.
func (z Zxid) Epoch() uint32 { return uint32(z >> 32) }

// Counter is the lower half, 0 before the first transaction of an epoch.
func (z Zxid) Counter() uint32 { return uint32(z) }

// String writes epoch/counter, such as "5/0x1f3a".
func (z Zxid) String() string { return fmt.Sprintf("%d/%#x", z.Epoch(), z.Counter()) }

// Srvr is the answer to the four-letter word srvr.
type Srvr struct {
	// Version is the release that runs, such as "3.6.3".
	Version string
	Mode    Mode
	Zxid    Zxid
	// Connections, Outstanding and Nodes are counts.
	Connections, Outstanding, Nodes int64
}

// ParseSrvr reads an answer to srvr, as ServerCommand-s of 3.4 to 3.9 write it.
// Lines that it does not know are passed over.
func ParseSrvr(answer []byte) (Srvr, error) {
	var s Srvr
	found := false
	for line := range strings.SplitSeq(string(answer), "\n") {
		key, value, ok := strings.Cut(strings.TrimRight(line, "\r"), ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		var err error
		switch key {
		case "Zookeeper version":
			// "3.6.3--6401e4ad…, built on …"
			s.Version, _, _ = strings.Cut(value, ",")
			s.Version, _, _ = strings.Cut(s.Version, "-")
		case "Mode":
			s.Mode, found = Mode(value), true
		case "Zxid":
			var z uint64
			z, err = strconv.ParseUint(strings.TrimPrefix(value, "0x"), 16, 64)
			s.Zxid = Zxid(z)
		case "Connections":
			s.Connections, err = strconv.ParseInt(value, 10, 64)
		case "Outstanding":
			s.Outstanding, err = strconv.ParseInt(value, 10, 64)
		case "Node count":
			s.Nodes, err = strconv.ParseInt(value, 10, 64)
		}
		if err != nil {
			return Srvr{}, fmt.Errorf("cannot read the answer to srvr: %s is %q", key, clip(value))
		}
	}
	if !found {
		return Srvr{}, errors.New("cannot read the answer to srvr: it has no line Mode; is this a ZooKeeper?")
	}
	switch s.Mode {
	case Leader, Follower, Observing, Standalone, ReadOnly:
		return s, nil
	}
	return Srvr{}, fmt.Errorf("cannot read the answer to srvr: the mode is %q", clip(string(s.Mode)))
}

// clip keeps a foreign text short enough for a message.
func clip(s string) string {
	const most = 60
	if len(s) > most {
		s = s[:most] + "…"
	}
	return s
}

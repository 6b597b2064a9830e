package ensemble

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zkprov/zkprov/inventory"
)

// ProbeLimit bounds one probe of one server.
const ProbeLimit = time.Second

// Target is a server to be probed.
type Target struct {
	ID int
	// Addr is the client port, host:port.
	Addr string
}

// Answer tells how one server is, by its own words. It is plain data.
type Answer struct {
	ID int `json:"id"`
	// Serving is set where it answers requests; elsewhere Error is why it does not.
	Serving bool   `json:"serving"`
	Error   string `json:"error,omitempty"`
	// Running is set where something took the connection, serving or not, silent or not.
	Running bool `json:"running"`

	Mode    Mode              `json:"mode,omitempty"`
	Version inventory.Version `json:"version,omitempty"`
	Zxid    Zxid              `json:"zxid,omitempty"`
	// QuorumSize and the counts of a leader are -1 where they are not known.
	QuorumSize      int64 `json:"quorum_size"`
	SyncedFollowers int64 `json:"synced_followers"`
	// NonVoting counts the followers in sync that are no voters of the leader's list.
	NonVoting       int64 `json:"non_voting,omitempty"`
	SyncedObservers int64 `json:"synced_observers"`
	// NoMntr is why mntr gave nothing, though srvr did.
	NoMntr string `json:"no_mntr,omitempty"`
	// Took is how long the answers took.
	Took time.Duration `json:"took"`
}

// serves reports whether the server takes part in a quorum: one that is read-only has
// lost it.
func (a Answer) serves() bool { return a.Serving && a.Mode != ReadOnly }

// why returns why the server does not serve.
func (a Answer) why() string {
	if a.Mode == ReadOnly {
		return "serves reads only: it has no quorum"
	}
	return a.Error
}

// Text describes in a few words how the server is.
func (a Answer) Text() string {
	if !a.Serving {
		return a.Error
	}
	return fmt.Sprintf("%s, zxid %s, ZooKeeper %s", a.Mode, a.Zxid, a.Version)
}

// Probe asks a server how it is: srvr and, of one that serves, mntr. It starts
// no process and takes a few milliseconds, at most ProbeLimit.
func Probe(ctx context.Context, t Target) (a Answer) {
	begin := time.Now()
	ctx, cancel := context.WithTimeout(ctx, ProbeLimit)
	defer cancel()
	a = Answer{ID: t.ID, QuorumSize: -1, SyncedFollowers: -1, SyncedObservers: -1}
	defer func() { a.Took = time.Since(begin) }()

	text, err := Ask(ctx, t.Addr, "srvr")
	a.Running = err == nil || errors.Is(err, ErrNotServing) || errors.Is(err, ErrNotWhitelisted) || errors.Is(err, ErrClosed) || errors.Is(err, ErrNoAnswer)
	if err != nil {
		a.Error = err.Error()
		return a
	}
	s, err := ParseSrvr(text)
	if err != nil {
		a.Error = err.Error()
		return a
	}
	a.Serving, a.Mode, a.Version, a.Zxid = true, s.Mode, s.Version, s.Zxid

	text, err = Ask(ctx, t.Addr, "mntr")
	if err != nil {
		a.NoMntr = err.Error()
		return a
	}
	m, err := ParseMntr(text)
	if err != nil {
		a.NoMntr = err.Error()
		return a
	}
	a.QuorumSize, a.SyncedFollowers, a.NonVoting, a.SyncedObservers = m.QuorumSize, m.SyncedFollowers, m.NonVoting, m.SyncedObservers
	return a
}

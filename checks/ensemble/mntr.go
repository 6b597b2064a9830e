package ensemble

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// Mntr holds what matters here of the answer to the four-letter word mntr. The
// counts that only a leader has are -1 elsewhere.
type Mntr struct {
	// State is never empty.
	State Mode
	// PeerState is such as "leading - broadcast"; from 3.6 on.
	PeerState string
	// QuorumSize is the number of voters in the server's own list; from 3.6 on.
	QuorumSize int64
	// SyncedFollowers counts the followers that are in sync, NonVoting those of them that
	// are no voters of the leader's list (Leader.getNonVotingFollowers); the latter is 0
	// where it is not known.
	SyncedFollowers int64
	NonVoting       int64
	SyncedObservers int64
	// Learners counts all that follow, in sync or not.
	Learners int64
}

// ParseMntr reads an answer to mntr of 3.4 to 3.9: a key and a value a line,
// with a tab between. With the Prometheus provider the values are floats. Keys
// that it does not know are passed over.
func ParseMntr(answer []byte) (Mntr, error) {
	m := Mntr{QuorumSize: -1, SyncedFollowers: -1, SyncedObservers: -1, Learners: -1}
	for line := range strings.SplitSeq(string(answer), "\n") {
		key, value, ok := strings.Cut(strings.TrimRight(line, "\r"), "\t")
		if !ok {
			continue
		}
		switch key {
		case "zk_server_state":
			m.State = Mode(value)
		case "zk_peer_state":
			m.PeerState = value
		case "zk_quorum_size":
			m.QuorumSize = number(value)
		case "zk_synced_followers":
			m.SyncedFollowers = number(value)
		case "zk_synced_non_voting_followers":
			m.NonVoting = max(0, number(value))
		case "zk_synced_observers":
			m.SyncedObservers = number(value)
		case "zk_learners", "zk_followers": // zk_followers up to 3.5
			m.Learners = number(value)
		}
	}
	if m.State == "" {
		return Mntr{}, errors.New("cannot read the answer to mntr: it has no zk_server_state")
	}
	return m, nil
}

// number reads a count; -1 for anything else.
func number(s string) int64 {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(f) || f < 0 || f > 1<<40 {
		return -1
	}
	return int64(f)
}

package load

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Strength tells how many voters there were, over the time of a Watcher.
type Strength struct {
	Voters int
	// LeastUp is the least number of voters that took connections at one moment, and LeastUpAt when that was.
	LeastUp   int
	LeastUpAt time.Time
	// LeastUpStep is what happened then.
	LeastUpStep string
	// NoMajority is the longest time in which fewer than a majority served, as in an election.
	NoMajority time.Duration
	// BelowFull is the longest time in which not all voters served, and BelowFullIn all of them together.
	BelowFull, BelowFullIn time.Duration
	// Ends are the servers that went away, in that order.
	Ends []End
}

// End is a server that went away.
type End struct {
	Server string
	At     time.Time
	// Serving is how many of the other voters served until then. With a leader they stop, too, a little before or after it is
	// seen to be away: who served just before counts.
	Serving int
	// Leader is set where it led when it last served.
	Leader bool
	// Back is when it served again; zero is not at all.
	Back time.Time
	Step string
}

// justBefore is how long before a server is seen to be away others may be seen not to serve any more because of it: on a machine that
// is busy a question and its answer take their time.
const justBefore = time.Second

// Order lists the servers that went away.
func (s Strength) Order() []string {
	var names []string
	for _, e := range s.Ends {
		names = append(names, e.Server)
	}
	return names
}

// String is what was seen, for people.
func (s Strength) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d voters, %d up at least%s; longest time below a majority that serves %d ms, below full strength %.1f s, %.1f s in all\n",
		s.Voters, s.LeastUp, during(s.LeastUpStep), s.NoMajority.Milliseconds(), s.BelowFull.Seconds(), s.BelowFullIn.Seconds())
	for _, e := range s.Ends {
		role, back := "", "did not serve again"
		if e.Leader {
			role = ", the leader,"
		}
		if !e.Back.IsZero() {
			back = fmt.Sprintf("served again after %d ms", e.Back.Sub(e.At).Milliseconds())
		}
		fmt.Fprintf(&text, "  %s%s went at %s with %d other voters serving%s, and %s\n", e.Server, role, e.At.Format("15:04:05.000"), e.Serving, during(e.Step), back)
	}
	return text.String()
}

// strength follows the servers through their changes.
func strength(servers []Server, changes []change, marks []Mark, end time.Time) Strength {
	slices.SortStableFunc(changes, func(a, b change) int { return a.at.Compare(b.at) })
	s := Strength{}
	states, leads, seen := make([]State, len(servers)), make([]bool, len(servers)), make([]bool, len(servers))
	served := make([]time.Time, len(servers)) // until when
	away := make(map[int]int)                 // by server, its entry in Ends
	for _, server := range servers {
		if server.Voter {
			s.Voters++
		}
	}
	s.LeastUp = s.Voters
	count := func(least State) (n int) {
		for i, server := range servers {
			// One that was not asked yet counts as the others do.
			if server.Voter && (states[i] >= least || !seen[i]) {
				n++
			}
		}
		return n
	}
	othersServing := func(c change) (n int) {
		for i, server := range servers {
			if server.Voter && i != c.server && (states[i] == Serving || !seen[i] || c.at.Sub(served[i]) < justBefore) {
				n++
			}
		}
		return n
	}
	var weakSince, belowSince time.Time
	account := func(at time.Time, over bool) {
		serving := count(Serving)
		spend(&weakSince, at, serving <= s.Voters/2 && !over, func(d time.Duration) { s.NoMajority = max(s.NoMajority, d) })
		spend(&belowSince, at, serving < s.Voters && !over, func(d time.Duration) {
			s.BelowFull = max(s.BelowFull, d)
			s.BelowFullIn += d
		})
	}
	for _, c := range changes {
		was := states[c.server]
		if seen[c.server] && was != Away && c.state == Away {
			away[c.server] = len(s.Ends)
			s.Ends = append(s.Ends, End{Server: servers[c.server].Name, At: c.at, Serving: othersServing(c), Leader: leads[c.server], Step: stepAt(marks, c.at)})
		}
		if was == Serving {
			served[c.server] = c.at
		}
		states[c.server], seen[c.server] = c.state, true
		if c.state == Serving {
			leads[c.server] = c.leads
			if i, ok := away[c.server]; ok {
				s.Ends[i].Back = c.at
				delete(away, c.server)
			}
		}
		if up := count(Up); up < s.LeastUp {
			s.LeastUp, s.LeastUpAt, s.LeastUpStep = up, c.at, stepAt(marks, c.at)
		}
		account(c.at, false)
	}
	account(end, true)
	return s
}

// spend follows a condition: since is when it began to hold, and done gets how long it held.
func spend(since *time.Time, at time.Time, holds bool, done func(time.Duration)) {
	switch {
	case holds && since.IsZero():
		*since = at
	case !holds && !since.IsZero():
		done(at.Sub(*since))
		*since = time.Time{}
	}
}

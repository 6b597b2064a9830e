// Package load puts on an ensemble a client that writes all the time, and watches from outside how many of its servers serve
// meanwhile. What changes a running ensemble is judged by the two: by what a client lost, by how long it could not write, and by
// how many voters were away at once.
//
// A [Writer] writes numbered values through every server and, as most clients do, through whichever takes it. In the end it reads back
// through every server what was acknowledged. A [Watcher] asks all servers how they are, many times a second.
package load

import (
	"fmt"
	"time"
)

// Server is a ZooKeeper server as a client reaches it.
type Server struct {
	Name  string // of its instance, such as "zookeeper-1"
	Addr  string // host:port of its client port
	Voter bool
}

// Mark names what happens to the ensemble from a time on, such as a step of a plan.
type Mark struct {
	At   time.Time
	Name string
}

// stepAt returns the name of the mark that a time falls under; it is empty before the first.
func stepAt(marks []Mark, t time.Time) string {
	name := ""
	for _, m := range marks {
		if m.At.After(t) {
			break
		}
		name = m.Name
	}
	return name
}

// during words under which mark something happened.
func during(step string) string {
	if step == "" {
		return ""
	}
	return fmt.Sprintf(" (%s)", step)
}

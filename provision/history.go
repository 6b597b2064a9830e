package provision

import (
	"context"
	"time"

	"github.com/zkprov/zkprov/inventory"
)

// Entry tells that an instance was started with a generation. It is plain data.
type Entry struct {
	Instance   string `json:"instance"`
	Generation string `json:"generation"`
	// Before is what the instance ran with before; empty where nothing is known of that.
	Before string `json:"before,omitempty"`
	// Version is that of the release; empty where it is not known.
	Version inventory.Version `json:"version,omitempty"`
	// Time is when the process was started, by the host's clock.
	Time time.Time `json:"time"`
	// By tells who started it. Its Aim is empty where the run that wrote the entry did
	// not want this generation, and only found it.
	By Caller `json:"by,omitzero"`
	// Found is set where the server ran already when the entry was written: by a run that
	// went on where another was cut off, or by the first of a version that keeps a history.
	Found bool `json:"found,omitempty"`
	// Changes lists what differs from the generation before, in a few words each, and
	// Diff does so as unified diffs. Neither has values that look like secrets.
	Changes []string `json:"changes,omitempty"`
	Diff    string   `json:"diff,omitempty"`
}

// History is what a host remembers of its instances.
type History struct {
	// Entries has those of each instance in their order, the oldest first.
	Entries []Entry `json:"entries,omitempty"`
	// Runs holds what instances run with now, by name.
	Runs map[string]string `json:"runs,omitempty"`
	// Lost tells, by instance and generation, why an instance cannot be given a generation
	// of the entries again. What is not in it can.
	Lost map[string]map[string]string `json:"lost,omitempty"`
}

// Historian is an Agent that remembers what instances were started with.
type Historian interface {
	// History returns what the host remembers. It changes nothing.
	History(ctx context.Context, t Task) (History, error)
}

// GenerationsKept is how many of the generations that an instance was started with last
// are kept whole on its host.
const GenerationsKept = 5

package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/provision"
)

// EventKind is what an Event is about.
type EventKind string

// The kinds of events.
const (
	// RunStep is a whole part of a run, such as "connect" or "stage".
	RunStep EventKind = "step"
	// HostWork is a host's part in a step, as it begins and as it ends.
	HostWork EventKind = "host"
	// HostChange is one change on one host.
	HostChange EventKind = "change"
	// Progress is how far a wait or a transfer has come.
	Progress EventKind = "progress"
	// HostEnd is the end of a host's part in a step of which not all was done: Error
	// says why.
	HostEnd EventKind = "unfinished"
	// Rolls is how the restarts of the run stand, whenever that has changed; Restarted is
	// one instance, its name in Text, whose turn has ended: Took is how long it did not
	// serve, Mode in what role it does now.
	Rolls     EventKind = "roll"
	Restarted EventKind = "restarted"
)

// Event tells a user what goes on.
type Event struct {
	Time time.Time `json:"time"`
	Kind EventKind `json:"kind"`
	// Host is empty where all are meant.
	Host string `json:"host,omitempty"`
	// Text tells what is done: "writes /etc/…", "waits for the quorum".
	Text string `json:"text"`
	// Change is the change that a HostChange is about.
	Change *provision.Change `json:"change,omitempty"`
	// Done is set at the end, with Took and, where it failed, Error.
	Done  bool          `json:"done,omitempty"`
	Took  time.Duration `json:"took,omitempty"`
	Error string        `json:"error,omitempty"`
	// Interrupted is set where it ended as the user wanted it to, which is no failure.
	Interrupted bool `json:"interrupted,omitempty"`
	// Roll is set in an event of kind Rolls, Mode in one of kind Restarted.
	Roll *Roll         `json:"roll,omitempty"`
	Mode ensemble.Mode `json:"mode,omitempty"`
	// Bytes and Total are set while something is transferred.
	Bytes int64 `json:"bytes,omitempty"`
	Total int64 `json:"total,omitempty"`
}

func (f *Fleet) report(e Event) {
	if f.Report != nil {
		e.Time = time.Now()
		f.Report(e)
	}
}

// step reports a part of a run as it begins and ends.
func (f *Fleet) step(text string, do func() error) error {
	begin := time.Now()
	f.report(Event{Kind: RunStep, Text: text})
	err := do()
	e := Event{Kind: RunStep, Text: text, Done: true, Took: time.Since(begin)}
	if err != nil {
		e.Error, e.Interrupted = err.Error(), errors.Is(err, context.Canceled)
	}
	f.report(e)
	return err
}

// hostsStep does what step does for a part that goes on without the hosts that fail in it. It is
// reported as failed where one does, though it ends the run for none of the others.
func (r *run) hostsStep(text string, do func() error) error {
	lost := func() int {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.failed)
	}
	before := lost()
	var err error
	_ = r.step(text, func() error {
		if err = do(); err != nil {
			return err
		}
		if n := lost() - before; n > 0 {
			return fmt.Errorf("failed on %d hosts", n)
		}
		return nil
	})
	return err
}

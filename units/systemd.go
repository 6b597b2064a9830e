package units

import (
	"context"
	"errors"
)

// Systemd does to units what a host's systemd can. Manager is the real one; package
// unitstest has one in memory. Unit names carry their suffix, see FileName. Every call
// returns by the context's deadline, and after a limit of its own where the context has
// none.
type Systemd interface {
	// State reads what systemd knows of a unit. A unit that does not exist is not
	// an error: its LoadState is "not-found".
	State(ctx context.Context, unit string) (State, error)
	// Reload makes systemd read all unit files again.
	Reload(ctx context.Context) error
	// Enable makes the units start at boot. It has been observed when it returns nil.
	Enable(ctx context.Context, units ...string) error
	// Disable undoes Enable.
	Disable(ctx context.Context, units ...string) error
	// Start and Stop wait for the end of the job. The error is a *JobError where the
	// job failed. A job that succeeds does not mean that the unit stays up: that of an
	// instance that exits at once, or whose condition does not hold, succeeds too.
	// Settle finds out.
	Start(ctx context.Context, unit string) error
	Stop(ctx context.Context, unit string) error
	// Restart stops a unit and starts it again as one job, which systemd finishes
	// whether or not anybody waits for it. Its end and its errors are as Start's.
	Restart(ctx context.Context, unit string) error
	// Reboot begins an orderly reboot of the host, which ends everything.
	Reboot(ctx context.Context) error
	// ResetFailed turns a failed unit into an inactive one, and lets systemd forget how
	// often it has restarted any.
	ResetFailed(ctx context.Context, unit string) error
	// Try runs a program in the sandbox of a unit, to its end. The error means that it
	// could not be run; that the program failed is none.
	Try(ctx context.Context, t Trial) (Tried, error)
	// Journal returns the last lines that a unit wrote, of all its starts, oldest
	// first.
	Journal(ctx context.Context, unit string, lines int) ([]Line, error)
	// Ends returns the last n ends of a unit's main process that the journal knows
	// of, oldest first; none where systemd does not note them (before 240).
	Ends(ctx context.Context, unit string, n int) ([]Exit, error)
}

// Line is a line of a unit's journal.
type Line struct {
	Text string
	// Invocation is the start that it belongs to, as State.InvocationID; empty
	// where the journal does not say.
	Invocation string
}

// ErrNotSystemd means that systemd is not this host's system manager.
var ErrNotSystemd = errors.New("systemd is not the system manager of this host (there is no /run/systemd/system)")

// ErrMasked means that a unit is masked: somebody forbade it to start.
var ErrMasked = errors.New("the unit is masked; systemctl unmask allows it to start again")

// JobError means that a job of systemd's did not succeed.
type JobError struct {
	Verb string // "start", "stop" or "restart"
	Unit string
	// Result is systemd's word: "canceled", "timeout", "failed", "dependency" or "skipped".
	Result string
}

func (e *JobError) Error() string {
	because := map[string]string{
		"canceled":   "the job was replaced by another one",
		"timeout":    "the job took too long",
		"failed":     "the job failed",
		"dependency": "something that it needs, such as a mount, could not be started",
		"skipped":    "the job does not apply to the unit's state",
	}[e.Result]
	if because == "" {
		because = "the job ended as " + e.Result
	}
	return "cannot " + e.Verb + " " + e.Unit + ": " + because + "; see systemctl status " + e.Unit
}

package fleet

import (
	"fmt"
	"time"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/remote"
)

// The names of hosts that give no answer any more.
const (
	hostSilent   = "host-silent"
	stepUnending = "step-unending"
)

// vital is what is known of one host's life.
type vital struct {
	signs  uint64
	silent time.Duration
	named  bool
	// awaited is set when it was said that an interrupted run waits for the host.
	awaited bool
	// work is what is being changed there, in words; empty where nothing is. change is
	// the last that was begun and has not ended.
	work   string
	change *provision.Change
	// begun is the moment, in time awake, at which that work was.
	begun time.Duration
	// since is the moment, in time awake, at which the change was begun; said the one
	// at which it was last told of.
	since, said time.Duration
	// lost is closed, and err set before, when nobody waits for the host any more.
	lost chan struct{}
	err  error
}

// lostHost is a host that is given up. It may be connected to again meanwhile: the
// session is the one that was silent.
type lostHost struct {
	session provision.Living
	err     error
}

// limit returns how long a host may be silent.
func (p *pulse) limit(v *vital) time.Duration {
	limit := p.r.Silence
	if limit <= 0 {
		limit = SilenceLimit
	}
	if v.work == "" {
		limit /= 2
	}
	return limit
}

const (
	// goesOn is what a host does of which nobody waits for the end.
	goesOn     = "it finishes the one step that it is in, if it goes on, and gives its lock back"
	farUnknown = "how far it got is not known"
)

// noSign returns the error of a host that gives no sign of life.
func (v *vital) noSign() error {
	kind, known := provision.Unreachable, "nothing was being changed there"
	if v.work != "" {
		kind, known = provision.Unknown, farUnknown
	}
	return &provision.Error{Kind: kind, Name: hostSilent,
		Message: fmt.Sprintf("it gave no sign of life for %s%s; %s", provision.Roughly(v.silent), v.doing(), known),
		Hint:    "is zkprov stopped there (ps -C zkprov -o pid,stat), or the machine or the network gone? " + goesOn + "; then run the same command again"}
}

// givenUp returns the error of a host that nobody waits for any more; nil where somebody
// does.
func (p *pulse) givenUp(v *vital) error {
	leaving := p.leaving >= 0
	switch {
	case leaving && v.silent >= remote.LeaveSilence, v.silent >= p.limit(v):
		return v.noSign()
	case leaving && v.work != "" && p.awake-max(p.leaving, v.begun) >= finishLimit:
		return &provision.Error{Kind: provision.Unknown, Name: stepUnending,
			Message: fmt.Sprintf("it lives and did not finish within %s%s; %s", provision.Roughly(finishLimit), v.doing(), farUnknown),
			Hint:    goesOn + "; then run the same command again"}
	}
	return nil
}

// doing returns what a host is in the middle of, for a message.
func (v *vital) doing() string {
	switch {
	case v.work == "":
		return ""
	case v.change == nil:
		return ", " + v.work
	}
	return fmt.Sprintf(", %s: %s", v.work, v.change.Line())
}

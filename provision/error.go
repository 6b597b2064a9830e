package provision

import (
	"errors"
	"fmt"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
)

// Kind tells what sort of failure an Error is; exit codes follow from it.
type Kind string

// The kinds.
const (
	// Failed is a step that did not do what it should.
	Failed Kind = "failed"
	// Refused is a step that a safety rule forbids.
	Refused Kind = "refused"
	// Locked means that another run holds the host.
	Locked Kind = "locked"
	// Stale means that the host is no longer as the plan saw it.
	Stale Kind = "stale"
	// Unreachable means that the host could not be reached, or was lost.
	Unreachable Kind = "unreachable"
	// Unknown means that the host was lost in the middle of a change: how far it got
	// is not known.
	Unknown Kind = "unknown"
	// Waiting means that a host has done its part and that others are not up yet.
	Waiting Kind = "waiting"
	// NotPermitted is a test that the ensemble's own access rules forbid.
	NotPermitted Kind = "not-permitted"
)

// Error is a failure that a user is told of. It is plain data, so that it
// arrives unchanged from a host.
type Error struct {
	Kind Kind `json:"kind"`
	// Name is the finding that it is, where it is one: `zkprov explain` knows it.
	Name string `json:"name,omitempty"`
	// Message tells what could not be done and why.
	Message string `json:"message"`
	// Hint tells what to do next, and Commands what to type, as in a finding.Finding.
	Hint     string            `json:"hint,omitempty"`
	Commands []finding.Command `json:"commands,omitempty"`
	// Detail is further lines, such as the end of a journal.
	Detail []string `json:"detail,omitempty"`
}

// Error returns the message and the hint on one line; Detail is for whoever has more.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	if advice := finding.Advice(e.Hint, e.Commands); advice != "" {
		b.WriteString("; ")
		b.WriteString(advice)
	}
	if e.Name != "" {
		fmt.Fprintf(&b, " [%s]", e.Name)
	}
	return b.String()
}

// Split returns the single errors of one that errors.Join made of several, none of nil.
// One that says more than its parts, such as which mirrors failed, is one by itself.
func Split(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || err.Error() != errors.Join(joined.Unwrap()...).Error() {
		return []error{err}
	}
	var all []error
	for _, one := range joined.Unwrap() {
		all = append(all, Split(one)...)
	}
	return all
}

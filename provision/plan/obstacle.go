package plan

import (
	"errors"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision"
)

// Obstacle is what stops an apply: a critical finding, or an error of a host or of
// the whole.
type Obstacle struct {
	Host    string           `json:"host,omitempty"`
	Finding *finding.Finding `json:"finding,omitempty"`
	Error   *provision.Error `json:"error,omitempty"`
}

// Err returns the obstacle as a *FindingError, a *HostError or a *provision.Error.
func (o Obstacle) Err() error {
	switch {
	case o.Finding != nil:
		return &FindingError{*o.Finding}
	case o.Host != "":
		return &HostError{o.Host, o.Error}
	}
	return o.Error
}

// AsError returns obstacles as one error; nil where there are none.
func AsError(all []Obstacle) error {
	var errs []error
	for _, o := range all {
		errs = append(errs, o.Err())
	}
	return errors.Join(errs...)
}

// HostError is a failure on one host.
type HostError struct {
	Host string
	Err  error
}

func (e *HostError) Error() string { return e.Host + ": " + e.Err.Error() }
func (e *HostError) Unwrap() error { return e.Err }

// FindingError is a critical finding that stopped a run.
type FindingError struct {
	Finding finding.Finding
}

func (e *FindingError) Error() string { return e.Finding.String() }

// As lets errors.As find the *provision.Error that it is.
func (e *FindingError) As(target any) bool {
	t, ok := target.(**provision.Error)
	if ok {
		kind := provision.Failed
		if e.Finding.Refusal {
			kind = provision.Refused
		}
		*t = &provision.Error{Kind: kind, Name: e.Finding.Name, Message: e.Finding.Message, Hint: e.Finding.Hint, Commands: e.Finding.Commands}
	}
	return ok
}

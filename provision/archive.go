package provision

import (
	"context"
	"errors"

	"github.com/zkprov/zkprov/provision/archive"
)

// ExamineArchive reads an archive as it would be unpacked. One that would be refused
// is an *Error.
func ExamineArchive(ctx context.Context, path string, s archive.Source) error {
	return RefusedArchive(archive.Examine(ctx, path, s), s)
}

// RefusedArchive returns an error about an archive as the *Error that refuses it.
func RefusedArchive(err error, s archive.Source) error {
	var bad *archive.Unusable
	if errors.As(err, &bad) {
		return &Error{Kind: Refused, Name: archive.NotRelease, Message: err.Error(), Hint: archive.UnusableHint(s)}
	}
	return err
}

package provision

import (
	"context"
	"errors"

	"github.com/zkprov/zkprov/provision/archive"
)

// ExamineArchive reads an archive, or a jar, as it would be used. One that would be refused
// is an *Error.
func ExamineArchive(ctx context.Context, path string, s archive.Source) error {
	return RefusedArchive(archive.Examine(ctx, path, s), s)
}

// RefusedArchive returns an error about an archive as the *Error that refuses it.
func RefusedArchive(err error, s archive.Source) error {
	var bad *archive.Unusable
	if errors.As(err, &bad) {
		e := &Error{Kind: Refused, Name: archive.NotRelease, Message: err.Error(), Hint: archive.UnusableHint(s)}
		if s.IsJar() {
			e.Name = archive.NotJar
		}
		return e
	}
	return err
}

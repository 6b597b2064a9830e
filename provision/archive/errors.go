package archive

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrCorrupt means that a file of the cache does not have the SHA-512 in its name. The
// next Add or Fetch of that hash replaces it.
var ErrCorrupt = errors.New("the cached archive is damaged")

// ChecksumError is the error for an archive whose bytes are not the pinned ones. The
// file that was fetched is gone by the time that a caller sees this.
type ChecksumError struct {
	// URL is where the bytes came from, fit for messages; a path for a file
	// that was not fetched.
	URL string
	// Want and Got are SHA-512 in hex.
	Want, Got string
	// Size counts the bytes that came.
	Size int64
	// HTML is true where the bytes look like a web page.
	HTML bool
}

func (e *ChecksumError) Error() string {
	s := fmt.Sprintf("wrong SHA-512 of %s: want %s, got %s from %d bytes", e.URL, short(e.Want), short(e.Got), e.Size)
	switch {
	case e.HTML:
		s += "; this is an HTML page, not an archive: a login, proxy or error page answered"
	case e.Size == 0:
		s += "; the file is empty"
	}
	return s
}

// short cuts a hash to what a person compares.
func short(hash string) string {
	if len(hash) <= 16 {
		return hash
	}
	return hash[:16] + "…"
}

// Rejection is a URL that did not deliver the archive, and why.
type Rejection struct {
	URL  string // fit for messages
	Err  error
	Took time.Duration // of the last try
}

// Why returns the reason, for a line that has the URL already.
func (r Rejection) Why() string { return strings.Replace(r.Err.Error(), " of "+r.URL, "", 1) }

// FetchError is the error for an archive that no URL delivered.
type FetchError struct {
	FileName string
	// Jar is set for a jar beside the release.
	Jar      bool
	Rejected []Rejection
}

func (e *FetchError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "cannot fetch %s:", e.FileName)
	for _, r := range e.Rejected {
		fmt.Fprintf(&b, "\n  %s: %s", r.URL, r.Why())
	}
	if e.Jar {
		fmt.Fprintf(&b, "\nname another place that has it, or a copy, under [jvm]: jars = [ { url = \"file:///path/to/%s\", sha512 = … } ]", e.FileName)
		return b.String()
	}
	fmt.Fprintf(&b, "\nname a mirror that has it, or a copy: [archive] urls = [\"file:///path/to/%s\"]", e.FileName)
	return b.String()
}

// Unwrap lets errors.Is and errors.As see every mirror's error.
func (e *FetchError) Unwrap() []error {
	errs := make([]error, len(e.Rejected))
	for i, r := range e.Rejected {
		errs[i] = r.Err
	}
	return errs
}

package archive

import "strings"

// Label returns the archive's name for messages: the first of its URLs, as all of them
// have the same, or its file name.
func (s Source) Label() string {
	for _, raw := range s.URLs {
		if u, err := parseURL(raw); err == nil {
			return display(u)
		}
	}
	return s.FileName
}

// brief shortens a whole SHA-512 in an error's text: the cache's files are named by it.
// A shell still expands what stands there instead to the file's name.
func brief(err error, hash string) error {
	if err == nil || checkHash(hash) != nil || !strings.Contains(err.Error(), hash) {
		return err
	}
	return &briefError{err, strings.ReplaceAll(err.Error(), hash, hash[:16]+"*")}
}

type briefError struct {
	err  error
	text string
}

func (e *briefError) Error() string { return e.text }
func (e *briefError) Unwrap() error { return e.err }

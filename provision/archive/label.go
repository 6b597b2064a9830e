package archive

import "strings"

// Label names the archive for messages: by the first of its URLs, as what all of
// them have is the same, or by its file name.
func (s Source) Label() string {
	for _, raw := range s.URLs {
		if u, err := parseURL(raw); err == nil {
			return display(u)
		}
	}
	return s.FileName
}

// brief is an error in which a whole SHA-512 is cut: the cache's files are called by
// theirs. What stands there instead is understood by a shell, too.
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

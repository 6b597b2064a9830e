package archive

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// Unusable is an archive with the pinned SHA-512 that is no binary release of
// ZooKeeper, or one with what none has.
type Unusable struct{ Err error }

func (e *Unusable) Error() string { return e.Err.Error() }
func (e *Unusable) Unwrap() error { return e.Err }

// UnusableHint says what to do about an Unusable.
func UnusableHint(s Source) string {
	return fmt.Sprintf("the inventory pins this very file: write urls and sha512 of Apache's %s under [archive]", s.FileName)
}

// unusable is an error of reading an archive as what it says of it; nil is nil. That
// somebody interrupted, or that the disk does not read, says nothing of it.
func unusable(ctx context.Context, err error) error {
	var disk *fs.PathError
	if err == nil || ctx.Err() != nil || errors.As(err, &disk) {
		return err
	}
	return &Unusable{err}
}

// Examine reads the release's archive as Unpack would, and writes nothing: an
// archive that Unpack would refuse gives an *Unusable. It takes some 200 ms for that
// of 3.6.3.
func Examine(ctx context.Context, archivePath string, s Source) error {
	f, _, err := verified(ctx, archivePath, s)
	if err != nil {
		return fmt.Errorf("cannot use %s: %w", s.Label(), err)
	}
	defer f.Close()
	seen := seenEntries{".": true}
	var files []treeEntry
	err = walk(ctx, f, s, maxTotal, func(h *tar.Header, rel string, _ io.Reader) error {
		if !seen.add(h, rel) {
			return twice(h)
		}
		if h.Typeflag != tar.TypeDir {
			files = append(files, treeEntry{Path: rel})
		}
		return nil
	})
	if err == nil {
		err = checkServer(s.Version, files)
	}
	if err != nil {
		return fmt.Errorf("cannot use %s: %w", s.Label(), err)
	}
	return nil
}

// seenEntries are the paths of an archive's entries and of the folders above them; a
// folder is true.
type seenEntries map[string]bool

// add reports whether an entry can be made beside those before it.
func (s seenEntries) add(h *tar.Header, rel string) bool {
	rel = path.Clean(rel)
	for dir := path.Dir(rel); dir != "."; dir = path.Dir(dir) {
		if folder, there := s[dir]; there && !folder {
			return false
		}
		s[dir] = true
	}
	folder, there := s[rel]
	s[rel] = h.Typeflag == tar.TypeDir
	return !there || folder && s[rel]
}

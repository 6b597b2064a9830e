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

// Unusable is the error for an archive that has the pinned SHA-512 and is no binary
// release of ZooKeeper, or holds what no release does.
type Unusable struct{ Err error }

func (e *Unusable) Error() string { return e.Err.Error() }
func (e *Unusable) Unwrap() error { return e.Err }

// UnusableHint returns what to do about an Unusable.
func UnusableHint(s Source) string {
	if s.IsJar() {
		return "the inventory pins this very file: write url and sha512 of a jar under [jvm] jars"
	}
	return fmt.Sprintf("the inventory pins this very file: write urls and sha512 of Apache's %s under [archive]", s.FileName)
}

// unusable wraps an error of reading an archive as an *Unusable; nil stays nil. An
// interruption, and a disk that does not read, are returned as they are: they do not
// come of the archive.
func unusable(ctx context.Context, err error) error {
	var disk *fs.PathError
	if err == nil || ctx.Err() != nil || errors.As(err, &disk) {
		return err
	}
	return &Unusable{err}
}

// Examine reads the release's archive as Unpack would, and writes nothing: an
// archive that Unpack would refuse gives an *Unusable, and so does a jar of which a JVM
// would take no class, without a word. It takes some 200 ms for that
// of 3.6.3.
func Examine(ctx context.Context, archivePath string, s Source) error {
	if s.IsJar() {
		return examineJar(archivePath, s)
	}
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

// seenEntries holds the paths of an archive's entries and of the folders above them;
// the value is true for a folder.
type seenEntries map[string]bool

// add notes an entry and reports whether it can be made beside those before it.
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

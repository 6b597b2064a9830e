package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/zkprov/zkprov/internal/durable"
)

// Owned reports whether the folder at dest was unpacked by zkprov, which its marker tells, or
// is what is left of one of which all else was removed: empty. strangers are the files
// in it that no marker lists; Remove leaves them.
func Owned(dest string) (owned bool, strangers []string, err error) {
	m, err := readTree(dest)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil, nil
	}
	if err != nil {
		// A link, a file, or a folder whose marker is none.
		return isEmpty(dest), nil, nil
	}
	listed := map[string]bool{MarkerName: true}
	for _, f := range m.Files {
		listed[f.Path] = true
	}
	err = filepath.WalkDir(dest, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dest, name)
		if err == nil && !listed[filepath.ToSlash(rel)] {
			strangers = append(strangers, name)
		}
		return err
	})
	if err != nil {
		return false, nil, fmt.Errorf("cannot look at the release: %w", err)
	}
	return true, strangers, nil
}

// readTree reads the marker of the tree at dest.
func readTree(dest string) (marker, error) {
	st, err := os.Lstat(dest)
	if err != nil {
		return marker{}, err
	}
	if !st.IsDir() {
		return marker{}, errors.New("it is not a folder")
	}
	b, err := readMarker(filepath.Join(dest, MarkerName))
	if errors.Is(err, fs.ErrNotExist) {
		return marker{}, errors.New(MarkerName + " is missing")
	}
	if err != nil {
		return marker{}, err
	}
	return parseMarker(b)
}

// Remove removes a tree that is Owned: the files that its marker lists, the folders that
// are empty then, and the marker last, so that what a killed run leaves is known to the
// next.
func Remove(dest string) error {
	m, err := readTree(dest)
	if err != nil && !isEmpty(dest) {
		return fmt.Errorf("cannot remove the release in %s: %w", dest, err)
	}
	if err := m.remove(dest); err != nil {
		return fmt.Errorf("cannot remove the release in %s: %w", dest, err)
	}
	return nil
}

func (m marker) remove(dest string) error {
	root, err := os.OpenRoot(dest)
	if err != nil {
		return err
	}
	defer root.Close()
	var dirs []string
	for _, f := range m.Files {
		if err := root.Remove(f.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for dir := path.Dir(f.Path); dir != "." && !slices.Contains(dirs, dir); dir = path.Dir(dir) {
			dirs = append(dirs, dir)
		}
	}
	// A folder comes before the one that it lies in.
	slices.SortFunc(dirs, func(a, b string) int { return strings.Count(b, "/") - strings.Count(a, "/") })
	for _, dir := range dirs {
		if err := root.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) && !inUse(err) {
			return err
		}
	}
	if err := root.Remove(MarkerName); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Remove(dest); err != nil && !inUse(err) {
		return err
	}
	return durable.SyncDir(filepath.Dir(dest))
}

// inUse reports whether a folder was not removed because something lies in it, or is
// mounted over it.
func inUse(err error) bool {
	return errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, syscall.EEXIST) || errors.Is(err, syscall.EBUSY)
}

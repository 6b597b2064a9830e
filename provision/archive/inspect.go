package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/zkprov/zkprov/inventory"
)

// Kind is what Inspect found where an unpacked tree should be.
type Kind string

// What Unpack does with each: it makes an absent tree, leaves a complete one
// alone, repairs modes, replaces one that is incomplete or of another archive, and
// refuses what is foreign.
const (
	Absent     Kind = "absent"
	Complete   Kind = "complete"
	WrongModes Kind = "modes"      // complete, but for modes that let nobody but root write
	Incomplete Kind = "incomplete" // of ours or a ZooKeeper, but not as it was unpacked
	Other      Kind = "other"      // complete, from an archive with another hash
	Foreign    Kind = "foreign"    // nothing that zkprov may take away
)

// State is the result of Inspect.
type State struct {
	Kind Kind
	// Version and SHA512 are the marker's; empty where there is no valid one.
	Version inventory.Version
	SHA512  string
	// Reason is a clause for people with the first difference that was found: why a
	// tree is incomplete or foreign, or which mode is wrong.
	Reason string
}

// Inspect compares what lies at dest with its marker, and the marker with the SHA-512
// of the archive that should be unpacked there. It only reads: the marker, and of every
// file whether it is listed and has the listed mode and size. Content is not hashed, so
// that looking costs a few milliseconds. Errors are those of the file system.
func Inspect(dest, sha512 string) (State, error) {
	dest = filepath.Clean(dest)
	st, err := os.Lstat(dest)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return State{Kind: Absent}, nil
	case err != nil:
		return State{}, fmt.Errorf("cannot inspect the release: %w", err)
	case st.Mode()&fs.ModeSymlink != 0:
		return State{Kind: Foreign, Reason: "it is a symlink"}, nil
	case !st.IsDir():
		return State{Kind: Foreign, Reason: "it is not a folder"}, nil
	}
	s, err := inspectTree(dest, sha512)
	if err != nil {
		return State{}, fmt.Errorf("cannot inspect the release: %w", err)
	}
	return s, nil
}

func inspectTree(dest, sha512 string) (State, error) {
	b, err := readMarker(filepath.Join(dest, MarkerName))
	if errors.Is(err, fs.ErrNotExist) {
		return inspectUnmarked(dest)
	}
	if err != nil {
		return State{}, err
	}
	m, err := parseMarker(b)
	if err != nil {
		return State{Kind: Incomplete, Reason: MarkerName + ": " + err.Error()}, nil
	}
	s := State{Kind: Complete, Version: m.Version, SHA512: m.SHA512}
	difference, modes, err := m.compare(dest)
	switch {
	case err != nil:
		return State{}, err
	case difference != "":
		s.Kind, s.Reason = Incomplete, difference
	case m.SHA512 != sha512:
		s.Kind = Other
	case len(modes) > 0:
		s.Kind, s.Reason = WrongModes, modes[0].text
		if n := len(modes) - 1; n > 0 {
			s.Reason += fmt.Sprintf(", and %d more", n)
		}
	}
	return s, nil
}

// readMarker reads at most maxMarker bytes; what is not a regular file reads as
// empty.
func readMarker(path string) ([]byte, error) {
	f, err := openArchive(path)
	if errors.Is(err, errNotArchive) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || st.Size() > maxMarker {
		return nil, err
	}
	b := make([]byte, st.Size())
	_, err = f.ReadAt(b, 0)
	return b, err
}

// inspectUnmarked judges a folder without a marker: Incomplete where somebody unpacked
// a ZooKeeper there, or an interrupted copy left it, and Foreign where it has nothing
// to do with ZooKeeper.
func inspectUnmarked(dest string) (State, error) {
	entries, err := os.ReadDir(dest)
	if err != nil {
		return State{}, err
	}
	if len(entries) == 0 {
		return State{Kind: Incomplete, Reason: "it is empty"}, nil
	}
	for _, pattern := range []string{"bin/zkServer.sh", "lib/zookeeper-*.jar", "zookeeper-*.jar"} {
		// The pattern is fixed and dest is quoted: Glob has no other error.
		if found, err := filepath.Glob(filepath.Join(quoteGlob(dest), pattern)); err == nil && len(found) > 0 {
			return State{Kind: Incomplete, Reason: "it was not unpacked by zkprov, or not to its end: " + MarkerName + " is missing"}, nil
		}
	}
	return State{Kind: Foreign, Reason: "it holds " + entries[0].Name() + " and no sign of ZooKeeper"}, nil
}

func quoteGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// RepairModes gives the files and folders of a tree of kind WrongModes their modes
// back. Servers that run from the tree are not disturbed.
func RepairModes(dest string) error {
	dest = filepath.Clean(dest)
	b, err := readMarker(filepath.Join(dest, MarkerName))
	if err != nil {
		return fmt.Errorf("cannot repair the release: %w", err)
	}
	m, err := parseMarker(b)
	if err != nil {
		return fmt.Errorf("cannot repair the release: %s: %w", MarkerName, err)
	}
	difference, modes, err := m.compare(dest)
	if err == nil && difference != "" {
		err = errors.New(difference)
	}
	if err != nil {
		return fmt.Errorf("cannot repair the release: %w", err)
	}
	root, err := os.OpenRoot(dest)
	if err != nil {
		return fmt.Errorf("cannot repair the release: %w", err)
	}
	defer root.Close()
	for _, w := range modes {
		if err := root.Chmod(w.path, w.mode); err != nil {
			return fmt.Errorf("cannot repair the release: %w", err)
		}
	}
	return nil
}

// wrongMode is a file or folder whose mode alone differs. Nobody but root could write
// to it, so that it still is as it was unpacked.
type wrongMode struct {
	path string // below the top folder; "." is that itself
	mode fs.FileMode
	text string
}

// compare returns the first difference between the tree and the list, "" if
// there is none, and the modes that differ without being one.
func (m marker) compare(dest string) (difference string, modes []wrongMode, err error) {
	want := make(map[string]treeEntry, len(m.Files))
	for _, f := range m.Files {
		want[f.Path] = f
	}
	err = filepath.WalkDir(dest, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		st, err := d.Info()
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(name, dest), "/"))
		why, mode := differs(st, rel, want)
		if why != "" && mode == 0 {
			difference = why
			return fs.SkipAll
		}
		if why != "" {
			modes = append(modes, wrongMode{path.Join(".", rel), mode, why})
		}
		delete(want, rel)
		return nil
	})
	if err != nil || difference != "" {
		return difference, nil, err
	}
	for _, f := range m.Files {
		if _, missing := want[f.Path]; missing {
			return f.Path + " is missing", nil, nil
		}
	}
	return "", modes, nil
}

// differs returns what is wrong with one file or folder of the tree; empty where
// nothing is. repair is the right mode where only the mode is wrong and nobody but root
// could write; else 0.
func differs(st fs.FileInfo, rel string, want map[string]treeEntry) (why string, repair fs.FileMode) {
	name, mode := rel, "0755"
	if rel == "" {
		name = "the folder"
	}
	switch f, listed := want[rel]; {
	case st.IsDir() && listed:
		return name + " is a folder, not a file", 0
	case st.IsDir():
	case !st.Mode().IsRegular():
		return name + " is not a regular file", 0
	case rel == MarkerName:
		mode = "0644"
	case !listed:
		return name + " was added", 0
	case st.Size() != f.Size:
		return fmt.Sprintf("%s has %d bytes, not %d", name, st.Size(), f.Size), 0
	default:
		mode = f.Mode
	}
	sys := st.Sys().(*syscall.Stat_t)
	if sys.Uid != 0 && int(sys.Uid) != os.Geteuid() {
		return fmt.Sprintf("%s belongs to user %d, not to root", name, sys.Uid), 0
	}
	if got := octal(uint32(sys.Mode)); got != mode {
		why = fmt.Sprintf("%s has mode %s, not %s", name, got, mode)
		if bits, err := strconv.ParseUint(mode, 8, 32); err == nil && sys.Mode&0o022 == 0 {
			repair = fs.FileMode(bits)
		}
	}
	return why, repair
}

package archive

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/zkprov/zkprov/internal/durable"
)

// stagingPrefix begins the names of what Unpack has under way beside its target.
const stagingPrefix = ".zkprov-staging-"

// Unpack makes dest, whose last part may have any name, the content of the release's
// archive: all of it or nothing, whenever it ends. The archive is hashed before its
// first byte is unpacked, and hashed again as it is unpacked. Folders and executables
// get mode 0755, other files 0644, whatever the umask; run by root, all belong to root.
//
// A complete tree of the same archive is left alone but for its modes. An incomplete
// one, or one of another archive, is replaced when the new one is whole. What zkprov
// may not take away is refused. The caller must hold the host's lock: staging folders
// of an earlier run are removed.
func Unpack(ctx context.Context, archivePath string, s Source, dest string) error {
	dest = filepath.Clean(dest)
	state, err := Inspect(dest, s.SHA512)
	switch {
	case err != nil:
		return err
	case state.Kind == Complete:
		return nil
	case state.Kind == WrongModes:
		return RepairModes(dest)
	case state.Kind == Foreign:
		return fmt.Errorf("cannot unpack to %s: %s; move it away, or set another [paths] install", dest, state.Reason)
	}
	f, size, err := verified(ctx, archivePath, s)
	if err != nil {
		return fmt.Errorf("cannot unpack %s: %w", s.Label(), err)
	}
	defer f.Close()
	parent := filepath.Dir(dest)
	if err := unpackBeside(ctx, f, s, dest, state.Kind != Absent); err != nil {
		return fmt.Errorf("cannot unpack %s to %s: %w", s.Label(), dest, explainSpace(err, parent, Needs(size)))
	}
	return nil
}

// verified opens the archive of a source, hashes it and returns it rewound, with its
// size.
func verified(ctx context.Context, path string, s Source) (_ *os.File, _ int64, err error) {
	defer func() { err = brief(err, s.SHA512) }()
	if err := checkHash(s.SHA512); err != nil {
		return nil, 0, err
	}
	f, err := openArchive(path)
	if err != nil {
		return nil, 0, err
	}
	got, size, err := hashAll(ctx, f)
	if err == nil && got != s.SHA512 {
		head := make([]byte, sniff)
		n, _ := f.ReadAt(head, 0)
		err = &ChecksumError{URL: "its copy " + path, Want: s.SHA512, Got: got, Size: size, HTML: isHTML(head[:n])}
	}
	if err == nil {
		_, err = f.Seek(0, 0)
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, size, nil
}

// unpackBeside unpacks into a private folder beside dest and puts it in place.
func unpackBeside(ctx context.Context, f *os.File, s Source, dest string, replace bool) error {
	if err := makeDir(filepath.Dir(dest), 0o755); err != nil {
		return err
	}
	parent, err := os.OpenRoot(filepath.Dir(dest))
	if err != nil {
		return err
	}
	defer parent.Close()
	if err := removeStale(parent); err != nil {
		return err
	}
	staging := stagingPrefix + rand.Text()
	err = stage(ctx, f, s, parent, staging)
	if err == nil {
		err = place(parent, staging, filepath.Base(dest), replace)
	}
	if err != nil {
		// Gone already where it was placed; if it stays, it is stale next time.
		_ = parent.RemoveAll(staging)
	}
	return err
}

// removeStale removes the staging folders that earlier runs left.
func removeStale(parent *os.Root) error {
	entries, err := fs.ReadDir(parent.FS(), ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), stagingPrefix) {
			if err := parent.RemoveAll(e.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

// place renames the staged tree to name. What is there is moved aside only now, and
// removed last.
func place(parent *os.Root, staging, name string, replace bool) error {
	dir, err := parent.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	aside := stagingPrefix + rand.Text()
	if replace {
		if err := parent.Rename(name, aside); err != nil {
			return err
		}
	}
	if err := durable.RenameExclusive(dir, staging, name); err != nil {
		if replace {
			err = errors.Join(err, parent.Rename(aside, name))
		}
		return err
	}
	if err := dir.Sync(); err != nil {
		return err
	}
	// The tree is in place; what remains of the old one is stale next time.
	_ = parent.RemoveAll(aside)
	return nil
}

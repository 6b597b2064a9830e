package archive

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"golang.org/x/sync/errgroup"

	"github.com/zkprov/zkprov/inventory"
)

// stager unpacks one archive into one private folder.
type stager struct {
	src   Source
	root  *os.Root
	files []treeEntry
	dirs  []string // made, each after its parent; without the folder itself
	made  map[string]bool
	room  int64 // bytes that may still be unpacked
	// flush flushes files to the disk while the next ones are unpacked.
	flush errgroup.Group
	buf   []byte
}

// stage makes the folder called name below parent: the archive's files, their modes and
// owners, and last the marker. All of it is flushed to the disk when it returns.
func stage(ctx context.Context, archive io.Reader, s Source, parent *os.Root, name string) error {
	if err := parent.Mkdir(name, 0o700); err != nil {
		return err
	}
	root, err := parent.OpenRoot(name)
	if err != nil {
		return err
	}
	defer root.Close()
	st := newStager(s, root, maxTotal)
	err = st.unpack(ctx, archive)
	if flushed := st.flush.Wait(); err == nil {
		err = flushed
	}
	if err != nil {
		return err
	}
	if err := checkServer(s.Version, st.files); err != nil {
		return err
	}
	if err := st.finish(); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return own(parent, name)
}

func newStager(s Source, root *os.Root, room int64) *stager {
	st := &stager{src: s, root: root, room: room, made: map[string]bool{".": true}, buf: make([]byte, copySize)}
	st.flush.SetLimit(16)
	return st
}

// unpack unpacks the archive.
func (st *stager) unpack(ctx context.Context, archive io.Reader) error {
	return walk(ctx, archive, st.src, st.room, st.entry)
}

// packed replaces the text of an error by which a packed file does not read with one
// for people.
func packed(err error) error {
	for cause, text := range map[error]string{
		io.EOF:              "it ends too early",
		io.ErrUnexpectedEOF: "it ends too early",
		gzip.ErrHeader:      "there is no header of gzip where one must be",
		gzip.ErrChecksum:    "its checksum is not that of its bytes",
		tar.ErrHeader:       "there is no header of tar where one must be",
	} {
		if errors.Is(err, cause) {
			return &toldError{text, err}
		}
	}
	return err
}

// walk visits each entry of the archive with its path below the top folder, and ends
// with the first that no release has. It reads the archive to its last byte: past the
// end of the tar, so that gzip's CRC is compared, and past the end of gzip, so that the
// hash is that of the whole.
func walk(ctx context.Context, archive io.Reader, s Source, room int64, visit func(h *tar.Header, rel string, content io.Reader) error) error {
	hash := sha512.New()
	raw := io.TeeReader(untilDone{ctx, archive}, hash)
	zipped, err := gzip.NewReader(bufio.NewReaderSize(raw, copySize))
	if err != nil {
		return unusable(ctx, fmt.Errorf("it is not a gzip file: %w", packed(err)))
	}
	plain := &capped{zipped, room}
	entries := tar.NewReader(plain)
	for n := 1; ; n++ {
		h, err := entries.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return unusable(ctx, fmt.Errorf("its entry %d does not read: %w", n, packed(err)))
		}
		if n > maxEntries {
			return &Unusable{fmt.Errorf("it has more than %d entries", maxEntries)}
		}
		rel, err := relative(h, inventory.ReleaseFolder(s.Version))
		if err != nil {
			return &Unusable{err}
		}
		if h.Typeflag != tar.TypeDir {
			if room -= h.Size; room < 0 {
				return tooMuch()
			}
		}
		if err := visit(h, rel, entries); err != nil {
			return err
		}
	}
	if _, err := io.CopyBuffer(io.Discard, plain, make([]byte, copySize)); err != nil {
		return unusable(ctx, fmt.Errorf("its end does not read: %w", packed(err)))
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != s.SHA512 {
		return errChanged
	}
	return nil
}

// errChanged means that an archive changed after it was hashed the first time.
var errChanged = errors.New("it changed while it was read; run the same command again")

func (st *stager) entry(h *tar.Header, rel string, content io.Reader) error {
	err := st.make(h, rel, content)
	if errors.Is(err, fs.ErrExist) {
		return twice(h)
	}
	return err
}

func twice(h *tar.Header) error {
	return &Unusable{fmt.Errorf("its entry %q is there already: a name comes twice", h.Name)}
}

// make makes the folder or file of an entry.
func (st *stager) make(h *tar.Header, rel string, content io.Reader) error {
	if h.Typeflag == tar.TypeDir {
		return st.mkdir(path.Clean(rel))
	}
	if err := st.mkdir(path.Dir(rel)); err != nil {
		return err
	}
	return st.file(rel, h.Mode&0o111 != 0, content)
}

// mkdir makes a folder and its parents unless they are there.
func (st *stager) mkdir(rel string) error {
	if st.made[rel] {
		return nil
	}
	if err := st.mkdir(path.Dir(rel)); err != nil {
		return err
	}
	if err := st.root.Mkdir(rel, 0o700); err != nil {
		return err
	}
	st.made[rel] = true
	st.dirs = append(st.dirs, rel)
	return own(st.root, rel)
}

// own gives a new folder its mode, and its owner when root unpacks.
func own(root *os.Root, dir string) error {
	if os.Geteuid() == 0 {
		if err := root.Lchown(dir, 0, 0); err != nil {
			return err
		}
	}
	return root.Chmod(dir, 0o755)
}

// file writes one new file and leaves it to be flushed and closed.
func (st *stager) file(rel string, executable bool, content io.Reader) error {
	mode := os.FileMode(0o644)
	if executable {
		mode = 0o755
	}
	// A name that comes twice fails here.
	f, err := st.root.OpenFile(rel, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	hash := sha256.New()
	size, err := io.CopyBuffer(io.MultiWriter(f, hash), content, st.buf)
	if err == nil && os.Geteuid() == 0 {
		err = f.Chown(0, 0)
	}
	if err == nil {
		err = f.Chmod(mode)
	}
	if err != nil {
		f.Close()
		return fmt.Errorf("cannot write %s: %w", rel, packed(err))
	}
	st.flush.Go(func() error {
		defer f.Close()
		return f.Sync()
	})
	st.files = append(st.files, treeEntry{
		Path:   rel,
		Mode:   octal(uint32(mode)),
		Size:   size,
		SHA256: hex.EncodeToString(hash.Sum(nil)),
	})
	return nil
}

// finish flushes the folders below the top, then writes the marker, then flushes the
// top: the marker is never on the disk without the files that it lists.
func (st *stager) finish() error {
	for _, dir := range st.dirs {
		if err := st.syncDir(dir); err != nil {
			return err
		}
	}
	b, err := newMarker(st.src, st.files).encode()
	if err != nil {
		return err
	}
	f, err := st.root.OpenFile(MarkerName, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(b); err != nil {
		return err
	}
	if os.Geteuid() == 0 {
		if err := f.Chown(0, 0); err != nil {
			return err
		}
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return st.syncDir(".")
}

func (st *stager) syncDir(rel string) error {
	d, err := st.root.Open(rel)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

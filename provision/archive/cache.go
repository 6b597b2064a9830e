package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zkprov/zkprov/internal/durable"
	"github.com/zkprov/zkprov/inventory"
)

// Cache holds verified archives, each named by its SHA-512:
// <Dir>/sha512/<hash>. What is under way lies in <Dir>/partial, a folder for its
// owner only, so that nobody else can put bytes into a file that was hashed.
type Cache struct {
	// Dir is the cache's folder, absolute. It is made when something is added.
	Dir string
}

// DefaultCacheDir returns /var/cache/zkprov for root, and zkprov in the user's cache
// folder (XDG_CACHE_HOME, or ~/.cache) for everybody else.
func DefaultCacheDir() (string, error) { return cacheDir(os.Geteuid()) }

func cacheDir(uid int) (string, error) {
	if uid == 0 {
		return inventory.CacheDir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("cannot tell where to keep archives: %w; set XDG_CACHE_HOME to an absolute path", err)
	}
	return filepath.Join(dir, "zkprov"), nil
}

// path returns where the archive of that hash lies.
func (c Cache) path(hash string) string { return filepath.Join(c.Dir, "sha512", hash) }

// part returns where that archive lies until it is verified.
func (c Cache) part(hash string) string { return filepath.Join(c.partial(), hash+".part") }

func (c Cache) partial() string { return filepath.Join(c.Dir, "partial") }

// Lookup returns the path of the archive with that SHA-512 and reports whether it is
// there. It reads the whole file each time, some 20 ms for 12 MB, and changes nothing.
// A file whose content does not have the SHA-512 in its name gives ErrCorrupt.
func (c Cache) Lookup(ctx context.Context, hash string) (path string, ok bool, err error) {
	defer func() { err = brief(err, hash) }()
	if err := checkHash(hash); err != nil {
		return "", false, err
	}
	path = c.path(hash)
	f, err := openArchive(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	if errors.Is(err, errNotArchive) {
		return path, false, fmt.Errorf("%w: %s: %v", ErrCorrupt, path, err)
	}
	if err != nil {
		return path, false, fmt.Errorf("cannot look into the cache: %w", err)
	}
	defer f.Close()
	got, n, err := hashAll(ctx, f)
	if err != nil {
		return path, false, fmt.Errorf("cannot read %s: %w", path, err)
	}
	if got != hash {
		return path, false, fmt.Errorf("%w: %s: its %d bytes have another SHA-512", ErrCorrupt, path, n)
	}
	return path, true, nil
}

// Add reads an archive from r to its end and keeps it under its SHA-512. Bytes
// that do not hash to it give a *ChecksumError, more than max of them (at most
// MaxArchive) an error; either leaves nothing behind. The context is looked at
// between two reads: a reader that blocks must end by itself.
func (c Cache) Add(ctx context.Context, hash string, r io.Reader, max int64) (err error) {
	defer func() { err = brief(err, hash) }()
	if err := checkHash(hash); err != nil {
		return err
	}
	unlock, err := c.lock(ctx, hash)
	if err != nil {
		return err
	}
	defer unlock()
	if err := c.add(ctx, hash, r, min(max, MaxArchive)); err != nil {
		os.Remove(c.part(hash))
		return fmt.Errorf("cannot add an archive to the cache: %w", err)
	}
	return nil
}

func (c Cache) add(ctx context.Context, hash string, r io.Reader, max int64) error {
	part := c.part(hash)
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	head := &prefix{}
	got, n, err := hashAll(ctx, io.TeeReader(io.LimitReader(r, max+1), io.MultiWriter(f, head)))
	if err != nil {
		return explainSpace(err, c.Dir, max)
	}
	if n > max {
		return fmt.Errorf("it has more than %d bytes", max)
	}
	if got != hash {
		return &ChecksumError{URL: "the archive", Want: hash, Got: got, Size: n, HTML: head.html()}
	}
	return c.keep(hash)
}

// keep makes the verified .part the archive of that hash. The caller must hold the
// lock.
func (c Cache) keep(hash string) error {
	part, path := c.part(hash), c.path(hash)
	f, err := os.OpenFile(part, os.O_RDWR|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("%w; take away what lies at %s", err, path)
	}
	return durable.SyncDir(filepath.Dir(path))
}

// lock makes the cache's folders and waits until no other process brings the archive of
// that hash. The lock is one archive's, so that a dead mirror keeps nobody from another
// archive; the kernel gives it up when its holder dies.
func (c Cache) lock(ctx context.Context, hash string) (unlock func(), err error) {
	for _, d := range []struct {
		path string
		mode os.FileMode
	}{{filepath.Join(c.Dir, "sha512"), 0o755}, {c.partial(), 0o700}} {
		if err := makeDir(d.path, d.mode); err != nil {
			return nil, fmt.Errorf("cannot make the cache: %w", explainSpace(err, c.Dir, usual))
		}
	}
	f, err := os.OpenFile(filepath.Join(c.partial(), hash[:16]+".lock"), os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot lock the cache: %w", explainSpace(err, c.Dir, usual))
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			f.Close()
			return nil, fmt.Errorf("cannot lock %s: %w", f.Name(), err)
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("cannot lock %s, another zkprov is fetching the same archive: %w", f.Name(), context.Cause(ctx))
		case <-tick.C:
		}
	}
}

package lab

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Store is the folder that outlives a run: image, archives, JDKs and labs. Several processes may use one store at once.
type Store struct {
	dir string
	log io.Writer

	mu sync.Mutex // guards log
}

// OpenStore uses the folder $ZKPROV_LAB_DIR, or /var/cache/zkprov-lab where that is unset. It must lie on a file system that can be
// the upper layer of an overlay (ext4 and xfs can, an overlay cannot). Progress is written to log, one line per part; nil is silent.
func OpenStore(log io.Writer) (*Store, error) {
	dir := os.Getenv("ZKPROV_LAB_DIR")
	if dir == "" {
		dir = "/var/cache/zkprov-lab"
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot use the lab's folder: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "labs"), 0o755); err != nil {
		return nil, fmt.Errorf("cannot make the lab's folder (the lab needs root): %w", err)
	}
	if log == nil {
		log = io.Discard
	}
	return &Store{dir: dir, log: log}, nil
}

// path is a file or folder in the store.
func (s *Store) path(elem ...string) string {
	return filepath.Join(append([]string{s.dir}, elem...)...)
}

// step writes that a part begins; the function that it returns writes how it ended.
func (s *Store) step(format string, args ...any) (done func(err error)) {
	what, start := fmt.Sprintf(format, args...), time.Now()
	s.say("%s ...", what)
	return func(err error) {
		if err != nil {
			s.say("%s: failed after %.1f s", what, time.Since(start).Seconds())
			return
		}
		s.say("%s: done in %.1f s", what, time.Since(start).Seconds())
	}
}

func (s *Store) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.log, "lab: "+format+"\n", args...)
}

// lockFile takes an exclusive lock on a file, waiting for its holder until the context ends, and returns what gives it back.
func lockFile(ctx context.Context, path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot lock %s: %w", path, err)
	}
	locked := make(chan error, 1)
	go func() { locked <- flock(file) }()
	select {
	case err := <-locked:
		if err != nil {
			file.Close()
			return nil, fmt.Errorf("cannot lock %s: %w", path, err)
		}
		return func() { file.Close() }, nil
	case <-ctx.Done():
		go func() { <-locked; file.Close() }()
		return nil, fmt.Errorf("cannot lock %s, which another process holds: %w", path, context.Cause(ctx))
	}
}

func flock(file *os.File) error {
	for {
		if err := unix.Flock(int(file.Fd()), unix.LOCK_EX); err != unix.EINTR {
			return err
		}
	}
}

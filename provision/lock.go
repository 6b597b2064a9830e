package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// lockPath is the host's lock. The kernel gives it back when its holder dies,
// and /run is empty after a boot.
const lockPath = "/run/zkprov/lock"

// lockPoll is how often a lock that is held is tried again.
const lockPoll = 50 * time.Millisecond

type hostLock struct{ file *os.File }

// holder is who holds a lock, for messages only: the lock itself is flock(2)'s.
type holder struct {
	PID      int       `json:"pid"`
	Since    time.Time `json:"since"`
	Ensemble string    `json:"ensemble"`
	// By is the user and address that an SSH session came from, where known.
	By string `json:"by,omitempty"`
}

// Lock implements Agent.
func (m *Machine) Lock(ctx context.Context, t Task, patience time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lock != nil {
		return nil
	}
	p := m.path(lockPath)
	if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
		return fmt.Errorf("cannot lock the host: %w", err)
	}
	f, err := os.OpenFile(p, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return fmt.Errorf("cannot lock the host: %w", err)
	}
	deadline := time.Now().Add(patience)
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			f.Close()
			return fmt.Errorf("cannot lock the host: %w", err)
		}
		if !time.Now().Before(deadline) {
			defer f.Close()
			return &Error{Kind: Locked, Name: "locked", Message: "another run holds this host" + heldBy(f),
				Hint: "wait for it to end, or give a longer --lock-timeout"}
		}
		select {
		case <-ctx.Done():
			f.Close()
			return ctx.Err()
		case <-time.After(min(lockPoll, time.Until(deadline))):
		}
	}
	h := holder{PID: os.Getpid(), Since: time.Now().UTC().Truncate(time.Second), Ensemble: t.Ensemble.Name, By: m.caller()}
	if b, err := json.Marshal(h); err == nil {
		// Who holds the lock is said as well as it goes.
		_ = f.Truncate(0)
		_, _ = f.WriteAt(append(b, '\n'), 0)
	}
	m.lock = &hostLock{f}
	return nil
}

// caller says who asked for this work.
func (m *Machine) caller() string {
	if m.Env == nil {
		return ""
	}
	who := m.Env("SUDO_USER")
	if who == "" {
		who = m.Env("USER")
	}
	if from := m.Env("SSH_CONNECTION"); from != "" {
		var address string
		fmt.Sscanf(from, "%s", &address)
		who += " from " + address
	}
	return who
}

// heldBy describes the holder that the lock file names.
func heldBy(r io.ReaderAt) string {
	b := make([]byte, 4096)
	n, _ := r.ReadAt(b, 0)
	var h holder
	if json.Unmarshal(b[:n], &h) != nil || h.PID == 0 {
		return ""
	}
	who := ""
	if h.By != "" {
		who = fmt.Sprintf(" by %q", h.By)
	}
	return fmt.Sprintf(": process %d, ensemble %q, since %s%s", h.PID, h.Ensemble, h.Since.Format(time.RFC3339), who)
}

// Unlock implements Agent.
func (m *Machine) Unlock(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lock == nil {
		return nil
	}
	// The file stays: whoever waits for it has it open.
	_ = m.lock.file.Truncate(0)
	err := m.lock.file.Close()
	m.lock = nil
	return err
}

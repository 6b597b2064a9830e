package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zkprov/zkprov/provision"
)

// lockPath is the host's lock. The kernel gives it back when its holder dies,
// and /run is empty after a boot.
const lockPath = "/run/zkprov/lock"

// lockPoll is how often a lock that is held is tried again.
const lockPoll = 50 * time.Millisecond

type hostLock struct {
	file   *os.File
	holder holder
}

// holder is who holds a lock, for messages only: the lock itself is flock(2)'s.
type holder struct {
	PID      int       `json:"pid"`
	Since    time.Time `json:"since"`
	Ensemble string    `json:"ensemble"`
	// By is who asked for the run and on which machine, and the address that an SSH
	// session came from, where known.
	By string `json:"by,omitempty"`
	// At is the part that the run is in, be it on another host.
	At string `json:"at,omitempty"`
	// Step is the change that is being made, and StepSince its begin; empty between
	// two.
	Step      string    `json:"step,omitempty"`
	StepSince time.Time `json:"step_since,omitzero"`
}

// Lock implements Agent.
func (m *Machine) Lock(ctx context.Context, t provision.Task, patience time.Duration) error {
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
			held := m.heldBy(t.Host, f)
			// A holder may have ended since.
			if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
				break
			}
			f.Close()
			return held
		}
		select {
		case <-ctx.Done():
			f.Close()
			return ctx.Err()
		case <-time.After(min(lockPoll, time.Until(deadline))):
		}
	}
	h := holder{PID: os.Getpid(), Since: time.Now().UTC().Truncate(time.Second), Ensemble: t.Ensemble.Name, By: m.caller(t.By), At: t.By.Step}
	m.lock = &hostLock{f, h}
	m.lock.tell()
	return nil
}

// caller returns who asked for this work, for messages. Where a run does not tell, it is
// the user that this process came from.
func (m *Machine) caller(by provision.Caller) string {
	who := by.String()
	if m.Env == nil {
		return who
	}
	if who == "" {
		who = m.Env("SUDO_USER")
	}
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

// Unlock implements Agent.
func (m *Machine) Unlock(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lock == nil {
		return nil
	}
	if m.hangs != "" {
		// Nobody else may change what a step that hangs may yet change. The kernel
		// gives the lock back when this process has ended, with all that hangs in it.
		return fmt.Errorf("cannot give the lock back: %s hangs", m.hangs)
	}
	// The file stays: whoever waits for it has it open.
	_ = m.lock.file.Truncate(0)
	err := m.lock.file.Close()
	m.lock = nil
	return err
}

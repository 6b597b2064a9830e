package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/zkprov/zkprov/provision"
)

// tell writes who holds the lock into its file, as well as it goes. The content is
// for messages only, so that it is not synced; one write replaces it, padded, as a
// reader must not see half of it.
func (l *hostLock) tell() {
	b, err := json.Marshal(l.holder)
	if err != nil {
		return
	}
	const least = 512
	b = append(b, bytes.Repeat([]byte{' '}, max(0, least-len(b)))...)
	if _, err := l.file.WriteAt(append(b, '\n'), 0); err == nil {
		_ = l.file.Truncate(int64(len(b) + 1))
	}
}

// stepping notes in the lock file what is being done; empty is nothing.
func (m *Machine) stepping(what string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lock == nil {
		return
	}
	m.lock.holder.Step, m.lock.holder.StepSince = what, time.Time{}
	if what != "" {
		m.lock.holder.StepSince = time.Now().UTC()
	}
	m.lock.tell()
}

// partOf notes in the lock file which part of its run a task is for.
func (m *Machine) partOf(t provision.Task) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lock == nil || m.lock.holder.At == t.By.Step {
		return
	}
	m.lock.holder.At = t.By.Step
	m.lock.tell()
}

// longStep is how long a step takes before it is said; the usual one takes a few
// milliseconds.
const longStep = time.Minute

// heldBy returns the refusal of a lock that another holds: who that is, what it does, and
// whether it does anything at all.
func (m *Machine) heldBy(host string, file io.ReaderAt) *provision.Error {
	e := &provision.Error{Kind: provision.Locked, Name: "locked", Message: "another run holds this host", Hint: "wait for it to end, or give a longer --lock-timeout"}
	b := make([]byte, 4096)
	n, _ := file.ReadAt(b, 0)
	var h holder
	if json.Unmarshal(b[:n], &h) != nil || h.PID == 0 {
		return e
	}
	e.Message += fmt.Sprintf(": process %d, ensemble %q, since %s", h.PID, h.Ensemble, h.Since.Format(time.RFC3339))
	if h.By != "" {
		e.Message += fmt.Sprintf(" by %q", h.By)
	}
	if h.At != "" {
		e.Message += ", at " + h.At
	}
	in, took := "", time.Duration(0)
	if h.Step != "" {
		in, took = " in "+h.Step, time.Since(h.StepSince)
	}
	switch state := m.stateOf(h.PID); {
	case state == 'T':
		e.Message += "; that process is stopped (state T)" + in
		if h.Step != "" {
			e.Message += ", begun " + provision.Roughly(took) + " ago"
		}
		e.Hint = fmt.Sprintf("on %s, kill -CONT %[2]d lets it go on: it finishes its step and leaves when its control machine is gone; kill -9 %[2]d ends it, and the next run goes on from what is there", host, h.PID)
	case state == 't':
		e.Message += "; a debugger holds that process (state t)" + in
		e.Hint = fmt.Sprintf("end the debugger or strace on process %d of %s", h.PID, host)
	case state == 'D' && took >= longStep:
		e.Message += fmt.Sprintf("; it has been%s for %s and waits for a disk or a network file system (state D)", in, provision.Roughly(took))
		e.Hint = fmt.Sprintf("see what hangs on %s (df, dmesg); no signal ends the process before that answers", host)
	case state == 0:
		e.Message += "; that process has ended, and one that it started holds the lock still"
		e.Hint = fmt.Sprintf("on %s, fuser %s names it; wait for it to end", host, lockPath)
	case h.Step != "" && took < longStep:
		e.Message += "; it is" + in
	case took >= longStep:
		e.Message += fmt.Sprintf("; it has been%s for %s", in, provision.Roughly(took))
		e.Hint = fmt.Sprintf("wait for it to end, or give a longer --lock-timeout; where it hangs, kill -9 %d on %s ends it, and the next run goes on from what is there", h.PID, host)
	}
	return e
}

// stateOf returns a process's state as proc(5) has it; 0 where there is no such process,
// and ? where it cannot be told.
func (m *Machine) stateOf(pid int) byte {
	stat, err := os.ReadFile(m.path("/proc/" + strconv.Itoa(pid) + "/stat"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0
	}
	// The name before it is in parentheses and may have some itself.
	_, rest, found := strings.Cut(string(stat[bytes.LastIndexByte(stat, ')')+1:]), " ")
	if err != nil || !found || rest == "" {
		return '?'
	}
	return rest[0]
}

package host

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

const (
	// newAttempt is how long a server that systemd started again counts as one that
	// has not said yet what is wrong.
	newAttempt = time.Minute
	// A server that ended that often in crashWindow does not stay up, even though
	// it has been up for longer than newAttempt: not before it has been for twice as
	// long as between any two of those ends.
	crashWindow = 15 * time.Minute
	crashTimes  = 3
	// crashWords is how many lines of its journal go with a Crash.
	crashWords = 6
)

// journalLag is how long after its end a server's last words may still be on their
// way into the journal.
const journalLag = 2 * time.Second

// attempt is a start of a server: it tells one crash from the next.
type attempt struct {
	invocation string
	restarts   int
	ended      bool
}

// lookedAt is what was found out about an attempt, so that the journal is read
// once for it and not with every probe.
type lookedAt struct {
	attempt
	first time.Time
	ends  []units.Exit
	crash provision.Crash
}

// crash tells how a server has been ending by itself; nil where it has not, or
// where systemd restarted it a while ago and it has been up since. That it ends is
// known without the journal, which may be out of reach: it is no error then, and why
// it ends stays unknown.
func (m *Machine) crash(ctx context.Context, instance string, state units.State) (*provision.Crash, error) {
	last, ended := state.LastExit()
	ended = ended && (state.WaitsForRestart() || state.ActiveState == "failed")
	up := time.Since(state.ExecMainStart)
	comes := state.Running() || state.ActiveState == "activating"
	if !ended && (!comes || state.NRestarts == 0 || up > crashWindow) {
		return nil, nil
	}
	this := attempt{state.InvocationID, state.NRestarts, ended}
	m.mu.Lock()
	looked, ok := m.crashes[instance]
	m.mu.Unlock()
	if !ok || looked.attempt != this {
		looked = lookedAt{attempt: this, first: time.Now()}
	}
	if looked.crash.Times == 0 || looked.crash.Ending == nil && time.Since(looked.first) < journalLag {
		looked.crash = provision.Crash{Times: state.NRestarts, Exit: last, Up: !ended}
		if ended {
			looked.crash.Times++
		}
		if err := m.readCrash(ctx, instance, state, &looked); err != nil && ctx.Err() != nil {
			return nil, err
		}
		m.mu.Lock()
		if m.crashes == nil {
			m.crashes = make(map[string]lookedAt)
		}
		m.crashes[instance] = looked
		m.mu.Unlock()
	}
	if times, apart := looked.lately(time.Now()); !ended && up >= newAttempt && (times < crashTimes || up > 2*apart) {
		return nil, nil
	}
	if !ended && looked.before(m.unitWritten(instance)) {
		return nil, nil
	}
	c := looked.crash
	return &c, nil
}

// unitWritten returns when an instance's unit was written; the zero time where there is
// none.
func (m *Machine) unitWritten(instance string) time.Time {
	info, err := os.Stat(m.path(units.Path(instance)))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// before reports whether all ends that are known came before a moment. A server that ended
// and was given another unit since did so with what it has no more, even where systemd still
// counts that.
func (l lookedAt) before(t time.Time) bool {
	return len(l.ends) > 0 && l.ends[len(l.ends)-1].Time.Before(t)
}

// lately counts the ends within crashWindow, and returns how far two of them were
// apart at most.
func (l lookedAt) lately(now time.Time) (n int, apart time.Duration) {
	var last time.Time
	for _, e := range l.ends {
		if now.Sub(e.Time) >= crashWindow {
			continue
		}
		if n++; n > 1 {
			apart = max(apart, e.Time.Sub(last))
		}
		last = e.Time
	}
	return n, apart
}

// aside reports whether a line tells nothing of an end: a frame of a trace, what
// went well, or what systemd said of its own work.
func aside(line string) bool {
	return strings.HasPrefix(line, "\tat ") || strings.HasPrefix(line, "\t... ") || strings.HasPrefix(line, "INFO ") || bySystemd.MatchString(line)
}

// bySystemd is a line of systemd's about a unit.
var bySystemd = regexp.MustCompile(`^(Start|Stopp)(ed|ing) \S+\.service|^\S+\.service: `)

// readCrash reads what the journal tells of an attempt.
func (m *Machine) readCrash(ctx context.Context, instance string, state units.State, l *lookedAt) error {
	systemd, err := m.systemd(ctx)
	if err != nil {
		return err
	}
	if l.ends, err = systemd.Ends(ctx, units.FileName(instance), l.crash.Times); err != nil {
		return err
	}
	if len(l.ends) > 0 {
		l.crash.Since = l.ends[0].Time
		if l.crash.Up {
			l.crash.Exit = l.ends[len(l.ends)-1]
		}
	}
	before, lines, err := m.said(ctx, systemd, instance, state)
	if err != nil {
		return err
	}
	if l.crash.Up {
		lines = before
	}
	l.crash.Words = telling(slices.DeleteFunc(slices.Clone(lines), aside), crashWords)
	if e, ok := ensemble.EndingOf(lines); ok {
		l.crash.Ending = &e
	}
	return nil
}

package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/zkprov/zkprov/internal/await"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
)

// AddArchive implements Agent.
func (m *Machine) AddArchive(ctx context.Context, t provision.Task, r io.Reader) error {
	return m.cache().Add(ctx, archive.Resolve(t.Ensemble).SHA512, r, archive.MaxArchive)
}

// FetchArchive implements Agent.
func (m *Machine) FetchArchive(ctx context.Context, t provision.Task) error {
	fetcher := archive.Fetcher{Cache: m.cache()}
	source := archive.Resolve(t.Ensemble)
	path, err := fetcher.Fetch(ctx, source, func(int64, int64) {})
	if err != nil {
		return err
	}
	return provision.ExamineArchive(ctx, path, source)
}

// Apply implements Agent. The end of ctx is looked at between two changes: one
// that has begun is finished.
func (m *Machine) Apply(ctx context.Context, t provision.Task, phase provision.Phase, approved []provision.Change, report func(provision.Event)) error {
	if !m.locked() {
		return errors.New("cannot apply: the host is not locked")
	}
	for {
		again, err := m.applyOnce(ctx, t, phase, approved, report)
		if err != nil || !again {
			return err
		}
	}
}

// applyOnce makes the changes of a phase. again says that a Java was installed,
// on which the rest depends.
func (m *Machine) applyOnce(ctx context.Context, t provision.Task, phase provision.Phase, approved []provision.Change, report func(provision.Event)) (again bool, err error) {
	o, err := m.Observe(ctx, t)
	if err != nil {
		return false, err
	}
	var p provision.Plan
	j, install, err := m.chooseJava(ctx, t, o, &p)
	if err != nil {
		return false, err
	}
	if install != nil && phase == provision.Stage {
		return true, m.change(ctx, install, approved, report)
	}
	if j == nil {
		return false, &provision.Error{Kind: provision.Failed, Name: p.Findings[0].Name, Message: p.Findings[0].Message, Hint: p.Findings[0].Hint, Commands: p.Findings[0].Commands}
	}
	d, err := m.desire(t, j, o)
	if err != nil {
		return false, err
	}
	var todo []resource
	for _, r := range d.resources {
		if r.phase() != phase {
			continue
		}
		c, err := step(ctx, r)
		if err != nil {
			return false, err
		}
		if c == nil {
			continue
		}
		if !foretold(*c, approved) {
			return false, stale(*c)
		}
		todo = append(todo, r)
	}
	for _, r := range todo {
		if err := m.change(ctx, r, approved, report); err != nil {
			return false, err
		}
	}
	return false, nil
}

// stepLimit bounds one change. The slowest, installing a Java, has its own.
const stepLimit = 15 * time.Minute

// stepHangs is a step that does not end.
const stepHangs = "step-hangs"

// stepGrace is how much longer than stepLimit a change may take to end with its
// context. What hangs in a system call hears of no context.
const stepGrace = 15 * time.Second

// change carries one change out and looks at the result.
func (m *Machine) change(ctx context.Context, r resource, approved []provision.Change, report func(provision.Event)) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("stopped between two changes: %w", err)
	}
	bound, leave := context.WithTimeout(context.WithoutCancel(ctx), stepLimit+stepGrace)
	defer leave()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stepLimit)
	defer cancel()
	// What an earlier change brought along need not be done again.
	c, err := step(ctx, r)
	if err != nil || c == nil {
		return err
	}
	if !foretold(*c, approved) {
		return stale(*c)
	}
	m.stepping(c.Line())
	report(provision.Event{Change: *c})
	begin := time.Now()
	_, err = await.Call(bound, func() (struct{}, error) {
		if err := r.apply(ctx); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, verify(ctx, r)
	})
	if bound.Err() != nil {
		err = m.hung(c, time.Since(begin))
	} else {
		m.stepping("")
	}
	done := provision.Event{Change: *c, Done: true, Took: time.Since(begin)}
	if err != nil {
		done.Error = err.Error()
	}
	report(done)
	return err
}

// hung gives a step up that does not end. It may end yet, so that the lock is kept.
func (m *Machine) hung(c *provision.Change, took time.Duration) error {
	m.mu.Lock()
	m.hangs = c.Line()
	m.mu.Unlock()
	return &provision.Error{Kind: provision.Unknown, Name: stepHangs, Message: fmt.Sprintf("%s has not ended within %s: it hangs in a system call, and how far it got is not known", c.Line(), rough(took)),
		Hint: "see what hangs there (df, dmesg); the host stays locked until the step has ended; then run the same command again, it goes on from what is there"}
}

func (m *Machine) locked() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lock != nil
}

// foretold reports whether a change is among those that were approved.
func foretold(c provision.Change, approved []provision.Change) bool {
	return slices.ContainsFunc(approved, func(o provision.Change) bool {
		return c.Resource == o.Resource && c.Phase == o.Phase && c.Action == o.Action
	})
}

package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/zkprov/zkprov/internal/await"
	"github.com/zkprov/zkprov/internal/failpoint"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/archive"
)

// AddArchive implements Agent.
func (m *Machine) AddArchive(ctx context.Context, t provision.Task, r io.Reader) error {
	defer m.forgetLook() // it may have seen that there is none
	source, err := sourceOf(t)
	if err != nil {
		return err
	}
	return m.cache().Add(ctx, source.SHA512, r, archive.MaxArchive)
}

// FetchArchive implements Agent.
func (m *Machine) FetchArchive(ctx context.Context, t provision.Task) error {
	defer m.forgetLook()
	fetcher := archive.Fetcher{Cache: m.cache()}
	source, err := sourceOf(t)
	if err != nil {
		return err
	}
	path, err := fetcher.Fetch(ctx, source, func(int64, int64) {})
	if err != nil {
		return err
	}
	return provision.ExamineArchive(ctx, path, source)
}

// sourceOf returns what a task is to fetch: the release, or a jar of its host's.
func sourceOf(t provision.Task) (archive.Source, error) {
	if t.Jar == "" {
		return archive.Resolve(t.Ensemble), nil
	}
	if h := t.Target(); h != nil {
		for _, j := range h.Jars() {
			if j.SHA512 == t.Jar {
				return archive.JarSource(j), nil
			}
		}
	}
	return archive.Source{}, fmt.Errorf("cannot fetch a jar for host %q: the inventory has none of that hash", t.Host)
}

// Apply implements Agent. The end of ctx is looked at between two changes: one
// that has begun is finished.
func (m *Machine) Apply(ctx context.Context, t provision.Task, changes, later []provision.Change, report func(provision.Event)) error {
	if !m.locked() {
		return errors.New("cannot apply: the host is not locked")
	}
	m.partOf(t)
	// Whatever is seen before the end is not what is there then.
	m.forgetLook()
	defer m.forgetLook()
	l, err := m.observe(ctx, t)
	if err != nil {
		return err
	}
	d, err := l.wanted(t)
	if err != nil {
		return err
	}
	all, err := d.needed(l)
	if err != nil {
		return err
	}
	approved := slices.Concat(changes, later)
	var todo []needed
	for _, n := range all {
		if !slices.ContainsFunc(approved, n.change.Same) {
			return stale(n.change, approved)
		}
		if slices.ContainsFunc(changes, n.change.Same) {
			todo = append(todo, n)
		}
	}
	for _, n := range todo {
		if err := m.change(ctx, n.resource, approved, report); err != nil {
			return err
		}
		if n.change.Kind() == provision.KindPackage {
			return nil // on which the rest depends
		}
	}
	return nil
}

// wanted returns what a host should be after an apply, a reset or a reboot, or without
// what nothing names any more.
func (l *look) wanted(t provision.Task) (*desired, error) {
	if t.Collect != nil {
		c, err := collect(t, l)
		if err != nil {
			return nil, err
		}
		return &c.desired, nil
	}
	if t.Reset != nil {
		d, err := dismantle(t, l)
		if err != nil {
			return nil, err
		}
		return &d.desired, nil
	}
	if t.Reboot != nil {
		d := new(desired)
		if r, _ := l.reboot(t); r != nil {
			d.add(r)
		}
		return d, nil
	}
	j, install, found := l.chooseJava(t)
	if j == nil {
		return nil, &provision.Error{Kind: provision.Failed, Name: found[0].Name, Message: found[0].Message, Hint: found[0].Hint, Commands: found[0].Commands}
	}
	return desire(t, l, j, install)
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
	c, err := planChange(newView(m.newLook(ctx)), r)
	if err != nil || c == nil {
		return err
	}
	if !slices.ContainsFunc(approved, c.Same) {
		return stale(*c, approved)
	}
	m.stepping(c.Line())
	report(provision.Event{Change: *c})
	failpoint.Reached(failpoint.There, failpoint.Before, string(c.Action), c.Resource)
	begin := time.Now()
	_, err = await.Call(bound, func() (struct{}, error) {
		if err := r.apply(ctx, m); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, m.verify(ctx, r)
	})
	if bound.Err() != nil {
		err = m.hung(c, time.Since(begin))
	} else {
		m.stepping("")
	}
	failpoint.Reached(failpoint.There, failpoint.After, string(c.Action), c.Resource)
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
	return &provision.Error{Kind: provision.Unknown, Name: stepHangs, Message: fmt.Sprintf("%s has not ended within %s: it hangs in a system call, and how far it got is not known", c.Line(), provision.Roughly(took)),
		Hint: "see what hangs there (df, dmesg); the host stays locked until the step has ended; then run the same command again, it goes on from what is there"}
}

func (m *Machine) locked() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lock != nil
}

package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// passWrite writes a value through each of a gate's servers, or through the leader where
// it names none, and reads it back through every other, which no port and no mode can
// tell.
func (r *run) passWrite(ctx context.Context, o *Outcome, g plan.Gate) error {
	through := g.Instances
	if through == nil {
		through = []string{""}
	}
	o.Write = ""
	forbidden := false
	for _, name := range through {
		w := r.write(ctx, g, name)
		if err := ctx.Err(); err != nil && w.Err != nil {
			return err // the user's patience has ended
		}
		if lacks := g.Judge(plan.Scene{Ensemble: r.Ensemble, Write: &w}); lacks != "" {
			return w.Err
		}
		forbidden = forbidden || w.Forbidden
	}
	if o.Write = "proven"; forbidden {
		o.Write = "not permitted"
	}
	return nil
}

// reader is a server and how it is asked for what was written: through the agent of
// its host or, where the run has none there, from the host of the writer.
type reader struct {
	inventory.Member
	agent provision.Agent
}

// write makes the write test of a gate through one server; an empty name is whichever
// is best.
func (r *run) write(ctx context.Context, g plan.Gate, through string) plan.Writing {
	user := ctx
	ctx, cancel := r.pulse.within(ctx, g.Within)
	defer cancel()
	// The end of this wait is no interruption by the user.
	late := func(err error) error {
		if errors.Is(err, context.Canceled) && user.Err() == nil {
			return fmt.Errorf("it did not answer within %s", g.Within)
		}
		return err
	}
	seen, _ := r.watching().scene(time.Now())
	readers, writer := r.readers(seen, g, through)
	switch {
	case writer == nil && through != "":
		return plan.Writing{Err: fmt.Errorf("cannot write through %s: it does not serve, or its host cannot be asked", through)}
	case writer == nil:
		return plan.Writing{Forbidden: true}
	}
	token, err := writer.agent.Write(ctx, r.task(writer.Host), writer.Instance.ID)
	if notPermitted(err) {
		return plan.Writing{Forbidden: true}
	}
	if err != nil {
		return plan.Writing{Err: &plan.HostError{Host: writer.Host.Name, Err: fmt.Errorf("cannot write through %s: %w", writer.Instance.Name, late(err))}}
	}
	defer writer.agent.EndWrite(context.WithoutCancel(ctx))
	errs := make([]error, len(readers))
	var wg sync.WaitGroup
	for i, m := range readers {
		wg.Go(func() {
			errs[i] = r.readBack(ctx, m, writer.Member, token)
			if errs[i] != nil && !notPermitted(errs[i]) {
				errs[i] = &plan.HostError{Host: m.Host.Name, Err: fmt.Errorf("cannot read back through %s what was written through %s: %w", m.Instance.Name, writer.Instance.Name, late(errs[i]))}
			}
		})
	}
	wg.Wait()
	return plan.Writing{
		Forbidden: slices.ContainsFunc(errs, notPermitted),
		Err:       errors.Join(slices.DeleteFunc(errs, notPermitted)...),
	}
}

// readers returns the servers that the write is read back through, and the one that it
// is written through, which has an agent: the one of that name or, without a name, the
// leader before any other. A gate about some instances waits for no other that is down.
func (r *run) readers(s plan.Scene, g plan.Gate, through string) (readers []reader, writer *reader) {
	for _, m := range r.Ensemble.Members() {
		agent, serves := r.agent(m.Host), s.Reports[m.Instance.ID].Answer.Serving
		if !serves && (g.Instances != nil || agent == nil) || agent == nil && r.afar == nil {
			continue
		}
		one := reader{m, agent}
		readers = append(readers, one)
		switch {
		case agent == nil:
		case m.Instance.Name == through:
			writer = &one
		case through == "" && (writer == nil || s.Verdict.Leads(m.Instance.ID)):
			writer = &one
		}
	}
	return readers, writer
}

// readBack reads through one server what was written.
func (r *run) readBack(ctx context.Context, m reader, by inventory.Member, token provision.Token) error {
	if m.agent == nil {
		return r.on(by.Host).ReadBack(ctx, r.task(by.Host), m.Instance.ID, token)
	}
	err := m.agent.ReadBack(ctx, r.task(m.Host), m.Instance.ID, token)
	if lost(err) && r.again(ctx, m.Host, m.agent, err) {
		err = r.on(m.Host).ReadBack(ctx, r.task(m.Host), m.Instance.ID, token)
	}
	return err
}

func notPermitted(err error) bool {
	var e *provision.Error
	return errors.As(err, &e) && e.Kind == provision.NotPermitted
}

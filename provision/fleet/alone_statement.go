package fleet

import (
	"context"
	"sync"
	"time"

	"github.com/zkprov/zkprov/checks/preflight"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/bootstrap"
)

// statementAge bounds how old this host's statement becomes while it waits: a server
// that was without data may have copied it from a leader since.
const statementAge = time.Second

// ownStatement holds this host's statement, which other hosts ask for while it is
// renewed.
type ownStatement struct {
	mu        sync.Mutex
	statement bootstrap.Statement
	taken     time.Time
	// beside are the servers here that forbid to found the ensemble.
	beside finding.Findings
}

func (o *ownStatement) get() bootstrap.Statement {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.statement
}

func (o *ownStatement) rivals() finding.Findings {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.beside
}

// look observes the host and renews its statement.
func (a *aloneRun) look(ctx context.Context) error {
	own := a.own
	seen, err := a.Agent.Observe(ctx, provision.Task{Ensemble: a.Ensemble, Host: a.Host.Name})
	if err != nil {
		return err
	}
	own.mu.Lock()
	defer own.mu.Unlock()
	own.statement, own.taken = bootstrap.StatementOf(a.Ensemble, a.Host, seen), time.Now()
	own.beside = preflight.Beside(a.Ensemble, a.Host, seen.Facts)
	return nil
}

// lookAgain looks where the statement is older than statementAge.
func (a *aloneRun) lookAgain(ctx context.Context) error {
	own := a.own
	own.mu.Lock()
	age := time.Since(own.taken)
	own.mu.Unlock()
	if age < statementAge {
		return nil
	}
	return a.look(ctx)
}

// listen answers the other hosts from now on.
func (a *aloneRun) listen(ctx context.Context) (stop func(), err error) {
	a.own = new(ownStatement)
	if err := a.look(ctx); err != nil {
		return nil, err
	}
	if a.Ensemble.Bootstrap == nil {
		return func() {}, nil
	}
	listen := a.Listen
	if listen == nil {
		listen = bootstrap.Listen
	}
	stop, a.listenError = listen(ctx, a.Ensemble.Bootstrap, a.own.get)
	if a.listenError != nil {
		a.say("%v", a.listenError)
		return func() {}, nil
	}
	return stop, nil
}

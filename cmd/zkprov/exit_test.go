package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// TestExitCode joins errors of every kind with every other, in both orders: the
// gravest decides.
func TestExitCode(t *testing.T) {
	of := func(k provision.Kind) error { return &provision.Error{Kind: k, Message: string(k)} }
	// From the gravest down.
	order := []struct {
		err  error
		code int
	}{
		{of(provision.Refused), 78},
		{&plan.FindingError{Finding: finding.Finding{Name: "foreign-data", Refusal: true}}, 78},
		{of(provision.Stale), 65},
		{of(provision.Failed), 1},
		{of(provision.NotPermitted), 1},
		{errors.New("plain"), 1},
		{context.DeadlineExceeded, 1},
		{&plan.FindingError{Finding: finding.Finding{Name: "port-in-use"}}, 1},
		{of(provision.Locked), 75},
		{of(provision.Unreachable), 4},
		{context.Canceled, 130},
		{fmt.Errorf("cannot go on: %w", context.Canceled), 130},
	}
	if got := exitCode(nil); got != 0 {
		t.Errorf("no error is %d", got)
	}
	for i, a := range order {
		for _, wrap := range []func(error) error{
			func(err error) error { return err },
			func(err error) error { return &plan.HostError{Host: "zk1", Err: err} },
			func(err error) error { return &plan.HostError{Host: "zk1", Err: fmt.Errorf("cannot: %w", err)} },
		} {
			if got := exitCode(wrap(a.err)); got != a.code {
				t.Errorf("%v is %d, want %d", wrap(a.err), got, a.code)
			}
		}
		for _, b := range order[i:] {
			for _, joined := range []error{errors.Join(a.err, b.err), errors.Join(b.err, a.err), errors.Join(b.err, errors.Join(a.err, b.err))} {
				if got := exitCode(joined); got != a.code {
					t.Errorf("%q is %d, want %d", joined, got, a.code)
				}
			}
		}
	}
}

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/fleet"
	"github.com/zkprov/zkprov/provision/history"
	"github.com/zkprov/zkprov/provision/plan"
)

func (c *command) rollbackCommand() *cobra.Command {
	var to string
	var dryRun, showDiff bool
	cmd := &cobra.Command{
		Use:   "rollback INVENTORY",
		Short: "Give the servers what they were started with before, one after the other",
		Long: `Give all servers what they were started with in an earlier state of the ensemble:
the zoo.cfg, the logging and the unit of then, and with it the release, the Java
and the JVM's options. They are restarted one at a time, behind the same gates as
in an apply.

  zkprov rollback --dry-run inventory.toml   show what would be done; changes nothing
  zkprov rollback inventory.toml             back to the state before
  zkprov rollback --to ID inventory.toml     back to a state of zkprov history

Without --to it is the last state before this one that no failed step had ended;
a second rollback leads forward again. One that was cut off goes on when it is run
again. The inventory is not changed: it says what to write there, as the next
apply would roll forward.

A rollback goes by the inventory in what the files of a server do not decide alone:
which servers there are, where their data lies and where they are asked. A state
in which that was otherwise is refused, and so is one of which a host has not kept
the files.

Exit codes: those of apply.`,
		Args: oneInventory,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.output.check(); err != nil {
				return err
			}
			if cmd.Flags().Changed("to") && to == "" {
				return errors.New("--to names no state; without it, it is the state before")
			}
			return c.rollback(cmd.Context(), args[0], to, dryRun, showDiff)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the `ID` of a state, as zkprov history shows it; its first digits will do")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "show what would be done, and change nothing")
	cmd.Flags().BoolVar(&showDiff, "diff", false, "show the content of files, as unified diffs; with --dry-run")
	c.output.flags(cmd)
	c.reach.flags(cmd)
	c.roll.flags(cmd)
	patienceFlag(cmd, &c.reach.timeout, "timeout", 0, "how long the servers get to form the quorum; 0 is initLimit x tickTime + 30s")
	patienceFlag(cmd, &c.reach.lockTimeout, "lock-timeout", 0, "how long to wait for another run on a host to end; 0 is not at all")
	return cmd
}

// rolledBack is the result of a rollback: to which state it led, and what was done or
// would be.
type rolledBack struct {
	To      *history.State `json:"to,omitempty"`
	Plan    *plan.Plan     `json:"plan,omitempty"`
	Outcome *fleet.Outcome `json:"outcome,omitempty"`
	// Pending lists what the inventory says otherwise.
	Pending []provision.Restart `json:"pending,omitempty"`
}

func (c *command) rollback(ctx context.Context, path, to string, dryRun, showDiff bool) error {
	e, f, progress, err := c.open(ctx, "rollback", path)
	if err != nil {
		return err
	}
	defer progress.close()
	var result rolledBack
	target, err := c.target(ctx, f, to)
	if err != nil {
		progress.close()
		var known *provision.Error
		if !errors.As(err, &known) && !errors.Is(err, context.Canceled) {
			return fmt.Errorf("%w; those that there are: %s", err, c.next(path, "history")) // about --to
		}
		return c.fail("rollback", result, err, exitCode(err))
	}
	result.To, c.backTo = &target, target.ID
	f.Generations, f.By.To = target.Generations, target.ID
	if dryRun {
		result.Plan, err = f.Plan(ctx)
		progress.close()
		return c.wouldRollBack(e, result, err, showDiff)
	}
	inventorys := *f
	inventorys.Generations, inventorys.Report = nil, nil
	result.Outcome, err = f.Apply(ctx)
	if err == nil {
		// What the inventory says is only told: that it cannot be is no failure.
		if p, err := inventorys.Plan(ctx); err == nil {
			for _, h := range p.Hosts {
				result.Pending = append(result.Pending, h.Restarts...)
			}
		}
	}
	progress.close()
	code := runCode(err)
	if c.output.format == "json" {
		return c.document("rollback", result, err, code)
	}
	if err != nil {
		return c.applyFailed(result.Outcome, err, code)
	}
	w := c.styled(c.io.out)
	w.outcome(e, result.Outcome, c.afterwards("rollback", path, result.Outcome))
	w.rolledBack(e, result, c.next(path, "plan", "--diff"))
	return nil
}

// target asks the hosts what they remember and returns the state to go back to. Every host
// must tell: what one is to be given, it has to have kept.
func (c *command) target(ctx context.Context, f *fleet.Fleet, to string) (history.State, error) {
	past, err := f.History(ctx)
	if err == nil {
		err = past.Unseen()
	}
	if err != nil {
		return history.State{}, err
	}
	return past.Target(to)
}

// wouldRollBack shows the plan of a rollback.
func (c *command) wouldRollBack(e *inventory.Ensemble, result rolledBack, err error, showDiff bool) error {
	if err != nil {
		return c.fail("rollback", result, err, exitCode(err))
	}
	stops := result.Plan.Stops()
	code := exitCode(stops)
	if c.output.format == "json" {
		return c.document("rollback", result, stops, code)
	}
	w := c.styled(c.io.out)
	w.printf("back to:\n")
	w.stateOf(e, *result.To, false)
	w.plan(e, result.Plan, showDiff)
	if code != 0 {
		return &saidError{code}
	}
	return nil
}

// rolledBack prints the state that a rollback led to, and the settings that the inventory
// has otherwise.
func (s *styled) rolledBack(e *inventory.Ensemble, r rolledBack, plan string) {
	s.printf("the servers have what they had in %s\n", s.paint(bold, r.To.ID))
	if len(r.Pending) == 0 {
		return
	}
	s.printf("%s\n", s.paint(yellow, "the inventory says otherwise, and the next apply goes by the inventory. Take out of it, or put back, what it would change again:"))
	s.differences(e, r.Pending, "      ")
	s.verbatim("      $ %s\n", plan)
}

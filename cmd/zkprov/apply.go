package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/fleet"
	"github.com/zkprov/zkprov/provision/plan"
)

func (c *command) applyCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "apply INVENTORY",
		Short: "Bring all hosts to what the inventory says and wait for the quorum",
		Long: `Bring all hosts to what the inventory says, start the instances that do not run,
and wait until the quorum is proven: one leader, every follower in sync, every
observer attached and, where anything was changed, a value written through one
server and read back through every other.

  zkprov apply inventory.toml
  zkprov apply --limit zk2 inventory.toml   change only zk2; all are looked at
  zkprov apply --limit zookeeper-2 …        change only this instance
  zkprov apply --plan roll.plan inventory.toml   what zkprov plan --out roll.plan said, and nothing else

All hosts are looked at first; where anything stands against it, nothing is
changed anywhere. A second apply changes nothing. An apply may be interrupted or
killed at any moment: run it again, it goes on from what is there.

What running servers have to be restarted for is made ready first, on all hosts at
once. Then they are restarted one after the other: what is broken first, observers,
followers, the leader last. Before each every other voter is in sync, and after it
this one is back, has been in sync for --settle and takes a write. One that does not
come back gets what it ran with before, and the roll stops there; the next run
begins with the same server. What would lose the quorum, as every restart with one or
two voters, is refused without --allow-outage.

With --plan all hosts are looked at anew, and where anything would be done that is
not in the plan, nothing is: the plan is stale, and what it says and what is so now
stand side by side. What of it is done already is left out, so that a plan whose
apply was killed is applied again, and one that was carried out changes nothing.

A host that gives no sign of life is named after 10 s. In the middle of a change it
is given up after a minute, as unknown: how far it got is not known.

Exit codes: 0 the quorum is formed, 1 failed on a host, a host was lost in the
middle of a change, or no quorum in time, 4 hosts unreachable and nothing else
failed, 64 usage or inventory error, 65 the plan is stale, 75 another run holds
the lock, 78 refused by a safety rule.`,
		Args: oneInventory,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.output.check(); err != nil {
				return err
			}
			if cmd.Flags().Changed("plan") {
				if file == "" {
					return errors.New("--plan is empty, and must be the path of a plan file")
				}
				if err := withoutDeciding(cmd); err != nil {
					return err
				}
			}
			return c.apply(cmd.Context(), args[0], file)
		},
	}
	cmd.Flags().StringVar(&file, "plan", "", "do what stands in this plan `FILE`, of plan --out, and nothing else")
	_ = cmd.MarkFlagFilename("plan")
	c.output.flags(cmd)
	c.reach.flags(cmd)
	c.reach.limitFlag(cmd)
	c.roll.flags(cmd)
	c.roll.noRestartFlag(cmd)
	patienceFlag(cmd, &c.reach.timeout, "timeout", 0, "how long the servers get to form the quorum; 0 is initLimit x tickTime + 30s")
	patienceFlag(cmd, &c.reach.lockTimeout, "lock-timeout", 0, "how long to wait for another run on a host to end; 0 is not at all")
	return cmd
}

func (c *command) apply(ctx context.Context, path, file string) error {
	e, err := c.load(ctx, "apply", path)
	if err != nil {
		return err
	}
	var approved *plan.Plan
	if file != "" {
		if approved, err = c.planFile(file, path, e); err != nil {
			return err
		}
	}
	f, progress, err := c.reaching(ctx, "apply", e, path)
	if err != nil {
		return err
	}
	defer progress.close()
	var outcome *fleet.Outcome
	if approved == nil {
		outcome, err = f.Apply(ctx)
	} else {
		outcome, err = f.Walk(ctx, approved)
		err = c.anew(err, file, path)
	}
	progress.close()
	if err == nil && c.output.format == "text" {
		c.styled(c.io.out).earlier(file, outcome)
	}
	return c.ended("apply", e, path, outcome, err)
}

// ended prints the outcome of a run that changes hosts. The error holds its exit code.
func (c *command) ended(name string, e *inventory.Ensemble, path string, outcome *fleet.Outcome, err error) error {
	code := runCode(err)
	if c.output.format == "json" {
		return c.document(name, outcome, err, code)
	}
	if err == nil {
		c.styled(c.io.out).outcome(e, outcome, c.afterwards(name, path, outcome))
		return nil
	}
	return c.applyFailed(outcome, err, code)
}

// afterwards returns the command to type after a run that ended well: the same that goes on
// where restarts were left for later.
func (c *command) afterwards(name, path string, o *fleet.Outcome) string {
	left := o.Pending()
	switch {
	case len(left) == 0:
		return c.next(path, "check")
	case name == "restart":
		return c.next(path, "restart", "--limit", strings.Join(left, ","))
	}
	return c.next(path, name)
}

// applyFailed prints why a run ended early, how much of its plan was done, and what to type
// next. The error holds the exit code.
func (c *command) applyFailed(outcome *fleet.Outcome, err error, code int) error {
	says := c.styled(c.io.err)
	if outcome.Plan != nil {
		says.findings(outcome.Plan.Remarks(), false)
	}
	says.errors(err)
	if errors.Is(err, context.Canceled) {
		says.printf("%s%s; run it again to go on: %s\n", finished(outcome), unrestarted(outcome), c.line.again())
	}
	says.printf("%s · %s\n", summaryOfFailure(outcome), duration(outcome.Took))
	return &saidError{code}
}

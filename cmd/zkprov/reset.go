package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

func (c *command) resetCommand() *cobra.Command {
	var confirm string
	var what provision.Reset
	cmd := &cobra.Command{
		Use:   "reset INVENTORY",
		Short: "Take away what zkprov made of an ensemble, and nothing else",
		Long: `Take away what zkprov made of an ensemble: stop and disable its servers, and remove
their units, their configuration with all generations, what is remembered of the
ensemble, the release that nothing else runs from, and the system user where
nothing else uses it. The data stays, and a later apply serves it again.

  zkprov reset inventory.toml                           shows what goes, and asks for the name
  zkprov reset --confirm=zookeeper inventory.toml       asks nothing
  zkprov reset --delete-data inventory.toml             the data goes, too
  zkprov reset --limit zk3 inventory.toml               only this host's part

What goes and what stays is shown first, for every host. Then the ensemble's name has
to be typed, or was given with --confirm. Without either, and without a terminal to
ask at, nothing is done.

What others put into zkprov's folders stays, and the folders with it, and so do
drop-ins of units, foreign units, the cache of verified archives, and zkprov itself.
With --delete-data only folders go that carry the ownership stamp of this ensemble and
this server; without it, the user stays with its data. Java stays, too.

A host that cannot be reached stops it before anything is changed anywhere, unless
--limit leaves it out. With --limit, servers are not stopped on which the quorum of
the others hangs, unless --allow-outage is given. A reset may be interrupted or
killed at any moment: run it again, it goes on from what is there.

Exit codes: 0 all of it is gone, 1 failed on a host, 4 hosts unreachable and nothing
else failed, 64 usage or inventory error, or the name was not the ensemble's, 65 the
hosts have changed since it was shown, 75 another run holds the lock, 78 refused by a
safety rule.`,
		Args: oneInventory,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.output.check(); err != nil {
				return err
			}
			return c.reset(cmd.Context(), args[0], confirm, what)
		},
	}
	f := cmd.Flags()
	f.StringVar(&confirm, "confirm", "", "the `NAME` of the ensemble, so that nothing is asked")
	f.BoolVar(&what.DeleteData, "delete-data", false, "remove the data, too; there is no way back")
	c.output.flags(cmd)
	c.reach.flags(cmd)
	f.Var(hostList{&c.reach.limit}, "limit", "reset only these hosts, `NAME,NAME`")
	f.BoolVar(&c.roll.allowOutage, "allow-outage", false, "stop servers although the quorum of the others is lost")
	patienceFlag(cmd, &c.reach.lockTimeout, "lock-timeout", 0, "how long to wait for another run on a host to end; 0 is not at all")
	return cmd
}

// reset shows what a reset takes away, has it confirmed, and does it.
func (c *command) reset(ctx context.Context, path, confirm string, what provision.Reset) error {
	e, err := c.load(ctx, "reset", path)
	if err != nil {
		return err
	}
	if confirm != "" && confirm != e.Name {
		return c.refuseReset(nil, fmt.Sprintf("--confirm is %q, and the ensemble of %s is another one", confirm, e.File))
	}
	if err := c.wholeHosts("a reset", e); err != nil {
		return err
	}
	f, progress, err := c.reaching(ctx, "reset", e, path)
	if err != nil {
		return err
	}
	defer progress.close()
	p, err := f.PlanReset(ctx, what)
	progress.close()
	if err != nil {
		return c.fail("reset", nil, err, exitCode(err))
	}
	w := c.styled(c.io.out)
	if c.output.format != "json" {
		w.resetPlan(e, p)
	}
	if stops := p.Stops(); stops != nil {
		return c.fail("reset", p, stops, exitCode(stops))
	}
	if p.Changes() == 0 {
		if c.output.format == "json" {
			return c.document("reset", p, nil, 0)
		}
		return nil
	}
	if confirm == "" {
		if c.output.format == "json" || !term.IsTerminal(int(c.io.in.Fd())) {
			return c.refuseReset(p, "a reset wants the ensemble's name: --confirm="+e.Name)
		}
		typed, err := c.askName(ctx, e, what)
		if err != nil {
			return c.failed(err)
		}
		if typed != e.Name {
			return c.refuseReset(p, fmt.Sprintf("%q was typed, and that is not the ensemble's name", typed))
		}
	}
	return c.resetNow(ctx, e, path, what, p)
}

// wholeHosts returns an error where --limit names anything but hosts.
func (c *command) wholeHosts(what string, e *inventory.Ensemble) error {
	for _, name := range c.reach.limit {
		if e.Host(name) == nil {
			return fmt.Errorf("--limit names %q, which is no host of %s: %s takes whole hosts%s", name, e.File, what, didYouMean(name, hostNames(e)))
		}
	}
	return nil
}

// resetNow takes away what the plan says.
func (c *command) resetNow(ctx context.Context, e *inventory.Ensemble, path string, what provision.Reset, p *plan.Plan) error {
	f, progress, err := c.reaching(ctx, "reset", e, path)
	if err != nil {
		return err
	}
	defer progress.close()
	outcome, err := f.Reset(ctx, what, p)
	progress.close()
	code := runCode(err)
	if c.output.format == "json" {
		return c.document("reset", outcome, err, code)
	}
	if err == nil {
		c.styled(c.io.out).printf("reset: %s on %s · 0 failed · %s\n", count(outcome.Changes(), "change"), count(len(outcome.Changed), "host"), duration(outcome.Took))
		return nil
	}
	says := c.styled(c.io.err)
	says.errors(err)
	if errors.Is(err, context.Canceled) {
		says.printf("%s; run it again to go on: %s\n", finished(outcome), c.line.again())
	}
	says.printf("%s · %s\n", summaryOfFailure(outcome), duration(outcome.Took))
	return &saidError{code}
}

// refuseReset ends a reset that nobody confirmed.
func (c *command) refuseReset(p *plan.Plan, why string) error {
	err := &provision.Error{Kind: provision.Refused, Message: why, Hint: "nothing was changed"}
	var result any
	if p != nil {
		result = p
	}
	return c.fail("reset", result, err, c.usage())
}

// askName asks for the ensemble's name at the terminal.
func (c *command) askName(ctx context.Context, e *inventory.Ensemble, what provision.Reset) (string, error) {
	goes := "Its data stays."
	if what.DeleteData {
		goes = "Its data goes for good."
	}
	return c.ask(ctx, goes+" Type the ensemble's name to take it away: ", "the ensemble's name")
}

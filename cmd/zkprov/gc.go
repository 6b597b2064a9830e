package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// gcOptions holds the flags that gc alone has.
type gcOptions struct {
	yes, dryRun bool
	what        provision.Collect
}

func (c *command) gcCommand() *cobra.Command {
	var o gcOptions
	cmd := &cobra.Command{
		Use:   "gc INVENTORY",
		Short: "Remove releases, archives and binaries that nothing on the hosts uses any more",
		Long: `Remove what lies on the hosts and nothing uses any more: unpacked releases, archives
in the cache, and binaries of zkprov that came for earlier runs.

  zkprov gc inventory.toml             shows what would go, and asks
  zkprov gc --dry-run inventory.toml   shows it, and removes nothing
  zkprov gc --yes inventory.toml       asks nothing
  zkprov gc --copies inventory.toml    the copies of data from before an upgrade go, too

A release stays while a unit names it, whoever wrote that, or a generation that is
kept of any ensemble on the host, or a process, or a link in the usual places; the
inventory's own release always stays, and so does a release with files that zkprov did
not put there. With -v all that stays is shown, and why. An archive stays while a
release that came from it does. No server has to do with it, and none is restarted.

A former generation that is kept is what zkprov rollback goes back to; once it is none
of the last five, its release goes here.

Exit codes: 0 all of it is gone, or only shown, 1 failed on a host, 4 hosts
unreachable and nothing else failed, 64 usage or inventory error, 65 the hosts have
changed since it was shown, 75 another run holds the lock.`,
		Args: oneInventory,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.output.check(); err != nil {
				return err
			}
			return c.gc(cmd.Context(), args[0], o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.yes, "yes", false, "ask nothing")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would go, and remove nothing")
	f.BoolVar(&o.what.Copies, "copies", false, "remove the copies of data from before an upgrade, too")
	cmd.MarkFlagsMutuallyExclusive("yes", "dry-run")
	c.output.flags(cmd)
	c.reach.flags(cmd)
	c.reach.limitFlag(cmd)
	patienceFlag(cmd, &c.reach.lockTimeout, "lock-timeout", 0, "how long to wait for another run on a host to end; 0 is not at all")
	return cmd
}

// gc shows what goes, asks where it has to, and removes it.
func (c *command) gc(ctx context.Context, path string, o gcOptions) error {
	e, f, progress, err := c.open(ctx, "gc", path)
	if err != nil {
		return err
	}
	defer progress.close()
	p, err := f.PlanCollect(ctx, o.what)
	progress.close()
	if err != nil {
		return c.fail("gc", nil, err, exitCode(err))
	}
	json := c.output.format == "json"
	if !json {
		c.styled(c.io.out).gcPlan(e, p)
	}
	if stops := p.Stops(); stops != nil {
		return c.fail("gc", p, stops, exitCode(stops))
	}
	removes := p.Changes() > 0 && !o.dryRun
	if removes && !o.yes {
		if removes, err = c.askGC(ctx, json); err != nil {
			return c.failed(err)
		}
	}
	if !removes {
		unseen := p.Unseen()
		switch {
		case json:
			return c.document("gc", p, unseen, exitCode(unseen))
		case unseen != nil:
			return c.fail("gc", p, unseen, exitCode(unseen))
		case p.Changes() > 0:
			c.styled(c.io.out).printf("nothing was removed; to do it: %s\n", c.next(path, gcAgain(o, c.reach.limit)...))
		}
		return nil
	}
	return c.gcNow(ctx, e, path, o, p)
}

// gcAgain returns the words of the command that does what was shown.
func gcAgain(o gcOptions, limit []string) []string {
	words := []string{"gc", "--yes"}
	if len(limit) > 0 {
		words = append(words, "--limit", strings.Join(limit, ","))
	}
	if o.what.Copies {
		words = append(words, "--copies")
	}
	return words
}

// gcNow removes what the plan says.
func (c *command) gcNow(ctx context.Context, e *inventory.Ensemble, path string, o gcOptions, p *plan.Plan) error {
	f, progress, err := c.reaching(ctx, "gc", e, path)
	if err != nil {
		return err
	}
	defer progress.close()
	outcome, err := f.Collect(ctx, o.what, p)
	progress.close()
	code := runCode(err)
	if c.output.format == "json" {
		return c.document("gc", outcome, err, code)
	}
	if err == nil {
		c.styled(c.io.out).printf("removed: %s on %s, %s · %s\n", count(outcome.Changes(), "item"), count(len(outcome.Changed), "host"), megabytes(p.Frees()), duration(outcome.Took))
		return nil
	}
	says := c.styled(c.io.err)
	says.errors(err)
	says.printf("%s · %s\n", summaryOfFailure(outcome), duration(outcome.Took))
	return &saidError{code}
}

// askGC asks at the terminal whether to go on; without one the answer is no.
func (c *command) askGC(ctx context.Context, json bool) (bool, error) {
	if json || !term.IsTerminal(int(c.io.in.Fd())) {
		return false, nil
	}
	answer, err := c.ask(ctx, "Remove it? [y/N] ", "the answer")
	answer = strings.ToLower(answer)
	return answer == "y" || answer == "yes", err
}

// gcPlan shows what goes on each host and, where everything is to be said, what stays.
func (s *styled) gcPlan(e *inventory.Ensemble, p *plan.Plan) {
	for _, g := range groupPlans(e, p.ByHost()) {
		s.group(g, false)
	}
	if s.verbose {
		for _, part := range p.Hosts {
			for _, stay := range part.Stays {
				s.printf("  = %s: %s  (%s)\n", part.Host, stay.Path, stay.Why)
			}
		}
	}
	s.findings(p.Findings, s.verbose)
	if p.Changes() == 0 {
		s.printf("Nothing to remove on %s\n", count(len(p.Hosts), "host"))
		return
	}
	s.printf("To remove: %s on %s, %s\n", count(p.Changes(), "item"), count(len(p.Hosts), "host"), megabytes(p.Frees()))
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

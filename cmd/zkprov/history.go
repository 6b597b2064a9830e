package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func (c *command) historyCommand() *cobra.Command {
	var limit int
	var showDiff bool
	cmd := &cobra.Command{
		Use:   "history INVENTORY",
		Short: "Show what the servers were started with: when, by whom, from where",
		Long: `Show the states that the ensemble was in, the newest first: what its servers were
started with, since when, who changed that from where, and what the change was.
Each host remembers it of its own servers. Nothing is changed.

  zkprov history inventory.toml
  zkprov history --diff --limit 1 inventory.toml   the last change, with the files
  zkprov rollback --to ID inventory.toml           go back

An ID names what all servers are started with: where they were given the same
again, the ID is the same. * marks what they run with now. Each host keeps the
files of the last five generations of a server; a state of older ones, or with
other members than the inventory has, cannot be gone back to, and it says why.
Servers that were restarted with what they had, or that ended and were started
by systemd, are in no history.

Exit codes: 0, 1 failed on a host, 4 hosts unreachable and nothing else failed,
64 usage or inventory error.`,
		Args: oneInventory,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.output.check(); err != nil {
				return err
			}
			if limit < 0 {
				return errors.New("--limit is below 0, and must be at least 1, or 0 for all")
			}
			return c.history(cmd, args[0], limit, showDiff)
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 20, "show the last `N` states; 0 is all")
	cmd.Flags().BoolVar(&showDiff, "diff", false, "show what was changed as unified diffs")
	c.output.flags(cmd)
	c.reach.flags(cmd)
	return cmd
}

func (c *command) history(cmd *cobra.Command, path string, limit int, showDiff bool) error {
	e, f, progress, err := c.open(cmd.Context(), "history", path)
	if err != nil {
		return err
	}
	defer progress.close()
	past, err := f.History(cmd.Context())
	progress.close()
	if err != nil {
		return c.fail("history", past, err, exitCode(err))
	}
	unseen := past.Unseen()
	code := exitCode(unseen)
	if limit > 0 && len(past.States) > limit {
		past.States = past.States[len(past.States)-limit:]
	}
	if c.output.format == "json" {
		return c.document("history", past, unseen, code)
	}
	c.styled(c.io.out).past(e, past, showDiff, c.next(path, "rollback", "--to", "ID"))
	if unseen != nil {
		c.styled(c.io.err).errors(unseen)
		return &saidError{code}
	}
	return nil
}

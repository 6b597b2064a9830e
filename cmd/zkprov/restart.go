package main

import (
	"context"

	"github.com/spf13/cobra"
)

func (c *command) restartCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restart INVENTORY",
		Short: "Restart the servers one after the other, the leader last, and change nothing",
		Long: `Restart the servers that run, one after the other, as apply does where something
changes: observers first, then followers, the leader last; each when every other
voter is in sync, and the next when it is back, in sync and takes a write. Where a
host is not as the inventory says, nothing is restarted: run apply.

  zkprov restart inventory.toml
  zkprov restart --limit zk2 inventory.toml      only what runs on zk2
  zkprov restart --stop-after 1 inventory.toml   one server, and say what is left

What a run that was cut off has restarted is not remembered: run again, restart
restarts all of them again. --limit takes those that are left.

Exit codes: as those of apply.`,
		Args: oneInventory,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.output.check(); err != nil {
				return err
			}
			return c.restart(cmd.Context(), args[0])
		},
	}
	c.output.flags(cmd)
	c.reach.flags(cmd)
	c.reach.limitFlag(cmd)
	c.roll.flags(cmd)
	patienceFlag(cmd, &c.reach.timeout, "timeout", 0, "how long a server gets to come back, and the quorum to stand; 0 is initLimit x tickTime + 30s")
	patienceFlag(cmd, &c.reach.lockTimeout, "lock-timeout", 0, "how long to wait for another run on a host to end; 0 is not at all")
	return cmd
}

func (c *command) restart(ctx context.Context, path string) error {
	e, f, progress, err := c.open(ctx, "restart", path)
	if err != nil {
		return err
	}
	defer progress.close()
	f.Anew = true
	outcome, err := f.Apply(ctx)
	progress.close()
	return c.ended("restart", e, path, outcome, err)
}

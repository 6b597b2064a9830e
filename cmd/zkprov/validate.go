package main

import (
	"context"

	"github.com/spf13/cobra"
)

func (c *command) validateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validate INVENTORY",
		Short: "Say everything that is wrong with an inventory; touches no host",
		Long: `Say everything that is wrong with an inventory, all at once, each finding with
its file:line:column and, where there is one, a suggestion. No host is touched
and nothing is fetched.

  zkprov validate inventory.toml
  zkprov init zk1 zk2 zk3 | zkprov validate -   from standard input, as everywhere

Errors end with exit code 64. Warnings are said and may be silenced by name,
ignore = ["zk-eol"] under [ensemble]; zkprov explain NAME tells more of each.`,
		Args: oneInventory,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.output.check(); err != nil {
				return err
			}
			return c.validate(cmd.Context(), args[0])
		},
	}
	c.output.flags(cmd)
	return cmd
}

func (c *command) validate(ctx context.Context, path string) error {
	e, found, failed, err := c.read(ctx, path)
	if err != nil {
		return c.fail("validate", nil, err, c.unreadable(err))
	}
	if c.output.format == "json" {
		code := 0
		if failed {
			code = exitUsage
		}
		return c.document("validate", inInventory(found), nil, code)
	}
	c.sayFindings(found)
	if failed {
		return &saidError{exitUsage}
	}
	members := e.Members()
	c.styled(c.io.out).printf("%s is valid: ensemble %s, ZooKeeper %s, %s, %s (%s, %s)\n", e.File, e.Name, e.Version,
		count(len(e.Hosts), "host"), count(len(members), "instance"),
		count(e.Participants(), "participant"), count(len(members)-e.Participants(), "observer"))
	return nil
}

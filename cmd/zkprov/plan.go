package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

func (c *command) planCommand() *cobra.Command {
	var showDiff, detailed bool
	cmd := &cobra.Command{
		Use:   "plan INVENTORY",
		Short: "Show what apply would change; changes nothing",
		Long: `Show what apply would change on every host, and everything that would stop it.
Nothing is changed, on any host. Hosts with the same changes are shown together.

  zkprov plan inventory.toml
  zkprov plan --diff inventory.toml      with the content of files
  zkprov plan --detailed-exitcode -q inventory.toml   for scripts: 2 where there are changes

Where apply would stop before its first change, plan ends with the same exit
code: 1 something is missing on a host, 4 hosts unreachable and nothing else
failed, 78 refused by a safety rule. Otherwise it is 0, with changes or without.`,
		Args: oneInventory,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.output.check(); err != nil {
				return err
			}
			return c.plan(cmd, args[0], showDiff, detailed)
		},
	}
	cmd.Flags().BoolVar(&showDiff, "diff", false, "show the content of files, as unified diffs")
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 where there are changes")
	c.output.flags(cmd)
	c.reach.flags(cmd)
	c.reach.limitFlag(cmd)
	c.roll.planFlags(cmd)
	return cmd
}

func (c *command) plan(cmd *cobra.Command, path string, showDiff, detailed bool) error {
	e, f, progress, err := c.open(cmd.Context(), "plan", path)
	if err != nil {
		return err
	}
	defer progress.close()
	p, err := f.Plan(cmd.Context())
	progress.close()
	if err != nil {
		return c.fail("plan", p, err, exitCode(err))
	}
	stops := p.Stops()
	if stops == nil {
		stops = p.Unseen()
	}
	code := exitCode(stops)
	if code == 0 && detailed && p.Changes() > 0 {
		code = exitChanges
	}
	if c.output.format == "json" {
		return c.document("plan", p, stops, code)
	}
	w := c.styled(c.io.out)
	w.plan(e, p, showDiff)
	if failures := p.Unseen(); failures != nil {
		c.styled(c.io.err).errors(failures)
	}
	if code != 0 {
		return &saidError{code}
	}
	return nil
}

// styled writes for people.
func (c *command) styled(w io.Writer) *styled {
	return newStyled(w, c.output)
}

// document prints the JSON document of a command and returns what ends it.
func (c *command) document(name string, result any, err error, code int) error {
	if e := writeDocument(c.io.out, name, result, err, code); e != nil {
		return c.failed(fmt.Errorf("cannot write the result: %w", e))
	}
	if code != 0 {
		return &saidError{code}
	}
	return nil
}

// fail prints an error in the way that was asked for.
func (c *command) fail(name string, result any, err error, code int) error {
	if c.output.format == "json" {
		return c.document(name, result, err, code)
	}
	c.styled(c.io.err).errors(err)
	return &saidError{code}
}

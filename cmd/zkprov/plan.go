package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/zkprov/zkprov/internal/finding"
)

func (c *command) planCommand() *cobra.Command {
	var o planOptions
	cmd := &cobra.Command{
		Use:   "plan INVENTORY",
		Short: "Show what apply would change; changes nothing",
		Long: `Show what apply would change on every host, and everything that would stop it.
Nothing is changed, on any host. Hosts with the same changes are shown together.

  zkprov plan inventory.toml
  zkprov plan --diff inventory.toml      with the content of files
  zkprov plan --detailed-exitcode -q inventory.toml   for scripts: 2 where there are changes
  zkprov plan --out roll.plan inventory.toml   keep it, for zkprov apply --plan roll.plan

A plan file is for apply --plan, which does what stands in it and nothing else. It
holds no password, and yet the digests of files with passwords in them: it is
written for its owner alone, and is as secret as the inventory. Flags that decide
what is done, such as --limit, are part of it.

Where apply would stop before its first change, plan ends with the same exit
code: 1 something is missing on a host, 4 hosts unreachable and nothing else
failed, 78 refused by a safety rule. Otherwise it is 0, with changes or without.`,
		Args: oneInventory,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.output.check(); err != nil {
				return err
			}
			return c.plan(cmd, args[0], o)
		},
	}
	cmd.Flags().BoolVar(&o.diff, "diff", false, "show the content of files, as unified diffs")
	cmd.Flags().BoolVar(&o.detailed, "detailed-exitcode", false, "exit with 2 where there are changes")
	cmd.Flags().StringVar(&o.out, "out", "", "keep the plan in a `FILE` for apply --plan")
	_ = cmd.MarkFlagFilename("out")
	c.output.flags(cmd)
	c.reach.flags(cmd)
	c.reach.limitFlag(cmd)
	c.roll.planFlags(cmd)
	c.roll.noRestartFlag(cmd)
	return cmd
}

// planOptions holds the flags of plan.
type planOptions struct {
	diff, detailed bool
	out            string // empty is no file
}

func (c *command) plan(cmd *cobra.Command, path string, o planOptions) error {
	if cmd.Flags().Changed("out") {
		if o.out == "" || o.out == stdin {
			return fmt.Errorf("--out is %q, and must be the path of a file", o.out)
		}
		if err := writable(o.out); err != nil {
			return err
		}
	}
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
	if code == 0 && o.detailed && p.Changes() > 0 {
		code = exitChanges
	}
	if o.out != "" {
		if err := c.writePlan(o.out, path, p); err != nil {
			return c.fail("plan", p, err, c.failure())
		}
	}
	if c.output.format == "json" {
		return c.document("plan", p, stops, code)
	}
	w := c.styled(c.io.out)
	w.plan(e, p, o.diff)
	if failures := p.Unseen(); failures != nil {
		c.styled(c.io.err).errors(failures)
	}
	switch {
	case o.out == "":
	case p.Stops() != nil:
		w.printf("the plan is in %s; apply refuses it for what stands against it\n", o.out)
	default:
		w.printf("the plan is in %s; apply it, and nothing else, with:\n", o.out)
		w.commands([]finding.Command{{Line: c.next(path, "apply", "--plan", o.out)}})
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

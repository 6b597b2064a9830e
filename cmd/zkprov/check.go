package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/zkprov/zkprov/checks"
)

func (c *command) checkCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check INVENTORY",
		Short: "Say how the hosts and the ensemble stand; changes nothing",
		Long: `Say how the hosts and the ensemble stand: is every host as the inventory says,
and does the ensemble serve? Nothing is changed and nothing is written.

  zkprov check inventory.toml           the verdict, and what is not well
  zkprov check -v inventory.toml        and what every server answers
  zkprov check -q -o json inventory.toml  for machines

Exit codes are those of a monitoring plugin: 0 OK, 1 WARNING, 2 CRITICAL (a host
that cannot be reached is critical), 3 UNKNOWN (bad arguments or inventory).
Where the inventory silences a finding, it counts no more: ignore = ["drift"].`,
		Args:        oneInventory,
		Annotations: map[string]string{monitoring: ""},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.output.check(); err != nil {
				return err
			}
			return c.check(cmd.Context(), args[0])
		},
	}
	c.output.flags(cmd)
	c.reach.flags(cmd)
	return cmd
}

func (c *command) check(ctx context.Context, path string) error {
	e, err := c.load("check", path)
	if err != nil {
		return err
	}
	progress := newProgress(c.io.err, c.output)
	f, err := c.fleet(e, progress.report)
	if err != nil {
		return err
	}
	state, err := f.Check(ctx)
	progress.close()
	if err != nil {
		code := checkUnknown
		if exitCode(err) == exitInterrupted {
			code = exitInterrupted
		}
		return c.fail("check", state, err, code)
	}
	code := checkOK
	switch state.Findings.Worst() {
	case checks.Critical:
		code = checkCritical
	case checks.Warning:
		code = checkWarning
	}
	if c.output.format == "json" {
		return c.document("check", state, nil, code)
	}
	c.styled(c.io.out).state(e, state)
	if code != checkOK {
		return &saidError{code}
	}
	return nil
}

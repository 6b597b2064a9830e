package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/fleet"
)

func (c *command) checkCommand() *cobra.Command {
	var host string
	cmd := &cobra.Command{
		Use:   "check [INVENTORY]",
		Short: "Say how the hosts and the ensemble stand; changes nothing",
		Long: `Say how the hosts and the ensemble stand: is every host as the inventory says,
and does the ensemble serve? Nothing is changed and nothing is written.

  zkprov check inventory.toml           the verdict, and what is not well
  zkprov check -v inventory.toml        and what every server answers
  zkprov check -q -o json inventory.toml  for machines
  zkprov check                          on a host that came up by itself: this host
                                        by ` + inventory.AgentFile + `,
                                        and what the others answer over the network

Exit codes are those of a monitoring plugin: 0 OK, 1 WARNING, 2 CRITICAL (a host
that cannot be reached is critical), 3 UNKNOWN (bad arguments or inventory).
Where the inventory silences a finding, it counts no more: ignore = ["drift"].`,
		Args:        cobra.MaximumNArgs(1),
		Annotations: map[string]string{monitoring: ""},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.output.check(); err != nil {
				return err
			}
			if len(args) == 0 || cmd.Flags().Changed("host") {
				return c.checkAlone(cmd.Context(), args, host)
			}
			return c.check(cmd.Context(), args[0])
		},
	}
	c.output.flags(cmd)
	c.reach.flags(cmd)
	cmd.Flags().StringVar(&host, "host", "", "look at this machine alone, which is the host of that name, and at what the others answer")
	return cmd
}

func (c *command) check(ctx context.Context, path string) error {
	e, f, progress, err := c.open(ctx, "check", path)
	if err != nil {
		return err
	}
	defer progress.close()
	state, err := f.Check(ctx)
	progress.close()
	return c.judged(e, state, err)
}

// checkAlone looks at this machine and asks the servers of the others.
func (c *command) checkAlone(ctx context.Context, args []string, host string) error {
	path := inventory.AgentFile
	if len(args) > 0 {
		path = args[0]
	} else if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("give the path of an inventory: zkprov check INVENTORY; without one it is %s, and there is none", inventory.AgentFile)
	}
	e, err := c.load(ctx, "check", path)
	if err != nil {
		return err
	}
	agent := c.local()
	defer agent.Close()
	h, err := c.which(ctx, agent, e, host)
	var state *fleet.State
	if err == nil {
		state, err = (&fleet.Alone{Ensemble: e, Host: h, Agent: agent}).Check(ctx)
	}
	return c.judged(e, state, err)
}

// judged prints what a check found, and returns its exit code as an error.
func (c *command) judged(e *inventory.Ensemble, state *fleet.State, err error) error {
	if err != nil {
		code := checkUnknown
		if exitCode(err) == exitInterrupted {
			code = exitInterrupted
		}
		return c.fail("check", state, err, code)
	}
	state.Findings = append(state.Findings, c.notices...)
	state.Findings.Sort()
	code := checkOK
	switch state.Findings.Worst() {
	case finding.Critical:
		code = checkCritical
	case finding.Warning:
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

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// stdio are the three streams of a command.
type stdio struct {
	in       *os.File
	out, err io.Writer
}

// run is zkprov: it carries out one command and returns its exit code.
func run(ctx context.Context, args []string, io stdio) int {
	c := &command{io: io}
	root := c.root()
	root.SetArgs(args)
	root.SetIn(io.in)
	root.SetOut(io.out)
	root.SetErr(io.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return c.code
	}
	var said *saidError
	if errors.As(err, &said) {
		return said.code
	}
	// What is left are cobra's own complaints about flags and arguments.
	fmt.Fprintf(io.err, "zkprov: %v\n", err)
	fmt.Fprintln(io.err, "see: zkprov --help")
	if c.monitoring {
		return checkUnknown
	}
	return exitUsage
}

// saidError ends a command whose error the user has been told.
type saidError struct{ code int }

func (e *saidError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// command is what the flags of one invocation say.
type command struct {
	io stdio
	// code is the exit code of a command that went well.
	code int
	// monitoring is set by the commands that have a monitoring plugin's exit codes.
	monitoring bool
	output     output
	reach      reach
}

func (c *command) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "zkprov",
		Short: "Bring bare-metal hosts to a ZooKeeper quorum and keep them there",
		Long: `zkprov brings bare-metal hosts to a ZooKeeper quorum and keeps them there.

From a TOML inventory of hosts it checks for a Java, brings the ZooKeeper
release along, writes zoo.cfg and myid, installs a systemd unit per instance,
starts the instances, and waits until the quorum is proven.

  zkprov init zk1 zk2 zk3 > inventory.toml   begin
  zkprov validate inventory.toml             is it right? touches no host
  zkprov plan inventory.toml                 what would change? changes nothing
  zkprov apply inventory.toml                make it so, and wait for the quorum
  zkprov check inventory.toml                is all well? for people and monitoring

Exit codes: 0 success, 1 failed on a host or no quorum in time, 4 hosts
unreachable, 64 usage or inventory error, 65 the plan is stale, 75 another run
holds the lock, 78 refused by a safety rule, 130 and 143 interrupted.
check has those of a monitoring plugin: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.HiddenDefaultCmd = false
	root.AddCommand(
		c.initCommand(), c.validateCommand(), c.planCommand(), c.applyCommand(), c.checkCommand(),
		c.explainCommand(), c.versionCommand(), c.serveCommand(),
	)
	return root
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/host"
)

// stdio holds the three streams of a command.
type stdio struct {
	in       *os.File
	out, err io.Writer
}

// run carries out one command and returns its exit code.
func run(ctx context.Context, line commandLine, io stdio) int {
	c := &command{io: io, line: line, local: func() provision.Agent { return host.NewMachine() }}
	return c.run(ctx, line.args)
}

func (c *command) run(ctx context.Context, args []string) int {
	out := &sink{to: c.io.out}
	c.io.out = out
	root := c.root()
	root.SetArgs(args)
	root.SetIn(c.io.in)
	root.SetOut(c.io.out)
	root.SetErr(c.io.err)
	if cmd, _, err := root.Find(args); err == nil {
		_, c.monitoring = cmd.Annotations[monitoring]
	}
	cmd, err := root.ExecuteContextC(ctx)
	var said *saidError
	switch {
	case out.err != nil && !errors.As(err, &said):
		fmt.Fprintf(c.io.err, "zkprov: cannot write the result: %v\n", out.err)
		return c.failure()
	case err == nil:
		return 0
	case errors.As(err, &said):
		return said.code
	}
	// What is left are complaints about flags and arguments.
	c.styled(c.io.err).printf("zkprov: %s\n", shortened(inOneLine(err), args))
	for _, remark := range strangeArguments(args) {
		c.styled(c.io.err).printf("zkprov: %s\n", remark)
	}
	fmt.Fprintf(c.io.err, "see: %s --help\n", cmd.CommandPath())
	return c.usage()
}

// inOneLine returns cobra's complaint about an unknown command without its layout.
func inOneLine(err error) string {
	text, near, found := strings.Cut(err.Error(), "\n\nDid you mean this?\n")
	if found {
		text += ", did you mean " + strings.Join(strings.Fields(near), " or ") + "?"
	}
	return text
}

// saidError ends a command whose error the user has been told.
type saidError struct{ code int }

func (e *saidError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// command is what the flags of one invocation say.
type command struct {
	io   stdio
	line commandLine
	// local makes the agent of this machine.
	local func() provision.Agent
	// monitoring is set for a command with a monitoring plugin's exit codes.
	monitoring bool
	// stdin is the inventory that was read from standard input.
	stdin []byte
	// trust, where it is not nil, tells whether the file of an inventory may be read.
	trust func(path string, info fs.FileInfo) error
	// notices lists the warnings about the inventory that was loaded last, and warned is
	// set once those that a command says have been said.
	notices finding.Findings
	warned  bool
	output  output
	// backTo is the ID of the state that a rollback leads to; empty where that is not
	// known.
	backTo string
	reach  reach
	roll   roll
}

// monitoring is the annotation of a command with a monitoring plugin's exit codes.
const monitoring = "monitoring"

// failed prints an error that is neither about the arguments nor about a host, and
// ends the command.
func (c *command) failed(err error) error {
	if exitCode(err) == exitInterrupted {
		c.styled(c.io.err).errors(err)
		return &saidError{exitInterrupted}
	}
	c.styled(c.io.err).printf("zkprov: %v\n", err)
	return &saidError{c.failure()}
}

// oneInventory accepts the arguments of a command that wants one inventory.
func oneInventory(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return fmt.Errorf("give the path of one inventory: %s", strings.TrimSuffix(cmd.UseLine(), " [flags]"))
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
  zkprov history inventory.toml              who changed what, and when
  zkprov rollback inventory.toml             back to what the servers ran with before
  zkprov restart inventory.toml              all of them, one after the other

The inventory may come from standard input: its path is - then.
Every finding has a name, such as [port-in-use]; zkprov explain NAME tells more.

Exit codes: 0 success, 1 failed on a host, a host was lost in the middle of a
change, or no quorum in time, 2 changes present (only plan --detailed-exitcode),
4 hosts unreachable and nothing else failed, 64 usage or inventory error, 65 the
plan is stale, 75 another run holds the lock, 78 refused by a safety rule, 130
and 143 interrupted.
check has those of a monitoring plugin: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	// cobra's own help ends well for a command that there is not.
	root.SetHelpCommand(&cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, _, err := cmd.Root().Find(args)
			if err != nil {
				return err
			}
			return about.Help()
		},
	})
	root.AddCommand(
		c.initCommand(), c.validateCommand(), c.planCommand(), c.applyCommand(), c.checkCommand(), c.restartCommand(), c.historyCommand(),
		c.rollbackCommand(), c.rebootCommand(), c.gcCommand(), c.resetCommand(), c.agentCommand(), c.renderCommand(), c.explainCommand(),
		c.versionCommand(), c.serveCommand(),
	)
	return root
}

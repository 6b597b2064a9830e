package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/zkprov/zkprov/provision/host"
	"github.com/zkprov/zkprov/provision/remote"
)

// serveCommand returns the command that the far side of an SSH session runs; nobody types
// it.
func (c *command) serveCommand() *cobra.Command {
	var once bool
	cmd := &cobra.Command{
		Use:    remote.ServeCommand,
		Short:  "Do the work of this host for a control machine, over stdin and stdout",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if once {
				if err := removeSelf(); err != nil {
					return c.failed(err)
				}
			}
			// A step goes on when whoever listened is gone. Without this the first write to
			// the broken pipe ends the process; ignoring the signal instead would be
			// inherited by the programs that it starts.
			broken := make(chan os.Signal, 1)
			signal.Notify(broken, syscall.SIGPIPE)
			defer signal.Stop(broken)
			if err := remote.Serve(host.NewMachine(), c.io.in, os.Stdout); err != nil {
				return c.failed(err)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&once, strings.TrimPrefix(remote.ServeOnceFlag, "--"), false, "remove this binary and its folder first")
	return cmd
}

// removeSelf takes away the binary that was brought along for one look. The
// process goes on without its file.
func removeSelf() error {
	self, err := os.Executable()
	if err == nil {
		err = removeProgram(self)
	}
	if err != nil {
		return fmt.Errorf("cannot remove the binary of this session: %w", err)
	}
	return nil
}

// removeProgram removes a program and the folder that was made for it: an empty
// one, as whoever types this flag may have the program in /usr/bin.
func removeProgram(name string) error {
	if err := os.Remove(name); err != nil {
		return err
	}
	return os.Remove(filepath.Dir(name))
}

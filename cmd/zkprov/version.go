package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

// version is the release of this build; the linker sets it.
var version = "devel"

func (c *command) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(c.io.out, "zkprov %s %s/%s\n", version, runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

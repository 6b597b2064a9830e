package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is the release of this build and commit what it was built from; the
// linker may set them, and otherwise the build itself says.
var version, commit string

func (c *command) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, the commit and the Go release of this build",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			info, ok := debug.ReadBuildInfo()
			if !ok {
				info = new(debug.BuildInfo)
			}
			fmt.Fprintln(c.io.out, versionLine(version, commit, info))
			return nil
		},
	}
}

// build names this build of zkprov on whatever machine: two of the same name do the same.
func build() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = new(debug.BuildInfo)
	}
	return buildName(version, commit, info)
}

// versionLine describes a build in one line.
func versionLine(version, commit string, info *debug.BuildInfo) string {
	return fmt.Sprintf("zkprov %s, %s %s/%s", buildName(version, commit, info), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// buildName is the version and the commit of a build.
func buildName(version, commit string, info *debug.BuildInfo) string {
	settings := make(map[string]string)
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if version == "" {
		version = info.Main.Version
	}
	if version == "" || version == "(devel)" {
		version = "devel"
	}
	if commit == "" {
		commit = settings["vcs.revision"]
		if commit != "" && settings["vcs.modified"] == "true" {
			commit += " with changes"
		}
	}
	return fmt.Sprintf("%s, commit %s", version, cmp.Or(commit, "unknown"))
}

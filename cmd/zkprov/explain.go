package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/checks/preflight"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/existing"
	"github.com/zkprov/zkprov/provision/fleet"
	"github.com/zkprov/zkprov/provision/host"
	"github.com/zkprov/zkprov/provision/java"
	"github.com/zkprov/zkprov/provision/jvm"
	"github.com/zkprov/zkprov/provision/remote"
	"github.com/zkprov/zkprov/provision/upgrade"
	"github.com/zkprov/zkprov/provision/zoocfg"
)

func (c *command) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "explain [NAME]",
		Short:             "Say what a finding means and what to do about it",
		Long:              "Say what a finding such as [port-in-use] means, how it is measured and what to do\nabout it. Without a name, list all of them.",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: cobra.FixedCompletions(explainable(), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				for _, name := range explainable() {
					fmt.Fprintln(c.io.out, name)
				}
				return nil
			}
			e, ok := explain(args[0])
			if !ok {
				return fmt.Errorf("there is no finding named %q%s (zkprov explain lists all)", args[0], didYouMean(args[0], explainable()))
			}
			c.styled(c.io.out).prose("%s\n\n%s\n\n%s\n", e.Name, e.Means, e.Fix)
			return nil
		},
	}
}

// didYouMean ends a complaint about a name that there is not.
func didYouMean(name string, names []string) string {
	if near := inventory.Nearest(name, names); near != "" {
		return fmt.Sprintf(", did you mean %s?", near)
	}
	return ""
}

// explanations gathers every package's table.
func explanations() []finding.Explanation {
	return slices.Concat(inventory.Explanations(), preflight.Explanations(), ensemble.Explanations(), host.Explanations(), archive.Explanations(), java.Explanations(),
		remote.Explanations(), fleet.Explanations(), existing.Explanations(), zoocfg.Explanations(), jvm.Explanations(), upgrade.Explanations())
}

func explain(name string) (finding.Explanation, bool) {
	for _, e := range explanations() {
		if e.Name == name {
			return e, true
		}
	}
	return finding.Explanation{}, false
}

// explainable returns the names of all findings, sorted.
func explainable() []string {
	var names []string
	for _, e := range explanations() {
		names = append(names, e.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

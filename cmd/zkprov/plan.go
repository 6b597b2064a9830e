package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/zkprov/zkprov/checks"
	"github.com/zkprov/zkprov/provision"
)

func (c *command) planCommand() *cobra.Command {
	var showDiff, detailed bool
	cmd := &cobra.Command{
		Use:   "plan INVENTORY",
		Short: "Show what apply would change; changes nothing",
		Long: `Show what apply would change on every host, and everything that would stop it.
Nothing is changed, on any host. Hosts with the same changes are shown together.`,
		Args: cobra.ExactArgs(1),
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
	return cmd
}

func (c *command) plan(cmd *cobra.Command, path string, showDiff, detailed bool) error {
	e, err := c.load(path)
	if err != nil {
		return err
	}
	progress := newProgress(c.io.err, c.output)
	f, err := c.fleet(e, progress.report)
	if err != nil {
		return err
	}
	p, err := f.Plan(cmd.Context())
	progress.close()
	if err != nil {
		return c.fail("plan", p, err, exitCode(err))
	}
	code := 0
	switch {
	case p.Findings.Worst() == checks.Critical:
		code = exitFailed
		for _, finding := range p.Findings {
			if finding.Severity == checks.Critical && refusal(finding.Name) {
				code = exitRefused
			}
		}
	case p.Restarts() > 0:
		code = exitRefused
	case p.Failures() != nil:
		code = exitCode(p.Failures())
	case detailed && p.Changes() > 0:
		code = exitChanges
	}
	if c.output.format == "json" {
		return c.document("plan", p, p.Failures(), code)
	}
	w := c.styled(c.io.out)
	w.plan(e, p, showDiff)
	if failures := p.Failures(); failures != nil {
		c.styled(c.io.err).errors(failures)
	}
	if code != 0 {
		return &saidError{code}
	}
	return nil
}

// styled writes for people.
func (c *command) styled(w any) *styled {
	return newStyled(w, c.output)
}

func refusal(name string) bool {
	for _, r := range append(provision.Refusals(), "data-lost", "voter-unseen") {
		if r == name {
			return true
		}
	}
	return false
}

// document prints the JSON document of a command and returns what ends it.
func (c *command) document(name string, result any, err error, code int) error {
	if e := writeDocument(c.io.out, name, result, err, code); e != nil {
		return fmt.Errorf("cannot write the result: %w", e)
	}
	if code != 0 {
		return &saidError{code}
	}
	return nil
}

// fail says an error in the way that was asked for.
func (c *command) fail(name string, result any, err error, code int) error {
	if c.output.format == "json" {
		return c.document(name, result, err, code)
	}
	c.styled(c.io.err).errors(err)
	return &saidError{code}
}

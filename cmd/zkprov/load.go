package main

import (
	"fmt"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/zoocfg"
)

// load reads an inventory with every rule there is. Errors and warnings have
// been said when it returns.
func (c *command) load(path string) (*inventory.Ensemble, error) {
	e, found, err := inventory.Load(path, zoocfg.Lint, archive.Rule, inventory.Silenceable(explainable()))
	if err != nil {
		fmt.Fprintf(c.io.err, "zkprov: %v\n", err)
		return nil, &saidError{c.usage()}
	}
	c.sayFindings(found)
	if e == nil || found.Failed() {
		return nil, &saidError{c.usage()}
	}
	return e, nil
}

// usage is the exit code for a bad inventory.
func (c *command) usage() int {
	if c.monitoring {
		return checkUnknown
	}
	return exitUsage
}

// sayFindings prints what is wrong with an inventory.
func (c *command) sayFindings(found inventory.Findings) {
	errors, warnings := 0, 0
	for _, f := range found {
		if f.Severity == inventory.Error {
			errors++
		} else {
			warnings++
			if c.output.quiet {
				continue
			}
		}
		fmt.Fprintln(c.io.err, f)
	}
	if errors > 0 {
		fmt.Fprintf(c.io.err, "%s, %s; no host was touched\n", count(errors, "error"), count(warnings, "warning"))
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

package main

import (
	"fmt"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/zoocfg"
)

// read reads an inventory with every rule there is.
func read(path string) (e *inventory.Ensemble, found inventory.Findings, failed bool, err error) {
	e, found, err = inventory.Load(path, zoocfg.Lint, archive.Rule, inventory.Silenceable(explainable()))
	return e, found, e == nil || found.Failed(), err
}

// load is read for the command of that name. Errors and warnings have been said
// when it returns.
func (c *command) load(name, path string) (*inventory.Ensemble, error) {
	e, found, failed, err := read(path)
	if err != nil {
		return nil, c.fail(name, nil, err, c.usage())
	}
	if failed && c.output.format == "json" {
		return nil, c.document(name, foundInInventory{found}, nil, c.usage())
	}
	c.sayFindings(found)
	if failed {
		return nil, &saidError{c.usage()}
	}
	return e, nil
}

// foundInInventory is the result of a command that got no further than its
// inventory.
type foundInInventory struct {
	Findings inventory.Findings `json:"findings"`
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

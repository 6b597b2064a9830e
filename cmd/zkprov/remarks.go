package main

import (
	"slices"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// remarks returns those findings about an inventory that a command says at once.
// Errors are always among them.
//
// validate, plan and apply are typed by somebody who may change the inventory: they
// say every warning. What monitoring runs every minute would only teach its readers to
// skip the line: check has the warnings as notices. What a release lacks is no news to
// a unit that runs again and again, nor to a file that is rendered.
func (c *command) remarks(name string, found finding.Findings) finding.Findings {
	if name != "check" && name != "agent" && name != "render" {
		return found
	}
	return slices.DeleteFunc(slices.Clone(found), func(f finding.Finding) bool {
		return f.Severity != finding.Error && (name == "check" || name == "agent" && c.warned || inventory.AboutRelease(f.Name))
	})
}

// notices returns the warnings about an inventory as a check has them.
func notices(found finding.Findings) finding.Findings {
	var all finding.Findings
	for _, f := range found {
		if f.Severity != finding.Error {
			all = append(all, finding.Finding{Name: f.Name, Severity: finding.Notice, Message: f.Pos.String() + ": " + f.Message, Hint: f.Hint})
		}
	}
	return all
}

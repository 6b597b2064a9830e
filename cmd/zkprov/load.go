package main

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/zkprov/zkprov/internal/await"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/jvm"
	"github.com/zkprov/zkprov/provision/zoocfg"
)

// stdin is the path of an inventory on standard input, and stdinName what such
// an inventory is called.
const (
	stdin     = "-"
	stdinName = "stdin"
)

// text returns an inventory as it was written, and its name for messages. Standard
// input is read once.
func (c *command) text(ctx context.Context, path string) (name string, text []byte, err error) {
	if path != stdin {
		var allowed []func(string, fs.FileInfo) error
		if c.trust != nil {
			allowed = append(allowed, c.trust)
		}
		text, err = unlessDone(ctx, func() ([]byte, error) { return inventory.ReadFile(path, allowed...) })
		return path, text, err
	}
	if c.stdin == nil {
		c.stdin, err = unlessDone(ctx, func() ([]byte, error) { return inventory.ReadStream(stdinName, c.io.in) })
	}
	return stdinName, c.stdin, err
}

// unlessDone does what may wait for somebody, unless ctx has ended, and leaves it
// alone when that ends first. The error is that of ctx then.
func unlessDone[T any](ctx context.Context, do func() (T, error)) (T, error) {
	if err := ctx.Err(); err != nil {
		var none T
		return none, err
	}
	return await.Call(ctx, do)
}

// rules returns every rule that an inventory is judged by.
func rules() []inventory.Rule {
	return []inventory.Rule{zoocfg.Lint, jvm.Lint, archive.Rule, inventory.Silenceable(explainable())}
}

// read reads an inventory with every rule there is.
func (c *command) read(ctx context.Context, path string) (e *inventory.Ensemble, found finding.Findings, failed bool, err error) {
	name, text, err := c.text(ctx, path)
	if err != nil {
		return nil, nil, true, err
	}
	type judged struct {
		e     *inventory.Ensemble
		found finding.Findings
	}
	j, err := unlessDone(ctx, func() (j judged, _ error) {
		j.e, j.found = inventory.Read(name, text, rules()...)
		return j, nil
	})
	if err != nil {
		return nil, nil, true, err
	}
	return j.e, j.found, j.e == nil || j.found.Failed(), nil
}

// unreadable returns the exit code for when an inventory could not be read.
func (c *command) unreadable(err error) int {
	if code := exitCode(err); code == exitInterrupted || code == exitRefused {
		return code
	}
	return c.usage()
}

// load reads the inventory of the command of that name. It prints the errors and the
// warnings that concern the command; notices returns all warnings.
func (c *command) load(ctx context.Context, name, path string) (*inventory.Ensemble, error) {
	e, found, failed, err := c.read(ctx, path)
	if err != nil {
		return nil, c.fail(name, nil, err, c.unreadable(err))
	}
	if failed && c.output.format == "json" {
		return nil, c.document(name, inInventory(found), nil, c.usage())
	}
	c.sayFindings(c.remarks(name, found))
	if failed {
		return nil, &saidError{c.usage()}
	}
	c.warned, c.notices = true, notices(found)
	return e, nil
}

// foundInInventory is the result of a command that got no further than its
// inventory.
type foundInInventory struct {
	Findings []inventoryFinding `json:"findings"`
}

// inventoryFinding writes a finding about an inventory as JSON: with its place first,
// and with the place even where that is not known.
type inventoryFinding struct {
	Position finding.Position `json:"position"`
	Severity finding.Severity `json:"severity"`
	Name     string           `json:"name"`
	Message  string           `json:"message"`
	Hint     string           `json:"hint,omitempty"`
	More     int              `json:"more,omitempty"`
	Detail   string           `json:"detail,omitempty"`
}

func inInventory(found finding.Findings) foundInInventory {
	var all foundInInventory
	for _, f := range found {
		all.Findings = append(all.Findings, inventoryFinding{f.Pos, f.Severity, f.Name, f.Message, f.Hint, f.More, f.Detail})
	}
	return all
}

// sayFindings prints what is wrong with an inventory.
func (c *command) sayFindings(found finding.Findings) {
	w := c.styled(c.io.err)
	errors, warnings := 0, 0
	for _, f := range found {
		if f.Severity == finding.Error {
			errors += max(1, f.More)
		} else {
			warnings += max(1, f.More)
			if c.output.quiet {
				continue
			}
		}
		w.printf("%s\n", f)
		if c.output.verbose && f.Detail != "" {
			w.printf("    %s\n", f.Detail)
		}
	}
	if errors > 0 {
		w.printf("%s, %s; no host was touched\n", count(errors, "error"), count(warnings, "warning"))
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"github.com/zkprov/zkprov/internal/durable"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// deciding returns the flags that decide what is done: an apply of a plan file has those of
// the plan.
func deciding() []string { return []string{"limit", "no-restart", "allow-outage", "settle"} }

// withoutDeciding returns an error where a flag is given that a plan file decides.
func withoutDeciding(cmd *cobra.Command) error {
	for _, name := range deciding() {
		if cmd.Flags().Changed(name) {
			return fmt.Errorf("--%s is part of a plan: give it to zkprov plan --out, not to apply --plan", name)
		}
	}
	return nil
}

// writable returns an error where no plan may be written in a place: what lies there is
// not a plan, such as the inventory.
func writable(path string) error {
	text, err := readPlanFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	// One that another version wrote, or that is cut off, may be replaced.
	if head := text[:min(len(text), 64)]; !bytes.HasPrefix(head, []byte("{\n  \"zkprov_plan\": ")) {
		return fmt.Errorf("%s exists and is no plan file, so it is not replaced; give another name", path)
	}
	return nil
}

// readPlanFile reads a regular file of bounded size.
func readPlanFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	text, err := io.ReadAll(io.LimitReader(f, plan.FileLimit+1))
	if err == nil && len(text) > plan.FileLimit {
		return nil, fmt.Errorf("%s is larger than %d MiB, which no plan is", path, plan.FileLimit>>20)
	}
	return text, err
}

// writePlan keeps a plan in a file, for apply --plan and for its owner alone: who has
// the digests in it and guesses a password of the inventory can prove the guess.
func (c *command) writePlan(path, inventoryPath string, p *plan.Plan) error {
	where := inventoryPath
	if absolute, err := filepath.Abs(inventoryPath); err == nil && inventoryPath != stdin {
		where = absolute
	}
	f := plan.File{
		About: "What zkprov apply would change for the inventory named below, from what to what. Apply it, and nothing else, with: " +
			c.next(inventoryPath, "apply", "--plan", path) + " . Keep it as secret as the inventory: passwords are left out of it, their digests are not.",
		Zkprov: build(), Made: time.Now().UTC().Truncate(time.Second), By: callerOf("plan").String(), InventoryFile: where, Plan: p,
	}
	text, err := f.Encode()
	if err != nil {
		return fmt.Errorf("cannot write the plan: %w", err)
	}
	pending, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithStaticPermissions(0o600))
	if err == nil {
		defer pending.Cleanup()
		if _, err = pending.Write(text); err == nil {
			err = pending.CloseAtomicallyReplace()
		}
		if err == nil {
			err = durable.SyncDir(filepath.Dir(path))
		}
	}
	if err != nil {
		return fmt.Errorf("cannot write the plan: %w", err)
	}
	return nil
}

// planFile reads the plan that is to be applied to an inventory, and ends the command
// where it may not be.
func (c *command) planFile(path, inventoryPath string, e *inventory.Ensemble) (*plan.Plan, error) {
	text, err := readPlanFile(path)
	var f *plan.File
	if err == nil {
		if f, err = plan.Decode(text); err == nil {
			err = f.Concerns(e)
		} else {
			err = fmt.Errorf("%s is no plan file: %w", path, err)
		}
	}
	if err != nil {
		return nil, c.fail("apply", nil, err, c.usage())
	}
	if err := f.Fits(e, build()); err != nil {
		return nil, c.fail("apply", nil, c.anew(err, path, inventoryPath), exitCode(err))
	}
	if stops := f.Plan.Stops(); stops != nil {
		if c.output.format != "json" {
			w := c.styled(c.io.err)
			w.findings(slices.DeleteFunc(slices.Clone(f.Plan.Findings), func(f finding.Finding) bool { return f.Severity != finding.Critical }), false)
			defer w.printf("this stood against the plan when it was made, %s: remove it, and make a new plan\n", f.Made.Local().Format(time.DateTime))
		}
		return nil, c.fail("apply", nil, stops, exitCode(stops))
	}
	return f.Plan, nil
}

// anew adds to an error that says that a plan file is stale how a new one is made.
func (c *command) anew(err error, path, inventoryPath string) error {
	var e *provision.Error
	if errors.As(err, &e) && e.Kind == provision.Stale && e.Commands == nil {
		e.Commands = []finding.Command{{Line: c.next(inventoryPath, "plan", "--out", path)}}
	}
	return err
}

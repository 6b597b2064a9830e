// Mutants changes the code of packages, one operator at a time, and reports
// which changes no test of the package notices. Gremlins makes the changes and
// runs the tests, on a copy of the module.
//
//	go run . [-root folder] package-folder-or-file[=tests]...
//
// Where the names of tests are given, as a regular expression, only those run; what
// others would notice counts as unnoticed then.
//
// It fails where fewer than 95 % of a package's mutants are noticed, or where a
// negated condition is not.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// aim is the least share of mutants that a package's tests notice, in percent.
const aim = 95

var errUnnoticed = errors.New("tests do not notice enough")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "mutants: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	root := flags.String("root", "../..", "folder of the module")
	workers := flags.Int("workers", max(1, runtime.NumCPU()/2), "tests that run at the same time")
	limit := flags.Duration("limit", 40*time.Minute, "the longest that one package may take")
	if err := flags.Parse(args); err != nil {
		return err
	}
	targets, err := parseTargets(*root, flags.Args())
	if err != nil {
		return err
	}
	gremlins, err := tool(ctx)
	if err != nil {
		return err
	}
	var low []string
	for _, t := range targets {
		ctx, cancel := context.WithTimeout(ctx, *limit)
		m, err := mutate(ctx, gremlins, *root, t, *workers)
		cancel()
		if err != nil {
			return fmt.Errorf("cannot change %s: %w", t.folder, err)
		}
		if !report(out, t.folder, m) {
			low = append(low, t.folder)
		}
	}
	if len(low) > 0 {
		return fmt.Errorf("%w: %s", errUnnoticed, strings.Join(low, ", "))
	}
	return nil
}

// target is a package, or some files of one.
type target struct {
	folder string   // below the module's root
	files  []string // base names; none means all
	tests  string   // a regular expression of the tests that run; empty means all
}

// parseTargets groups files by their folder and tests. It refuses what does not exist.
func parseTargets(root string, args []string) ([]target, error) {
	var targets []target
	for _, arg := range args {
		arg, tests, _ := strings.Cut(arg, "=")
		info, err := os.Stat(filepath.Join(root, arg))
		if err != nil {
			return nil, err
		}
		if info.IsDir() {
			targets = append(targets, target{folder: filepath.Clean(arg), tests: tests})
			continue
		}
		folder, file := filepath.Dir(arg), filepath.Base(arg)
		i := slices.IndexFunc(targets, func(t target) bool { return t.folder == folder && t.tests == tests && t.files != nil })
		if i < 0 {
			targets = append(targets, target{folder: folder, tests: tests})
			i = len(targets) - 1
		}
		targets[i].files = append(targets[i].files, file)
	}
	if len(targets) == 0 {
		return nil, errors.New("name the folders of packages, or files, below the module's root")
	}
	return targets, nil
}

// includes reports whether a file, by its base name, is to be changed.
func (t target) includes(file string) bool {
	return len(t.files) == 0 || slices.Contains(t.files, file)
}

// tool returns the path of Gremlins, which it builds if need be.
func tool(ctx context.Context) (string, error) {
	path, err := exec.CommandContext(ctx, "go", "tool", "-n", "gremlins").Output()
	if err != nil {
		return "", fmt.Errorf("cannot build gremlins: %w", err)
	}
	return strings.TrimSpace(string(path)), nil
}

// report prints what became of a package's mutants and reports whether that is
// enough. Those that timed out are listed too: a test that does not end notices, one
// that a busy machine kept from ending does not.
func report(out io.Writer, folder string, mutants []mutant) bool {
	mutants = slices.Clone(mutants)
	slices.SortFunc(mutants, func(a, b mutant) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	count := make(map[string]int)
	var lines []string
	excused, unnoticed, negations := 0, 0, 0
	for _, m := range mutants {
		at := fmt.Sprintf("  %s:%d: ", m.file, m.Line)
		if m.reason != "" {
			excused++
			lines = append(lines, at+m.Type+" changes nothing: "+m.reason)
			continue
		}
		count[m.Status]++
		if m.Status != killed {
			lines = append(lines, at+strings.ToLower(m.Status)+" "+m.Type+": "+m.source)
		}
		if !m.noticed() {
			unnoticed++
			if m.Type == negation {
				negations++
			}
		}
	}
	total := len(mutants) - excused
	share := 100.0
	if total > 0 {
		share = 100 * float64(total-unnoticed) / float64(total)
	}
	fmt.Fprintf(out, "%s: %.1f %% of %d noticed: %d killed, %d timed out; %d lived, %d not covered; %d change nothing\n",
		folder, share, total, count[killed], count[timedOut], count[lived], count[notCovered], excused)
	for _, line := range lines {
		fmt.Fprintln(out, line)
	}
	if negations > 0 {
		fmt.Fprintf(out, "  %d negated conditions are not noticed\n", negations)
	}
	return share >= aim && negations == 0
}

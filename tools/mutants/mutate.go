package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/tools/go/packages"
)

// The statuses and the one type that Gremlins writes and this program reads.
const (
	killed     = "KILLED"
	lived      = "LIVED"
	timedOut   = "TIMED OUT"
	notCovered = "NOT COVERED"

	negation = "CONDITIONALS_NEGATION"
)

// mutant is one change of the code. Its line is that of the file in the module,
// its column that of the exposed copy.
type mutant struct {
	Type   string
	Status string
	Line   int
	Column int

	file   string // below the module's root
	source string // the line, without what is around it
	reason string // why nothing can notice it; empty otherwise
}

// noticed reports whether a test failed or did not end.
func (m mutant) noticed() bool { return m.Status == killed || m.Status == timedOut }

// mutate returns what became of the mutants of a package. The module at root is
// only read.
func mutate(ctx context.Context, gremlins, root string, t target, workers int) ([]mutant, error) {
	work, err := os.MkdirTemp("", "mutants-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	module := filepath.Join(work, "module")
	if err := copyModule(root, module); err != nil {
		return nil, err
	}
	if err := removeTestsBelow(filepath.Join(module, t.folder)); err != nil {
		return nil, err
	}
	pkg, err := exposePackage(ctx, module, t)
	if err != nil {
		return nil, err
	}
	result := filepath.Join(work, "mutants.json")
	args := []string{"unleash", "--output", result, "--silent", "--workers", strconv.Itoa(workers),
		// A test that ran for a second before has fifteen to fail.
		"--timeout-coefficient", "15",
		"--invert-logical", "--invert-loopctrl", "--invert-bitwise", "--invert-assignments", "--remove-self-assignments",
		"--exclude-files", "/"}
	for _, name := range excluded(module, t, pkg) {
		args = append(args, "--exclude-files", "^"+regexp.QuoteMeta(name)+"$")
	}
	args = append(args, "./"+t.folder)
	// Without what was built and tested before, Gremlins would take the time of the
	// build for that of the tests.
	warm := exec.CommandContext(ctx, "go", "test", "-cover", "-coverprofile", filepath.Join(work, "cover"), "./"+t.folder)
	if out, err := command(warm, module, work, t.tests).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("the tests fail before anything is changed: %w\n%s", err, end(out))
	}
	if out, err := command(exec.CommandContext(ctx, gremlins, args...), module, work, t.tests).CombinedOutput(); err != nil {
		return nil, errors.Join(ctx.Err(), fmt.Errorf("gremlins: %w\n%s", err, end(out)))
	}
	return read(result, root, t, pkg)
}

// command makes a command run in a module and end with all its children when its
// context ends. No test result is taken from the cache, tests that wait for a clock
// wait together, and vet judges no mutant.
func command(c *exec.Cmd, module, temporary, tests string) *exec.Cmd {
	c.Dir = module
	options := "-count=1 -vet=off -parallel=16"
	if tests != "" {
		options += " '-run=" + tests + "'"
	}
	c.Env = append(os.Environ(), "GOFLAGS="+options, "TMPDIR="+temporary)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = 10 * time.Second
	return c
}

// exposePackage exposes the conditions of a package and loads it.
func exposePackage(ctx context.Context, module string, t target) (*packages.Package, error) {
	files, err := filepath.Glob(filepath.Join(module, t.folder, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || !t.includes(filepath.Base(file)) {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if src, err = expose(file, src); err != nil {
			return nil, err
		}
		if err := os.WriteFile(file, src, 0o644); err != nil {
			return nil, err
		}
	}
	found, err := packages.Load(&packages.Config{Context: ctx, Dir: module, Mode: packages.LoadSyntax}, "./"+t.folder)
	if err != nil {
		return nil, err
	}
	if len(found) != 1 || len(found[0].Errors) > 0 {
		return nil, fmt.Errorf("cannot load the package: %v", found)
	}
	return found[0], nil
}

// excluded returns the files of a package that are not to be changed: those that
// the target leaves out and those of other systems.
func excluded(module string, t target, pkg *packages.Package) []string {
	var names []string
	files, _ := filepath.Glob(filepath.Join(module, t.folder, "*.go"))
	for _, file := range files {
		if !slices.Contains(pkg.CompiledGoFiles, file) || !t.includes(filepath.Base(file)) {
			names = append(names, filepath.Base(file))
		}
	}
	return names
}

// read returns the mutants in a file that Gremlins wrote, but for those that the
// compiler refuses and those outside of functions, which no coverage is known of.
func read(result, root string, t target, pkg *packages.Package) ([]mutant, error) {
	data, err := os.ReadFile(result)
	if err != nil {
		return nil, err
	}
	var all struct {
		Files []struct {
			Name    string   `json:"file_name"`
			Mutants []mutant `json:"mutations"`
		} `json:"files"`
	}
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	var mutants []mutant
	for _, f := range all.Files {
		path := filepath.Join(t.folder, f.Name)
		src, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return nil, err
		}
		lines := strings.Split(string(src), "\n")
		for _, m := range f.Mutants {
			if !viable(pkg, f.Name, m) {
				continue
			}
			m.file, m.source = path, strings.TrimSpace(lines[m.Line-1])
			if !m.noticed() {
				m.reason = equivalent(m)
			}
			mutants = append(mutants, m)
		}
	}
	return mutants, nil
}

// viable reports whether a mutant lies in a function and compiles. Gremlins takes
// one that does not compile for killed.
func viable(pkg *packages.Package, file string, m mutant) bool {
	is := func(pos token.Pos) bool {
		p := pkg.Fset.Position(pos)
		return p.Line == m.Line && p.Column == m.Column
	}
	isString := func(e ast.Expr) bool {
		basic, ok := pkg.TypesInfo.TypeOf(e).Underlying().(*types.Basic)
		return ok && basic.Info()&types.IsString != 0
	}
	found := false
	for _, f := range pkg.Syntax {
		if filepath.Base(pkg.Fset.Position(f.Pos()).Filename) != file {
			continue
		}
		for _, d := range f.Decls {
			if _, ok := d.(*ast.FuncDecl); !ok {
				continue
			}
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.BinaryExpr:
					found = found || is(n.OpPos) && !(n.Op == token.ADD && isString(n.X))
				case *ast.AssignStmt:
					found = found || is(n.TokPos) && !(m.Type == "INVERT_ASSIGNMENTS" && isString(n.Lhs[0]))
				case *ast.UnaryExpr:
					found = found || is(n.OpPos) && n.Op != token.AND
				case *ast.IncDecStmt:
					found = found || is(n.TokPos)
				case *ast.BranchStmt:
					found = found || is(n.TokPos)
				}
				return true
			})
		}
	}
	return found
}

// end returns the last lines of what a command wrote.
func end(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}

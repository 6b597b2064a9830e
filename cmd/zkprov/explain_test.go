package main

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestExplained reads the source of every package and looks whether each name
// that a finding or an error is given can be looked up.
func TestExplained(t *testing.T) {
	made := make(map[string]string)
	var unknown []string
	for _, dir := range []string{"checks", "inventory", "provision"} {
		err := filepath.WalkDir(filepath.Join("../..", dir), func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() && d.Name() != "testdata" {
				unknown = append(unknown, newNaming(t, path).collect(made)...)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(made) < 80 {
		t.Errorf("only %d names were found: is this test blind?", len(made))
	}
	for name, where := range made {
		if e, ok := explain(name); !ok || e.Means == "" || e.Fix == "" {
			t.Errorf("%s: %s cannot be looked up: %+v", where, name, e)
		}
	}
	slices.Sort(unknown)
	if diff := cmp.Diff(handedOn, slices.Compact(unknown)); diff != "" {
		t.Errorf("names that this test cannot follow:\n%s", diff)
	}
}

// handedOn are the expressions that stand for a name and are no constant: the
// names of symptoms, which are in a table of their own, and those that were given
// elsewhere.
var handedOn = []string{"apply.go: .Name", "archive.go: archive.NotRelease", "classify.go: s.name", "failure.go: plan.VoterDown", "obstacle.go: e.Finding.Name", "trial_plan.go: why.Name", "trial_run.go: ending.Name"}

// TestNamesOnce looks whether one name means one thing.
func TestNamesOnce(t *testing.T) {
	seen := make(map[string]string)
	for _, e := range explanations() {
		if means, ok := seen[e.Name]; ok && means != e.Means {
			t.Errorf("%s means both\n%s\nand\n%s", e.Name, means, e.Means)
		}
		seen[e.Name] = e.Means
	}
}

// naming knows how one package gives findings their names.
type naming struct {
	fset   *token.FileSet
	files  []*ast.File
	consts map[string]string
	// takes are the functions that get a name as a parameter, and which one; those
	// of a type begin with a dot.
	takes map[string]int
}

func newNaming(t *testing.T, dir string) *naming {
	t.Helper()
	n := &naming{fset: token.NewFileSet(), consts: make(map[string]string), takes: make(map[string]int)}
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(n.fset, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		n.files = append(n.files, file)
		ast.Inspect(file, func(x ast.Node) bool {
			if spec, ok := x.(*ast.ValueSpec); ok {
				for i, value := range spec.Values {
					if text, ok := literal(value); ok {
						n.consts[spec.Names[i].Name] = text
					}
				}
			}
			return true
		})
	}
	return n
}

func literal(x ast.Expr) (string, bool) {
	lit, ok := x.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	return constant.StringVal(constant.MakeFromLiteral(lit.Value, lit.Kind, 0)), true
}

// collect finds the names; what stands for one and cannot be followed is
// returned.
func (n *naming) collect(made map[string]string) (unknown []string) {
	for before := -1; before != len(n.takes); {
		before = len(n.takes)
		unknown = nil
		for _, file := range n.files {
			n.functions(file, func(name string, params *ast.FieldList, body *ast.BlockStmt) {
				n.names(body, func(x ast.Expr) {
					texts, ok := n.follow(x, body)
					for _, text := range texts {
						made[text] = n.fset.Position(x.Pos()).String()
					}
					if i := parameter(params, x); i >= 0 {
						n.takes[name] = i
					} else if !ok {
						unknown = append(unknown, filepath.Base(n.fset.Position(x.Pos()).Filename)+": "+text(x))
					}
				})
			})
		}
	}
	return unknown
}

// functions are all of a file's, those in variables as well.
func (n *naming) functions(file *ast.File, do func(name string, params *ast.FieldList, body *ast.BlockStmt)) {
	ast.Inspect(file, func(x ast.Node) bool {
		switch x := x.(type) {
		case *ast.FuncDecl:
			name := x.Name.Name
			if x.Recv != nil {
				name = "." + name
			}
			if x.Body != nil {
				do(name, x.Type.Params, x.Body)
			}
		case *ast.AssignStmt:
			if f, ok := x.Rhs[0].(*ast.FuncLit); ok {
				do(n.local(x, text(x.Lhs[0])), f.Type.Params, f.Body)
			}
		}
		return true
	})
}

// local is the name of a function in a variable, which only its file knows.
func (n *naming) local(x ast.Node, name string) string {
	return n.fset.Position(x.Pos()).Filename + ": " + name
}

// names are the expressions in a body that become the name of a finding or an
// error: in a literal of one, or as an argument.
func (n *naming) names(body ast.Node, do func(ast.Expr)) {
	ast.Inspect(body, func(x ast.Node) bool {
		switch x := x.(type) {
		case *ast.AssignStmt:
			if _, ok := x.Rhs[0].(*ast.FuncLit); ok {
				return false // by itself
			}
		case *ast.CompositeLit:
			for _, one := range x.Elts {
				kv, ok := one.(*ast.KeyValueExpr)
				if ok && text(kv.Key) == "Name" && (x.Type == nil || named(x.Type)) && hasMessage(x) {
					do(kv.Value)
				}
			}
		case *ast.CallExpr:
			callee := text(x.Fun)
			callee = callee[max(0, strings.LastIndex(callee, ".")):]
			for _, name := range []string{callee, n.local(x, callee)} {
				if i, ok := n.takes[name]; ok && i < len(x.Args) {
					do(x.Args[i])
				}
			}
		}
		return true
	})
}

func named(x ast.Expr) bool {
	name := text(x)
	return strings.HasSuffix(name, "Finding") || strings.HasSuffix(name, "Error")
}

// hasMessage tells a finding from other things that have a name.
func hasMessage(x *ast.CompositeLit) bool {
	return slices.ContainsFunc(x.Elts, func(one ast.Expr) bool {
		kv, ok := one.(*ast.KeyValueExpr)
		return ok && (text(kv.Key) == "Message" || text(kv.Key) == "Severity")
	})
}

// follow is what an expression may be: a constant, or whatever a variable is
// given in the same body.
func (n *naming) follow(x ast.Expr, body ast.Node) (texts []string, ok bool) {
	if s, ok := literal(x); ok {
		return []string{s}, true
	}
	id, isName := x.(*ast.Ident)
	if !isName {
		return nil, false
	}
	if s, ok := n.consts[id.Name]; ok {
		return []string{s}, true
	}
	ast.Inspect(body, func(y ast.Node) bool {
		assign, isAssign := y.(*ast.AssignStmt)
		if !isAssign || len(assign.Lhs) != len(assign.Rhs) {
			return true
		}
		for i, left := range assign.Lhs {
			if text(left) != id.Name {
				continue
			}
			if more, followed := n.follow(assign.Rhs[i], body); followed {
				texts, ok = append(texts, more...), true
			}
		}
		return true
	})
	return texts, ok
}

// parameter is the place of x among the parameters; -1 where it is none.
func parameter(params *ast.FieldList, x ast.Expr) int {
	i := 0
	for _, field := range params.List {
		for _, name := range field.Names {
			if name.Name == text(x) {
				return i
			}
			i++
		}
	}
	return -1
}

// text is a name as it stands in the source.
func text(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return text(x.X) + "." + x.Sel.Name
	case *ast.StarExpr:
		return text(x.X)
	}
	return ""
}

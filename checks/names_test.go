package checks

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Every name that a finding of this package can have is explained: the constants
// under a comment that begins with "The names of", and nothing else names one.
func TestEveryFindingIsExplained(t *testing.T) {
	constants := make(map[string]string) // identifier to value
	var used []string                    // identifiers that name a finding
	for _, file := range sources(t) {
		for _, d := range file.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST && strings.HasPrefix(g.Doc.Text(), "The names of ") {
				for _, s := range g.Specs {
					value, err := strconv.Unquote(s.(*ast.ValueSpec).Values[0].(*ast.BasicLit).Value)
					if err != nil {
						t.Fatal(err)
					}
					constants[s.(*ast.ValueSpec).Names[0].Name] = value
				}
			}
		}
		used = append(used, named(file)...)
	}
	if len(used) < 30 {
		t.Errorf("found only %d places that make a finding: %v", len(used), used)
	}
	for _, name := range used {
		if _, ok := constants[name]; !ok {
			t.Errorf("a finding is named by %s, which is none of the constants", name)
		}
	}
	for identifier, value := range constants {
		if !slices.Contains(Names(), value) {
			t.Errorf("%s is not explained", value)
		}
		if !slices.Contains(used, identifier) {
			t.Errorf("%s is not used", identifier)
		}
	}
	if len(constants) != len(Names()) {
		t.Errorf("%d names and %d explanations", len(constants), len(Names()))
	}
}

func sources(t *testing.T) []*ast.File {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// ofEndings are the identifiers that name the rows of a list of endings.
func ofEndings(list *ast.CompositeLit) []string {
	array, ok := list.Type.(*ast.ArrayType)
	if !ok {
		return nil
	}
	if id, ok := array.Elt.(*ast.Ident); !ok || id.Name != "ending" {
		return nil
	}
	var names []string
	for _, row := range list.Elts {
		first := row.(*ast.CompositeLit).Elts[0].(*ast.KeyValueExpr)
		names = append(names, first.Value.(*ast.Ident).Name)
	}
	return names
}

// named are the identifiers that name a finding: the first argument of add and
// wait, the field Name of a Finding, the names of the known endings, and what a
// variable called name is set to.
func named(file *ast.File) []string {
	var names []string
	keep := func(e ast.Expr) {
		switch e := e.(type) {
		case *ast.Ident:
			if e.Name != "name" {
				names = append(names, e.Name)
			}
		case *ast.BasicLit:
			names = append(names, e.Value)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "add" || f.Sel.Name == "wait") {
				keep(n.Args[0])
			}
		case *ast.CompositeLit:
			names = append(names, ofEndings(n)...)
			if id, ok := n.Type.(*ast.Ident); !ok || id.Name != "Finding" {
				break
			}
			for _, x := range n.Elts {
				if kv, ok := x.(*ast.KeyValueExpr); ok && kv.Key.(*ast.Ident).Name == "Name" {
					keep(kv.Value)
				}
			}
		case *ast.AssignStmt:
			// name, what := instanceDown, "…"
			if id, ok := n.Lhs[0].(*ast.Ident); ok && id.Name == "name" && len(n.Lhs) == len(n.Rhs) && len(n.Lhs) == 2 {
				keep(n.Rhs[0])
			}
		}
		return true
	})
	return names
}

// Package findingtest compares the findings that a package makes with those that it
// explains.
package findingtest

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

// Explained reads the source of the package in the current folder and fails unless the
// names of its findings are just those that are explained. The names are the constants
// under a comment that begins with "The names of": nothing else names a finding, and each
// of them names one. A package has at least so many places that make a finding.
func Explained(t *testing.T, explained []string, least int) {
	t.Helper()
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
	if len(used) < least {
		t.Errorf("found only %d places that make a finding: %v", len(used), used)
	}
	for _, name := range used {
		if _, ok := constants[name]; !ok {
			t.Errorf("a finding is named by %s, which is none of the constants", name)
		}
	}
	for identifier, value := range constants {
		if !slices.Contains(explained, value) {
			t.Errorf("%s is not explained", value)
		}
		if !slices.Contains(used, identifier) {
			t.Errorf("%s is not used", identifier)
		}
	}
	if len(constants) != len(explained) {
		t.Errorf("%d names and %d explanations", len(constants), len(explained))
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

// named returns the identifiers that name a finding: the first argument of add,
// addLacking and refuse, the field Name of a Finding, the field name that a row of a table begins
// with, and what a variable called name is set to.
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
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && slices.Contains([]string{"add", "addLacking", "refuse"}, f.Sel.Name) {
				keep(n.Args[0])
			}
		case *ast.CompositeLit:
			for i, x := range n.Elts {
				kv, ok := x.(*ast.KeyValueExpr)
				if !ok {
					continue
				}
				key, ok := kv.Key.(*ast.Ident)
				if ok && (isFinding(n.Type) && key.Name == "Name" || n.Type == nil && i == 0 && key.Name == "name") {
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

func isFinding(t ast.Expr) bool {
	switch t := t.(type) {
	case *ast.Ident:
		return t.Name == "Finding"
	case *ast.SelectorExpr:
		return t.Sel.Name == "Finding"
	}
	return false
}

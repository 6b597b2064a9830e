package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCommandsTried reads the source of every package and looks whether each finding
// that says what to type is tried by a test that types it: on hosts, by the table of
// e2e/hints_test.go, or beside the code.
func TestCommandsTried(t *testing.T) {
	// What is not in that table: a file of a host that nobody coordinates
	// (TestTrustMended), a plan that is made anew (TestPlanFile), a roll that goes on and a
	// restart beside changes (TestRoll), servers that come and go (TestHandMade,
	// TestMembership), and the commands of findings that others made.
	elsewhere := []string{"unsafe-inventory", "stale-plan", "roll-stopped", "changes-pending", "outage-needed", "membership-change", "member-unreachable"}
	// Functions that give commands to what was made elsewhere, and what that is called
	// where it had none before.
	handed := map[string]string{"anew": "stale-plan", "As": "", "wanted": "", "dangers": "", "rollFailed": "roll-stopped", "drifted": "drift", "unapplied": "drift", "DisksMissing": "disk-missing", "finding": "restart-needed", "startEmptied": "empty-data", "StuckData": "data-stuck", "unreachable": ""}

	var typed []string
	for _, dir := range []string{"checks", "provision", "cmd", "units"} {
		err := filepath.WalkDir(filepath.Join("../..", dir), func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() && d.Name() != "testdata" {
				typed = append(typed, newNaming(t, path).withCommands(t, handed)...)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	want := slices.Concat(triedOnHosts(t), elsewhere)
	for _, names := range []*[]string{&typed, &want} {
		slices.Sort(*names)
		*names = slices.Compact(*names)
	}
	if diff := cmp.Diff(want, typed); diff != "" {
		t.Errorf("findings that say what to type (-tried +made):\n%s", diff)
	}
}

// withCommands are the names of the findings and errors that are made with commands.
// A function that gives them to something that was made before must be among handed.
func (n *naming) withCommands(t *testing.T, handed map[string]string) []string {
	given := func(function string, x ast.Node) []string {
		name, ok := handed[function]
		switch {
		case !ok:
			t.Errorf("%s: it cannot be told whose commands these are", n.fset.Position(x.Pos()))
			return nil
		case name == "":
			return nil
		}
		return []string{name}
	}
	var names []string
	for _, file := range n.files {
		n.functions(file, func(function string, _ *ast.FieldList, body *ast.BlockStmt) {
			function = strings.TrimPrefix(function, ".")
			ast.Inspect(body, func(x ast.Node) bool {
				switch x := x.(type) {
				case *ast.CompositeLit:
					var name ast.Expr
					has := false
					for _, element := range x.Elts {
						pair, ok := element.(*ast.KeyValueExpr)
						if !ok {
							continue
						}
						key, _ := pair.Key.(*ast.Ident)
						if key != nil && key.Name == "Name" {
							name = pair.Value
						}
						has = has || key != nil && key.Name == "Commands"
					}
					if has {
						if texts, ok := n.follow(name, body); ok {
							names = append(names, texts...)
						} else {
							names = append(names, given(function, x)...)
						}
					}
				case *ast.AssignStmt:
					for _, left := range x.Lhs {
						if field, ok := left.(*ast.SelectorExpr); ok && field.Sel.Name == "Commands" {
							names = append(names, given(function, x)...)
						}
					}
				}
				return true
			})
		})
	}
	return names
}

// triedOnHosts are the findings of the table in e2e/hints_test.go.
func triedOnHosts(t *testing.T) []string {
	file, err := parser.ParseFile(token.NewFileSet(), "../../e2e/hints_test.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(file, func(x ast.Node) bool {
		if pair, ok := x.(*ast.KeyValueExpr); ok {
			if key, ok := pair.Key.(*ast.Ident); ok && key.Name == "finding" {
				if text, ok := literal(pair.Value); ok {
					names = append(names, text)
				}
			}
		}
		return true
	})
	return names
}

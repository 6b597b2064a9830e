package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// copyModule copies the module at root to a new folder, without what is built
// and what Git keeps.
func copyModule(root, to string) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if slices.Contains([]string{".git", "bin", "dist"}, relative) {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		target := filepath.Join(to, relative)
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, info.Mode().Perm())
	})
}

// removeTestsBelow removes the tests of the packages below a folder, which Gremlins would
// run too to see what they cover.
func removeTestsBelow(folder string) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Dir(path) == folder || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		return os.Remove(path)
	})
}

// expose rewrites Go source, on the same lines and with the same meaning, so
// that Gremlins sees every condition in it. Gremlins changes operators only, and
// only where the coverage profile has a block:
//
//   - A condition without an operator, as in "if ok", gets one: "(true == ok)". It stands in
//     front, as a block ends where a function literal begins.
//   - A condition behind case, or behind a function literal in the same if, which no
//     block of a coverage profile includes, becomes the body of a function that is
//     called in its place.
func expose(name string, src []byte) ([]byte, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	inserted := make(map[int]string)
	wrap := func(e ast.Expr, before, after string) {
		start, end := fset.Position(e.Pos()).Offset, fset.Position(e.End()).Offset
		// The outer text is met first: it opens before and closes after the inner.
		inserted[start] += before
		inserted[end] = after + inserted[end]
	}
	condition := func(e ast.Expr) {
		if e := ast.Unparen(e); bare(e) {
			wrap(e, "(true == ", ")")
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			if n.Init != nil && hasFunction(n.Init) {
				wrap(n.Cond, "func() bool { return ", " }()")
			}
			condition(n.Cond)
		case *ast.ForStmt:
			if n.Cond != nil {
				condition(n.Cond)
			}
		case *ast.BinaryExpr:
			if n.Op == token.LAND || n.Op == token.LOR {
				condition(n.X)
				condition(n.Y)
			}
		case *ast.UnaryExpr:
			if n.Op == token.NOT {
				condition(n.X)
			}
		case *ast.SwitchStmt:
			if n.Tag != nil {
				break
			}
			for _, clause := range n.Body.List {
				for _, e := range clause.(*ast.CaseClause).List {
					wrap(e, "func() bool { return ", " }()")
					condition(e)
				}
			}
		}
		return true
	})
	var out bytes.Buffer
	at := 0
	for _, offset := range slices.Sorted(maps.Keys(inserted)) {
		out.Write(src[at:offset])
		out.WriteString(inserted[offset])
		at = offset
	}
	out.Write(src[at:])
	return out.Bytes(), nil
}

// bare reports whether a condition has no operator that Gremlins would change.
func bare(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name != "true" && e.Name != "false"
	case *ast.SelectorExpr, *ast.CallExpr, *ast.IndexExpr, *ast.StarExpr, *ast.TypeAssertExpr:
		return true
	}
	return false
}

// hasFunction reports whether a function literal is part of a statement.
func hasFunction(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		_, is := n.(*ast.FuncLit)
		found = found || is
		return true
	})
	return found
}

// Package factstest makes what tests take facts of.
package factstest

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
)

// Root makes a root folder with these files; a value that begins with "->"
// is a symbolic link, and a name that ends in "/" a folder.
func Root(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		at := filepath.Join(root, name)
		dir := filepath.Dir(at)
		if name[len(name)-1] == '/' {
			dir = at
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		switch {
		case dir == at:
		case len(content) > 2 && content[:2] == "->":
			err = os.Symlink(content[2:], at)
		default:
			err = os.WriteFile(at, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// Addresses parses IP addresses.
func Addresses(texts ...string) []netip.Addr {
	var all []netip.Addr
	for _, text := range texts {
		all = append(all, netip.MustParseAddr(text))
	}
	return all
}

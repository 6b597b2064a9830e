// Package hostpath compares paths on a host: absolute, slash-separated and clean.
package hostpath

import "strings"

// Within reports whether a path is dir or lies below it, by their names: no link is
// followed. It allocates nothing, as it is asked of every two folders of an inventory.
func Within(name, dir string) bool {
	if name == dir {
		return true
	}
	dir = strings.TrimSuffix(dir, "/")
	return len(name) > len(dir) && name[len(dir)] == '/' && strings.HasPrefix(name, dir)
}

package inventory

import (
	"github.com/zkprov/zkprov/internal/finding"
)

// node is a TOML value together with its place in the file, which go-toml's own
// decoding does not keep.
type node struct {
	pos    finding.Position
	kind   string // TOML's name of its type, as in the messages
	scalar string // the text of one
	// fields holds the keys of a table, in the order of the file; items the values of
	// an array.
	fields []field
	items  []*node
	// index maps keys to places in fields, where there are many.
	index map[string]int
}

type field struct {
	key   string
	pos   finding.Position
	value *node
}

const (
	nodeTable = "table"
	nodeArray = "array"
)

// get returns the value at key of a table; nil where there is none, and for a nil node.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	if n.index != nil {
		if i, ok := n.index[key]; ok {
			return n.fields[i].value
		}
		return nil
	}
	for _, f := range n.fields {
		if f.key == key {
			return f.value
		}
	}
	return nil
}

// many is the number of keys from which on a table has an index.
const many = 16

// add appends a key to a table. Of a key that is there twice, get returns the first
// value.
func (n *node) add(f field) {
	n.fields = append(n.fields, f)
	if n.index == nil && len(n.fields) < many {
		return
	}
	from := len(n.fields) - 1
	if n.index == nil {
		n.index, from = make(map[string]int), 0
	}
	for i := from; i < len(n.fields); i++ {
		if key := n.fields[i].key; !n.has(key) {
			n.index[key] = i
		}
	}
}

// has reports whether an index has a key.
func (n *node) has(key string) bool {
	_, ok := n.index[key]
	return ok
}

// table returns the table at key, and makes it where it is missing. For an array of
// tables it returns the last one.
func (n *node) table(key string, pos finding.Position) *node {
	found := n.get(key)
	switch {
	case found == nil:
		found = &node{pos: pos, kind: nodeTable}
		n.add(field{key, pos, found})
	case found.kind == nodeArray && len(found.items) > 0:
		found = found.items[len(found.items)-1]
	}
	return found
}

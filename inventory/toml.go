package inventory

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// node is a TOML value together with its place in the file, which go-toml's own
// decoding does not keep.
type node struct {
	pos    Position
	kind   string // TOML's name of its type, as in the messages
	scalar string // the text of one
	// fields are those of a table, in the order of the file; items those of an array.
	fields []field
	items  []*node
}

type field struct {
	key   string
	pos   Position
	value *node
}

const (
	nodeTable = "table"
	nodeArray = "array"
)

func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	for _, f := range n.fields {
		if f.key == key {
			return f.value
		}
	}
	return nil
}

// table returns the table at key, made where it is missing. Of an array of
// tables it is the last one.
func (n *node) table(key string, pos Position) *node {
	found := n.get(key)
	switch {
	case found == nil:
		found = &node{pos: pos, kind: nodeTable}
		n.fields = append(n.fields, field{key, pos, found})
	case found.kind == nodeArray && len(found.items) > 0:
		found = found.items[len(found.items)-1]
	}
	return found
}

// parseTOML reads a file into nodes. What is not TOML, or sets a key twice, is a
// finding.
func parseTOML(file string, data []byte) (*node, Findings) {
	if rest, ok := strings.CutPrefix(string(data), "\ufeff"); ok {
		data = []byte(rest)
	}
	// go-toml's decoder knows the rules about keys and tables given twice; its
	// parser alone does not.
	var anything map[string]any
	if err := toml.Unmarshal(data, &anything); err != nil {
		f := Finding{Severity: Error, Name: "syntax", Pos: Position{File: file}, Message: strings.TrimPrefix(err.Error(), "toml: ")}
		var at *toml.DecodeError
		if errors.As(err, &at) {
			f.Pos.Line, f.Pos.Column = at.Position()
			f.Message = strings.TrimPrefix(at.Error(), "toml: ")
			if strings.HasSuffix(f.Message, "at start of value") {
				f.Hint = "a string stands in quotes"
			}
		}
		return nil, Findings{f}
	}
	r := reader{file: file}
	r.parser.Reset(data)
	root := &node{kind: nodeTable, pos: Position{File: file, Line: 1, Column: 1}}
	current := root
	for r.parser.NextExpression() {
		expression := r.parser.Expression()
		switch expression.Kind {
		case unstable.Table:
			current = root
			for _, k := range r.keys(expression) {
				current = current.table(k.name, k.pos)
			}
		case unstable.ArrayTable:
			current = root
			keys := r.keys(expression)
			last := keys[len(keys)-1]
			for _, k := range keys[:len(keys)-1] {
				current = current.table(k.name, k.pos)
			}
			array := current.get(last.name)
			if array == nil {
				array = &node{pos: last.pos, kind: nodeArray}
				current.fields = append(current.fields, field{last.name, last.pos, array})
			}
			current = &node{pos: last.pos, kind: nodeTable}
			array.items = append(array.items, current)
		case unstable.KeyValue:
			r.keyValue(current, expression)
		}
	}
	if err := r.parser.Error(); err != nil {
		return nil, Findings{{Severity: Error, Name: "syntax", Pos: Position{File: file}, Message: err.Error()}}
	}
	return root, nil
}

type reader struct {
	file   string
	parser unstable.Parser
}

type keyPart struct {
	name string
	pos  Position
}

func (r *reader) keys(n *unstable.Node) []keyPart {
	var parts []keyPart
	for it := n.Key(); it.Next(); {
		parts = append(parts, keyPart{string(it.Node().Data), r.position(it.Node())})
	}
	return parts
}

func (r *reader) position(n *unstable.Node) Position {
	start := r.parser.Shape(n.Raw).Start
	return Position{File: r.file, Line: start.Line, Column: start.Column}
}

func (r *reader) keyValue(into *node, n *unstable.Node) {
	keys := r.keys(n)
	last := keys[len(keys)-1]
	for _, k := range keys[:len(keys)-1] {
		into = into.table(k.name, k.pos)
	}
	into.fields = append(into.fields, field{last.name, keys[0].pos, r.value(n.Value(), keys[0].pos)})
}

// value reads a value; arrays and tables have no place of their own in go-toml
// and get that of their key.
func (r *reader) value(n *unstable.Node, at Position) *node {
	v := &node{pos: at, scalar: string(n.Data)}
	switch n.Kind {
	case unstable.Array:
		v.kind = nodeArray
		for it := n.Children(); it.Next(); {
			v.items = append(v.items, r.value(it.Node(), at))
		}
		return v
	case unstable.InlineTable:
		v.kind = nodeTable
		for it := n.Children(); it.Next(); {
			r.keyValue(v, it.Node())
		}
		if len(v.fields) > 0 {
			v.pos = v.fields[0].pos
		}
		return v
	case unstable.String:
		v.kind = "string"
	case unstable.Integer:
		v.kind = "integer"
	case unstable.Float:
		v.kind = "float"
	case unstable.Bool:
		v.kind = "boolean"
	default:
		v.kind = "date or time"
	}
	if n.Raw.Length > 0 {
		v.pos = r.position(n)
	}
	return v
}

// article is "a table", "an integer".
func article(what string) string {
	if strings.ContainsAny(what[:1], "aeiou") {
		return "an " + what
	}
	return fmt.Sprintf("a %s", what)
}

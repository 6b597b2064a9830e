package inventory

import (
	"bytes"
	"errors"
	"sort"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/zkprov/zkprov/internal/finding"
)

// parseTOML reads a file into nodes. A file that leaves the bounds of an inventory, is
// not TOML, or sets a key twice, gives a finding and no nodes; values without quotes are
// found and taken for strings. Where there are more
// keys than can be compared, whole is false: then a key may be there twice, and no
// ensemble may be made of the nodes.
func parseTOML(file string, data []byte) (root *node, whole bool, found finding.Findings) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if isUTF16(data) {
		return nil, false, finding.Findings{{Severity: finding.Error, Name: "syntax", Pos: finding.Position{File: file, Line: 1, Column: 1}, Message: "the file is in UTF-16", Hint: "save it as UTF-8"}}
	}
	if f, ok := scan(file, data); !ok {
		return nil, false, finding.Findings{f}
	}
	s, found := quoteWords(file, data)
	root, unique, err := s.nodes()
	var long *longKeyError
	switch {
	case errors.As(err, &long):
		return nil, false, finding.Findings{tooLarge(long.pos, "a key has more than %d bytes", maxKey)}
	case unique > maxUnique && err != nil:
		return nil, false, append(found, syntaxError(s, data, err))
	case unique > maxUnique:
		return root, false, found
	}
	// go-toml's decoder knows the rules about keys and tables given twice; its
	// parser alone does not. It compares every key with all others.
	var anything map[string]any
	if err := toml.Unmarshal(s.data, &anything); err != nil {
		return nil, false, append(found, syntaxError(s, data, err))
	}
	if err != nil {
		return nil, false, append(found, syntaxError(s, data, err))
	}
	return root, true, found
}

// syntaxError turns an error of the decoder or of the parser into a finding; data is the
// text as it stands in the file.
func syntaxError(s source, data []byte, err error) finding.Finding {
	f := finding.Finding{Severity: finding.Error, Name: "syntax", Pos: finding.Position{File: s.places.file}, Message: clipWords(strings.TrimPrefix(err.Error(), "toml: "))}
	var at *toml.DecodeError
	var parser *unstable.ParserError
	switch {
	case errors.As(err, &at):
		f.Pos.Line, f.Pos.Column = at.Position()
		f.Message = clipWords(strings.TrimPrefix(at.Error(), "toml: "))
	case errors.As(err, &parser):
		f.Pos = s.places.at(s.offset(parser))
	}
	if strings.HasSuffix(f.Message, "at start of value") {
		f.Hint = "a string stands in quotes"
	}
	return nameCharacter(f, data)
}

// nodes reads a text into nodes, up to the first error. It does not notice keys
// that are there twice. unique counts the keys and inline tables that a decoder
// compares with one another to find those.
func (s source) nodes() (root *node, unique int, err error) {
	r := reader{places: s.places}
	r.parser.Reset(s.data)
	root = &node{kind: nodeTable, pos: finding.Position{File: s.places.file, Line: 1, Column: 1}}
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
				current.add(field{last.name, last.pos, array})
			}
			current = &node{pos: last.pos, kind: nodeTable}
			array.items = append(array.items, current)
		case unstable.KeyValue:
			r.keyValue(current, expression)
		}
	}
	if r.long != nil {
		return nil, r.unique, r.long
	}
	return root, r.unique, r.parser.Error()
}

type reader struct {
	places places
	parser unstable.Parser
	unique int
	// long is the first key that is too long.
	long *longKeyError
}

// longKeyError is the error for a key of more than maxKey bytes.
type longKeyError struct{ pos finding.Position }

func (e *longKeyError) Error() string { return e.pos.String() + ": long key" }

// places turns offsets into positions.
type places struct {
	file  string
	lines []int // where each line begins
	// inserted lists the offsets of what is parsed and does not stand in the file, a byte each.
	inserted []int
}

func newPlaces(file string, data []byte) places {
	p := places{file: file, lines: []int{0}}
	for i, c := range data {
		if c == '\n' {
			p.lines = append(p.lines, i+1)
		}
	}
	return p
}

func (p places) at(offset int) finding.Position {
	offset -= sort.SearchInts(p.inserted, offset)
	line := sort.SearchInts(p.lines, offset+1)
	return finding.Position{File: p.file, Line: line, Column: offset - p.lines[line-1] + 1}
}

type keyPart struct {
	name string
	pos  finding.Position
}

func (r *reader) keys(n *unstable.Node) []keyPart {
	var parts []keyPart
	for it := n.Key(); it.Next(); {
		part := keyPart{string(it.Node().Data), r.position(it.Node())}
		if len(part.name) > maxKey && r.long == nil {
			r.long = &longKeyError{part.pos}
		}
		parts = append(parts, part)
	}
	r.unique += len(parts)
	return parts
}

func (r *reader) position(n *unstable.Node) finding.Position {
	return r.places.at(int(n.Raw.Offset))
}

func (r *reader) keyValue(into *node, n *unstable.Node) {
	keys := r.keys(n)
	last := keys[len(keys)-1]
	for _, k := range keys[:len(keys)-1] {
		into = into.table(k.name, k.pos)
	}
	into.add(field{last.name, keys[0].pos, r.value(n.Value(), keys[0].pos)})
}

// value reads a value; arrays and tables have no place of their own in go-toml
// and get that of their key.
func (r *reader) value(n *unstable.Node, at finding.Position) *node {
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
		r.unique++
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

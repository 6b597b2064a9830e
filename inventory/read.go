package inventory

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/zkprov/zkprov/internal/finding"
)

// ReadFile returns the text of the inventory in a regular file. It refuses anything
// else: reading a pipe that nobody writes to would never end. Each of allowed is asked
// about the open file before it is read, and its error is returned.
func ReadFile(path string, allowed ...func(path string, info fs.FileInfo) error) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot read the inventory: %w%s; zkprov init writes one", err, strange(path, Plain))
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the inventory: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot read the inventory: %w", err)
	case info.IsDir():
		return nil, fmt.Errorf("cannot read the inventory: %s is a folder", path)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("cannot read the inventory: %s is no regular file; zkprov reads standard input where the path is -", path)
	}
	for _, allow := range allowed {
		if err := allow(path, info); err != nil {
			return nil, err
		}
	}
	return ReadStream(path, f)
}

// ReadStream returns the text of an inventory that comes from elsewhere, up to a bound;
// file is its name, for messages.
func ReadStream(file string, r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read the inventory: %w", err)
	}
	if len(data) > maxSize {
		return nil, fmt.Errorf("cannot read the inventory: %s has more than the %d bytes that are read", file, maxSize)
	}
	return data, nil
}

// Read judges the text of an inventory; file is its name, for messages. The rules are
// asked where the inventory is well-formed enough to be an Ensemble; where it is not,
// the ensemble is nil.
func Read(file string, data []byte, rules ...Rule) (*Ensemble, finding.Findings) {
	root, whole, syntax := parseTOML(file, data)
	if root == nil {
		return nil, syntax
	}
	var c Collector
	conform(root, schema(), "", &c)
	if !whole && !c.failed() {
		c.Add(tooLarge(root.pos, "the file has more than %s keys", thousands(maxUnique)))
	}
	shape := c.Findings()
	var much Collector
	amount(root, &much)
	if !whole || much.failed() {
		return nil, merged(syntax, shape, much.Findings())
	}
	d := decode(file, root)
	judged := validate(d)
	all := []finding.Findings{syntax, shape, judged}
	if !syntax.Failed() && !shape.Failed() && !judged.Failed() {
		all = append(all, advice(d.ensemble))
	}
	for _, rule := range rules {
		all = append(all, rule(d.ensemble))
	}
	for i := range all {
		all[i] = slices.DeleteFunc(all[i], func(f finding.Finding) bool { return f.Severity != finding.Error && d.ensemble.Ignored(f.Name) })
	}
	return d.ensemble, merged(all...)
}

// decoded is an ensemble with the nodes that it was made from, for the places
// of what is wrong.
type decoded struct {
	ensemble  *Ensemble
	root      *node
	hosts     []*node   // as Ensemble.Hosts
	instances [][]*node // as Host.Instances
}

// at returns the place of the value at a path of keys, or of the innermost table that
// is there.
func (n *node) at(path ...string) finding.Position {
	for _, key := range path {
		sub := n.get(key)
		if sub == nil {
			break
		}
		n = sub
	}
	return n.pos
}

// tables returns the tables of the array at key.
func (n *node) tables(key string) []*node {
	var ts []*node
	if array := n.get(key); array != nil && array.kind == nodeArray {
		for _, item := range array.items {
			if item.kind == nodeTable {
				ts = append(ts, item)
			}
		}
	}
	return ts
}

// empty reports whether it is an array without items.
func (n *node) empty() bool { return n != nil && n.kind == nodeArray && len(n.items) == 0 }

// holds reports whether a value of that type is at key.
func (n *node) holds(key string, k kind) bool {
	v := n.get(key)
	return v != nil && v.kind == string(k)
}

// text returns the string at key, or otherwise where there is none.
func (n *node) text(key, otherwise string) string {
	if v := n.get(key); v != nil && v.kind == string(text) {
		return v.scalar
	}
	return otherwise
}

// integer returns the integer at key, or otherwise where there is none. One below -1 or
// beyond an int32 is -1, which is out of every range.
func (n *node) integer(key string, otherwise int) int {
	if v := n.get(key); v != nil && v.kind == string(integer) {
		if i, ok := parseInteger(v.scalar); ok && i >= -1 && i <= math.MaxInt32 {
			return int(i)
		}
		return -1 // out of every range
	}
	return otherwise
}

// parseInteger reads an integer as TOML writes it: 0x, 0o, 0b and underscores.
func parseInteger(s string) (int64, bool) {
	n, err := strconv.ParseInt(strings.ReplaceAll(strings.TrimPrefix(s, "+"), "_", ""), 0, 64)
	return n, err == nil
}

// boolean returns the boolean at key, or otherwise where there is none.
func (n *node) boolean(key string, otherwise bool) bool {
	if v := n.get(key); v != nil && v.kind == string(boolean) {
		return v.scalar == "true"
	}
	return otherwise
}

// moment returns the moment at key; the zero time where there is none, or where it has
// no offset and so may be any of several.
func (n *node) moment(key string) time.Time {
	if v := n.get(key); v != nil && v.kind == string(moment) {
		t, err := time.Parse(time.RFC3339Nano, strings.Replace(v.scalar, " ", "T", 1))
		if err == nil {
			return t
		}
	}
	return time.Time{}
}

// texts returns the strings of the array at key, or otherwise where there is none.
func (n *node) texts(key string, otherwise []string) []string {
	v := n.get(key)
	if v == nil || v.kind != nodeArray {
		return otherwise
	}
	var all []string
	for _, item := range v.items {
		if item.kind == string(text) {
			all = append(all, item.scalar)
		}
	}
	return all
}

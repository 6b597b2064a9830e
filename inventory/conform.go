package inventory

import (
	"fmt"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
)

// conform compares what the file holds with the schema, and adds a finding for each
// unknown key, each value of another type, and each missing key. path names the table
// for messages.
func conform(n *node, k key, path string, found *Collector) {
	add := func(pos finding.Position, name, message, hint string) {
		found.Add(finding.Finding{Pos: pos, Severity: finding.Error, Name: name, Message: message, Hint: hint})
	}
	for _, f := range n.fields {
		sub, ok := k.find(f.key)
		if !ok && found.Full() {
			found.Skip(finding.Error, f.pos)
			continue
		}
		if !ok {
			add(f.pos, "unknown-key", fmt.Sprintf("%s has no key %q%s", place(path), Clip(f.key), strange(f.key, Plain)), suggestion(k, path, f.key))
			continue
		}
		full := strings.TrimPrefix(path+"."+f.key, ".")
		wrong := func(v *node) {
			add(v.pos, "wrong-type", fmt.Sprintf("%s must be %s, and is %s", full, article(string(sub.kind)), article(v.kind)), "")
		}
		holds := func(item *node) {
			add(item.pos, "wrong-type", fmt.Sprintf("%s must be %s, and holds %s", full, article(string(sub.kind)), article(item.kind)), "")
		}
		switch v := f.value; sub.kind {
		case table:
			if v.kind != nodeTable {
				wrong(v)
				continue
			}
			conform(v, sub, full, found)
		case tables:
			if v.kind != nodeArray {
				hint := "write " + f.key + " = [ { … } ]"
				if path == "" {
					hint = "write [[" + f.key + "]], with two brackets"
				}
				add(f.pos, "wrong-type", fmt.Sprintf("%s must be %s, and is %s", full, article(string(sub.kind)), article(v.kind)), hint)
				continue
			}
			for _, item := range v.items {
				if item.kind != nodeTable {
					holds(item)
					continue
				}
				conform(item, sub, full, found)
			}
		case texts:
			if v.kind != nodeArray {
				add(v.pos, "wrong-type", fmt.Sprintf("%s must be %s, and is %s", full, article(string(sub.kind)), article(v.kind)), fmt.Sprintf("write %s = [%q]", f.key, Clip(v.scalar)))
				continue
			}
			for _, item := range v.items {
				if item.kind != string(text) {
					holds(item)
				}
			}
		case addresses:
			switch {
			case v.kind == string(text):
			case v.kind != nodeArray:
				wrong(v)
			case len(v.items) == 0:
				add(v.pos, "bad-address", full+" has none", "")
			}
			for _, item := range v.items {
				if item.kind != string(text) {
					holds(item)
				}
			}
		case scalars:
			if v.kind != nodeTable {
				wrong(v)
				continue
			}
			conformScalars(v, full, found)
		default:
			if v.kind != string(sub.kind) {
				wrong(v)
			}
		}
	}
	for _, sub := range k.keys {
		if sub.required && n.get(sub.name) == nil {
			what := article(sub.name)
			if path == "" {
				what = "a [[" + sub.name + "]]"
			}
			add(n.pos, "missing-key", fmt.Sprintf("%s needs %s", place(path), what), "")
		}
	}
}

// conformScalars judges a table of ZooKeeper's keys, whose dots TOML takes for tables:
// a.b and "a.b" are one key to ZooKeeper and two to TOML.
func conformScalars(n *node, path string, found *Collector) {
	first := make(map[string]finding.Position)
	var walk func(prefix string, n *node)
	walk = func(prefix string, n *node) {
		for _, f := range n.fields {
			key := prefix + f.key
			switch f.value.kind {
			case "string", "integer", "boolean", "float":
				if pos, again := first[key]; again {
					found.Add(finding.Finding{Pos: f.pos, Severity: finding.Error, Name: "syntax",
						Message: fmt.Sprintf("%s sets %s twice, first at line %d", path, Clip(key), pos.Line)})
					continue
				}
				first[key] = f.pos
			case nodeTable:
				walk(key+".", f.value)
			default:
				found.Add(finding.Finding{Pos: f.value.pos, Severity: finding.Error, Name: "wrong-type",
					Message: fmt.Sprintf("%s in %s must be a string, an integer or a boolean, and is %s", Clip(key), path, article(f.value.kind))})
			}
		}
	}
	walk("", n)
}

func place(path string) string {
	switch path {
	case "":
		return "the inventory"
	case "host":
		return "a [[host]]"
	case "host.instance":
		return "an instance"
	}
	return "[" + path + "]"
}

// suggestion returns what a user may have meant by a key that the table has not.
func suggestion(k key, path, name string) string {
	var names []string
	for _, sub := range k.keys {
		names = append(names, sub.name)
	}
	if near := Nearest(name, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if path == "host" {
		switch name := normalKey(name); {
		case name == "id":
			return "id belongs to an instance: instance = [ { id = … } ]"
		case mustFind(schema(), "host", "instance").has(name):
			return fmt.Sprintf("%s belongs to an instance: instance = [ { id = 1, %s = … } ]", name, name)
		}
	}
	for _, top := range schema().keys {
		if top.kind == table && top.has(name) {
			return fmt.Sprintf("%s belongs under [%s]", name, top.name)
		}
	}
	if strings.IndexFunc(name, func(r rune) bool { return r >= 'A' && r <= 'Z' }) > 0 || name == "server" {
		return "ZooKeeper's own keys belong under [zoo_cfg]"
	}
	return "it has " + strings.Join(names, ", ")
}

func mustFind(k key, path ...string) key {
	for _, name := range path {
		k, _ = k.find(name)
	}
	return k
}

// normalKey turns camelCase and kebab-case into the inventory's own spelling.
func normalKey(name string) string {
	var b strings.Builder
	for _, r := range name {
		switch {
		case r >= 'A' && r <= 'Z':
			b.WriteByte('_')
			b.WriteRune(r - 'A' + 'a')
		case r == '-':
			b.WriteByte('_')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// article returns the word with its article: "a table", "an integer".
func article(what string) string {
	if strings.ContainsAny(what[:1], "aeiou") && what != "url" {
		return "an " + what
	}
	return fmt.Sprintf("a %s", what)
}

package inventory

import (
	"fmt"
	"strings"
)

// conform compares what the file holds with the schema: keys that nobody knows,
// values of another type, and what is missing. path names the table for
// messages.
func conform(n *node, k key, path string) Findings {
	var found Findings
	add := func(pos Position, name, message, hint string) {
		found = append(found, Finding{Pos: pos, Severity: Error, Name: name, Message: message, Hint: hint})
	}
	for _, f := range n.fields {
		sub, ok := k.find(f.key)
		if !ok {
			add(f.pos, "unknown-key", fmt.Sprintf("%s has no key %q", place(path), f.key), suggestion(k, path, f.key))
			continue
		}
		full := strings.TrimPrefix(path+"."+f.key, ".")
		wrong := func(v *node) {
			add(v.pos, "wrong-type", fmt.Sprintf("%s must be %s, and is %s", full, article(string(sub.kind)), article(v.kind)), "")
		}
		switch v := f.value; sub.kind {
		case table:
			if v.kind != nodeTable {
				wrong(v)
				continue
			}
			found = append(found, conform(v, sub, full)...)
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
					wrong(item)
					continue
				}
				found = append(found, conform(item, sub, full)...)
			}
		case texts:
			if v.kind != nodeArray {
				add(v.pos, "wrong-type", fmt.Sprintf("%s must be %s, and is %s", full, article(string(sub.kind)), article(v.kind)), fmt.Sprintf("write %s = [%q]", f.key, v.scalar))
				continue
			}
			for _, item := range v.items {
				if item.kind != string(text) {
					wrong(item)
				}
			}
		case scalars:
			if v.kind != nodeTable {
				wrong(v)
				continue
			}
			found = append(found, conformScalars(v, full)...)
		default:
			if v.kind != string(sub.kind) {
				wrong(v)
			}
		}
	}
	for _, sub := range k.keys {
		if sub.required && n.get(sub.name) == nil {
			add(n.pos, "missing-key", fmt.Sprintf("%s needs %s", place(path), article(sub.name)), "")
		}
	}
	return found
}

// conformScalars looks at a table of ZooKeeper's keys, whose dots TOML takes for
// tables.
func conformScalars(n *node, path string) Findings {
	var found Findings
	for _, f := range n.fields {
		switch f.value.kind {
		case "string", "integer", "boolean", "float":
		case nodeTable:
			found = append(found, conformScalars(f.value, path)...)
		default:
			found = append(found, Finding{Pos: f.value.pos, Severity: Error, Name: "wrong-type",
				Message: fmt.Sprintf("%s in %s must be a string, an integer or a boolean, and is %s", f.key, path, article(f.value.kind))})
		}
	}
	return found
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

// suggestion is what a user may have meant by a key that the table has not.
func suggestion(k key, path, name string) string {
	var names []string
	for _, sub := range k.keys {
		names = append(names, sub.name)
	}
	if near := Nearest(name, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if path == "host" {
		if _, ok := mustFind(schema(), "host", "instance").find(normalKey(name)); ok {
			return fmt.Sprintf("%s belongs to an instance: instance = [ { id = 1, %s = … } ]", normalKey(name), normalKey(name))
		}
	}
	for _, top := range schema().keys {
		if _, ok := top.find(name); ok && top.kind == table {
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

// normalKey is camelCase or kebab-case in the inventory's own spelling.
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

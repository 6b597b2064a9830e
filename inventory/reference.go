package inventory

import (
	"fmt"
	"strings"
)

// Reference returns a description of every key of an inventory, in Markdown.
func Reference() []byte {
	var b strings.Builder
	var describe func(path string, k key)
	describe = func(path string, k key) {
		title := "[" + path + "]"
		switch path {
		case "host":
			title = "[[host]]"
		case "host.instance":
			title = "instance, inside a [[host]]"
		case "host.match":
			title = "match, inside a [[host]]"
		}
		fmt.Fprintf(&b, "\n### `%s`\n\n%s\n\n", title, k.meaning)
		if len(k.keys) == 0 {
			return
		}
		b.WriteString("| key | type | default | unit | meaning |\n|---|---|---|---|---|\n")
		for _, sub := range k.keys {
			def := sub.def
			switch {
			case sub.required:
				def = "**required**"
			case strings.HasPrefix(def, `"`) || strings.HasPrefix(def, "<") || sub.kind == integer || sub.kind == boolean || def == "[]":
				def = "`" + def + "`"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", sub.name, sub.kind, def, sub.unit, sub.meaning)
		}
		for _, sub := range k.keys {
			// What may stand at the top as well is described there.
			_, above := schema().find(sub.name)
			if sub.kind == tables || sub.kind == table && path != "" && !above {
				describe(path+"."+sub.name, sub)
			}
		}
	}
	for _, top := range schema().keys {
		describe(top.name, top)
	}
	return []byte(b.String())
}

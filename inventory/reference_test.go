package inventory

import (
	"fmt"
	"strings"
	"testing"
)

func TestReferenceHasEveryKey(t *testing.T) {
	reference := string(Reference())
	var visit func(k key, path string)
	visit = func(k key, path string) {
		for _, sub := range k.keys {
			if row := fmt.Sprintf("\n| `%s` | %s |", sub.name, sub.kind); path != "" && !strings.Contains(reference, row) {
				t.Errorf("%s.%s is not in a table", path, sub.name)
			}
			if sub.meaning == "" || !strings.Contains(reference, sub.meaning) {
				t.Errorf("%s.%s is not explained", path, sub.name)
			}
			visit(sub, strings.TrimPrefix(path+"."+sub.name, "."))
		}
	}
	visit(schema(), "")
	for _, title := range []string{"### `[ensemble]`\n", "### `[[host]]`\n", "### `instance, inside a [[host]]`\n"} {
		if !strings.Contains(reference, title) {
			t.Errorf("there is no %q", title)
		}
	}
}

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/zoocfg"
)

// TestReference wants the generated pages of docs/ to be what the tables in the
// code say; make docs writes them anew.
func TestReference(t *testing.T) {
	for name, want := range map[string][]byte{
		"inventory.md": inventoryPage(),
		"findings.md":  findingsPage(),
		"versions.md":  versionsPage(),
	} {
		path := filepath.Join("../../docs", name)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("docs/%s is not as the code says; run make docs:\n%s", name, diff)
		}
	}
}

const written = "<!-- Written by make docs from the tables in the code. -->\n\n"

func inventoryPage() []byte {
	var b bytes.Buffer
	b.WriteString(written)
	b.WriteString(`# The inventory

One TOML file describes one ensemble: its hosts, the instances on them, and ZooKeeper's own settings. ` + "`zkprov init`" + ` writes one to begin with, ` +
		"`zkprov validate`" + ` says everything that is wrong with one, with file:line:column. Unknown keys are errors. Examples lie in [examples/](../examples).

What is set for an instance is laid over what is set for its host, and that over what is set for all.

## Keys
`)
	b.Write(inventory.Reference())
	b.WriteString(addressesSection)
	b.WriteString(`
## ZooKeeper's own keys

Under ` + "`[zoo_cfg]`" + ` stand ZooKeeper's keys in ZooKeeper's spelling. ZooKeeper itself takes a key that it does not know for a system property, without a word; zkprov
knows which keys the release really reads and refuses the others. Which releases read a key is from their class files, 3.4.14 to 3.9.5.
`)
	b.Write(zoocfg.Reference())
	return b.Bytes()
}

func findingsPage() []byte {
	var b bytes.Buffer
	b.WriteString(written)
	b.WriteString("# Findings\n\nWhat zkprov finds has a name, in brackets at the end of its line. `zkprov explain NAME` says the same as this page. Warnings and notices are silenced by name, `ignore = [\"zk-eol\"]` under `[ensemble]`; what is critical cannot be, but for ensemble-beside.\n")
	for _, name := range explainable() {
		e, _ := explain(name)
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n%s\n", e.Name, strings.TrimSpace(e.Means), strings.TrimSpace(e.Fix))
	}
	return b.Bytes()
}

package zoocfg

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
)

// lintCase is an inventory and all that Lint finds in it.
type lintCase struct {
	text string
	want []string
}

func lint(t *testing.T, text string) inventory.Findings {
	t.Helper()
	found := Lint(ensemble(t, text))
	found.Sort()
	return found
}

// cfg is an inventory of three hosts; its settings begin on line 2.
func cfg(settings string) string { return "[zoo_cfg]\n" + settings + "\n" + threeHosts }

func lintCases() map[string]lintCase {
	all := keyCases()
	maps.Copy(all, valueCases())
	maps.Copy(all, combinationCases())
	maps.Copy(all, differenceCases())
	return all
}

func TestLint(t *testing.T) {
	for name, test := range lintCases() {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range lint(t, test.text) {
				got = append(got, f.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings differ (-want +got):\n%s\nof:\n%s", diff, test.text)
			}
		})
	}
}

func TestEveryFindingIsExplained(t *testing.T) {
	produced := make(map[string]bool)
	for _, test := range lintCases() {
		for _, f := range lint(t, test.text) {
			produced[f.Name] = true
		}
	}
	var explained []string
	for _, e := range Explanations() {
		explained = append(explained, e.Name)
		if e.Means == "" || e.Fix == "" {
			t.Errorf("%s has no explanation", e.Name)
		}
	}
	slices.Sort(explained)
	if diff := cmp.Diff(explained, slices.Sorted(maps.Keys(produced))); diff != "" {
		t.Errorf("explained and found differ (-explained +found):\n%s", diff)
	}
}

// Every default of ZooKeeper that is a value may be written down.
func TestLintTakesDefaults(t *testing.T) {
	for _, g := range keys() {
		for _, k := range g.keys {
			if k.ours != "" || k.flag != "" || strings.ContainsAny(k.def, " (") || k.def == "all" {
				continue
			}
			literal := fmt.Sprintf("%q", k.def)
			if k.def == "" {
				literal = map[kind]string{text: `"x"`, number: "2281", boolean: "true"}[k.kind]
			}
			netty := `serverCnxnFactory = "org.apache.zookeeper.server.NettyServerCnxnFactory"` + "\n"
			if k.name == "serverCnxnFactory" {
				netty = ""
			}
			text := version("3.9.5") + cfg(netty+fmt.Sprintf("%q = %s", k.name, literal))
			for _, f := range lint(t, text) {
				t.Error(f)
			}
		}
	}
}

// What the documentation calls differently is said with the right name.
func TestLintRenamed(t *testing.T) {
	for old, now := range renamed() {
		found := lint(t, cfg(old+" = 1"))
		if len(found) != 1 || found[0].Name != keyRenamed || found[0].Hint != "write "+now {
			t.Errorf("%s: %v", old, found)
		}
	}
}

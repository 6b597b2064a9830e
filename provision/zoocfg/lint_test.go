package zoocfg

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// lintCase is an inventory and all that Lint finds in it.
type lintCase struct {
	text string
	want []string
}

func lint(t *testing.T, text string) finding.Findings {
	t.Helper()
	found := Lint(ensemble(t, text))
	found.SortByPosition()
	return found
}

// judged returns all that is found in an inventory.
func judged(text string) finding.Findings {
	_, found := inventory.Read("zk.toml", []byte(text), Lint)
	return found
}

// cfg returns an inventory of three hosts; its settings begin on line 2.
func cfg(settings string) string { return "[zoo_cfg]\n" + settings + "\n" + threeHosts }

func lintCases() map[string]lintCase {
	all := keyCases()
	maps.Copy(all, valueCases())
	maps.Copy(all, combinationCases())
	maps.Copy(all, differenceCases())
	maps.Copy(all, uncheckedCases())
	maps.Copy(all, flagCases())
	maps.Copy(all, securityCases())
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

// TestLintTakesDefaults wants every default of ZooKeeper that is a value to be
// accepted.
func TestLintTakesDefaults(t *testing.T) {
	for _, g := range tabled().groups {
		for _, k := range g.keys {
			if k.ours != "" || k.flag("3.9.5") != "" || !k.known("3.9.5") || strings.ContainsAny(k.def, " (") || k.def == "all" {
				continue
			}
			literal := fmt.Sprintf("%q", k.def)
			if k.def == "" {
				literal = map[kind]string{text: `"x"`, number: "2281", boolean: "true", onOff: `""`, fraction: "0.5"}[k.kind]
			}
			netty := `serverCnxnFactory = "org.apache.zookeeper.server.NettyServerCnxnFactory"` + "\n"
			switch k.name {
			case "serverCnxnFactory":
				netty = ""
			case "secureClientPort":
				netty += "ssl.keyStore.location = \"/k\"\nssl.trustStore.location = \"/t\"\n"
			}
			if k.ofPrometheus() {
				netty += fmt.Sprintf("metricsProvider.className = %q\n", prometheusProvider)
			}
			text := version("3.9.5") + cfg(netty+fmt.Sprintf("%q = %s", k.name, literal))
			for _, f := range lint(t, text) {
				t.Error(f)
			}
		}
	}
}

// TestLintRenamed wants a key that the documentation names differently to be found with
// the right name.
func TestLintRenamed(t *testing.T) {
	for old, now := range renamed() {
		found := lint(t, cfg(old+" = 1"))
		if len(found) != 1 || found[0].Name != keyRenamed || found[0].Hint != "write "+now {
			t.Errorf("%s: %v", old, found)
		}
	}
}

// TestLongAndStrange looks whether values are cut in messages, and whether a character is
// named that no eye tells from another.
func TestLongAndStrange(t *testing.T) {
	long := strings.Repeat("é", 100)
	for text, want := range map[string]string{
		"\"" + long + "\" = 1":                    "ZooKeeper 3.6.3 does not read " + long[:80] + "… (100 characters)",
		"\"zookeeper." + long + "\" = 1":          "; write " + long[:80] + "… (100 characters)",
		"tickTime = \"" + long + "\"":             "tickTime is \"" + long[:80] + "… (100 characters)\", and must be a whole number",
		"quorumListenOnAllIPs = \"" + long + "\"": "quorumListenOnAllIPs is \"" + long[:80] + "… (100 characters)\", and must be true or false",
		"\"tick‐Time\" = 1":                       `does not read tick‐Time: its character 5 is U+2010 HYPHEN, which looks like "-" (hyphen-minus); did you mean tickTime?`,
		"tickTime = \"２000\"":                     `must be a whole number (ms): its character 1 is U+FF12 FULLWIDTH DIGIT TWO, which looks like "2"`,
		"quorumListenOnAllIPs = \"truе\"":         `must be true or false: its character 4 is U+0435 CYRILLIC SMALL LETTER IE, which looks like "e"`,
	} {
		found := lint(t, cfg(text))
		if len(found) == 0 || !strings.Contains(found[0].String(), want) {
			t.Errorf("got %.400v, want %s", found, want)
		}
		for _, f := range found {
			if len(f.String()) > 900 {
				t.Errorf("a line of %d bytes", len(f.String()))
			}
		}
	}
}

// TestLintWithoutPlaces judges settings that come from no file.
func TestLintWithoutPlaces(t *testing.T) {
	e := ensemble(t, threeHosts)
	e.Hosts[0].Instances[0].ZooCfg = inventory.Settings{{Key: "tickTime", Value: "1"}, {Key: "initLimit", Value: "0"}}
	var got []string
	for _, f := range Lint(e) {
		if f.Name == valueRange || f.Name == refusedValue {
			got = append(got, f.Message)
		}
	}
	want := []string{"initLimit is 0, with which ZooKeeper 3.6.3 stops with exit code 2", "tickTime is 1, and must be between 100 and 600000 (ms)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestLintCounts wants unknown keys beyond those that are shown to be counted once
// each, whatever the number of instances.
func TestLintCounts(t *testing.T) {
	const shown = 200
	var b strings.Builder
	for i := range shown + 5 {
		fmt.Fprintf(&b, "unknown%d = 1\n", i)
	}
	b.WriteString("tickTime = 2000\n") // which is no error, however many there are
	found := Lint(ensemble(t, cfg(b.String())))
	if len(found) != shown+1 || found[shown].More != 5 {
		t.Errorf("%d findings, the last is %v", len(found), found[len(found)-1])
	}
}

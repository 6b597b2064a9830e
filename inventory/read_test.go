package inventory

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/finding"
)

// readCase is an inventory and everything that is to be found in it.
type readCase struct {
	text string
	want []string
}

// threeHosts completes an inventory so that nothing is found but what stands before it.
const threeHosts = `
[[host]]
name = "zk1"
address = "10.0.0.1"
instance = [ { id = 1 } ]
[[host]]
name = "zk2"
address = "10.0.0.2"
instance = [ { id = 2 } ]
[[host]]
name = "zk3"
address = "10.0.0.3"
instance = [ { id = 3 } ]
`

// supported silences that 3.6.3 is old. It is two lines.
const supported = "[ensemble]\nversion = \"3.8.6\"\n"

// oneHost returns a host whose keys begin on line 4.
func oneHost(keys string) string {
	return "[[host]]\nname = \"zk1\"\naddress = \"10.0.0.1\"\n" + keys
}

// cases returns the rows of all tables of Read.
func cases() map[string]readCase {
	all := make(map[string]readCase)
	for theme, rows := range map[string]map[string]readCase{
		"syntax": syntaxCases(), "schema": schemaCases(), "value": valueCases(),
		"host": hostCases(), "instance": instanceCases(), "folder": folderCases(), "bound": boundCases(), "advice": adviceCases(),
		"memory": memoryCases(), "unit": unitCases(), "logging": loggingCases(), "address": addressCases(), "jar": jarCases(),
	} {
		for name, row := range rows {
			all[theme+"/"+name] = row
		}
	}
	return all
}

func read(text string) (*Ensemble, []string) {
	e, found := Read("zk.toml", []byte(text), Silenceable(explained()))
	var lines []string
	for _, f := range found {
		lines = append(lines, f.String())
	}
	return e, lines
}

func explained() []string {
	var names []string
	for _, e := range Explanations() {
		names = append(names, e.Name)
	}
	return names
}

func TestRead(t *testing.T) {
	for name, test := range cases() {
		t.Run(name, func(t *testing.T) {
			_, got := read(test.text)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings differ (-want +got):\n%s\nof:\n%s", diff, test.text)
			}
		})
	}
}

// TestEveryFindingIsExplained wants an explanation for every finding's name, and no
// other.
func TestEveryFindingIsExplained(t *testing.T) {
	produced := make(map[string]bool)
	for _, test := range cases() {
		_, found := Read("zk.toml", []byte(test.text), Silenceable(explained()))
		for _, f := range found {
			produced[f.Name] = true
		}
	}
	want := explained()
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(produced))); diff != "" {
		t.Errorf("explained and found differ (-explained +found):\n%s", diff)
	}
	for _, e := range Explanations() {
		if e.Means == "" || e.Fix == "" {
			t.Errorf("%s has no explanation", e.Name)
		}
	}
}

func TestReadManyHosts(t *testing.T) {
	var b strings.Builder
	b.WriteString(supported)
	for i := range 500 {
		role := ""
		if i >= 5 {
			role = `, role = "observer"`
		}
		fmt.Fprintf(&b, "[[host]]\nname = \"zk%d\"\naddress = \"10.0.%d.%d\"\ninstance = [ { id = %d%s } ]\n", i, i/250, i%250, i+1, role)
	}
	e, got := read(b.String())
	var want []string
	for i := 255; i < 455; i++ {
		want = append(want, fmt.Sprintf("zk.toml:%d:21: id is %d, and must be from 0 to 255 [out-of-range]", 2+4*i+4, i+1))
	}
	want = append(want, "zk.toml:1826:21: and 45 more errors [more-findings]")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(e.Hosts) != 500 || e.Participants() != 5 || e.Majority() != 3 {
		t.Errorf("%d hosts, %d participants, majority %d", len(e.Hosts), e.Participants(), e.Majority())
	}
}

func TestReadRunsRules(t *testing.T) {
	rule := func(e *Ensemble) finding.Findings {
		return finding.Findings{
			{Pos: e.Hosts[2].Pos, Severity: finding.Warning, Name: "silenced", Message: "not said"},
			{Pos: e.Hosts[1].Pos, Severity: finding.Error, Name: "silenced", Message: "said, as it is an error"},
			{Pos: e.Hosts[0].Pos, Severity: finding.Warning, Name: "other", Message: "said"},
		}
	}
	_, found := Read("zk.toml", []byte(supported+"ignore = [\"silenced\"]"+threeHosts), rule)
	var got []string
	for _, f := range found {
		got = append(got, f.String())
	}
	want := []string{
		"zk.toml:5:8: warning: said [other]",
		"zk.toml:9:8: said, as it is an error [silenced]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

package finding

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStringWithPosition(t *testing.T) {
	at := Position{File: "zk.toml", Line: 3, Column: 7}
	tests := map[string]struct {
		finding Finding
		want    string
	}{
		"error":        {Finding{Pos: at, Severity: Error, Name: "x", Message: "a is b"}, "zk.toml:3:7: a is b [x]"},
		"hint":         {Finding{Pos: at, Severity: Error, Name: "x", Message: "a is b", Hint: "write c"}, "zk.toml:3:7: a is b; write c [x]"},
		"warning":      {Finding{Pos: at, Severity: Warning, Name: "x", Message: "a is b"}, "zk.toml:3:7: warning: a is b [x]"},
		"no place":     {Finding{Pos: Position{File: "zk.toml"}, Severity: Error, Name: "x", Message: "a"}, "zk.toml: a [x]"},
		"of any text":  {Finding{Pos: at, Severity: Error, Name: "x", Message: "“é” 'q' \"q\" \\"}, "zk.toml:3:7: “é” 'q' \"q\" \\ [x]"},
		"one line":     {Finding{Pos: at, Severity: Error, Name: "x", Message: "a\nb\r", Hint: "c\td"}, `zk.toml:3:7: a\nb\r; c\td [x]`},
		"no terminal":  {Finding{Pos: at, Severity: Error, Name: "x", Message: "\x1b[31m\u009b\u2028"}, `zk.toml:3:7: \x1b[31m\u009b\u2028 [x]`},
		"name of file": {Finding{Pos: Position{File: "a\nb", Line: 1, Column: 2}, Severity: Error, Name: "x", Message: "c"}, `a\nb:1:2: c [x]`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.finding.String()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestSortByPosition(t *testing.T) {
	at := func(line, column int, message string) Finding {
		return Finding{Pos: Position{File: "f", Line: line, Column: column}, Message: message}
	}
	got := Findings{at(2, 1, "a"), at(1, 9, "b"), at(1, 9, "a"), at(0, 0, "z"), at(1, 2, "c")}
	got.SortByPosition()
	want := Findings{at(0, 0, "z"), at(1, 2, "c"), at(1, 9, "a"), at(1, 9, "b"), at(2, 1, "a")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFailed(t *testing.T) {
	if (Findings{}).Failed() || (Findings{{Severity: Warning}}).Failed() {
		t.Error("failed without an error")
	}
	if !(Findings{{Severity: Warning}, {Severity: Error}}).Failed() {
		t.Error("not failed with an error")
	}
}

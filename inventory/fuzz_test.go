package inventory

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zkprov/zkprov/internal/finding"
)

// FuzzRead wants any file to be judged twice alike, with places that the file has, and
// an ensemble without errors to survive the way to a host.
func FuzzRead(f *testing.F) {
	for _, test := range cases() {
		f.Add([]byte(test.text))
	}
	f.Add([]byte(everything))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, found := Read("zk.toml", data)
		again, foundAgain := Read("zk.toml", data)
		if diff := cmp.Diff(found, foundAgain); diff != "" {
			t.Errorf("findings are not always alike:\n%s", diff)
		}
		if diff := cmp.Diff(e, again); diff != "" {
			t.Errorf("the ensemble is not always alike:\n%s", diff)
		}
		lines := strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n")
		for _, f := range found {
			within(t, lines, f)
		}
		if e == nil && !found.Failed() {
			t.Error("neither an ensemble nor an error")
		}
		if e == nil || found.Failed() {
			return
		}
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var back Ensemble
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		// Places are for messages and stay behind.
		places := cmp.Options{
			cmpopts.IgnoreFields(Ensemble{}, "IgnorePos"), cmpopts.IgnoreFields(Host{}, "Pos"),
			cmpopts.IgnoreFields(Instance{}, "Pos"), cmpopts.IgnoreFields(Setting{}, "Pos"), cmpopts.IgnoreFields(JVM{}, "FlagPos"), cmpopts.IgnoreFields(Jar{}, "Pos"),
		}
		if diff := cmp.Diff(e, &back, places); diff != "" {
			t.Errorf("the ensemble changes in JSON (-before +after):\n%s", diff)
		}
	})
}

func within(t *testing.T, lines []string, f finding.Finding) {
	t.Helper()
	if s := f.String(); strings.ContainsAny(s, "\n\r\x1b") {
		t.Errorf("a message of several lines: %q", s)
	}
	if f.Pos == (finding.Position{File: "zk.toml"}) {
		return
	}
	if f.Pos.File != "zk.toml" || f.Pos.Line < 1 || f.Pos.Line > len(lines) {
		t.Errorf("%v is not in the file of %d lines", f, len(lines))
		return
	}
	if line := lines[f.Pos.Line-1]; f.Pos.Column < 1 || f.Pos.Column > len(line)+1 {
		t.Errorf("%v is not in line %q", f, line)
	}
}

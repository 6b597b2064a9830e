package main

import (
	"bytes"
	"encoding/json"
	"os"
	"runtime"
	"strings"
	"testing"
)

// TestRun reads this very test program, which is a Go binary with dependencies.
func TestRun(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var first, second bytes.Buffer
	for _, w := range []*bytes.Buffer{&first, &second} {
		if err := run([]string{"1.2.3", self, self}, "1700000000", w); err != nil {
			t.Fatal(err)
		}
	}
	if first.String() != second.String() {
		t.Error("two runs differ")
	}
	var d document
	if err := json.Unmarshal(first.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	if m := d.Metadata; m.Timestamp != "2023-11-14T22:13:20Z" || m.Component.PURL != "pkg:golang/github.com/zkprov/zkprov@1.2.3" {
		t.Errorf("the metadata is %+v", m)
	}
	if !strings.Contains(first.String(), "pkg:golang/std@"+runtime.Version()) {
		t.Errorf("no standard library in\n%s", &first)
	}
}

func TestRunFails(t *testing.T) {
	for name, test := range map[string]struct {
		args  []string
		epoch string
		want  string
	}{
		"nothing":    {want: "usage"},
		"no binary":  {args: []string{"1", "main.go"}, want: "main.go"},
		"not there":  {args: []string{"1", "no-such-file"}, want: "no-such-file"},
		"not a time": {args: []string{"1", os.Args[0]}, epoch: "today", want: "SOURCE_DATE_EPOCH"},
	} {
		t.Run(name, func(t *testing.T) {
			err := run(test.args, test.epoch, new(bytes.Buffer))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestExtract reads testdata/Reads.java, compiled, which has every kind of reading once.
func TestExtract(t *testing.T) {
	var classes []*class
	for _, name := range []string{"Reads.class", "Reads$Below.class", "Reads$Kind.class"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		c, err := parseClass(data)
		if err != nil {
			t.Fatal(err)
		}
		classes = append(classes, c)
	}
	p := newProgram(classes)
	p.run(classes)
	var got []string
	for r, where := range p.rows() {
		got = append(got, fmt.Sprintf("%s, %s, %s, %s, %s", r.key, r.way, r.how, r.fallback, strings.Join(where, " ")))
	}
	slices.Sort(got)
	want := []string{
		"both, flag, , , Reads",
		"both, property, , , Reads",
		"caught, property, Integer.parseInt caught, , Reads",
		"kind, property, Enum.valueOf ONE|TWO, , Reads",
		"late, property, , , Reads",
		"parsed, property, Integer.parseInt, 5, Reads",
		"part.*, property, , , Reads",
		"passed.one, property, Boolean.getBoolean, , Reads",
		"passed.two, property, Boolean.getBoolean, , Reads",
		"pre.fix, property, , , Reads",
		"static, property, Integer.getInteger, 7, static Reads",
		"thrown, property, Integer.parseInt, , Reads",
		"unused.fix, flag, , , Reads",
		"words, property, words never|no, yes, Reads",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// FuzzParseClass wants no file to bring the reader down.
func FuzzParseClass(f *testing.F) {
	data, err := os.ReadFile("testdata/Reads.class")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(_ *testing.T, data []byte) {
		parseClass(data)
	})
}

func TestWrite(t *testing.T) {
	at := row{"tickTime", native, "Integer.parseInt", ""}
	found := []map[row][]string{{at: {"A"}}, {at: {"B"}}, {}, {at: {"A"}}}
	got := strings.TrimPrefix(string(write([]string{"3.5.5", "3.5.6", "3.6.0", "3.6.1"}, found)), head)
	want := "releases\t3.5.5 3.5.6 3.6.0 3.6.1\ntickTime\tzoo.cfg\tInteger.parseInt\t\tA, B\t3.5.5..3.5.6 3.6.1\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

package main

import (
	"strings"
	"testing"
)

func TestExpose(t *testing.T) {
	for _, test := range []struct{ body, want string }{
		{"if ok {\n}", "if (true == ok) {\n}"},
		{"if !ok {\n}", "if !(true == ok) {\n}"},
		{"if a.b && !f(x) || m[k] {\n}", "if (true == a.b) && !(true == f(x)) || (true == m[k]) {\n}"},
		{"if v, ok := m[k]; ok && v == 1 {\n}", "if v, ok := m[k]; (true == ok) && v == 1 {\n}"},
		{"if a == b {\n}", "if a == b {\n}"},
		{"for f(x) {\n}", "for (true == f(x)) {\n}"},
		{"if i := f(func() { g() }); i > 0 {\n}", "if i := f(func() { g() }); func() bool { return i > 0 }() {\n}"},
		{"for {\n}", "for {\n}"},
		{"return f(x) || a > 1", "return (true == f(x)) || a > 1"},
		{"return f(x)", "return f(x)"},
		{"switch {\ncase a > 1, ok:\ndefault:\n}", "switch {\ncase func() bool { return a > 1 }(), func() bool { return (true == ok) }():\ndefault:\n}"},
		{"switch {\ncase a > 1 &&\n\tok:\n}", "switch {\ncase func() bool { return a > 1 &&\n\t(true == ok) }():\n}"},
		{"switch a {\ncase f(x):\n}", "switch a {\ncase f(x):\n}"},
		{"if (true) {\n}", "if (true) {\n}"},
	} {
		before, after := "package p\n\nfunc g() {\n", "\n}\n"
		got, err := expose("p.go", []byte(before+test.body+after))
		if err != nil {
			t.Fatal(err)
		}
		got = []byte(strings.TrimSuffix(strings.TrimPrefix(string(got), before), after))
		if string(got) != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.body, got, test.want)
		}
	}
}

func TestReport(t *testing.T) {
	twenty := make([]mutant, 19)
	for i := range twenty {
		twenty[i].Status = killed
	}
	for name, test := range map[string]struct {
		last mutant
		want bool
	}{
		"killed":              {mutant{Status: killed}, true},
		"time":                {mutant{Status: timedOut}, true},
		"a bound of twenty":   {mutant{Status: lived, Type: "CONDITIONALS_BOUNDARY"}, true},
		"a negation":          {mutant{Status: lived, Type: negation}, false},
		"never run":           {mutant{Status: notCovered, Type: negation}, false},
		"one without effects": {mutant{Status: lived, Type: negation, reason: "none"}, true},
	} {
		var out strings.Builder
		if got := report(&out, "p", append(twenty[:19:19], test.last)); got != test.want {
			t.Errorf("%s: %v\n%s", name, got, out.String())
		}
		if name == "a bound of twenty" && report(&out, "p", append(twenty[1:19:19], test.last)) {
			t.Errorf("one of nineteen is enough:\n%s", out.String())
		}
	}
}

func TestParseTargets(t *testing.T) {
	got, err := parseTargets("../..", []string{"tools", "tools/mutants/main.go=TestA|TestB", "tools/mutants/mutate.go=TestA|TestB", "tools/mutants/mutate.go"})
	if err != nil || len(got) != 3 || got[0].folder != "tools" || len(got[1].files) != 2 || got[1].tests != "TestA|TestB" || got[0].tests+got[2].tests != "" {
		t.Fatalf("%+v, %v", got, err)
	}
	if !got[0].includes("any.go") || !got[1].includes("main.go") || got[1].includes("prepare.go") {
		t.Errorf("%+v", got)
	}
	for _, args := range [][]string{nil, {"nowhere"}} {
		if got, err := parseTargets("../..", args); err == nil {
			t.Errorf("%v: %+v", args, got)
		}
	}
}

package units

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
)

func TestHeap(t *testing.T) {
	for _, tt := range []struct {
		heap, limit string
		want        []string
	}{
		{"1g", "", []string{"-Xmx1g"}},
		{"1g", "2g", []string{"-Xmx1g"}},
		{"75%", "", []string{"-XX:MaxRAMPercentage=75.0", "-XX:MinRAMPercentage=75.0"}},
		{"62.5%", "", []string{"-XX:MaxRAMPercentage=62.5", "-XX:MinRAMPercentage=62.5"}},
		{"75%", "2g", []string{"-Xmx1536m"}},
		{"75%", "1g", []string{"-Xmx768m"}},
		{"33%", "100m", []string{"-Xmx33m"}},
		{"auto", "", nil},
		{"auto", "2g", nil},
	} {
		s := plain()
		s.Heap, s.Limits.MemoryMax = tt.heap, tt.limit
		if diff := cmp.Diff(tt.want, s.heap()); diff != "" {
			t.Errorf("%s of %q: -want +got:\n%s", tt.heap, tt.limit, diff)
		}
		text, err := s.Text()
		if err != nil {
			t.Fatal(err)
		}
		if command := CommandOf(text); command[0] != s.Java || !strings.Contains(strings.Join(command, " "), strings.Join(append(tt.want, exitWithoutMemory), " ")) {
			t.Errorf("%s of %q: the command is %q", tt.heap, tt.limit, command)
		}
		for _, flag := range tt.want {
			if !BoundsHeap(flag) {
				t.Errorf("%s is not known to bound the heap", flag)
			}
		}
	}
}

// TestLimitsAreRead has the unit say what the inventory does, to systemd and to a trial.
func TestLimitsAreRead(t *testing.T) {
	s := plain()
	values := map[string]string{"TZ": "UTC", "WORDS": `a "b" 'c'; \d`, "PERCENT": "50%n", "DOLLAR": "$HOME ${HOME}", "EMPTY": "", "UMLAUT": "Zoë"}
	s.Limits = inventory.Unit{MemoryMax: "2g", NoFile: 4096}
	for name, value := range values {
		s.Limits.Environment = append(s.Limits.Environment, inventory.Setting{Key: name, Value: value})
	}
	text, err := s.Text()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"\nLimitNOFILE=4096\n", "\nMemoryMax=2G\n", "\nEnvironment=LANG=C.UTF-8\n"} {
		if !strings.Contains(string(text), line) {
			t.Errorf("there is no line %q in\n%s", line, text)
		}
	}
	if got := GenerationOf(text); got != s.Generation {
		t.Errorf("the generation is %q", got)
	}
	properties, err := transient(text, false)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, p := range properties {
		switch value := p.Value.Value().(type) {
		case []string:
			for _, word := range value {
				if name, value, ok := strings.Cut(word, "="); p.Name == "Environment" && ok {
					got[name] = value
				}
			}
		case uint64:
			if p.Name == "MemoryMax" && value != 2<<30 || p.Name == "LimitNOFILE" && value != 4096 {
				t.Errorf("%s is %d", p.Name, value)
			}
		}
	}
	values["LANG"], values[GenerationVariable] = "C.UTF-8", s.Generation
	if diff := cmp.Diff(values, got); diff != "" {
		t.Errorf("the environment differs (-want +got):\n%s", diff)
	}
}

func TestOwnLanguage(t *testing.T) {
	s := plain()
	s.Limits.Environment = inventory.Settings{{Key: "LANG", Value: "de_DE.UTF-8"}}
	text, err := s.Text()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), "LANG=") != 1 || !strings.Contains(string(text), "\nEnvironment=LANG=de_DE.UTF-8\n") {
		t.Errorf("the unit is\n%s", text)
	}
}

package zoocfg

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
)

// TestKeys wants the table of keys to be consistent with itself.
func TestKeys(t *testing.T) {
	seen := make(map[string]bool)
	for _, g := range tabled().groups {
		for _, k := range g.keys {
			if seen[k.name] {
				t.Errorf("%s is there twice", k.name)
			}
			seen[k.name] = true
			if k.meaning == "" {
				t.Errorf("%s has no meaning", k.name)
			}
			if k.kind == onOff && !slices.Contains(k.words, k.def) && k.def != "" {
				t.Errorf("%s is by default %s, which is none of %v", k.name, k.def, k.words)
			}
			if n, err := strconv.ParseInt(k.def, 10, 64); k.kind == number && err == nil && k.max != 0 && (n < k.min || n > k.max) {
				t.Errorf("%s is by default %d, which is not between %d and %d", k.name, n, k.min, k.max)
			}
			if k.kind == number && k.min >= k.max && k.name != "electionAlg" {
				t.Errorf("%s is between %d and %d", k.name, k.min, k.max)
			}
			if k.kind == boolean && k.def != "" && k.def != "true" && k.def != "false" && !strings.Contains(k.def, " ") {
				t.Errorf("%s is by default %s", k.name, k.def)
			}
		}
	}
	for old, now := range renamed() {
		if seen[old] || !seen[now] {
			t.Errorf("%s is said to be %s", old, now)
		}
	}
	for _, s := range defaults() {
		if k, ok := find(s.Key); !ok || k.def != s.Value && s.Key != "autopurge.snapRetainCount" {
			t.Errorf("zkprov writes %s=%s, and the table says %s", s.Key, s.Value, k.def)
		}
	}
}

func TestLimits(t *testing.T) {
	tests := map[string]struct {
		set  inventory.Settings
		want Timing
	}{
		"defaults":     {nil, Timing{2 * time.Second, 20 * time.Second, 10 * time.Second}},
		"set":          {inventory.Settings{{Key: "tickTime", Value: "500"}, {Key: "initLimit", Value: "100"}, {Key: "syncLimit", Value: "2"}}, Timing{500 * time.Millisecond, 50 * time.Second, time.Second}},
		"no numbers":   {inventory.Settings{{Key: "tickTime", Value: "2s"}, {Key: "initLimit", Value: ""}}, Timing{2 * time.Second, 20 * time.Second, 10 * time.Second}},
		"least":        {inventory.Settings{{Key: "tickTime", Value: "100"}, {Key: "initLimit", Value: "1"}, {Key: "syncLimit", Value: "1"}}, Timing{100 * time.Millisecond, 100 * time.Millisecond, 100 * time.Millisecond}},
		"greatest":     {inventory.Settings{{Key: "tickTime", Value: "600000"}, {Key: "syncLimit", Value: "100000"}}, Timing{10 * time.Minute, 100 * time.Minute, 1_000_000 * time.Minute}},
		"out of range": {inventory.Settings{{Key: "tickTime", Value: "0"}, {Key: "syncLimit", Value: "100001"}, {Key: "initLimit", Value: "-5"}}, Timing{2 * time.Second, 20 * time.Second, 10 * time.Second}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Limits(&inventory.Instance{ZooCfg: test.set})); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

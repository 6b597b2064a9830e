package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// unknownKeys is an inventory with n keys that nobody knows, on the first lines.
func unknownKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d = 1\n", i)
	}
	return b.String() + oneLocal
}

// What is wrong is counted without an end, and shown with one.
func TestManyFindings(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "large.toml", unknownKeys(80_000))
	got := fed(t, t.Context(), file(t, ""), "validate", "large.toml")
	lines := strings.Split(got.Err, "\n")
	const want = "large.toml:201:1: and 79,800 more errors [more-findings]\n80000 errors, 0 warnings; no host was touched\n"
	if !strings.HasSuffix(got.Err, want) || len(lines) != 203 || got.Code != exitUsage {
		t.Errorf("exit code %d, %d lines, the last ones:\n%s", got.Code, len(lines), strings.Join(lines[max(0, len(lines)-4):], "\n"))
	}
	var document struct{ Result foundInInventory }
	out := fed(t, t.Context(), file(t, ""), "validate", "-o", "json", "large.toml").Out
	if err := json.Unmarshal([]byte(out), &document); err != nil {
		t.Fatal(err)
	}
	found := document.Result.Findings
	if last := found[len(found)-1]; len(found) != 201 || last.More != 79_800 {
		t.Errorf("%d findings in JSON, the last one: %+v", len(found), last)
	}
}

// Every instance with settings of its own that ZooKeeper does not know is as much
// as may be wrong for the rules.
func TestManySettings(t *testing.T) {
	var b strings.Builder
	b.WriteString("[[host]]\nname = \"zk1\"\naddress = \"10.0.0.1\"\ninstance = [\n")
	for i := range 100 {
		fmt.Fprintf(&b, "{ id = %d, zoo_cfg = { ", i+1)
		for k := range 90 {
			fmt.Fprintf(&b, "tickTimes%d = 1, ", k)
		}
		b.WriteString("last = 1 } },\n")
	}
	t.Chdir(t.TempDir())
	put(t, "large.toml", b.String()+"]\n")
	got := fed(t, t.Context(), file(t, ""), "validate", "large.toml")
	if n := strings.Count(got.Err, "\n"); n > 205 || !strings.Contains(got.Err, " more errors [more-findings]") {
		t.Errorf("%d lines:\n%.2000s", n, got.Err)
	}
}

// Whoever asked a command to end is not made to wait for its inventory to be judged.
func TestInterruptedBeforeItIsJudged(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "good.toml", oneLocal)
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	for _, line := range []string{"validate good.toml", "plan good.toml", "render good.toml zk1"} {
		if got, want := fed(t, ctx, file(t, ""), strings.Fields(line)...), (said{Err: "✘ interrupted\n", Code: 130}); got != want {
			t.Errorf("%s: got %+v, want %+v", line, got, want)
		}
	}
	// The text is at hand, and judging it is what does not begin.
	c := &command{stdin: []byte(oneLocal)}
	if _, _, _, err := c.read(ctx, stdin); err == nil {
		t.Error("it was judged")
	}
}

// What never ends is read up to a bound.
func TestEndless(t *testing.T) {
	t.Chdir(t.TempDir())
	zero, err := os.Open("/dev/zero")
	if err != nil {
		t.Fatal(err)
	}
	defer zero.Close()
	put(t, "good.toml", oneLocal)
	for line, want := range map[string]string{
		"apply --ask-become-pass good.toml":                 "zkprov: cannot read the password for sudo from stdin: its first line has more than 4096 bytes\n",
		"render --cloud-init --apt-key /dev/zero good.toml": "zkprov: cannot read the key of the repository: /dev/zero has more than 65536 bytes\n",
		"validate -":         "✘ cannot read the inventory: stdin has more than the 4194304 bytes that are read\n",
		"validate /dev/zero": "✘ cannot read the inventory: /dev/zero is no regular file; zkprov reads standard input where the path is -\n",
		"validate .":         "✘ cannot read the inventory: . is a folder\n",
	} {
		if got := fed(t, t.Context(), zero, strings.Fields(line)...); got.Err != want || got.Code == 0 {
			t.Errorf("%s: got %+v", line, got)
		}
	}
}

package inventory

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/zkprov/zkprov/internal/finding"
)

// The bounds of what judging any file may cost. The bytes are counted, so that they
// are the same on every machine; the time is some ten times of what a slow one takes.
const (
	mostBytes = 256 << 20
	mostTime  = 20 * time.Second
)

// cost fails the test where do allocates or takes more than judging a file may.
func cost(t *testing.T, do func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin := time.Now()
	do()
	took := time.Since(begin)
	runtime.ReadMemStats(&after)
	bytes := after.TotalAlloc - before.TotalAlloc
	t.Logf("%.1f MB, %v", float64(bytes)/1e6, took.Round(time.Millisecond))
	if bytes > mostBytes {
		t.Errorf("%.1f MB were allocated, more than %.1f", float64(bytes)/1e6, float64(mostBytes)/1e6)
	}
	if took > mostTime {
		t.Errorf("it took %v, more than %v", took, mostTime)
	}
}

// numbered repeats a text with a running number in the place of %d.
func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i+1)
	}
	return b.String()
}

// instances returns inline tables whose ids are all used up and used again.
func instances(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "{ id = %d }, ", i%255+1)
	}
	return b.String()
}

// large returns, by name, files that leave the bounds of an inventory or come near to
// them.
func large() map[string]string {
	const million = 1_000_000
	long := strings.Repeat("x", million)
	nearly := strings.Repeat("x", maxText-2)
	all := map[string]string{
		"parts of a header":          "[" + strings.Repeat("a.", 50_000) + "a]\n",
		"parts of an array's header": "[[" + strings.Repeat("a.", 50_000) + "a]]\n",
		"parts of a key":             strings.Repeat("a.", 50_000) + "a = 1\n",
		"parts with blanks":          strings.Repeat(`"" . `, 50_000) + "a = 1\n",
		"parts in a table":           "x = { " + strings.Repeat("a.", 50_000) + "a = 1 }\n",
		"headers with parts":         numbered(80_000, "[a.b.c.d.e.f.g.x%d]\n"),
		"one deep header":            "[" + strings.TrimSuffix(numbered(15, strings.Repeat("p", 250)+"%d."), ".") + "]\n" + numbered(80_000, "k%d = 1\n"),
		"arrays in arrays":           "a = " + strings.Repeat("[", million),
		"tables in tables":           "a = " + strings.Repeat("{a=", million),
		"empty arrays":               "a = [" + strings.Repeat("[],", million) + "]\n",
		"numbers":                    "a = [" + strings.Repeat("1,", million) + "]\n",
		"a long key":                 supported + "[zoo_cfg]\n" + long + " = 1\n" + threeHosts,
		"a long quoted key":          supported + "[zoo_cfg]\n\"" + long + "\" = 1\n" + threeHosts,
		"a key near the bound":       supported + "[zoo_cfg]\n" + strings.Repeat("k", maxKey+1) + " = 1\n" + threeHosts,
		"a long number":              "a = " + strings.Repeat("1", million),
		"a long line of text":        "a = '''" + long + "'''\n",
		"a string without end":       "a = '''" + long,
		"a long comment":             supported + "# " + long + "\n" + threeHosts,
		"many lines":                 supported + strings.Repeat("\n", maxSize/2) + threeHosts,
		"nothing but quotes":         strings.Repeat(`"`, million),
		"backslashes":                `a = "` + strings.Repeat(`\`, million),
		"unknown keys":               numbered(80_000, "k%d = 1\n") + supported + threeHosts,
		"unknown keys of one table":  supported + numbered(80_000, "k%d = 1\n") + threeHosts,
		"unknown tables":             numbered(80_000, "[t%d]\n") + supported + threeHosts,
		"tables that are compared":   numbered(maxUnique, "[t%d]\n"),
		"arrays that are compared":   numbered(maxUnique/4, "[a%d]\n") + strings.Repeat("[[b]]\n", maxUnique/4),
		"unknown arrays of tables":   numbered(80_000, "[[t%d]]\n") + supported + threeHosts,
		"keys given twice":           strings.Repeat("a = 1\n", 80_000),
		"unknown keys of hosts":      numbered(20_000, "[[host]]\nx%d = 1\n"),
		"hosts":                      numbered(80_000, "[[host]]\nname = \"zk%d\"\n"),
		"empty hosts":                strings.Repeat("[[host]]\n", 80_000),
		"hosts of one name":          supported + strings.Repeat("[[host]]\nname = \"zk\"\naddress = \"10.0.0.1\"\ninstance = [ { id = 1 } ]\n", maxHosts),
		"instances":                  supported + "[[host]]\nname = \"zk1\"\naddress = \"10.0.0.1\"\ninstance = [ " + instances(20_000) + "]\n",
		"instances of one host":      supported + "[[host]]\nname = \"zk1\"\naddress = \"10.0.0.1\"\ninstance = [ " + instances(maxServers) + "]\n",
		"long folders of one host": supported + "[[host]]\nname = \"zk1\"\naddress = \"10.0.0.1\"\ninstance = [ " +
			numbered(500, "{ id = 1, data_dir = \"/"+strings.Repeat("d/", 1900)+"%d\" }, ") + "]\n",
		"settings": supported + "[zoo_cfg]\n" + numbered(80_000, "k%d = 1\n") + threeHosts,
		"settings of many instances": supported + "[zoo_cfg]\n" + numbered(maxSettings, "k%d = 1\n") + "[[host]]\nname = \"zk1\"\naddress = \"10.0.0.1\"\ninstance = [ " +
			strings.ReplaceAll(instances(maxServers), " }", ", zoo_cfg = { k1 = 2 } }") + "]\n",
		"flags":               supported + "[jvm]\nflags = [" + strings.Repeat("\"x\",", 80_000) + "]\n" + threeHosts,
		"flags of many hosts": supported + "[jvm]\nflags = [" + numbered(maxList, "\"x%d\",") + "]\n[[host]]\nname = \"zk1\"\naddress = \"10.0.0.1\"\ninstance = [ " + instances(maxServers) + "]\n",
		"ignore":              supported + "ignore = [" + numbered(80_000, "\"k%d\",") + "]\n" + threeHosts,
		"ignore at the bound": supported + "ignore = [" + numbered(maxList, "\"few-voters-%d\",") + "]\n" + threeHosts,
		"control characters":  "a = [" + strings.Repeat(`"\u0007",`, 80_000) + "]\n",
		"keys of hosts":       supported + strings.Repeat("[[host]]\n"+numbered(15, nearly[:200]+"%d = 1\n"), 1000),
	}
	for _, key := range []string{"ensemble.name", "ensemble.version", "java.home", "jvm.heap", "archive.sha512", "archive.fetch", "paths.data", "service.user", "bootstrap.id"} {
		all["a long "+key] = key + " = \"" + long + "\"\n" + threeHosts
		all["a "+key+" at the bound"] = key + " = \"" + nearly + "\"\n" + threeHosts
	}
	return all
}

// TestReadIsBounded wants every file, whatever is in it, to be judged in bounded time.
func TestReadIsBounded(t *testing.T) {
	for name, text := range large() {
		t.Run(name, func(t *testing.T) {
			var found finding.Findings
			cost(t, func() { _, found = Read("zk.toml", []byte(text), Silenceable(explained())) })
			shown := 0
			for _, f := range found {
				shown += len(f.String())
			}
			if len(found) > maxFindings+2 || shown > 200_000 {
				t.Errorf("%d findings of %d bytes are shown", len(found), shown)
			}
		})
	}
}

// FuzzReadIsBounded repeats a text as often as a file has room for, and wants it judged
// in bounded time.
func FuzzReadIsBounded(f *testing.F) {
	for _, seed := range []struct{ before, piece, after string }{
		{"[", "a.", "a]\n"},
		{"a = ", "[", ""},
		{"a = ", "{a=", ""},
		{"a = [", "[],", "]"},
		{supported + "[zoo_cfg]\n", "x", " = 1\n" + threeHosts},
		{supported, "k = 1\n", threeHosts},
		{supported, "[[host]]\n", ""},
		{supported, "[[host]]\nname=\"zk\"\naddress=\"zk\"\ninstance=[{id=1}]\n", ""},
		{supported + "[[host]]\ninstance=[", "{id=1},", "]"},
		{supported + "ignore=[", "\"few\",", "]\n" + threeHosts},
		{"a = '''", "\n", "'''"},
		{"a = \"", "\\u0007", "\""},
	} {
		f.Add(seed.before, seed.piece, seed.after, uint32(80_000))
	}
	f.Fuzz(func(t *testing.T, before, piece, after string, n uint32) {
		room := max(0, maxSize-len(before)-len(after))
		text := before + strings.Repeat(piece, min(int(n), room/max(1, len(piece)))) + after
		if len(text) > maxSize {
			return
		}
		cost(t, func() { Read("zk.toml", []byte(text), Silenceable(explained())) })
	})
}

func boundCases() map[string]readCase {
	too := "; no inventory needs that: is this the right file? [too-large]"
	return map[string]readCase{
		"parts":   {"[" + strings.Repeat("a.", 16) + "a]\n", []string{"zk.toml:1:34: a key has more than 16 parts with dots between them" + too}},
		"nesting": {"a = " + strings.Repeat("[", 17), []string{"zk.toml:1:21: arrays and tables lie more than 16 deep in one another" + too}},
		"string":  {"a = 1\nb = \"" + strings.Repeat("x", maxText) + "\"\n", []string{"zk.toml:2:5: a string has more than 4,096 bytes" + too}},
		"word":    {"a = 1\nb = " + strings.Repeat("1", maxText+1), []string{"zk.toml:2:5: a word has more than 4,096 bytes" + too}},
		"key": {supported + "[zoo_cfg]\n" + strings.Repeat("k", maxKey+1) + " = 1\n" + threeHosts,
			[]string{"zk.toml:4:1: a key has more than 256 bytes" + too}},
		"words": {"a = [\n" + strings.Repeat("1,", maxWords) + "]\n", []string{"zk.toml:2:499997: the file has more than 250,000 keys and values" + too}},
		"unknown keys": {numbered(80_000, "k%d = 1\n") + supported + threeHosts,
			append(unknown(200), "zk.toml:201:1: and 79,800 more errors [more-findings]")},
		"keys": {supported + "[zoo_cfg]\n" + numbered(maxUnique, "k%d = 1\n") + threeHosts, []string{
			"zk.toml:1:1: the file has more than 10,000 keys" + too,
			"zk.toml:3:2: zoo_cfg has more than 500 keys" + too,
		}},
		"settings": {supported + threeHosts + "zoo_cfg = {" + strings.TrimSuffix(numbered(501, "k%d = 1,"), ",") + "}\n",
			[]string{"zk.toml:16:12: zoo_cfg has more than 500 keys" + too}},
		"list":  {supported + threeHosts + "jvm.flags = [" + numbered(1001, "\"-Dx=%d\",") + "]\n", []string{"zk.toml:16:1: jvm.flags has more than 1,000 entries" + too}},
		"hosts": {supported + numbered(1001, "[[host]]\nname = \"zk%d\"\naddress = \"zk\"\ninstance = []\n"), []string{"zk.toml:4003:3: the inventory has more than 1,000 hosts, and an ensemble at most 255 servers" + too}},
		"instances": {supported + "[[host]]\nname = \"zk1\"\naddress = \"10.0.0.1\"\ninstance = [\n" + strings.ReplaceAll(instances(1001), "}, ", "},\n") + "]\n",
			[]string{"zk.toml:1007:3: the inventory has more than 1,000 instances, and an ensemble at most 255 servers" + too}},
		"a parser's error beyond the keys that are compared": {numbered(maxUnique+1, "k%d = 1\n") + "a = ?\n",
			[]string{"zk.toml:10002:5: unexpected character U+003F '?' at start of value; a string stands in quotes [syntax]"}},
		"a quoted value of many characters": {supported + "[jvm]\nheap = \"" + strings.Repeat("9", 2000) + "\"\n" + threeHosts, []string{
			`zk.toml:4:8: jvm.heap is "` + strings.Repeat("9", 40) + `… (2000 characters)", which is no size; write a size such as "1g", a share of the memory such as "75%", or "auto" [bad-heap]`}},
		// What is no more than usual is taken.
		"not too large": {supported + "# " + strings.Repeat("x", 100_000) + "\n" + threeHosts + `zoo_cfg = { "a.b" = '''` + "\n" + `it''s"` + `''' }` + "\n", nil},
	}
}

func unknown(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("zk.toml:%d:1: the inventory has no key %q; it has ensemble, java, jvm, unit, logging, archive, paths, service, zoo_cfg, zoo_cfg_unchecked, bootstrap, host [unknown-key]", i+1, fmt.Sprintf("k%d", i+1)))
	}
	return all
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 79800: "79,800", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d is %s, not %s", n, got, want)
		}
	}
}

package inventory

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/zkprov/zkprov/internal/finding"
)

// TestCopiedText looks whether every place where a name, a path or a value is refused
// for its characters names the one that is not what it looks like.
func TestCopiedText(t *testing.T) {
	const hyphen = `is U+2010 HYPHEN, which looks like "-" (hyphen-minus)`
	set := func(path, value string) string {
		text, _ := setting(path, `"`+value+`"`)
		return text
	}
	for name, test := range map[string]struct{ text, name, want string }{
		"ensemble name":   {set("ensemble.name", "zk‐prod"), "bad-name", "its character 3 " + hyphen},
		"host name":       {set("host.name", "zk‐1"), "bad-name", "its character 3 " + hyphen},
		"Cyrillic":        {set("host.name", "zk-а"), "bad-name", `its character 4 is U+0430 CYRILLIC SMALL LETTER A, which looks like "a"`},
		"address":         {set("host.address", "10.0.0.１"), "bad-address", `its character 8 is U+FF11 FULLWIDTH DIGIT ONE, which looks like "1"`},
		"full stops":      {set("host.address", "zk1．example"), "bad-address", `its character 4 is U+FF0E "．", which looks like "."`},
		"path":            {set("paths.data", "/srv/zk‐data"), "bad-path", "its character 8 " + hyphen},
		"relative":        {set("paths.data", "⁄srv"), "bad-path", `its character 1 is U+2044 FRACTION SLASH, which looks like "/"`},
		"no-break space":  {set("host.ssh", "zk1\u00a0-p22"), "bad-ssh", "its character 4 is U+00A0 NO-BREAK SPACE, which looks like a blank"},
		"zero width":      {set("host.ssh", "zk1\u200b"), "control-character", "host.ssh holds an invisible character: \"zk1\\u200b\"; its character 4 is U+200B ZERO WIDTH SPACE, which cannot be seen"},
		"mark":            {set("jvm.flags", "\ufeff-Da"), "control-character", "its character 1 is U+FEFF ZERO WIDTH NO-BREAK SPACE (a byte order mark), which cannot be seen"},
		"right to left":   {set("host.match.serial", "A\u202eB"), "control-character", "its character 2 is U+202E RIGHT-TO-LEFT OVERRIDE, which cannot be seen"},
		"CR":              {set("host.match.serial", `A\r`), "control-character", "its character 2 is U+000D CARRIAGE RETURN (files from Windows have it at the end of a line)"},
		"secret":          {"[zoo_cfg]\nssl.keyStore.password = \"kappa\\n\"\n" + threeHosts, "control-character", "zoo_cfg.ssl.keyStore.password holds a control character; its character 6 is U+000A LINE FEED"},
		"flag":            {set("jvm.flags", "–Xss1m"), "bad-flag", `its character 1 is U+2013 EN DASH, which looks like "-" (hyphen-minus)`},
		"heap":            {set("jvm.heap", "１g"), "bad-heap", `its character 1 is U+FF11 FULLWIDTH DIGIT ONE, which looks like "1"`},
		"version":         {set("ensemble.version", "3․6․3"), "bad-version", `its character 2 is U+2024 ONE DOT LEADER, which looks like "."`},
		"user":            {set("service.user", "zooкeeper"), "bad-user", `its character 4 is U+043A "к"`},
		"hash":            {set("archive.sha512", strings.Repeat("0", 127)+"о"), "bad-hash", `its character 128 is U+043E CYRILLIC SMALL LETTER O, which looks like "o"`},
		"fetch":           {set("archive.fetch", "hоst"), "bad-value", `its character 2 is U+043E CYRILLIC SMALL LETTER O, which looks like "o"`},
		"role":            {set("host.instance.role", "obsеrver"), "bad-value", `its character 4 is U+0435 CYRILLIC SMALL LETTER IE, which looks like "e"`},
		"key":             {"[zoo_cfg]\n[ensemble]\n\"nаme\" = \"zk\"\n" + threeHosts, "unknown-key", `its character 2 is U+0430 CYRILLIC SMALL LETTER A, which looks like "a"`},
		"ignored":         {set("ensemble.ignore", "zk‑eol"), "unknown-finding", `its character 3 is U+2011 NON-BREAKING HYPHEN, which looks like "-" (hyphen-minus)`},
		"accent":          {set("host.name", "zké"), "bad-name", `its character 3 is U+00E9 "é"`},
		"no UTF-8":        {set("host.name", "zk\xff"), "syntax", "is the byte 0xFF, which is no UTF-8"},
		"curly quotes":    {"[ensemble]\nname = “zk”\n", "syntax", "unexpected character at start of value: column 8 is U+201C LEFT DOUBLE QUOTATION MARK, which looks like a straight double quote; a string stands in straight quotes"},
		"single quotes":   {"[ensemble]\nname = ‘zk’\n", "syntax", "column 8 is U+2018 LEFT SINGLE QUOTATION MARK, which looks like a straight single quote"},
		"closing quote":   {"[ensemble]\nname = \"zk”\n", "syntax", "cannot have new lines: column 11 is U+201D RIGHT DOUBLE QUOTATION MARK, which looks like a straight double quote"},
		"blank before":    {"[ensemble]\nname\u00a0= \"zk\"\n", "syntax", "expected '=' after key: column 5 is U+00A0 NO-BREAK SPACE, which looks like a blank"},
		"blank behind":    {"[ensemble]\nname = \"zk\"\u00a0\n", "syntax", "expected newline: column 12 is U+00A0 NO-BREAK SPACE"},
		"word":            {oneHost("local = truе\ninstance = [ { id = 1 } ]\n"), "syntax", `column 12 is U+0435 CYRILLIC SMALL LETTER IE, which looks like "e"`},
		"number":          {oneHost("instance = [ { id = １ } ]\n"), "syntax", "is U+FF11 FULLWIDTH DIGIT ONE"},
		"bare key":        {"[ensemble]\n\u200bname = \"zk\"\n", "syntax", "column 1 is U+200B ZERO WIDTH SPACE, which cannot be seen"},
		"UTF-16":          {"\xff\xfe[\x00", "syntax", "the file is in UTF-16; save it as UTF-8"},
		"only a comment":  {"[ensemble]\nname = zk # “quoted”\n", "syntax", `zk.toml:2:8: the value of name stands without quotes; write name = "zk" [syntax]`},
		"begun elsewhere": {"[ensemble]\nname = \"“zk\n", "syntax", "column 9 is U+201C"},
	} {
		t.Run(name, func(t *testing.T) {
			_, found := Read("zk.toml", []byte(test.text), Silenceable(explained()))
			for _, f := range found {
				if f.Name == test.name && strings.Contains(f.String(), test.want) {
					return
				}
			}
			t.Errorf("got %v, want %s in one of %s", found, test.want, test.name)
		})
	}
}

// TestCharacters looks whether the table has what it should: nothing of ASCII that can
// be seen, nothing twice, and what a character looks like is ASCII.
func TestCharacters(t *testing.T) {
	seen := make(map[rune]bool)
	for _, c := range confusables() {
		if seen[c.r] || Plain(c.r) || c.name == "" {
			t.Errorf("U+%04X is there twice, plain or without a name", c.r)
		}
		seen[c.r] = true
		if strings.ContainsFunc(c.like, func(r rune) bool { return !Plain(r) }) || c.like == "" && !finding.Invisible(c.r) {
			t.Errorf("U+%04X looks like %q", c.r, c.like)
		}
		if finding.Invisible(c.r) && c.like != "" {
			t.Errorf("U+%04X cannot be seen", c.r)
		}
	}
	for r := rune(0); r < 0x11000; r++ {
		if text := Character(r); strings.ContainsFunc(text, finding.Invisible) || unicode.Is(unicode.Cs, r) != strings.Contains(text, string(utf8.RuneError)) && r != utf8.RuneError {
			t.Errorf("U+%04X: %q", r, text)
		}
	}
}

// TestValuesAreCut wants no message to be longer for a value that is very long, and
// none to be cut within a character.
func TestValuesAreCut(t *testing.T) {
	for name, path := range map[string]string{"letters": "x", "letters of several bytes": "é", "escapes": `\u200b`} {
		for _, key := range stringKeys(schema(), "") {
			text, _ := setting(key, `"`+strings.Repeat(path, 650)+`"`)
			_, found := Read("zk.toml", []byte(text), Silenceable(explained()))
			for _, f := range found {
				if line := f.String(); len(line) > 900 || !utf8.ValidString(line) {
					t.Errorf("%s in %s: a line of %d bytes: %.200s", name, key, len(line), line)
				}
			}
		}
	}
	key := strings.Repeat("k", 200)
	if _, got := read(key + " = 1\n" + key + " = 1\n"); len(got) != 1 || got[0] != "zk.toml:2:1: key "+key[:40]+"… (200 characters) is already defined [syntax]" {
		t.Errorf("got %.200q", got)
	}
	for s, want := range map[string]string{
		"":                       "",
		strings.Repeat("é", 80):  strings.Repeat("é", 80),
		strings.Repeat("é", 81):  strings.Repeat("é", 40) + "… (81 characters)",
		strings.Repeat("a", 1e6): strings.Repeat("a", 40) + "… (1000000 characters)",
	} {
		if got := Clip(s); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

package main

import (
	"strings"
	"testing"
)

// TestStrangeArguments types command lines as they come from web pages, each with the
// one line that has to tell it.
func TestStrangeArguments(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "good.toml", oneLocal)
	long := strings.Repeat("x", 100_000)
	for name, test := range map[string]struct {
		args []string
		want string
		code int
	}{
		"dash for a flag": {[]string{"plan", "–-diff", "good.toml"}, `zkprov: of the argument "–-diff": its character 1 is U+2013 EN DASH, which looks like "-" (hyphen-minus)`, 64},
		"dash for a file": {[]string{"plan", "good‐one.toml"}, `✘ cannot read the inventory: open good‐one.toml: no such file or directory: its character 5 is U+2010 HYPHEN, which looks like "-" (hyphen-minus); zkprov init writes one`, 64},
		"limit":           {[]string{"plan", "--limit", "zookeeper‐1", "good.toml"}, `zkprov: of the argument "zookeeper‐1": its character 10 is U+2010 HYPHEN, which looks like "-" (hyphen-minus)`, 64},
		"no-break space":  {[]string{"apply", "--limit\u00a0here", "good.toml"}, "zkprov: of the argument \"--limit\\u00a0here\": its character 8 is U+00A0 NO-BREAK SPACE, which looks like a blank", 64},
		"script":          {[]string{"plan", "--limit", "here\r", "good.toml"}, `zkprov: of the argument "here\r": its character 5 is U+000D CARRIAGE RETURN (files from Windows have it at the end of a line)`, 64},
		"number":          {[]string{"check", "--forks", "１６", "good.toml"}, `zkprov: of the argument "１６": its character 1 is U+FF11 FULLWIDTH DIGIT ONE, which looks like "1"`, 3},
		"finding":         {[]string{"explain", "zk‑eol"}, `zkprov: of the argument "zk‑eol": its character 3 is U+2011 NON-BREAKING HYPHEN, which looks like "-" (hyphen-minus)`, 64},
		"host":            {[]string{"render", "good.toml", "here\u200b"}, "zkprov: of the argument \"here\\u200b\": its character 5 is U+200B ZERO WIDTH SPACE, which cannot be seen", 64},
		"a long name":     {[]string{"plan", "--limit", long, "good.toml"}, `zkprov: --limit names "` + long[:40] + `… (100000 characters)", and good.toml has no host or instance of that name`, 64},
		"a long word":     {[]string{long}, `zkprov: unknown command "` + long[:40] + `… (100000 characters)" for "zkprov"`, 64},
		"a long value":    {[]string{"plan", "--forks=" + long, "good.toml"}, `zkprov: invalid argument "` + long[:40] + `… (100000 characters)" for "--forks" flag: strconv.ParseInt: parsing "` + long[:40] + `… (100000 characters)": invalid syntax`, 64},
	} {
		t.Run(name, func(t *testing.T) {
			got := zkprov(t, test.args...)
			if got.Code != test.code || !strings.Contains("\n"+got.Err, "\n"+test.want+"\n") {
				t.Errorf("exit code %d, want %d; got\n%s\nwant a line\n%s", got.Code, test.code, got.Err, test.want)
			}
			if len(got.Err) > 1000 {
				t.Errorf("%d bytes on stderr", len(got.Err))
			}
		})
	}
}

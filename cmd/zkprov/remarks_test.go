package main

import (
	"strings"
	"testing"
)

// TestEndOfLife looks which command says that the release is at the end of its life, and
// how often: each line of what a command writes counts.
func TestEndOfLife(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "old.toml", strings.Replace(oneLocal, `ignore = ["zk-eol", "few-voters"]`, `ignore = []`, 1))
	put(t, "silent.toml", oneLocal)
	const line = "old.toml:1:1: warning: ZooKeeper 3.6 is end of life since 2022-12-30; CVE-2024-23944 applies; 3.8.6 and 3.9.5 are supported [zk-eol]"
	for command, want := range map[string]struct {
		says string // the line; empty where there is none
		out  bool   // on stdout
	}{
		"validate old.toml":                             {says: line},
		"plan old.toml":                                 {says: line},
		"apply old.toml":                                {says: line},
		"apply -o json old.toml":                        {says: line},
		"validate -q old.toml":                          {},
		"check old.toml":                                {},
		"check -o json old.toml":                        {says: `"message": "old.toml:1:1: ZooKeeper 3.6 is end of life since 2022-12-30; CVE-2024-23944 applies",`, out: true},
		"check -v old.toml":                             {says: "- notice: old.toml:1:1: ZooKeeper 3.6 is end of life since 2022-12-30; CVE-2024-23944 applies; 3.8.6 and 3.9.5 are supported [zk-eol]", out: true},
		"check --host here old.toml":                    {},
		"check -v silent.toml":                          {},
		"render old.toml here":                          {},
		"agent --once --timeout 1ms --splay 0 old.toml": {},
	} {
		t.Run(command, func(t *testing.T) {
			got := zkprov(t, strings.Fields(command)...)
			with, without := got.Err, got.Out
			if want.out {
				with, without = without, with
			}
			var lines []string
			for l := range strings.SplitSeq(with, "\n") {
				if strings.Contains(l, "end of life") {
					lines = append(lines, strings.TrimSpace(l))
				}
			}
			if strings.Join(lines, "\n") != want.says || strings.Contains(without, "end of life") {
				t.Errorf("got %q, want %q; stdout %q, stderr %q", lines, want.says, got.Out, got.Err)
			}
		})
	}
}

// TestEndOfLifeInDetail looks whether whoever asks is told what the advisories are about.
func TestEndOfLifeInDetail(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "old.toml", strings.Replace(oneLocal, `ignore = ["zk-eol", "few-voters"]`, `ignore = ["few-voters"]`, 1))
	const detail = "CVE-2024-23944: a persistent watcher sees names it may not read"
	if got := zkprov(t, "validate", "-v", "old.toml"); !strings.Contains(got.Err, "[zk-eol]\n    "+detail+"\n") {
		t.Errorf("validate -v says %q", got.Err)
	}
	if got := zkprov(t, "validate", "-o", "json", "old.toml"); !strings.Contains(got.Out, `"detail": "`+detail+`"`) {
		t.Errorf("validate -o json says %s", got.Out)
	}
	if got := zkprov(t, "explain", "zk-eol"); !strings.Contains(got.Out, detail) {
		t.Errorf("explain says %s", got.Out)
	}
}

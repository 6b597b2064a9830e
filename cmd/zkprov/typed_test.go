package main

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCommandLine(t *testing.T) {
	for want, l := range map[string]commandLine{
		"zkprov":                  {},
		"zkprov apply prod.toml":  typed([]string{"zkprov", "apply", "prod.toml"}, ""),
		"bin/zkprov apply -q":     typed([]string{"bin/zkprov", "apply", "-q"}, "/usr/bin/make demo"),
		"sudo bin/zkprov apply a": typed([]string{"bin/zkprov", "apply", "a"}, "/src/bin/zkprov apply a"),
		"sudo zkprov check":       typed([]string{"zkprov", "check"}, "/usr/bin/zkprov check"),
		"'my bin/zkprov' plan 'a'\\''b' '' 'x y' '$HOME' '~' -": typed([]string{"my bin/zkprov", "plan", "a'b", "", "x y", "$HOME", "~", "-"}, ""),
	} {
		if got := l.again(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestQuoted lets a shell read what was quoted for one.
func TestQuoted(t *testing.T) {
	words := []string{"plain", "", "a b", "it's", `"$HOME"`, "~", "*", "a\nb", `back\slash`, "é", "#", "=", "-", "!!", "`id`", "a;b", "x=(1)"}
	line := commandLine{program: "printf '%s|'"}.with(words...)
	out, err := exec.CommandContext(t.Context(), "sh", "-c", line).Output()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Join(words, "|")+"|", string(out)); diff != "" {
		t.Error(diff)
	}
}

// TestNext wants what is said to type next to reach the hosts as they were reached.
func TestNext(t *testing.T) {
	all := reach{connectTimeout: time.Minute, sshConfig: "my config", askPassword: true, forks: 2, limit: []string{"zk1"}, timeout: time.Minute, lockTimeout: time.Second}
	usual := reach{connectTimeout: connectTimeout, forks: forks}
	for _, test := range []struct {
		program string
		reach   reach
		path    string
		words   []string
		want    string
	}{
		{"", usual, "prod.toml", []string{"check"}, "zkprov check prod.toml"},
		{"sudo bin/zkprov", usual, "prod.toml", []string{"check"}, "sudo bin/zkprov check prod.toml"},
		{"", all, "prod.toml", []string{"check"}, "zkprov check --ssh-config 'my config' --connect-timeout 1m0s --ask-become-pass --forks 2 prod.toml"},
		{"", all, "prod.toml", []string{"apply", "--limit", "zk2,zk3"}, "zkprov apply --limit zk2,zk3 --ssh-config 'my config' --connect-timeout 1m0s --ask-become-pass --forks 2 --timeout 1m0s --lock-timeout 1s prod.toml"},
		{"", usual, "-", []string{"check"}, "zkprov check -"},
		{"", usual, "-odd.toml", []string{"check"}, "zkprov check -- -odd.toml"},
		{"", usual, "a b.toml", []string{"check"}, "zkprov check 'a b.toml'"},
	} {
		c := &command{line: commandLine{program: test.program}, reach: test.reach}
		if got := c.next(test.path, test.words...); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

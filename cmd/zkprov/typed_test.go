package main

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/fleet"
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

// TestCheckLine wants what is said to type next to reach the hosts as they were
// reached.
func TestCheckLine(t *testing.T) {
	for want, c := range map[string]*command{
		"zkprov check prod.toml": {reach: reach{connectTimeout: connectTimeout}},
		"bin/zkprov check --ssh-config 'my config' --ask-become-pass prod.toml": {line: commandLine{program: "bin/zkprov"}, reach: reach{connectTimeout: connectTimeout, sshConfig: "my config", askPassword: true, limit: []string{"zk1"}, timeout: time.Minute}},
		"zkprov check --connect-timeout 1m0s prod.toml":                         {reach: reach{connectTimeout: time.Minute}},
	} {
		if got := c.checkLine("prod.toml"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	c := &command{reach: reach{connectTimeout: connectTimeout}}
	for path, want := range map[string]string{"-": "zkprov check -", "-odd.toml": "zkprov check -- -odd.toml", "a b.toml": "zkprov check 'a b.toml'"} {
		if got := c.checkLine(path); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestHintAtCheck(t *testing.T) {
	c := &command{line: commandLine{program: "bin/zkprov"}, reach: reach{connectTimeout: connectTimeout, sshConfig: "lab"}}
	formed := &provision.Error{Name: "no-quorum", Hint: "zkprov check tells how it stands"}
	other := &provision.Error{Name: "locked", Hint: "wait"}
	c.hintAtCheck(fmt.Errorf("cannot: %w", formed), "prod.toml")
	c.hintAtCheck(&fleet.HostError{Host: "zk1", Err: other}, "prod.toml")
	c.hintAtCheck(nil, "prod.toml")
	if formed.Hint != "bin/zkprov check --ssh-config lab prod.toml tells how it stands" || other.Hint != "wait" {
		t.Errorf("the hints are %q and %q", formed.Hint, other.Hint)
	}
}

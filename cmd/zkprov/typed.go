package main

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zkprov/zkprov/internal/finding"
)

// commandLine is how the user called zkprov, so that what is said to type next
// works as it stands.
type commandLine struct {
	program string // the first words, quoted for a shell; empty is zkprov
	args    []string
}

// typed returns the command line of a process. sudo is what sudo(8) tells that it was
// given to run, its SUDO_COMMAND.
func typed(args []string, sudo string) commandLine {
	if len(args) == 0 {
		return commandLine{}
	}
	l := commandLine{program: finding.Quoted(args[0]), args: args[1:]}
	if ran, _, _ := strings.Cut(sudo, " "); ran != "" && filepath.Base(ran) == filepath.Base(args[0]) {
		l.program = "sudo " + l.program
	}
	return l
}

// with returns the same program with other words behind it.
func (l commandLine) with(words ...string) string {
	line := l.program
	if line == "" {
		line = "zkprov"
	}
	for _, word := range words {
		line += " " + finding.Quoted(word)
	}
	return line
}

// again returns the command line as it was.
func (l commandLine) again() string { return l.with(l.args...) }

// next renders another command on the same inventory, which reaches its hosts in
// the same way as this one. The first of the words is the command, the others are
// its own flags.
func (c *command) next(path string, words ...string) string {
	words = slices.Clone(words)
	if c.reach.sshConfig != "" {
		words = append(words, "--ssh-config", c.reach.sshConfig)
	}
	if c.reach.connectTimeout != connectTimeout {
		words = append(words, "--connect-timeout", c.reach.connectTimeout.String())
	}
	if c.reach.askPassword {
		words = append(words, "--ask-become-pass")
	}
	if c.reach.forks != forks {
		words = append(words, "--forks", strconv.Itoa(c.reach.forks))
	}
	if words[0] == "rollback" && c.backTo != "" {
		words = append(words, "--to", c.backTo)
	}
	if words[0] == "apply" || words[0] == "restart" || words[0] == "rollback" {
		for _, patience := range []struct {
			flag string
			time time.Duration
		}{{"--timeout", c.reach.timeout}, {"--lock-timeout", c.reach.lockTimeout}} {
			if patience.time != 0 {
				words = append(words, patience.flag, patience.time.String())
			}
		}
	}
	if strings.HasPrefix(path, "-") && path != stdin {
		words = append(words, "--")
	}
	return c.line.with(append(words, path)...)
}

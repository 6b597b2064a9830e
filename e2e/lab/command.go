package lab

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// commandGrace is how long a command's output may stay open after the command was killed.
const commandGrace = 2 * time.Second

// command runs one program of the machine and returns its standard output. A failure carries the end of what it wrote.
type command struct {
	name  string
	args  []string
	env   []string // nil means this process's own
	dir   string
	stdin io.Reader
}

func run(ctx context.Context, name string, args ...string) (string, error) {
	return command{name: name, args: args}.output(ctx)
}

func (c command) output(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, c.name, c.args...)
	cmd.Env, cmd.Dir, cmd.Stdin = c.env, c.dir, c.stdin
	// A group of its own, so that a cancelled command takes its children with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = commandGrace
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err == nil {
		return stdout.String(), nil
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("%w (%w)", context.Cause(ctx), err)
	}
	said := tail(stderr.String(), 20)
	if said == "" {
		said = tail(stdout.String(), 20)
	}
	if said != "" {
		said = ": " + said
	}
	return stdout.String(), fmt.Errorf("cannot run %s: %w%s", c.name, err, said)
}

// tail returns the last lines of a text, trimmed.
func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	if len(all) > lines {
		all = all[len(all)-lines:]
	}
	return strings.Join(all, "\n")
}

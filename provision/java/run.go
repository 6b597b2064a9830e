package java

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// versionLimit bounds one `java -version`; a slow machine takes one second.
const versionLimit = 5 * time.Second

// maxOutput bounds what is kept of a program's output.
const maxOutput = 8 << 10

// runVersion asks java for its version. It runs as the service user where that
// is known and possible, in an environment that is as bare as the unit's, so
// that neither JAVA_TOOL_OPTIONS nor root's rights flatter the answer.
func runVersion(ctx context.Context, java string, u User, limit time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var out tail
	cmd := exec.CommandContext(ctx, java, "-version")
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = &out, &out
	// A wrapper may leave a child behind that holds the pipe.
	cmd.WaitDelay = time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if u.Known && os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: u.UID, Gid: u.GID}
	}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	err := cmd.Run()
	text := out.String()
	var exit *exec.ExitError
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "", fmt.Errorf("java -version gave no answer within %s", limit)
	case ctx.Err() != nil:
		return "", fmt.Errorf("java -version was interrupted")
	case errors.Is(err, syscall.ENOEXEC):
		return "", fmt.Errorf("it does not run on this machine (%s): it is for another architecture, or broken", syscall.ENOEXEC)
	case errors.Is(err, syscall.ENOENT):
		return "", fmt.Errorf("it does not start: its interpreter or loader is missing, as with one that is for another C library or architecture")
	case errors.As(err, &exit):
		return "", fmt.Errorf("java -version failed with %s%s", exit.ProcessState, firstLine(text))
	case err != nil:
		return "", fmt.Errorf("java -version failed: %s", err)
	}
	version, ok := parseVersionOutput(text)
	switch {
	case ok:
		return version, nil
	case strings.TrimSpace(text) == "":
		return "", errors.New("java -version printed nothing")
	default:
		return "", fmt.Errorf("java -version named no version%s", firstLine(text))
	}
}

// firstLine is ": " and the first line with something on it, cut to a length
// that fits a message and without control characters.
func firstLine(text string) string {
	for line := range strings.Lines(text) {
		line = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return -1
			}
			return r
		}, strings.TrimSpace(line))
		if line == "" {
			continue
		}
		if r := []rune(line); len(r) > 200 {
			line = string(r[:200]) + "…"
		}
		return ": " + line
	}
	return ""
}

// tail keeps the last maxOutput bytes that are written to it.
type tail struct{ b bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	t.b.Write(p)
	if extra := t.b.Len() - maxOutput; extra > 0 {
		t.b.Next(extra)
	}
	return len(p), nil
}

func (t *tail) String() string { return t.b.String() }

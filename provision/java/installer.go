package java

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Bounds of Install.
const (
	// InstallLimit bounds a whole installation, waiting for locks included.
	InstallLimit = 10 * time.Minute
	// lockPause lies between two tries while another program holds the lists of
	// packages, a lock that apt-get does not wait for by itself.
	lockPause = 5 * time.Second
	// stopGrace is how long a package manager may take to finish after SIGTERM.
	stopGrace = 30 * time.Second
)

// Runner runs a program to its end and returns what it printed. env is added to
// the runner's own environment.
type Runner interface {
	Run(ctx context.Context, env []string, argv ...string) (output string, err error)
}

// Install installs the package, at most for InstallLimit. It first tries with
// the lists of packages that the host has, and fetches new ones when they do not
// do. The error carries the end of what the package manager said.
func Install(ctx context.Context, run Runner, p Package) error {
	ctx, cancel := context.WithTimeout(ctx, InstallLimit)
	defer cancel()
	out, err := whenUnlocked(ctx, run, p.Env, p.Argv)
	if err != nil && len(p.Refresh) > 0 && outdated(out) {
		if out, err = whenUnlocked(ctx, run, p.Env, p.Refresh); err != nil {
			return installError(ctx, p, p.Refresh, out, err)
		}
		out, err = whenUnlocked(ctx, run, p.Env, p.Argv)
	}
	if err != nil {
		return installError(ctx, p, p.Argv, out, err)
	}
	return nil
}

// whenUnlocked runs argv again as long as it only fails because another program
// holds a lock.
func whenUnlocked(ctx context.Context, run Runner, env, argv []string) (string, error) {
	for {
		out, err := run.Run(ctx, env, argv...)
		if err == nil || !strings.Contains(out, "Could not get lock") {
			return out, err
		}
		pause := time.NewTimer(lockPause)
		select {
		case <-ctx.Done():
			pause.Stop()
			return out, err
		case <-pause.C:
		}
	}
}

// outdated reports whether apt-get failed in a way that new lists may cure: it knows no
// such package, or the version that it knows has left the mirror.
func outdated(output string) bool {
	for _, text := range []string{"Unable to locate package", "has no installation candidate", "404  Not Found", "Unable to fetch some archives"} {
		if strings.Contains(output, text) {
			return true
		}
	}
	return false
}

func installError(ctx context.Context, p Package, argv []string, output string, err error) error {
	if ctx.Err() != nil {
		err = fmt.Errorf("stopped after at most %s: %w", InstallLimit, ctx.Err())
	}
	said := strings.TrimSpace(output)
	if lines := strings.Split(said, "\n"); len(lines) > 10 {
		said = strings.Join(lines[len(lines)-10:], "\n")
	}
	if said == "" {
		said = "(it printed nothing)"
	}
	return fmt.Errorf("cannot install %s: %s: %w\n%s", p.Name, strings.Join(argv, " "), err, said)
}

// Command runs programs on this host. Its zero value is ready.
type Command struct{}

// Run starts argv in a process group of its own, out of reach of a terminal's
// Ctrl-C: a package manager that is cut off in the middle leaves the host's
// package database in need of repair. When ctx ends it gets SIGTERM, and time to
// finish.
func (Command) Run(ctx context.Context, env []string, argv ...string) (string, error) {
	var out tail
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(append(os.Environ(), "LC_ALL=C"), env...)
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopGrace
	err := cmd.Run()
	return out.String(), err
}

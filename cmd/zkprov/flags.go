package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/fleet"
	"github.com/zkprov/zkprov/provision/plan"
	"github.com/zkprov/zkprov/provision/remote"
)

// output is how a command speaks.
type output struct {
	format   string // text or json
	progress string // auto, tty, plain or none
	noColor  bool
	quiet    bool
	verbose  bool
}

func (o *output) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&o.format, "output", "o", "text", "the `FORMAT` of stdout: text or json")
	f.StringVar(&o.progress, "progress", "auto", "the `STYLE` of progress on stderr: auto, tty, plain or none")
	f.BoolVar(&o.noColor, "no-color", false, "no colours; NO_COLOR and TERM=dumb are respected as well")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress and no warnings about the inventory")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "every single change, and what is well")
	complete(cmd, "output", "text", "json")
	complete(cmd, "progress", "auto", "tty", "plain", "none")
}

func complete(cmd *cobra.Command, flag string, values ...string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

func (o *output) check() error {
	if !slices.Contains([]string{"text", "json"}, o.format) {
		return fmt.Errorf("--output is %q, and may be text or json", o.format)
	}
	if !slices.Contains([]string{"auto", "tty", "plain", "none"}, o.progress) {
		return fmt.Errorf("--progress is %q, and may be auto, tty, plain or none", o.progress)
	}
	return nil
}

// connectTimeout is how long an SSH connection may take where nobody says.
const connectTimeout = 10 * time.Second

// forks is how many hosts are worked on at once where nobody says.
const forks = 16

// reach is how hosts are reached.
type reach struct {
	limit          []string
	forks          int
	sshConfig      string
	connectTimeout time.Duration
	askPassword    bool
	lockTimeout    time.Duration
	timeout        time.Duration
}

func (r *reach) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.IntVar(&r.forks, "forks", forks, "work on `N` hosts at once")
	f.StringVar(&r.sshConfig, "ssh-config", "", "an ssh_config `FILE` to use instead of your own")
	patienceFlag(cmd, &r.connectTimeout, "connect-timeout", connectTimeout, "how long an SSH connection may take, in whole seconds")
	f.BoolVar(&r.askPassword, "ask-become-pass", false, "ask once for the password that sudo wants on the hosts; read from stdin where that is no terminal")
	_ = cmd.MarkFlagFilename("ssh-config")
}

func (r *reach) limitFlag(cmd *cobra.Command) {
	cmd.Flags().Var(hostList{&r.limit}, "limit", "change only these hosts or instances, `NAME,NAME`; all are looked at")
}

// roll is how running instances are restarted.
type roll struct {
	noRestart, allowOutage bool
	settle                 time.Duration
	stopAfter              int
}

// planFlags are those that a plan of restarts depends on.
func (r *roll) planFlags(cmd *cobra.Command) {
	patienceFlag(cmd, &r.settle, "settle", 0, fmt.Sprintf("how long an instance must have been in sync before the next is restarted; 0 is %s", plan.SettleTime))
	cmd.Flags().BoolVar(&r.allowOutage, "allow-outage", false, "restart although the quorum is lost meanwhile, as with one and two voters")
}

func (r *roll) noRestartFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&r.noRestart, "no-restart", false, "make everything ready and restart nothing; say what is pending")
}

func (r *roll) flags(cmd *cobra.Command) {
	r.planFlags(cmd)
	cmd.Flags().IntVar(&r.stopAfter, "stop-after", 0, "end well once `N` instances were restarted, and say what is left; 0 is all")
}

// limitNames returns the names that a run can be limited to.
func limitNames(e *inventory.Ensemble) []string {
	names := hostNames(e)
	for _, m := range e.Members() {
		names = append(names, m.Instance.Name)
	}
	return names
}

// fleet makes the means to reach the hosts of an ensemble, whose inventory was read
// from path.
func (c *command) fleet(ctx context.Context, e *inventory.Ensemble, path string, report func(fleet.Event)) (*fleet.Fleet, error) {
	r := c.reach
	for _, name := range r.limit {
		if names := limitNames(e); !slices.Contains(names, name) {
			return nil, fmt.Errorf("--limit names %q, and %s has no host or instance of that name%s", name, e.File, didYouMean(name, names))
		}
	}
	if r.askPassword && c.stdin != nil {
		return nil, errors.New("--ask-become-pass needs standard input, and the inventory was read from there; give the inventory as a file")
	}
	if r.forks < 1 {
		return nil, fmt.Errorf("--forks is %d, and must be at least 1", r.forks)
	}
	if c.roll.stopAfter < 0 {
		return nil, fmt.Errorf("--stop-after is %d, and must be at least 1, or 0 for all", c.roll.stopAfter)
	}
	dir, err := archive.DefaultCacheDir()
	if err != nil {
		return nil, c.failed(err)
	}
	ssh := &remote.SSH{ConfigFile: r.sshConfig, ConnectTimeout: r.connectTimeout, Binaries: new(remote.Binaries)}
	if r.askPassword {
		if ssh.Password, err = c.password(ctx); err != nil {
			return nil, c.failed(err)
		}
	}
	return &fleet.Fleet{
		Ensemble:    e,
		Connector:   &remote.Hosts{SSH: ssh, Local: c.local},
		Archives:    &archive.Fetcher{Cache: archive.Cache{Dir: dir}},
		Forks:       r.forks,
		Limit:       r.limit,
		LockTimeout: r.lockTimeout,
		Timeout:     r.timeout,
		NoRestart:   c.roll.noRestart,
		AllowOutage: c.roll.allowOutage,
		Settle:      c.roll.settle,
		StopAfter:   c.roll.stopAfter,
		Report:      report,
		Command:     func(words ...string) string { return c.next(path, words...) },
	}, nil
}

// open loads the inventory that a command is about and makes the means to reach its
// hosts. Whoever calls closes the progress.
func (c *command) open(ctx context.Context, name, path string) (*inventory.Ensemble, *fleet.Fleet, *progress, error) {
	e, err := c.load(ctx, name, path)
	if err != nil {
		return nil, nil, nil, err
	}
	f, p, err := c.reaching(ctx, name, e, path)
	return e, f, p, err
}

// reaching makes the means to reach the hosts of an ensemble, and shows what goes on there.
// Whoever calls closes the progress.
func (c *command) reaching(ctx context.Context, name string, e *inventory.Ensemble, path string) (*fleet.Fleet, *progress, error) {
	p := newProgress(c.io.err, c.output)
	f, err := c.fleet(ctx, e, path, p.report)
	if err != nil {
		p.close()
		return nil, nil, err
	}
	f.By = callerOf(name)
	return f, p, nil
}

func hostNames(e *inventory.Ensemble) []string {
	var names []string
	for i := range e.Hosts {
		names = append(names, e.Hosts[i].Name)
	}
	return names
}

// maxPassword bounds a password on standard input, bytes.
const maxPassword = 4096

// password asks for sudo's password on the terminal, without an echo. The end of
// ctx ends the question, and the terminal is left as it was.
func (c *command) password(ctx context.Context) (string, error) {
	fd := int(c.io.in.Fd())
	if !term.IsTerminal(fd) {
		line, err := unlessDone(ctx, func() (string, error) {
			return bufio.NewReader(io.LimitReader(c.io.in, maxPassword+1)).ReadString('\n')
		})
		switch line = strings.TrimRight(line, "\r\n"); {
		case err != nil && !errors.Is(err, io.EOF):
			return "", fmt.Errorf("cannot read the password for sudo from stdin: %w", err)
		case len(line) > maxPassword:
			return "", fmt.Errorf("cannot read the password for sudo from stdin: its first line has more than %d bytes", maxPassword)
		case line == "":
			return "", errors.New("cannot read the password for sudo from stdin: it is empty")
		}
		return line, nil
	}
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("cannot read the password for sudo: %w", err)
	}
	fmt.Fprint(c.io.err, "Password for sudo on the hosts: ")
	secret, err := unlessDone(ctx, func() ([]byte, error) { return term.ReadPassword(fd) })
	if ctx.Err() != nil {
		// Whoever reads still waits, and so does not put the echo back.
		_ = term.Restore(fd, before)
	}
	fmt.Fprintln(c.io.err)
	if err != nil {
		return "", fmt.Errorf("cannot read the password for sudo: %w", err)
	}
	return string(secret), nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/fleet"
	"github.com/zkprov/zkprov/provision/host"
)

// unattended holds the flags of a run that nobody watches.
type unattended struct {
	host string
	// timeout and lockTimeout are as for an apply, with other defaults.
	timeout, lockTimeout time.Duration
	once                 bool
	splay                time.Duration
	// backoff bounds how long is waited after failures in a row; 0 is not at all.
	backoff time.Duration
}

func (c *command) agentCommand() *cobra.Command {
	var u unattended
	cmd := &cobra.Command{
		Use:   "agent [INVENTORY]",
		Short: "Apply this host's own part, without a control machine, and wait for the quorum",
		Long: `Apply this host's own part of an inventory, ` + inventory.AgentFile + ` unless
another is given, without a control machine, and wait, bounded, for the quorum.
This is what a package's unit zkprov-agent.service runs at boot.

  zkprov agent --once             one try; the unit tries again
  zkprov agent                    until the ensemble is formed
  zkprov agent --once --host zk1  where the machine cannot tell which host it is

Which host this machine is, is told by the marks under match, then by a local
address, then by name. A voter without data may vote only where a majority of all
voters was heard to be without history, and until the inventory's [bootstrap]
expires; otherwise it joins the quorum that exists, and has no vote before it has
copied everything. Nothing that serves is restarted: changes are staged, and
"restart pending" is said. An inventory that others than root, or the user who
runs this, own or may write to is refused.

The last result is kept in /var/lib/zkprov/status.json and, under systemd, shown
by systemctl status zkprov-agent.

Exit codes: 0 the ensemble is formed, 1 failed, 64 usage or inventory error, 65 the
host changed while it was worked on, 75 others are not up yet (the quorum may stand
all the same), or another run holds the lock, 78 refused by a safety rule.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.output.check(); err != nil {
				return err
			}
			path := inventory.AgentFile
			if len(args) > 0 {
				path = args[0]
			}
			return c.agent(cmd.Context(), path, u)
		},
	}
	c.output.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&u.host, "host", "", "the name of the host that this machine is")
	f.BoolVar(&u.once, "once", false, "end after one try")
	patienceFlag(cmd, &u.timeout, "timeout", fleet.AloneLimit, "how long one try waits for others (a founding is finished)")
	patienceFlag(cmd, &u.lockTimeout, "lock-timeout", time.Minute, "how long to wait for another run on this host to end")
	patienceFlag(cmd, &u.splay, "splay", 10*time.Second, "at most so long is waited, at random, after a try for which others were not up")
	patienceFlag(cmd, &u.backoff, "backoff", 0, "with --once, at most so long is waited after a failure, longer after each in a row")
	return cmd
}

// agent tries until the ensemble is formed, or once.
func (c *command) agent(ctx context.Context, path string, u unattended) error {
	for {
		failures, err := c.try(ctx, path, u)
		var said *saidError
		if !errors.As(err, &said) {
			return err
		}
		var pause time.Duration
		switch {
		case said.code == exitLocked && u.splay > 0:
			// Hosts that were switched on together do not come in step.
			pause = rand.N(u.splay)
			notify("waits before it tries again")
		case said.code == exitFailed && u.once:
			if pause = backoff(failures, u.backoff); pause > 0 {
				notify(fmt.Sprintf("failed %d times in a row; waits %s before it ends (systemctl restart zkprov-agent tries at once)", failures, pause.Round(time.Second)))
			}
		}
		if pause > 0 {
			select {
			case <-ctx.Done():
				return err
			case <-time.After(pause):
			}
		}
		if u.once || said.code != exitLocked {
			return err
		}
	}
}

// backoff returns how long is waited after so many failures in a row: twice as long after
// each, up to limit, at random. What no new try cures, such as an archive with a
// wrong hash, would otherwise be fetched every few seconds by every host.
func backoff(failures int, limit time.Duration) time.Duration {
	if failures < 2 || limit <= 0 {
		return 0
	}
	pause := limit
	if doublings := failures - 2; doublings < 16 {
		pause = min(limit, 10*time.Second<<doublings)
	}
	return pause/2 + rand.N(pause/2+1)
}

// try makes one run and keeps its result, whatever it is. failures are the runs in a row
// that failed, with this one.
func (c *command) try(ctx context.Context, path string, u unattended) (failures int, err error) {
	agent := c.local()
	defer agent.Close()
	status := host.Status{Time: time.Now().UTC().Truncate(time.Second)}
	var file fs.FileInfo // nil where the inventory is on standard input
	var refusal error
	c.trust = func(path string, info fs.FileInfo) error {
		file, refusal = info, host.TrustInventory(path, info)
		return refusal
	}
	e, err := c.load(ctx, "agent", path)
	if err != nil {
		switch {
		case ctx.Err() != nil:
			return 0, err // nothing was tried
		case refusal != nil:
			conclude(&status, nil, refusal, c.unreadable(refusal))
		default:
			status.Result, status.ExitCode = "failed", exitUsage
			status.Reason, status.Hint = "the inventory "+path+" cannot be used", "zkprov validate "+path+" says why"
		}
		c.keep(ctx, agent, &status)
		return status.Failures, err
	}
	status.Ensemble = e.Name
	if file != nil {
		if f := host.SecretReadable(e, path, file); f != nil {
			c.sayFindings(finding.Findings{*f})
		}
	}
	progress := newProgress(c.io.err, c.output)
	h, err := c.which(ctx, agent, e, u.host)
	var s *fleet.Standing
	if err == nil {
		status.Host = h.Name
		alone := &fleet.Alone{Ensemble: e, Host: h, Agent: agent, Timeout: u.timeout, LockTimeout: u.lockTimeout,
			Report: func(event fleet.Event) {
				progress.report(event)
				if event.Kind == fleet.Progress {
					notify(event.Text)
				}
			}}
		s, err = alone.Run(ctx)
	}
	progress.close()
	code := exitCode(err)
	conclude(&status, s, err, code)
	c.keep(ctx, agent, &status)
	if c.output.format == "json" {
		return status.Failures, c.document("agent", s, err, code)
	}
	if err != nil {
		if s != nil && s.Plan != nil {
			c.styled(c.io.err).findings(s.Plan.Remarks(), false)
		}
		c.styled(c.io.err).errors(err)
		return status.Failures, &saidError{code}
	}
	c.styled(c.io.out).printf("%s\n", statusLine(status))
	c.styled(c.io.out).printf("%s\n", quorumLine(e, &s.Verdict))
	return 0, nil
}

// keep shows what a run came to, counts it where it failed, and keeps it for whoever
// looks later.
func (c *command) keep(ctx context.Context, agent provision.Agent, status *host.Status) {
	notify(statusLine(*status))
	keeper, ok := agent.(interface {
		LastStatus(context.Context) (host.Status, error)
		WriteStatus(context.Context, host.Status) error
	})
	if !ok {
		return
	}
	ctx = context.WithoutCancel(ctx)
	if status.Result == "failed" {
		last, err := keeper.LastStatus(ctx)
		if err != nil {
			c.styled(c.io.err).printf("zkprov: %v\n", err)
		}
		status.Failures = last.Failures + 1
	}
	if err := keeper.WriteStatus(ctx, *status); err != nil {
		c.styled(c.io.err).printf("zkprov: %v\n", err)
	}
}

// which returns the host that this machine is.
func (c *command) which(ctx context.Context, agent provision.Agent, e *inventory.Ensemble, name string) (*inventory.Host, error) {
	machine, ok := agent.(interface {
		WhichHost(context.Context, *inventory.Ensemble, string) (*inventory.Host, error)
	})
	if !ok {
		return nil, errors.New("cannot tell which host this machine is")
	}
	return machine.WhichHost(ctx, e, name)
}

// notify shows a line in systemctl status; without systemd it does nothing.
func notify(text string) {
	_, _ = daemon.SdNotify(false, "STATUS="+strings.ReplaceAll(text, "\n", " "))
}

// conclude notes in a status what a run came to.
func conclude(status *host.Status, s *fleet.Standing, err error, code int) {
	status.ExitCode = code
	if s != nil {
		status.Changes, status.Missing = s.Changes, s.Missing
		status.RestartPending = s.Pending()
	}
	var e *provision.Error
	switch {
	case err == nil:
		status.Result = "formed"
	case code == exitLocked && s != nil && s.Verdict.Quorum:
		status.Result = "quorum"
	case code == exitLocked:
		status.Result = "waiting"
	case code == exitRefused:
		status.Result = "refused"
	case code == exitInterrupted:
		status.Result = "stopped"
	default:
		status.Result = "failed"
	}
	if status.Result == "stopped" {
		status.Reason, status.Hint = "it was asked to stop before it was done", "systemctl start zkprov-agent"
	} else if errors.As(err, &e) {
		status.Reason, status.Hint = e.Message, finding.Advice(e.Hint, e.Commands)
	} else if err != nil {
		status.Reason = err.Error()
	}
}

// statusLine returns a status in one line.
func statusLine(s host.Status) string {
	line := map[string]string{
		"formed": "the ensemble is formed", "quorum": s.Reason,
		"waiting": "waiting: " + s.Reason, "stopped": "stopped: " + s.Reason, "refused": "refused: " + s.Reason, "failed": "failed: " + s.Reason,
	}[s.Result]
	if len(s.RestartPending) > 0 {
		line += "; restart pending: " + strings.Join(s.RestartPending, ", ")
	}
	return line
}

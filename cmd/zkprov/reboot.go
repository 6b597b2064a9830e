package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zkprov/zkprov/provision/fleet"
)

func (c *command) rebootCommand() *cobra.Command {
	var what fleet.Rebooting
	cmd := &cobra.Command{
		Use:   "reboot INVENTORY",
		Short: "Reboot the hosts one at a time, behind the gates of a rolling restart",
		Long: `Reboot the hosts of an ensemble, one at a time, as a kernel or a firmware wants it.
The hosts of observers go first, that of the leader last, by what the servers say
before each. A host goes down only while every other voter is in sync and the others
are a majority without all of its servers; the next is taken once it is back and its
servers have been in sync for a while.

  zkprov reboot inventory.toml
  zkprov reboot --if-needed inventory.toml        only hosts that say that they need it
  zkprov reboot --limit zk2,zk3 inventory.toml    only these
  zkprov reboot --stop-after 1 inventory.toml     one, and the others another time

What would not come back with a host is found before: a unit that is not enabled, a
disk that somebody mounted by hand, a server that would be started with something
else than it runs with. A host without which there is no majority wants
--allow-outage. The host that zkprov runs on is not rebooted.

That a host has booted is told by another boot id or, in a container, by the start of
its first process. One that does not come back within --boot-timeout ends it, and no
other host is touched.

--if-needed asks for /run/reboot-required on Debian and Ubuntu, and needs-restarting -r
on RPM systems.

Exit codes: 0 all are back, 1 a host or its servers did not come back, 4 hosts
unreachable and nothing else failed, 64 usage or inventory error, 75 another run holds
the lock, 78 refused by a safety rule.`,
		Args: oneInventory,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.output.check(); err != nil {
				return err
			}
			return c.reboot(cmd.Context(), args[0], what)
		},
	}
	c.output.flags(cmd)
	c.reach.flags(cmd)
	f := cmd.Flags()
	f.Var(hostList{&c.reach.limit}, "limit", "reboot only these hosts, `NAME,NAME`; all are looked at")
	f.BoolVar(&what.IfNeeded, "if-needed", false, "only hosts that say that they need a reboot")
	patienceFlag(cmd, &what.BootTimeout, "boot-timeout", fleet.BootLimit, "how long a host may take to come back")
	f.BoolVar(&c.roll.allowOutage, "allow-outage", false, "reboot hosts without which there is no majority, too")
	patienceFlag(cmd, &c.roll.settle, "settle", 0, "how long the servers of a host must have been in sync before the next is taken; 0 is 5s")
	f.IntVar(&c.roll.stopAfter, "stop-after", 0, "end well after `N` hosts; 0 is all")
	patienceFlag(cmd, &c.reach.timeout, "timeout", 0, "how long the servers get to be in sync; 0 is initLimit x tickTime + 30s")
	patienceFlag(cmd, &c.reach.lockTimeout, "lock-timeout", 0, "how long to wait for another run on a host to end; 0 is not at all")
	return cmd
}

func (c *command) reboot(ctx context.Context, path string, what fleet.Rebooting) error {
	e, err := c.load(ctx, "reboot", path)
	if err != nil {
		return err
	}
	if err := c.wholeHosts("a reboot", e); err != nil {
		return err
	}
	f, progress, err := c.reaching(ctx, "reboot", e, path)
	if err != nil {
		return err
	}
	defer progress.close()
	outcome, err := f.Reboot(ctx, what)
	progress.close()
	code, interrupted := runCode(err), errors.Is(err, context.Canceled)
	if c.output.format == "json" {
		return c.document("reboot", outcome, err, code)
	}
	says := c.styled(c.io.err)
	if err == nil {
		says = c.styled(c.io.out)
	}
	if outcome.Plan != nil {
		says.findings(outcome.Plan.Remarks(), false)
	}
	says.errors(err)
	done, left := outcome.Rebooted(), outcome.ToReboot()
	switch {
	case len(done)+len(left) == 0 && err == nil:
		says.printf("no host is to be rebooted · %s\n", duration(outcome.Took))
	case len(done) > 0:
		says.printf("rebooted: %s · %s\n", strings.Join(done, ", "), duration(outcome.Took))
	default:
		says.printf("no host was rebooted and is back · %s\n", duration(outcome.Took))
	}
	switch {
	case len(left) > 0 && interrupted:
		says.printf("not rebooted, or not seen back: %s\n", strings.Join(left, ", "))
	case len(left) > 0 && len(done) > 0:
		says.printf("not rebooted: %s\n", strings.Join(left, ", "))
	}
	switch {
	case len(left) > 0 && interrupted:
		says.verbatim("next: %s\n", c.next(path, "reboot", "--limit", strings.Join(left, ",")))
		return &saidError{code}
	case err != nil:
		return &saidError{code}
	case len(left) > 0:
		says.verbatim("next: %s\n", c.next(path, "reboot", "--limit", strings.Join(left, ",")))
	case outcome.Verdict != nil:
		says.printf("%s\n", says.paint(green, quorumLine(e, outcome.Verdict)+", "+writeLine(outcome.Write)))
	}
	return nil
}

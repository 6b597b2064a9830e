package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/e2e/lab"
	"github.com/zkprov/zkprov/e2e/lab/load"
)

const (
	// rollRuns is how often each roll is measured, once by hand and once by zkprov in turn.
	rollRuns = 3
	// settle is how long zkprov looks on by default before it takes the next server, and so does who restarts by hand.
	settle = 5 * time.Second
	// backLimit bounds the wait for a server that was restarted by hand.
	backLimit = time.Minute
)

// rolls measures restarts of all servers by zkprov, and the same by hand, under a client that writes all the time.
func rolls(ctx context.Context) error {
	b, err := prepared(ctx)
	if err != nil {
		return err
	}
	for _, hosts := range []int{3, 5} {
		if err := b.on(ctx, hosts, func(l *lab.Lab, inventory string) error { return b.rolled(ctx, l, inventory, hosts) }); err != nil {
			return err
		}
	}
	return b.print()
}

func (b *measured) rolled(ctx context.Context, l *lab.Lab, inventory string, hosts int) error {
	if err := quiet(ctx, binary, "apply", "--ssh-config", l.SSHConfig(), inventory); err != nil {
		return err
	}
	servers, err := load.ReadServers(inventory)
	if err != nil {
		return err
	}
	for range rollRuns {
		err := b.written(ctx, fmt.Sprintf("%d hosts, by hand", hosts), servers, func() error { return restartByHand(ctx, l, servers) })
		if err == nil {
			err = b.written(ctx, fmt.Sprintf("%d hosts, `zkprov restart`", hosts), servers, func() error {
				return quiet(ctx, binary, "restart", "--ssh-config", l.SSHConfig(), inventory)
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// written measures what restarts all servers, under writes.
func (b *measured) written(ctx context.Context, what string, servers []load.Server, do func() error) error {
	w, err := load.Start(ctx, load.Config{Servers: servers})
	if err != nil {
		return err
	}
	watcher := load.Watch(ctx, servers)
	time.Sleep(time.Second)
	begin := time.Now()
	err = do()
	took := time.Since(begin)
	time.Sleep(time.Second)
	strength := watcher.Stop()
	report, reportErr := w.Stop(ctx)
	if err := errors.Join(err, reportErr); err != nil {
		return err
	}
	if len(report.Lost)+len(report.OutOfOrder) > 0 {
		return fmt.Errorf("%s has lost writes:\n%s", what, report)
	}
	b.add(what+": all servers restarted", took)
	b.add(what+": largest gap without an acknowledged write", report.Gap.Took)
	b.add(what+": longest time below full strength", strength.BelowFull)
	b.add(what+": longest time below a majority that serves", strength.NoMajority)
	return nil
}

// restartByHand restarts followers and then the leader over SSH. Before each all servers serve; after each it serves, and is looked at for
// as long as zkprov does.
func restartByHand(ctx context.Context, l *lab.Lab, servers []load.Server) error {
	order := make([]int, 0, len(servers))
	leader := -1
	for i, s := range servers {
		if leads(ctx, s) {
			leader = i
		} else {
			order = append(order, i)
		}
	}
	if leader >= 0 {
		order = append(order, leader)
	}
	for _, i := range order {
		if err := allServe(ctx, servers); err != nil {
			return err
		}
		if err := quiet(ctx, "ssh", "-F", l.SSHConfig(), l.Hosts()[i].Name, "systemctl", "restart", servers[i].Name); err != nil {
			return err
		}
		if err := allServe(ctx, servers); err != nil {
			return err
		}
		time.Sleep(settle)
	}
	return allServe(ctx, servers)
}

func leads(ctx context.Context, s load.Server) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	answer, err := ensemble.Ask(ctx, s.Addr, "srvr")
	if err != nil {
		return false
	}
	srvr, err := ensemble.ParseSrvr(answer)
	return err == nil && srvr.Mode == ensemble.Leader
}

// allServe waits until all servers do.
func allServe(ctx context.Context, servers []load.Server) error {
	for end := time.Now().Add(backLimit); ; time.Sleep(20 * time.Millisecond) {
		down := slices.IndexFunc(servers, func(s load.Server) bool { return !load.Serves(ctx, s) })
		if down < 0 {
			return nil
		}
		if time.Now().After(end) || ctx.Err() != nil {
			return fmt.Errorf("%s did not serve within %s", servers[down].Name, backLimit)
		}
	}
}

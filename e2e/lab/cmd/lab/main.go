// Lab sets up, boots and stops labs of hosts by hand. The tests and the demo use the package directly.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strconv"

	"github.com/zkprov/zkprov/e2e/lab"
)

const usage = `usage:
  lab setup                install what the lab needs and build the image
  lab archive VERSION      get a ZooKeeper release; prints its path and SHA-512
  lab up NAME [HOSTS]      boot a lab of that many hosts (4) and leave it up
  lab list                 the labs that are up
  lab run NAME HOST SCRIPT run a script as root on a host
  lab down NAME            stop a lab and remove it
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := do(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func do(ctx context.Context, args []string) error {
	store, err := lab.OpenStore(os.Stderr)
	if err != nil {
		return err
	}
	switch {
	case len(args) == 1 && args[0] == "setup":
		return store.Setup(ctx)
	case len(args) == 2 && args[0] == "archive":
		release, err := store.ZooKeeper(ctx, args[1])
		if err == nil {
			fmt.Println(release.Path)
			fmt.Println(release.SHA512)
		}
		return err
	case len(args) == 1 && args[0] == "list":
		names, err := store.Labs()
		for _, name := range names {
			fmt.Println(name)
		}
		return err
	case len(args) >= 2 && len(args) <= 3 && args[0] == "up":
		return up(ctx, store, args[1:])
	case len(args) == 4 && args[0] == "run":
		l, err := store.Attach(ctx, args[1])
		if err != nil {
			return err
		}
		host := l.Host(args[2])
		if host == nil {
			return fmt.Errorf("the lab %s has no host %s", args[1], args[2])
		}
		out, err := host.Run(ctx, args[3])
		fmt.Print(out)
		return err
	case len(args) == 2 && args[0] == "down":
		l, err := store.Attach(ctx, args[1])
		if err != nil {
			return err
		}
		return l.Close(ctx)
	}
	fmt.Fprint(os.Stderr, usage)
	os.Exit(2)
	return nil
}

func up(ctx context.Context, store *lab.Store, args []string) error {
	hosts := 4
	if len(args) == 2 {
		n, err := strconv.Atoi(args[1])
		if err != nil || n < 1 || n > 9 {
			return fmt.Errorf("cannot boot %s hosts: 1 to 9", args[1])
		}
		hosts = n
	}
	if err := store.Setup(ctx); err != nil {
		return err
	}
	l, err := store.Open(ctx, args[0])
	if err != nil {
		return err
	}
	if _, err := l.Boot(ctx, lab.Hosts(hosts)...); err != nil {
		return err
	}
	fmt.Println("ssh -F", l.SSHConfig(), l.Hosts()[0].Name)
	return l.Detach()
}

// Demo shows zkprov on four real hosts: it boots them in a lab, runs plan, apply and check on examples/four-hosts.toml with every
// command and its output, and leaves the hosts running. demo down stops them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/zkprov/zkprov/e2e/lab"
)

const (
	labName = "demo"
	binary  = "bin/zkprov"
	example = "examples/four-hosts.toml"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := demo(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "demo: %v\n", err)
		os.Exit(1)
	}
}

func demo(ctx context.Context, args []string) error {
	store, err := lab.OpenStore(os.Stderr)
	if err != nil {
		return err
	}
	switch strings.Join(args, " ") {
	case "up":
		return up(ctx, store)
	case "down":
		return down(ctx, store)
	}
	return errors.New("usage: demo up|down, from the top of the repository")
}

func up(ctx context.Context, store *lab.Store) error {
	if err := store.Setup(ctx); err != nil {
		return err
	}
	release, err := store.ZooKeeper(ctx, "3.6.3")
	if err != nil {
		return err
	}
	hosts, err := boot(ctx, store)
	if err != nil {
		return err
	}
	inventory, err := inventoryFor(hosts, release)
	if err != nil {
		return err
	}
	for _, command := range []string{"plan", "apply", "check"} {
		if err := show(ctx, binary, command, "--ssh-config", hosts.SSHConfig(), inventory); err != nil {
			return err
		}
	}
	fmt.Printf(`
The four hosts are left running. To look around:
  ssh -F %[1]s zk1
  ssh -F %[1]s zk1 journalctl -u zookeeper-1
  ssh -F %[1]s zk1 /opt/zookeeper/apache-zookeeper-3.6.3-bin/bin/zkCli.sh -server 127.0.0.1:2181
  ssh -F %[1]s zk2 systemctl stop zookeeper-2     then: make demo
The inventory: %[2]s
To stop them: make demo-down
`, hosts.SSHConfig(), inventory)
	return nil
}

// boot boots the lab, or takes the one that is up.
func boot(ctx context.Context, store *lab.Store) (*lab.Lab, error) {
	hosts, err := store.Attach(ctx, labName)
	if err == nil {
		return hosts, hosts.Start(ctx)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if hosts, err = store.Open(ctx, labName); err != nil {
		return nil, err
	}
	if _, err := hosts.Boot(ctx, lab.Hosts(4)...); err != nil {
		return nil, errors.Join(err, hosts.Close(context.WithoutCancel(ctx)))
	}
	return hosts, hosts.Detach()
}

// inventoryFor is the example as it stands where Apache's archive can be reached, and otherwise a copy with the archive at hand.
func inventoryFor(hosts *lab.Lab, release lab.Release) (string, error) {
	if release.Published {
		return example, nil
	}
	text, err := os.ReadFile(example)
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(hosts.SSHConfig()), filepath.Base(example))
	fmt.Printf("The inventory is %s, with the archive that is at hand here: %s\n", example, path)
	return path, os.WriteFile(path, append(text, release.Section()...), 0o644)
}

// show runs a command with its output as it comes.
func show(ctx context.Context, name string, args ...string) error {
	fmt.Printf("\n$ %s %s\n", name, strings.Join(args, " "))
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w; make demo-down stops the hosts", name, args[0], err)
	}
	return nil
}

func down(ctx context.Context, store *lab.Store) error {
	hosts, err := store.Attach(ctx, labName)
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Println("the demo is not up")
		return nil
	}
	if err != nil {
		return err
	}
	return hosts.Close(ctx)
}

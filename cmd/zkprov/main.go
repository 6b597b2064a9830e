//go:build !manual

// Command zkprov brings bare-metal hosts to a ZooKeeper quorum and keeps them
// there.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	os.Exit(interruptible(func(ctx context.Context) int {
		return run(ctx, typed(os.Args, os.Getenv("SUDO_COMMAND")), stdio{os.Stdin, os.Stdout, os.Stderr})
	}))
}

// interruptible runs do until it ends or a signal asks it to: the first lets it
// come to a good end, the second leaves at once. The exit code of an interrupted
// run is that of the signal, 128 + its number. Under nohup the end of the terminal asks
// for nothing.
func interruptible(do func(context.Context) int) int {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	defer signal.Stop(signals)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan int, 1)
	go func() { ended <- do(ctx) }()
	select {
	case code := <-ended:
		return code
	case s := <-signals:
		cancel()
		select {
		case <-ended:
		case s = <-signals:
			fmt.Fprintln(os.Stderr, "\nzkprov: left at once; a host in the middle of a change finishes that by itself, and the same command goes on from there")
		}
		return 128 + int(s.(syscall.Signal))
	}
}

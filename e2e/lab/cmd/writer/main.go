// Writer writes to an ensemble all the time and tells what a client sees of it, so that a roll can be watched by hand.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/zkprov/zkprov/e2e/lab/load"
)

const usage = `usage: writer [flags] INVENTORY.toml | HOST:PORT...
Writes numbered values through all servers until ^C, says each second how it goes, and reads back in the end. What it wrote stays,
below /writer-*. It exits 1 where something acknowledged was lost.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	flag.Usage = func() { fmt.Fprint(os.Stderr, usage); flag.PrintDefaults() }
	rate := flag.Int("rate", 50, "values a second, over all sessions")
	limit := flag.Duration("for", 30*time.Minute, "end by itself after this time")
	flag.Parse()
	if flag.NArg() == 0 || *rate <= 0 || *limit <= 0 {
		flag.Usage()
		os.Exit(2)
	}
	well, err := write(ctx, flag.Args(), *rate, *limit)
	if err != nil {
		fmt.Fprintf(os.Stderr, "writer: %v\n", err)
	}
	if !well {
		os.Exit(1)
	}
}

func write(ctx context.Context, args []string, rate int, limit time.Duration) (well bool, err error) {
	servers, err := serversOf(args)
	if err != nil {
		return false, err
	}
	w, err := load.Start(ctx, load.Config{Servers: servers, Rate: rate, Limit: limit})
	if err != nil {
		return false, err
	}
	watcher := load.Watch(ctx, servers)
	begin := time.Now()
	tell(ctx, w, begin, limit)
	strength := watcher.Stop()
	fmt.Println("reading back through every server")
	// A second ^C ends the reading.
	again, stop := signal.NotifyContext(context.WithoutCancel(ctx), os.Interrupt)
	defer stop()
	report, err := w.Stop(again)
	fmt.Print(report, strength)
	return err == nil && len(report.Lost)+len(report.OutOfOrder) == 0, err
}

// tell prints each second how many values were acknowledged and the largest gap of that second.
func tell(ctx context.Context, w *load.Writer, begin time.Time, limit time.Duration) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	since := begin
	for time.Since(begin) < limit {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			acknowledged, _ := w.Sofar()
			fmt.Printf("%s  %d acknowledged, largest gap of this second %d ms\n", now.Format("15:04:05"), acknowledged, w.Gap(since).Took.Milliseconds())
			since = now.Add(-time.Second)
		}
	}
}

// serversOf returns the servers of an inventory, or those at addresses.
func serversOf(args []string) ([]load.Server, error) {
	if len(args) == 1 && strings.HasSuffix(args[0], ".toml") {
		return load.ReadServers(args[0])
	}
	var servers []load.Server
	for _, addr := range args {
		servers = append(servers, load.Server{Name: addr, Addr: addr, Voter: true})
	}
	return servers, nil
}

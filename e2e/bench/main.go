// Bench measures what a user waits for, on three lab hosts, and prints it as a table: the figures of the README. With -rolls it measures
// rolling restarts under writes. It takes some minutes and wants a machine that does nothing else.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zkprov/zkprov/e2e/lab"
)

const (
	labName = "bench"
	binary  = "bin/zkprov"
	voters  = 3

	freshRuns = 5
	runs      = 15
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	rolling := flag.Bool("rolls", false, "measure rolling restarts under writes, on three and on five hosts, instead of the rest")
	flag.Parse()
	what := bench
	if *rolling {
		what = rolls
	}
	if err := what(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context) error {
	b, err := prepared(ctx)
	if err != nil {
		return err
	}
	for run := range freshRuns {
		if err := b.on(ctx, voters, func(l *lab.Lab, inventory string) error { return b.fresh(ctx, l, inventory, run == freshRuns-1) }); err != nil {
			return err
		}
	}
	if err := b.version(ctx); err != nil {
		return err
	}
	return b.print()
}

// measured are times by what took them, and what they are measured with.
type measured struct {
	store   *lab.Store
	release lab.Release
	order   []string
	times   map[string][]time.Duration
}

// prepared returns what has measured nothing yet.
func prepared(ctx context.Context) (*measured, error) {
	store, err := lab.OpenStore(os.Stderr)
	if err != nil {
		return nil, err
	}
	if err := store.Setup(ctx); err != nil {
		return nil, err
	}
	release, err := store.ZooKeeper(ctx, "3.6.3")
	return &measured{store: store, release: release}, err
}

// on boots hosts, and lets do measure with an inventory in which each has a voter.
func (b *measured) on(ctx context.Context, hosts int, do func(l *lab.Lab, inventory string) error) (err error) {
	l, err := b.store.Open(ctx, labName)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close(context.WithoutCancel(ctx))) }()
	if _, err := l.Boot(ctx, lab.Hosts(hosts)...); err != nil {
		return err
	}
	inventory := filepath.Join(filepath.Dir(l.SSHConfig()), "inventory.toml")
	if err := os.WriteFile(inventory, []byte(l.Voters(hosts)+b.release.Section()), 0o644); err != nil {
		return err
	}
	return do(l, inventory)
}

func (b *measured) add(what string, took time.Duration) {
	if b.times == nil {
		b.times = make(map[string][]time.Duration)
	}
	if b.times[what] == nil {
		b.order = append(b.order, what)
	}
	b.times[what] = append(b.times[what], took)
}

// fresh boots three hosts and applies to them; on the last ones everything else is measured.
func (b *measured) fresh(ctx context.Context, l *lab.Lab, inventory string, last bool) error {
	zkprov := func(command string) func() error {
		return func() error { return quiet(ctx, binary, command, "--ssh-config", l.SSHConfig(), inventory) }
	}
	// The archive is to be in the cache of the control machine already.
	if err := b.time("first apply on three fresh hosts, to the proven quorum", 1, zkprov("apply")); err != nil || !last {
		return err
	}
	if err := b.time("second apply, nothing to change", runs, zkprov("apply")); err != nil {
		return err
	}
	if err := b.time("plan, nothing to change", runs, zkprov("plan")); err != nil {
		return err
	}
	if err := b.time("check", runs, zkprov("check")); err != nil {
		return err
	}
	login := func(host string) error { return quiet(ctx, "ssh", "-F", l.SSHConfig(), host, "true") }
	if err := b.time("for comparison: `ssh zk1 true`", runs, func() error { return login("zk1") }); err != nil {
		return err
	}
	return b.time("for comparison: the same on all three at once", runs, func() error {
		var all errgroup.Group
		for _, h := range l.Hosts() {
			all.Go(func() error { return login(h.Name) })
		}
		return all.Wait()
	})
}

func (b *measured) version(ctx context.Context) error {
	return b.time("`zkprov version`", runs, func() error { return quiet(ctx, binary, "version") })
}

func (b *measured) time(what string, runs int, do func() error) error {
	for range runs {
		begin := time.Now()
		if err := do(); err != nil {
			return err
		}
		b.add(what, time.Since(begin))
	}
	return nil
}

// quiet runs a command, whose output matters only if it fails.
func quiet(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

func (b *measured) print() error {
	info, err := os.Stat(binary)
	if err != nil {
		return err
	}
	fmt.Printf("\n%d cores, %s\n\n| what | median | least | most | runs |\n|---|---|---|---|---|\n", runtime.NumCPU(), processor())
	for _, what := range b.order {
		times := slices.Sorted(slices.Values(b.times[what]))
		fmt.Printf("| %s | %s | %s | %s | %d |\n", what, short(times[len(times)/2]), short(times[0]), short(times[len(times)-1]), len(times))
	}
	fmt.Printf("| size of the binary | %.1f MB | | | |\n", float64(info.Size())/1e6)
	return nil
}

func short(d time.Duration) string {
	if d < 100*time.Millisecond {
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1e3)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

// processor is the name of the machine's.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range bytes.Lines(text) {
		if name, found := bytes.CutPrefix(line, []byte("model name")); found {
			return string(bytes.TrimSpace(bytes.TrimLeft(name, "\t :")))
		}
	}
	return runtime.GOARCH
}

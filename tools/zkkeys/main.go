// Zkkeys reads the class files of ZooKeeper's releases and writes the table of what each
// reads of zoo.cfg and of system properties, and how. It interprets the code with
// what strings may be, so that keys put together from parts are found as well.
//
//	go run . FILE
//
// The jars come from the machine's Maven repository, and are kept in the store of the lab.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/zkprov/zkprov/e2e/lab"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "zkkeys: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, log io.Writer) error {
	if len(args) != 1 {
		return errors.New("name the file to write")
	}
	store, err := lab.OpenStore(log)
	if err != nil {
		return err
	}
	table, err := tableOf(ctx, store)
	if err != nil {
		return err
	}
	return os.WriteFile(args[0], table, 0o644)
}

// tableOf returns the table of all releases.
func tableOf(ctx context.Context, store *lab.Store) ([]byte, error) {
	releases := releases()
	var artifacts []lab.Artifact
	for _, r := range releases {
		artifacts = append(artifacts, r.artifacts...)
	}
	if _, err := store.Jars(ctx, artifacts); err != nil {
		return nil, fmt.Errorf("cannot get the jars: %w", err)
	}
	names := make([]string, len(releases))
	found := make([]map[row][]string, len(releases))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.NumCPU())
	for i, r := range releases {
		names[i] = r.version
		work.Go(func() error {
			jars, err := store.Jars(ctx, r.artifacts)
			if err != nil {
				return err
			}
			found[i], err = extract(jars)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	return write(names, found), nil
}

// release is one release, and the jars of which its server consists.
type release struct {
	version   string
	artifacts []lab.Artifact
}

// releases lists the releases of the table, in their order. The Maven repository has no
// module for Prometheus of some; there the one of the release before stands in, which
// reads the same.
func releases() []release {
	const module = "zookeeper-prometheus-metrics"
	var all []release
	metrics := "3.6.2"
	for _, r := range []struct {
		version string
		jute    bool
		metrics bool
	}{
		{"3.4.14", false, false},
		{"3.5.0-alpha", false, false}, {"3.5.1-alpha", false, false}, {"3.5.2-alpha", false, false}, {"3.5.3-beta", false, false}, {"3.5.4-beta", false, false},
		{"3.5.5", true, false}, {"3.5.6", true, false}, {"3.5.7", true, false}, {"3.5.8", true, false}, {"3.5.9", true, false}, {"3.5.10", true, false},
		{"3.6.0", true, false}, {"3.6.1", true, false}, {"3.6.2", true, true}, {"3.6.3", true, true}, {"3.6.4", true, false},
		{"3.7.0", true, false}, {"3.7.1", true, false}, {"3.7.2", true, false},
		{"3.8.0", true, true}, {"3.8.1", true, true}, {"3.8.2", true, false}, {"3.8.3", true, true}, {"3.8.4", true, false}, {"3.8.5", true, false}, {"3.8.6", true, false},
		{"3.9.0", true, false}, {"3.9.1", true, true}, {"3.9.2", true, true}, {"3.9.3", true, true}, {"3.9.4", true, true}, {"3.9.5", true, false},
	} {
		artifacts := []lab.Artifact{{Name: "zookeeper", Version: r.version}}
		if r.jute {
			artifacts = append(artifacts, lab.Artifact{Name: "zookeeper-jute", Version: r.version})
		}
		if r.metrics {
			metrics = r.version
		}
		if !strings.HasPrefix(r.version, "3.4") && !strings.HasPrefix(r.version, "3.5") {
			artifacts = append(artifacts, lab.Artifact{Name: module, Version: metrics})
		}
		all = append(all, release{r.version, artifacts})
	}
	return all
}

func formatInt(n int64) string { return strconv.FormatInt(n, 10) }

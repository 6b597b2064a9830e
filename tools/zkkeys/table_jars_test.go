//go:build e2e

package main

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/e2e/lab"
)

const (
	committed = "../../provision/zoocfg/reads.tsv"
	builtIn   = "../../provision/archive/releases.tsv"
)

// TestTable compares the table that the binary has built in with the jars of every release:
// what a release reads and the table does not have, and what the table has and a release
// does not read, both fail.
func TestTable(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	store, err := lab.OpenStore(os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	want, err := tableOf(ctx, store)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("%s is not what the jars say (-jars +table); make keys writes it anew:\n%s", committed, diff)
	}
}

// TestReleases wants every release that zkprov has an archive of to be in the table.
func TestReleases(t *testing.T) {
	content, err := os.ReadFile(builtIn)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(content)) {
		version, hash, ok := strings.Cut(line, "\t")
		if !ok || strings.HasPrefix(line, "#") || version == "related" {
			continue
		}
		if !slices.ContainsFunc(releases(), func(r release) bool { return r.version == version }) {
			t.Errorf("%s, with the archive %.8s…, is not in the table", version, hash)
		}
	}
}

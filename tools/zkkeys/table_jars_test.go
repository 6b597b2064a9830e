//go:build e2e

package main

import (
	"context"
	"os"
	"regexp"
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

// TestLiterals wants every string in the classes that looks like a property of ZooKeeper's to
// be a key of the table, so that none is lost that the interpreter does not follow.
func TestLiterals(t *testing.T) {
	content, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{
		"zookeeper.ssl.":              true, // begins the keys of TLS
		"zookeeper.ssl.quorum.":       true,
		"zookeeper.authProvider.x509": true, // set by the server itself
		"zookeeper.version":           true, // named in a log
		"zookeeper.configuration":     true, // a folder's name, of the embedded server
		"zookeeper.controllerPort":    true, // of the controller for tests
	}
	for line := range strings.Lines(string(content)) {
		key, _, _ := strings.Cut(line, "\t")
		known["zookeeper."+strings.TrimSuffix(key, unknown)] = true
	}
	store, err := lab.OpenStore(os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range releases() {
		jars, err := store.Jars(t.Context(), r.artifacts)
		if err != nil {
			t.Fatal(err)
		}
		for _, jar := range jars {
			classes, err := readJar(jar)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range classes {
				for i, e := range c.pool {
					if s := c.entry(i).text; e.tag == 8 && propertyName.MatchString(s) && !known[s] {
						t.Errorf("%s of %s has %q, which the table does not know", c.name, r.version, s)
					}
				}
			}
		}
	}
}

var propertyName = regexp.MustCompile(`^zookeeper\.[A-Za-z0-9._-]+$`)

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

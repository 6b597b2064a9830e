// Command sbom writes the bill of materials of a release, CycloneDX 1.6 in JSON,
// from what the Go linker put into the binaries themselves:
//
//	sbom VERSION BINARY…
//
// The same binaries give the same bytes; the time is that of SOURCE_DATE_EPOCH.
package main

import (
	"cmp"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Getenv("SOURCE_DATE_EPOCH"), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

// document is the part of CycloneDX that is used here.
type document struct {
	Format       string       `json:"bomFormat"`
	SpecVersion  string       `json:"specVersion"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Timestamp string    `json:"timestamp,omitempty"`
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl"`
	Properties []property `json:"properties,omitempty"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn"`
}

func run(args []string, epoch string, w io.Writer) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: sbom VERSION BINARY…")
	}
	version, binaries := args[0], args[1:]
	d := document{Format: "CycloneDX", SpecVersion: "1.6", Version: 1}
	modules := make(map[string]component)
	for _, path := range binaries {
		info, err := buildinfo.ReadFile(path)
		if err != nil {
			return fmt.Errorf("cannot read what %s is made of: %w", path, err)
		}
		d.Metadata.Component = module("application", info.Main.Path, version)
		// The standard library is linked in, too.
		std := module("library", "std", info.GoVersion)
		modules[std.Ref] = std
		for _, dep := range info.Deps {
			if dep.Replace != nil {
				dep = dep.Replace
			}
			c := module("library", dep.Path, dep.Version)
			c.Properties = []property{{"go:sum", dep.Sum}}
			modules[c.Ref] = c
		}
	}
	if epoch != "" {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil {
			return fmt.Errorf("SOURCE_DATE_EPOCH is no number of seconds: %w", err)
		}
		d.Metadata.Timestamp = time.Unix(seconds, 0).UTC().Format(time.RFC3339)
	}
	d.Components = slices.SortedFunc(maps.Values(modules), func(a, b component) int { return cmp.Compare(a.Ref, b.Ref) })
	d.Dependencies = []dependency{{d.Metadata.Component.Ref, slices.Sorted(maps.Keys(modules))}}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(d)
}

func module(kind, path, version string) component {
	purl := "pkg:golang/" + path + "@" + version
	return component{Type: kind, Ref: purl, Name: path, Version: version, PURL: purl}
}

package upgrade

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// Server is an instance as it is before the change.
type Server struct {
	inventory.Member
	// Version is the release that the server runs or, where it is down, was last set up
	// with; empty where neither is known.
	Version inventory.Version
	// Snapshot is set where there is a snapshot in its data.
	Snapshot bool
}

// Judge returns what stands against bringing the servers to the inventory's release, and
// what the users of it should know. Servers with a release that is not known count as
// having that one already.
func Judge(e *inventory.Ensemble, servers []Server) finding.Findings {
	var found finding.Findings
	byVersion := make(map[inventory.Version][]Server)
	for _, s := range servers {
		if s.Version.Valid() {
			byVersion[s.Version] = append(byVersion[s.Version], s)
		}
	}
	var versions []inventory.Version
	for v := range byVersion {
		versions = append(versions, v)
	}
	slices.SortFunc(versions, inventory.Version.Compare)
	told := make(map[string]bool)
	for _, from := range versions {
		c := change{e: e, from: from, to: e.Version, servers: byVersion[from]}
		for _, f := range c.judge() {
			// Several versions in a roll have the same hazards ahead of them.
			if id := f.Name + f.Instance + f.Message; !told[id] {
				told[id] = true
				found = append(found, f)
			}
		}
	}
	return append(found, trustLeft(e, versions)...)
}

// change is the way of the servers that run one release to that of the inventory.
type change struct {
	e        *inventory.Ensemble
	from, to inventory.Version
	servers  []Server
}

// crosses reports whether the change goes from before a release to it or beyond.
func (c change) crosses(boundary inventory.Version) bool {
	return c.from.Before(boundary) && !c.to.Before(boundary)
}

func (c change) judge() finding.Findings {
	switch n := c.from.Compare(c.to); {
	case n == 0:
		return nil
	case n > 0:
		return finding.Findings{c.down()}
	}
	var found finding.Findings
	if f := c.undescribed(); f != nil {
		found = append(found, *f)
	}
	for _, h := range hazards() {
		if c.crosses(h.boundary) {
			found = append(found, h.find(c)...)
		}
	}
	return found
}

// down refuses a release that is older than what runs. The data may hold what the older
// one cannot read, and its configuration is not what the servers ran with before: the
// way back is to a generation that was kept.
func (c change) down() finding.Finding {
	return finding.Finding{Name: versionDown, Severity: finding.Critical, Refusal: true,
		Message: fmt.Sprintf("the inventory says ZooKeeper %s, and %s with %s, which is newer: an older release is never rolled out", c.to, c.who(), c.from),
		Hint:    fmt.Sprintf("write version = %q, or go back to a configuration that the hosts have kept: zkprov rollback", c.from)}
}

// who names the servers of the change, with their verb.
func (c change) who() string {
	names := make([]string, len(c.servers))
	for i, s := range c.servers {
		names[i] = s.Instance.Name
	}
	if len(names) == 1 {
		return names[0] + " is set up"
	}
	return strings.Join(names, ", ") + " are set up"
}

// line is a line of releases and where its release notes say it can be rolled out from.
type line struct {
	// series is what its releases begin with, such as "3.6".
	series inventory.Version
	// from is the oldest release from which a roll to the line is described.
	from inventory.Version
	// stop is the release of the line to stop at on the way to a later one.
	stop inventory.Version
}

// lines returns the lines of releases, the oldest first, by the notes of their first
// releases: "the upgrade from … can be executed as usual".
func lines() []line {
	return []line{
		{series: "3.4", from: "3.4.0", stop: "3.4.14"},
		{series: "3.5", from: "3.4.6", stop: "3.5.9"},
		{series: "3.6", from: "3.5.7", stop: "3.6.4"},
		{series: "3.7", from: "3.6.0", stop: "3.7.2"},
		{series: "3.8", from: "3.6.0", stop: "3.8.4"},
		{series: "3.9", from: "3.8.0", stop: "3.9.5"},
	}
}

// lineOf returns the line of a release; false where none of the table is.
func lineOf(v inventory.Version) (line, bool) {
	for _, l := range lines() {
		if v.In(l.series) {
			return l, true
		}
	}
	return line{}, false
}

// Stops returns the releases to stop at on the way from one release to another, the first
// first; nil where it can be gone at once.
func Stops(from, to inventory.Version) []inventory.Version {
	l, known := lineOf(to)
	if !known || from.In(l.series) || !from.Before(l.from) {
		return nil
	}
	before, _ := lineOf(l.from)
	return append(Stops(from, before.stop), before.stop)
}

// undescribed returns what the releases' notes say against going the whole way at once.
func (c change) undescribed() *finding.Finding {
	if _, known := lineOf(c.to); !known {
		return &finding.Finding{Name: upgradeUnknown, Severity: finding.Warning,
			Message: fmt.Sprintf("this zkprov does not know the line of ZooKeeper %s, nor what is in the way from %s to it", c.to, c.from),
			Hint:    "read its release notes before it is applied"}
	}
	stops := Stops(c.from, c.to)
	if stops == nil {
		return nil
	}
	words := make([]string, len(stops))
	for i, s := range stops {
		words[i] = string(s)
	}
	l, _ := lineOf(c.to)
	return &finding.Finding{Name: upgradePath, Severity: finding.Critical, Refusal: true,
		Message: fmt.Sprintf("ZooKeeper %s is not rolled out from %s, with which %s: its release notes describe the way from %s on", c.to, c.from, c.who(), l.from),
		Hint:    fmt.Sprintf("apply one after the other: version = %s, then %q", quoted(words), string(c.to))}
}

func quoted(words []string) string {
	for i, w := range words {
		words[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(words, ", then ")
}

// Reference returns the rows of a table in Markdown of the lines of releases: where each
// can be rolled out from, and where to stop on the way to a later one.
func Reference() []byte {
	var b strings.Builder
	for _, l := range lines() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", l.series, l.from, l.stop)
	}
	return []byte(b.String())
}

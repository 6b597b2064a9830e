package inventory

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
)

// advice returns warnings about an inventory that is valid and could be better.
func advice(e *Ensemble) finding.Findings {
	var found finding.Findings
	warn := func(pos finding.Position, name, hint, format string, args ...any) {
		found = append(found, finding.Finding{Pos: pos, Severity: finding.Warning, Name: name, Message: fmt.Sprintf(format, args...), Hint: hint})
	}
	top := finding.Position{File: e.File, Line: 1, Column: 1}
	voters := e.Participants()
	switch {
	case voters == 1:
		warn(top, "few-voters", "three participants survive one failure", "one participant survives no failure, and cannot be changed without an outage")
	case voters == 2:
		warn(top, "few-voters", "three participants survive one failure", "two participants survive no failure, as both are needed for a majority")
	case voters%2 == 0:
		warn(top, "even-voters", fmt.Sprintf("%d would do as well, or make one an observer", voters-1), "%d participants survive no more failures than %d", voters, voters-1)
	}
	for _, m := range e.Members() {
		if m.Instance.ID == 0 {
			warn(m.Instance.Pos, "id-zero", "keep it where the ensemble has it already; give a new server an id from 1 on",
				"the server %s has the id 0, which works, and which ZooKeeper's documentation does not allow: scripts and tools may take it for no id at all", m.Instance.Name)
		}
	}
	for i := range e.Hosts {
		here := 0
		for _, in := range e.Hosts[i].Instances {
			if in.Role == Participant {
				here++
			}
		}
		if voters > 2 && voters-here < e.Majority() && here > 1 {
			warn(e.Hosts[i].Pos, "voters-share-host", "spread the participants over at least three hosts", "host %s has %d of %d participants: without it there is no quorum", e.Hosts[i].Name, here, voters)
		}
	}
	const supported = "3.8.6 and 3.9.5 are supported"
	published := advisories(e)
	applies, detail := applying(published)
	release := func(name, message string) {
		found = append(found, finding.Finding{Pos: top, Severity: finding.Warning, Name: name, Message: message, Hint: supported, Detail: detail})
	}
	switch line, since := endOfLife(e.Version); {
	case line != "" && len(published) > 0:
		release("zk-eol", fmt.Sprintf("ZooKeeper %s is end of life since %s; %s", line, since, applies))
	case line != "":
		release("zk-eol", fmt.Sprintf("ZooKeeper %s is end of life since %s", line, since))
	case len(published) > 0:
		release("zk-advisory", fmt.Sprintf("%s to ZooKeeper %s", applies, e.Version))
	}
	return found
}

// AboutRelease reports whether a finding of that name is about the ZooKeeper release as
// such, so that only another release mends it.
func AboutRelease(name string) bool { return name == "zk-eol" || name == "zk-advisory" }

// endOfLife returns the line of a release that gets no more fixes, and since when; both
// are empty where it still gets them. The dates are of the announcements of the Apache
// ZooKeeper project.
func endOfLife(v Version) (line Version, since string) {
	for _, l := range []struct {
		line  Version
		since string
	}{
		{"3.4", "2020-06-01"}, {"3.5", "2022-06-01"}, {"3.6", "2022-12-30"}, {"3.7", "2024-02-02"},
	} {
		if v.In(l.line) {
			return l.line, l.since
		}
	}
	return "", ""
}

// advisory is a security advisory that the Apache ZooKeeper project published.
type advisory struct {
	id, what string
	on       func(*Ensemble) bool
	// fixed maps each line of releases that is affected to its first release that is
	// not, or to never.
	fixed map[Version]Version
}

// never stands for the fixed release in a line that came to its end before there was
// one.
const never Version = ""

// published returns the advisories that depend on nothing but the release and the
// inventory.
func published() []advisory {
	always := func(*Ensemble) bool { return true }
	return []advisory{
		{"CVE-2024-23944", "a persistent watcher sees names it may not read", always, map[Version]Version{"3.6": never, "3.7": "3.7.3", "3.8": "3.8.4", "3.9": "3.9.2"}},
		{"CVE-2023-44981", "a server joins a quorum past its SASL authentication; only with quorum.auth.enableSasl", sasl, map[Version]Version{"3.4": never, "3.5": never, "3.6": never, "3.7": "3.7.2", "3.8": "3.8.3", "3.9": "3.9.1"}},
		{"CVE-2024-51504", "AdminServer takes an address from a header" + onlyAdmin, admin, map[Version]Version{"3.9": "3.9.3"}},
		{"CVE-2025-58457", "AdminServer lets anybody take and restore snapshots" + onlyAdmin, admin, map[Version]Version{"3.9": "3.9.4"}},
	}
}

// applies reports whether a release is affected.
func (a advisory) applies(v Version) bool {
	for line, fixed := range a.fixed {
		if v.In(line) {
			return fixed == never || v.Before(fixed)
		}
	}
	return false
}

// advisories returns those that apply to this release with this configuration.
func advisories(e *Ensemble) []advisory {
	var all []advisory
	for _, a := range published() {
		if a.applies(e.Version) && a.on(e) {
			if where := adminElsewhere(e); where != "" {
				a.what = strings.Replace(a.what, onlyAdmin, "; AdminServer listens on "+where+", for whoever reaches it", 1)
			}
			all = append(all, a)
		}
	}
	return all
}

// applying returns the names of advisories with a verb, for a message, and a sentence
// about each.
func applying(all []advisory) (names, detail string) {
	var ids, each []string
	for _, a := range all {
		ids = append(ids, a.id)
		each = append(each, a.id+": "+a.what)
	}
	verb := " applies"
	if len(ids) > 1 {
		verb = " apply"
	}
	return strings.Join(ids, ", ") + verb, strings.Join(each, ". ")
}

// describeAdvisories lists all advisories for an explanation.
func describeAdvisories() string {
	_, each := applying(published())
	return "Those that are looked for: " + each + "."
}

// onlyAdmin ends what is said of an advisory about AdminServer.
const onlyAdmin = "; only with admin_port"

// adminElsewhere returns where an AdminServer listens that others than its host reach;
// empty where none does.
func adminElsewhere(e *Ensemble) string {
	for _, m := range e.Members() {
		if in := m.Instance; in.AdminPort != 0 && !IsLoopback(in.AdminListens()) {
			return in.AdminListens()
		}
	}
	return ""
}

// admin reports whether any server has its AdminServer on.
func admin(e *Ensemble) bool {
	return slices.ContainsFunc(e.Members(), func(m Member) bool { return m.Instance.AdminPort != 0 })
}

// sasl reports whether servers authenticate each other by SASL.
func sasl(e *Ensemble) bool {
	for _, m := range e.Members() {
		if s, _ := m.Instance.Written("quorum.auth.enableSasl"); s.Value == "true" {
			return true
		}
	}
	return false
}

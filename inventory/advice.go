package inventory

import (
	"fmt"
	"strconv"
	"strings"
)

// advice is what an inventory that will do could do better. All of it are
// warnings.
func advice(e *Ensemble) Findings {
	var found Findings
	warn := func(pos Position, name, hint, format string, args ...any) {
		found = append(found, Finding{Pos: pos, Severity: Warning, Name: name, Message: fmt.Sprintf(format, args...), Hint: hint})
	}
	top := Position{File: e.File, Line: 1, Column: 1}
	voters := e.Participants()
	switch {
	case voters == 1:
		warn(top, "few-voters", "three participants survive one failure", "one participant survives no failure, and cannot be changed without an outage")
	case voters == 2:
		warn(top, "few-voters", "three participants survive one failure", "two participants survive no failure, as both are needed for a majority")
	case voters%2 == 0:
		warn(top, "even-voters", fmt.Sprintf("%d would do as well, or make one an observer", voters-1), "%d participants survive no more failures than %d", voters, voters-1)
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
	if f, old := endOfLife(e); old {
		f.Pos = top
		found = append(found, f)
	}
	return found
}

// endOfLife says that a release gets no more fixes. The dates are of the
// announcements of the Apache ZooKeeper project; 3.8.6 and 3.9.5 are the
// supported releases.
func endOfLife(e *Ensemble) (Finding, bool) {
	line, since := "", ""
	for _, l := range []struct{ line, since string }{
		{"3.4", "2020-06-01"}, {"3.5", "2022-06-01"}, {"3.6", "2022-12-30"}, {"3.7", "2024-02-02"},
	} {
		if strings.HasPrefix(e.Version, l.line+".") {
			line, since = l.line, l.since
		}
	}
	if line == "" {
		return Finding{}, false
	}
	message := fmt.Sprintf("ZooKeeper %s is end of life since %s and gets no more fixes", line, since)
	minor, _ := strconv.Atoi(strings.TrimPrefix(line, "3."))
	var advisories []string
	if minor >= 6 && !atLeastPatch(e.Version, "3.7", 3) {
		advisories = append(advisories, "CVE-2024-23944 (a persistent watcher sees names it may not read) applies")
	}
	if sasl(e) && !atLeastPatch(e.Version, "3.7", 2) {
		advisories = append(advisories, "CVE-2023-44981 (a server joins a quorum past its SASL authentication) applies")
	}
	if len(advisories) > 0 {
		message += "; " + strings.Join(advisories, "; ")
	}
	return Finding{Severity: Warning, Name: "zk-eol", Message: message,
		Hint: "3.8.6 and 3.9.5 are supported"}, true
}

func atLeastPatch(version, line string, patch int) bool {
	rest, ok := strings.CutPrefix(version, line+".")
	n, err := strconv.Atoi(rest)
	return ok && err == nil && n >= patch
}

// sasl says whether servers authenticate each other by SASL.
func sasl(e *Ensemble) bool {
	for _, m := range e.Members() {
		if v, _ := m.Instance.ZooCfg.Get("quorum.auth.enableSasl"); v == "true" {
			return true
		}
	}
	return false
}

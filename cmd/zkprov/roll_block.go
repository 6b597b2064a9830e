package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zkprov/zkprov/provision/fleet"
)

// rollBlock returns the lines of the block while servers are restarted: each server in
// its order with what it waits for, and below them how the ensemble stands.
func (p *progress) rollBlock(now time.Time) []string {
	r := p.roll
	name := rollNames(r)
	names, states := 0, len("restarting")
	for _, s := range r.Servers {
		names = max(names, min(displayWidth(name(s)), 24))
	}
	lines := []string{strings.Repeat("─", 72)}
	first := 0
	for hidden := len(r.Servers) - shownHosts; first < hidden && r.Servers[first].State == fleet.RollDone; {
		first++
	}
	if first > 0 {
		lines = append(lines, fmt.Sprintf(" %d done", first))
	}
	stops := ""
	for i, s := range r.Servers {
		switch s.State {
		case fleet.RollNext:
			stops = "^C stops before " + name(s)
		case fleet.RollRestarts, fleet.RollReturns, fleet.RollUndoes:
			stops = "^C stops after " + name(s)
		}
		switch {
		case i < first || i > first+shownHosts:
			continue
		case i == first+shownHosts && i < len(r.Servers)-1:
			lines = append(lines, fmt.Sprintf(" and %d more", len(r.Servers)-i))
			continue
		}
		sign, state := rollState(s, i == len(r.Servers)-1)
		line := fmt.Sprintf(" %-*s  %s %-*s  %-9s  %s", names, name(s), sign, states, state, s.Mode, p.rollWait(s, now))
		lines = append(lines, strings.TrimRight(line, " "))
	}
	up := strconv.Itoa(r.Up)
	if r.Unasked {
		up = "…"
	}
	foot := fmt.Sprintf(" voters up %s/%d · need %d%s · %s", up, r.Voters, r.Need, writesText(r.Writes, now), clockTime(now.Sub(r.Begun)))
	if r.Leaving {
		stops = "interrupted; another ^C leaves at once"
	}
	if stops == "" {
		return append(lines, foot)
	}
	if columns, _ := p.block.size(); displayWidth(foot)+4+displayWidth(stops) >= columns {
		return append(lines, foot, " "+stops)
	}
	return append(lines, foot+"    "+stops)
}

// rollNames returns how servers are called: by their hosts where each is on one of its
// own.
func rollNames(r *fleet.Roll) func(fleet.RollServer) string {
	seen := make(map[string]bool)
	for _, s := range r.Servers {
		if seen[s.Host] {
			return func(s fleet.RollServer) string { return s.Instance }
		}
		seen[s.Host] = true
	}
	return func(s fleet.RollServer) string { return s.Host }
}

// rollState returns the sign and the word of a server's state.
func rollState(s fleet.RollServer, last bool) (sign, word string) {
	switch s.State {
	case fleet.RollNext:
		return "⏵", "next"
	case fleet.RollRestarts, fleet.RollReturns:
		return "⏵", "restarting"
	case fleet.RollUndoes:
		return "⏵", "goes back"
	case fleet.RollDone:
		return "✔", "done"
	case fleet.RollFailed:
		return "✘", "failed"
	case fleet.RollUntouched:
		return "-", "not now"
	}
	if last {
		return "⏸", "last"
	}
	return "⏸", "waits"
}

// rollWait returns what a server waits for and how long it may, or where it stands.
func (p *progress) rollWait(s fleet.RollServer, now time.Time) string {
	waits := func(text string) string {
		text += fmt.Sprintf(" %ds", max(0, int(now.Sub(s.Since).Seconds())))
		if s.Limit > 0 {
			text += fmt.Sprintf(" (limit %ds)", int(s.Limit.Seconds()))
		}
		return text
	}
	switch s.State {
	case fleet.RollNext, fleet.RollReturns:
		if s.Lacks != "" {
			return waits(s.Lacks)
		}
	case fleet.RollRestarts, fleet.RollUndoes:
		if w := p.hosts[s.Host]; w != nil && w.doing != "" {
			return waits(w.doing)
		}
	}
	if s.Zxid != 0 {
		return "zxid " + s.Zxid.String()
	}
	return ""
}

// writesText returns whether writes go through, as the end of the line below the servers.
func writesText(w fleet.Writes, now time.Time) string {
	switch w.State {
	case fleet.WritesOK:
		return " · writes ok"
	case fleet.WritesFail:
		return fmt.Sprintf(" · no write for %ds", int(now.Sub(w.Since).Seconds()))
	case fleet.WritesNotPermitted:
		return " · writes not permitted"
	}
	return ""
}

// clockTime returns a time as hours, minutes and seconds.
func clockTime(d time.Duration) string {
	s := int(max(0, d).Seconds())
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// restarted returns the line of a server whose turn has ended.
func (p *progress) restarted(e fleet.Event) string {
	if e.Error != "" {
		return fmt.Sprintf("%s %s  restart %s failed  %s", p.w.paint(red, "✘"), e.Host, e.Text, seconds(e.Took))
	}
	line := fmt.Sprintf("%s %s  restart %s ok  %s", p.w.paint(green, "✔"), e.Host, e.Text, seconds(e.Took))
	if e.Mode != "" {
		line += "  role=" + string(e.Mode)
	}
	return line
}

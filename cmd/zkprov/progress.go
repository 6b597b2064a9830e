package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zkprov/zkprov/provision/fleet"
)

// progress tells on stderr what goes on: on a terminal finished lines scroll up
// above a block with every host that works, elsewhere there is one line per event.
type progress struct {
	w       *styled
	verbose bool
	quiet   bool
	now     func() time.Time

	// out keeps lines whole and in their order.
	out    sync.Mutex
	closed bool
	// block is nil where there is no terminal.
	block *block

	mu sync.Mutex
	// step is the present part of the run, and transfer how far it has come where it
	// counts bytes.
	step, transfer string
	began          time.Time
	hosts          map[string]*work
	order          []string // of the hosts that have changed something in the present step
	// roll is how the restarts stand; nil but while servers are restarted.
	roll *fleet.Roll
}

// work is what a host does, and has done, in the present step.
type work struct {
	changed int
	// unfinished is set for a host that did not do all of the step: a change failed,
	// the host was lost, or the run was interrupted.
	unfinished bool
	// busy is set while it works, since then; doing is the change that it makes.
	busy  bool
	since time.Time
	doing string
}

// slow is what makes a single change worth a line of its own.
const slow = time.Second

func newProgress(w io.Writer, o output) *progress {
	p := &progress{w: newStyled(w, o), verbose: o.verbose, quiet: o.quiet || o.progress == "none", now: time.Now, hosts: make(map[string]*work)}
	tty := o.progress == "tty" || o.progress == "auto" && isTerminal(w)
	if tty && !p.quiet {
		p.block = newBlock(w, func() (int, int) { return sizeOf(w) }, p.live)
		go p.block.run()
	}
	return p
}

// close takes the moving lines away. What is reported afterwards, by something that hung
// and was left alone, is not shown.
func (p *progress) close() {
	p.out.Lock()
	defer p.out.Unlock()
	if p.block != nil && !p.closed {
		p.block.close()
	}
	p.closed = true
}

// report takes every event of a run.
func (p *progress) report(e fleet.Event) {
	if p.quiet {
		return
	}
	p.out.Lock()
	defer p.out.Unlock()
	if p.closed {
		return
	}
	lines := p.lines(e)
	for i, line := range lines {
		lines[i] = e.Time.Format(time.TimeOnly) + " " + line
	}
	switch {
	case p.block != nil && len(lines) > 0:
		p.block.print(lines...)
	case p.block == nil:
		for _, line := range lines {
			p.w.printf("%s\n", line)
		}
	}
}

// lines returns what an event adds to the record.
func (p *progress) lines(e fleet.Event) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Kind {
	case fleet.RunStep:
		return p.stepped(e)
	case fleet.HostWork:
		w := p.host(e.Host)
		w.busy, w.since, w.doing = !e.Done, e.Time, ""
	case fleet.HostChange:
		return p.change(e)
	case fleet.HostEnd:
		p.host(e.Host).unfinished = true
	case fleet.Rolls:
		if p.roll = e.Roll; p.roll.Over {
			p.roll = nil
		}
	case fleet.Restarted:
		return []string{p.restarted(e)}
	case fleet.Progress:
		if p.roll != nil && p.block != nil && e.Host == "" && !p.verbose {
			return nil // it stands in the block
		}
		if e.Total > 0 {
			p.transfer = fmt.Sprintf("%.1f of %.1f MB", float64(e.Bytes)/1e6, float64(e.Total)/1e6)
			return nil
		}
		if e.Bytes == 0 {
			return []string{"  " + e.Text}
		}
	}
	return nil
}

// host returns the work of a host in the present step.
func (p *progress) host(name string) *work {
	if p.hosts[name] == nil {
		p.hosts[name] = new(work)
	}
	return p.hosts[name]
}

func (p *progress) stepped(e fleet.Event) []string {
	p.transfer = ""
	if !e.Done {
		p.step, p.began = e.Text, e.Time
		p.hosts, p.order = make(map[string]*work), nil
		return nil
	}
	p.step = ""
	if p.roll != nil && (e.Error == "" || e.Interrupted) && !p.verbose && !strings.HasPrefix(e.Text, "undo ") {
		return nil // each server has one line, once its turn has ended
	}
	var lines []string
	for _, host := range p.order {
		switch n := p.hosts[host].changed; {
		case n == 0 || p.verbose:
		case p.hosts[host].unfinished:
			lines = append(lines, fmt.Sprintf("%s %s  %s: %s, not finished", p.w.paint(red, "✘"), host, stepText(e.Text), count(n, "change")))
		default:
			lines = append(lines, fmt.Sprintf("%s %s  %s: %s", p.w.paint(green, "✔"), host, stepDone(e.Text), count(n, "change")))
		}
	}
	mark := p.w.paint(green, "✔")
	switch {
	case e.Interrupted:
		mark = p.w.paint(yellow, "-")
	case e.Error != "":
		mark = p.w.paint(red, "✘")
	}
	return append(lines, fmt.Sprintf("%s %s  %s", mark, stepText(e.Text), seconds(e.Took)))
}

func (p *progress) change(e fleet.Event) []string {
	w, text := p.host(e.Host), e.Change.Line()
	what := e.Host + "  " + text
	if !e.Done {
		w.busy, w.since, w.doing = true, e.Time, text
		return nil
	}
	w.doing = ""
	if !slices.Contains(p.order, e.Host) {
		p.order = append(p.order, e.Host)
	}
	if e.Error != "" {
		w.unfinished = true
		return []string{fmt.Sprintf("%s %s  %s", p.w.paint(red, "✘"), what, seconds(e.Took))}
	}
	w.changed++
	if p.verbose || e.Took >= slow {
		return []string{fmt.Sprintf("%s %s  %s", sign(e.Change.Action), what, seconds(e.Took))}
	}
	return nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1fs", d.Seconds()) }

// shownHosts is how many hosts the block shows, each in a line.
const shownHosts = 8

// live returns the lines of the block: what goes on, and every host that works. Those come first that have
// been at it the longest.
func (p *progress) live() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.roll != nil {
		return p.rollBlock(p.now())
	}
	if p.step == "" {
		return nil
	}
	head := "⏵ " + stepText(p.step)
	if p.transfer != "" {
		head += "  " + p.transfer
	}
	lines := []string{head + p.since(p.began)}
	var names []string
	longest := 0
	for name, w := range p.hosts {
		if w.busy {
			names = append(names, name)
			longest = max(longest, min(displayWidth(name), 24))
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if c := p.hosts[a].since.Compare(p.hosts[b].since); c != 0 {
			return c
		}
		return compareNames(a, b)
	})
	for i, name := range names {
		if i == shownHosts && len(names) > shownHosts+1 {
			return append(lines, fmt.Sprintf("  and %d more", len(names)-shownHosts))
		}
		w := p.hosts[name]
		lines = append(lines, fmt.Sprintf("  %-*s  %s%s", longest, name, orWaiting(w.doing), p.since(w.since)))
	}
	return lines
}

// orWaiting returns what a host does, and dots where no change is told of.
func orWaiting(doing string) string {
	if doing == "" {
		return "…"
	}
	return doing
}

// since returns how long something has lasted, once that is worth saying.
func (p *progress) since(t time.Time) string {
	if took := p.now().Sub(t); took >= time.Second {
		return fmt.Sprintf("  %ds", int(took.Seconds()))
	}
	return ""
}

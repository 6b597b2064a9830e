package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/zkprov/zkprov/provision/fleet"
)

// progress tells on stderr what goes on: on a terminal finished lines scroll up
// above one line that moves, elsewhere there is one line per event.
type progress struct {
	w       *styled
	verbose bool
	quiet   bool

	// out keeps lines whole and in their order.
	out sync.Mutex
	mu  sync.Mutex
	// status is the moving line; nil where there is no terminal.
	bars   *mpb.Progress
	status *mpb.Bar
	text   string
	// changed counts the changes of each host in the present step.
	changed map[string]int
	order   []string
	began   time.Time
}

// slow is what makes a single change worth a line of its own.
const slow = time.Second

func newProgress(w io.Writer, o output) *progress {
	p := &progress{w: newStyled(w, o), verbose: o.verbose, quiet: o.quiet || o.progress == "none", changed: make(map[string]int)}
	tty := o.progress == "tty" || o.progress == "auto" && isTerminal(w)
	if tty && !p.quiet {
		p.bars = mpb.New(mpb.WithOutput(w), mpb.WithRefreshRate(100*time.Millisecond), mpb.WithAutoRefresh())
		p.status = p.bars.New(0, mpb.SpinnerStyle(), mpb.BarRemoveOnComplete(), mpb.BarWidth(2),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
				p.mu.Lock()
				defer p.mu.Unlock()
				return p.text
			}), decor.Elapsed(decor.ET_STYLE_GO, decor.WC{W: 6})))
	}
	return p
}

// close takes the moving line away.
func (p *progress) close() {
	if p.bars != nil {
		p.status.Abort(true)
		p.bars.Wait()
	}
}

// report is told of every event.
func (p *progress) report(e fleet.Event) {
	if p.quiet {
		return
	}
	p.out.Lock()
	defer p.out.Unlock()
	lines := p.lines(e)
	for _, line := range lines {
		text := e.Time.Format(time.TimeOnly) + " " + line + "\n"
		if p.bars != nil {
			_, _ = p.bars.Write([]byte(text))
		} else {
			p.w.printf("%s", text)
		}
	}
}

// lines are what an event adds to the record.
func (p *progress) lines(e fleet.Event) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Kind {
	case fleet.Step:
		return p.step(e)
	case fleet.HostChange:
		return p.change(e)
	case fleet.Progress:
		if e.Total > 0 {
			p.text = fmt.Sprintf("%s  %.1f of %.1f MB", e.Text, float64(e.Bytes)/1e6, float64(e.Total)/1e6)
			return nil
		}
		p.text = e.Text
		if e.Bytes == 0 {
			return []string{"  " + e.Text}
		}
	}
	return nil
}

func (p *progress) step(e fleet.Event) []string {
	if !e.Done {
		p.text, p.began = e.Text, e.Time
		p.changed, p.order = make(map[string]int), nil
		return nil
	}
	var lines []string
	for _, host := range p.order {
		if n := p.changed[host]; n > 0 && !p.verbose {
			lines = append(lines, fmt.Sprintf("%s %s  %s: %s", p.w.paint(green, "✔"), host, e.Text, count(n, "change")))
		}
	}
	mark := p.w.paint(green, "✔")
	if e.Error != "" {
		mark = p.w.paint(red, "✘")
	}
	return append(lines, fmt.Sprintf("%s %s  %s", mark, e.Text, seconds(e.Took)))
}

func (p *progress) change(e fleet.Event) []string {
	what := e.Host + "  " + e.Change.Line()
	if !e.Done {
		p.text = what
		return nil
	}
	if _, seen := p.changed[e.Host]; !seen {
		p.order = append(p.order, e.Host)
	}
	if e.Error != "" {
		return []string{fmt.Sprintf("%s %s  %s", p.w.paint(red, "✘"), what, seconds(e.Took))}
	}
	p.changed[e.Host]++
	if p.verbose || e.Took >= slow {
		return []string{fmt.Sprintf("%s %s  %s", sign(e.Change.Action), what, seconds(e.Took))}
	}
	return nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1fs", d.Seconds()) }

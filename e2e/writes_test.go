//go:build e2e

package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/zkprov/zkprov/e2e/lab/load"
	"github.com/zkprov/zkprov/inventory"
)

// writing is a client that writes to an ensemble all the time, and a watcher of how many servers serve meanwhile.
type writing struct {
	t       *testing.T
	writer  *load.Writer
	watcher *load.Watcher
}

// seen is what the two saw.
type seen struct {
	load.Report
	load.Strength
}

// writes begins to write through all servers of the inventory, which all must serve.
func (e *ensemble) writes() *writing {
	e.t.Helper()
	return e.writesTo(e.servers())
}

// servers are those of the inventory, as the control machine reaches them.
func (e *ensemble) servers() []load.Server {
	e.t.Helper()
	model, findings := inventory.Read(e.inventory, []byte(e.text))
	if model == nil {
		e.t.Fatalf("the inventory is not valid: %v", findings)
	}
	return load.Servers(model, e.lab.Hosts()[0].Address().String())
}

func (e *ensemble) writesTo(servers []load.Server) *writing {
	e.t.Helper()
	writer, err := load.Start(e.t.Context(), load.Config{Servers: servers})
	if err != nil {
		e.t.Fatal(err)
	}
	w := &writing{e.t, writer, load.Watch(e.t.Context(), servers)}
	return w
}

// mark names what happens from now on.
func (w *writing) mark(name string) {
	w.writer.Mark(name)
	w.watcher.Mark(name)
}

// goesOn wants a write to be acknowledged that ended after now.
func (w *writing) goesOn(limit time.Duration) {
	w.t.Helper()
	begin := time.Now()
	for end := begin.Add(limit); ; time.Sleep(10 * time.Millisecond) {
		if _, last := w.writer.Sofar(); last.After(begin) {
			return
		}
		if time.Now().After(end) {
			w.t.Fatalf("no write was acknowledged for %s", limit)
		}
	}
}

// follows marks each line that a command says, as it comes, until the command ends.
func (w *writing) follows(u *underway) {
	go func() {
		said := 0
		for ended := false; !ended; time.Sleep(20 * time.Millisecond) {
			select {
			case <-u.ended:
				ended = true
			default:
			}
			lines := strings.Split(u.text(), "\n")
			for ; said < len(lines)-1; said++ {
				w.mark(lines[said])
			}
		}
		w.mark("the end")
	}()
}

// stops ends the writing and wants nothing acknowledged to be lost. All servers must serve by then.
func (w *writing) stops() seen {
	w.t.Helper()
	strength := w.watcher.Stop()
	report, err := w.writer.Stop(context.WithoutCancel(w.t.Context()))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Logf("the client saw\n%s%s", report, strength)
	if len(report.Lost)+len(report.OutOfOrder)+report.Failed > 0 {
		w.t.Errorf("%d acknowledged values were lost, %d are out of order, %d failed", len(report.Lost), len(report.OutOfOrder), report.Failed)
	}
	return seen{report, strength}
}

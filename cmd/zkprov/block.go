package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"
)

// block is the part of a terminal that is drawn anew all the time, below the lines that
// stay.
//
// Between two drawings the cursor stands where the block begins. A terminal that is made
// narrower breaks the lines on it and keeps the cursor at its character, so that all from
// there to the end of the screen is the block still, in however many rows. A renderer
// that counts the lines it has drawn, as most do, goes up too few and leaves rows behind.
type block struct {
	w io.Writer
	// size returns the columns and rows of the terminal.
	size func() (columns, rows int)
	// live returns the lines of the block.
	live func() []string

	mu    sync.Mutex
	drawn string // what is on the screen now; empty is nothing
	done  chan struct{}
	ended chan struct{}
}

// frame is how often the block is drawn.
const frame = 100 * time.Millisecond

func newBlock(w io.Writer, size func() (int, int), live func() []string) *block {
	return &block{w: w, size: size, live: live, done: make(chan struct{}), ended: make(chan struct{})}
}

// run draws until close, and at once where the terminal gets another size.
func (b *block) run() {
	defer close(b.ended)
	resized := make(chan os.Signal, 1)
	signal.Notify(resized, syscall.SIGWINCH)
	defer signal.Stop(resized)
	tick := time.NewTicker(frame)
	defer tick.Stop()
	for {
		select {
		case <-b.done:
			return
		case <-tick.C:
			b.draw(false)
		case <-resized:
			b.draw(true)
		}
	}
}

// print adds a line that stays.
func (b *block) print(lines ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	columns, _ := b.size()
	var stay strings.Builder
	for _, line := range lines {
		stay.WriteString(wrap(line, columns, hanging(line)))
		stay.WriteByte('\n')
	}
	b.put(stay.String(), b.text(), true)
}

// draw shows the block as it is now; anew says to do so although it has not changed.
func (b *block) draw(anew bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.put("", b.text(), anew)
}

// close takes the block away.
func (b *block) close() {
	close(b.done)
	<-b.ended
	b.mu.Lock()
	defer b.mu.Unlock()
	b.put("", "", false)
}

// put writes lines that stay, and the block below them, in one piece.
func (b *block) put(stay, text string, anew bool) {
	if text == b.drawn && !anew {
		return
	}
	var out strings.Builder
	if b.drawn != "" {
		out.WriteString("\r\x1b[J") // ED: erase to the end of the screen
	}
	out.WriteString(stay)
	if text != "" {
		// Without DECAWM no line takes two rows, whatever happens to the width while
		// it is written. CUU goes up to where the block begins.
		out.WriteString("\x1b[?7l" + text + "\x1b[?7h\r")
		if n := strings.Count(text, "\n"); n > 0 {
			fmt.Fprintf(&out, "\x1b[%dA", n)
		}
	}
	b.drawn = text
	if out.Len() > 0 {
		_, _ = io.WriteString(b.w, out.String())
	}
}

// text returns the block for the terminal as it is: no line is wider than that, nor are there
// more than it has rows.
func (b *block) text() string {
	columns, rows := b.size()
	lines := b.live()
	if most := rows - 1; most > 0 && len(lines) > most {
		lines = lines[:most]
	}
	for i, line := range lines {
		lines[i] = cut(line, columns-1)
	}
	return strings.Join(lines, "\n")
}

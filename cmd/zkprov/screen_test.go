package main

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// screen is a terminal, as far as what zkprov sends needs one: a cursor, lines that are
// wrapped at the right edge, erasing to the end of the screen, and the modes that it
// uses. Everything else fails the test.
type screen struct {
	t             *testing.T
	columns, rows int
	// reflow says what happens when it is made narrower: lines are wrapped anew, as
	// most terminals do, or what is outside is lost, as with xterm.
	reflow bool

	mu      sync.Mutex
	lines   []row // with what has scrolled out at the top
	x, y    int   // of the cursor; y counts from the first of lines
	wrapOff bool  // DECAWM
	input   []byte
}

// row is one of a screen, a rune in each cell; a wide one has a 0 behind it.
type row struct {
	cells   []rune
	wrapped bool // it goes on in the next one
}

func newScreen(t *testing.T, columns, rows int, reflow bool) *screen {
	return &screen{t: t, columns: columns, rows: rows, reflow: reflow, lines: make([]row, 1)}
}

// size is what the kernel tells of it.
func (s *screen) size() (columns, rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.columns, s.rows
}

// Write implements io.Writer.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.input = append(s.input, p...)
	for len(s.input) > 0 {
		if s.input[0] == 0x1b {
			end := strings.IndexFunc(string(s.input[1:]), func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' })
			if end < 0 {
				break
			}
			s.escape(string(s.input[1 : end+2]))
			s.input = s.input[end+2:]
			continue
		}
		r, size := utf8.DecodeRune(s.input)
		s.input = s.input[size:]
		switch r {
		case '\r':
			s.x = 0
		case '\n': // the kernel makes a carriage return of it as well
			s.x = 0
			s.down()
		default:
			s.put(r)
		}
	}
	return len(p), nil
}

func (s *screen) down() {
	s.y++
	if s.y == len(s.lines) {
		s.lines = append(s.lines, row{})
	}
}

func (s *screen) put(r rune) {
	n := runewidth.RuneWidth(r)
	if s.x+n > s.columns {
		if s.wrapOff {
			s.x = s.columns - n
		} else {
			s.lines[s.y].wrapped = true
			s.x = 0
			s.down()
		}
	}
	line := &s.lines[s.y]
	for len(line.cells) < s.x+n {
		line.cells = append(line.cells, ' ')
	}
	line.cells[s.x] = r
	if n == 2 {
		line.cells[s.x+1] = 0
	}
	s.x += n
}

func (s *screen) escape(sequence string) {
	switch {
	case sequence == "[J":
		s.lines = s.lines[:s.y+1]
		line := &s.lines[s.y]
		line.cells, line.wrapped = line.cells[:min(s.x, len(line.cells))], false
	case sequence == "[?7l", sequence == "[?7h":
		s.wrapOff = sequence == "[?7l"
	case strings.HasSuffix(sequence, "m"):
	case strings.HasSuffix(sequence, "A"):
		n, err := strconv.Atoi(strings.Trim(sequence, "[A"))
		if err != nil {
			s.t.Errorf("cannot understand the sequence %q", sequence)
		}
		s.y = max(s.y-n, len(s.lines)-s.rows, 0)
	default:
		s.t.Errorf("the terminal does not know the sequence %q", sequence)
	}
}

// resize makes it wider or narrower.
func (s *screen) resize(columns int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.columns = columns
	if !s.reflow {
		for i := range s.lines {
			s.lines[i].cells = s.lines[i].cells[:min(columns, len(s.lines[i].cells))]
		}
		s.x = min(s.x, columns-1)
		return
	}
	var all []row
	y, x := 0, 0
	var whole []rune
	at := -1 // the cursor's place in whole
	for i, line := range s.lines {
		if i == s.y {
			at = len(whole) + s.x
		}
		whole = append(whole, line.cells...)
		if line.wrapped {
			continue
		}
		first := len(all)
		for rest := whole; ; {
			n := min(columns, len(rest))
			all = append(all, row{cells: append([]rune(nil), rest[:n]...), wrapped: len(rest) > n})
			if rest = rest[n:]; len(rest) == 0 {
				break
			}
		}
		if at >= 0 {
			y, x = first+min(at/columns, len(all)-1-first), at%columns
			at = -1
		}
		whole = nil
	}
	s.lines, s.y, s.x = all, y, x
}

// text is what is on it, with what has scrolled out; the rows that are empty at the end
// are left out.
func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, line := range s.lines {
		text := strings.ReplaceAll(string(line.cells), "\x00", "")
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

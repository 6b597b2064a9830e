package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// styled writes for people, in colour where the stream has it.
type styled struct {
	w       io.Writer
	colour  bool
	verbose bool
	// columns is the width at which lines are broken; nil breaks none.
	columns func() int
}

func newStyled(w io.Writer, o output) *styled {
	s := &styled{w: w, colour: !o.noColor && os.Getenv("NO_COLOR") == "" && isTerminal(w), verbose: o.verbose}
	if isTerminal(w) {
		s.columns = func() int { columns, _ := sizeOf(w); return columns }
	}
	return s
}

// printf prints whole lines. On a terminal they are broken at words.
func (s *styled) printf(format string, args ...any) {
	s.broken(fmt.Sprintf(format, args...), hanging)
}

// prose prints a text whose lines begin where they are broken.
func (s *styled) prose(format string, args ...any) {
	s.broken(fmt.Sprintf(format, args...), func(string) int { return 0 })
}

// verbatim prints lines that mean something else when they are broken.
func (s *styled) verbatim(format string, args ...any) { fmt.Fprintf(s.w, format, args...) }

func (s *styled) broken(text string, hang func(line string) int) {
	if s.columns != nil {
		lines := strings.Split(text, "\n")
		for i, line := range lines {
			lines[i] = wrap(line, s.columns(), hang(line))
		}
		text = strings.Join(lines, "\n")
	}
	_, _ = io.WriteString(s.w, text)
}

// The colours of SGR; see ECMA-48, 8.3.117.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	bold   = "1"
)

func (s *styled) paint(sgr, text string) string {
	if !s.colour || sgr == "" {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

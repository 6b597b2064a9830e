package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// sink is a stream that remembers why it could not be written to: a result that
// did not arrive must not pass for one.
type sink struct {
	to  io.Writer
	err error
}

// Write implements io.Writer.
func (s *sink) Write(p []byte) (int, error) {
	n, err := s.to.Write(p)
	if err != nil && s.err == nil {
		s.err = err
	}
	return n, err
}

// terminal returns the stream's own file, where it has one.
func (s *sink) terminal() (*os.File, bool) {
	f, ok := s.to.(*os.File)
	return f, ok
}

// fallbackColumns is the width of a terminal that does not tell its own.
const fallbackColumns = 80

// sizeOf returns the columns and rows of the terminal that a stream is. One that does not
// tell, or is none, has 80 columns, and 0 rows stand for not known.
func sizeOf(w io.Writer) (columns, rows int) {
	f, ok := w.(*os.File)
	if s, wrapped := w.(*sink); wrapped {
		f, ok = s.terminal()
	}
	if ok {
		if columns, rows, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
			return columns, rows
		}
	}
	return fallbackColumns, 0
}

// isTerminal reports whether a stream is a terminal that understands more than
// plain lines.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if s, wrapped := w.(*sink); wrapped {
		f, ok = s.terminal()
	}
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

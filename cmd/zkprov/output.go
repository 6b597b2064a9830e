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

// terminal is the stream's own file, where it has one.
func (s *sink) terminal() (*os.File, bool) {
	f, ok := s.to.(*os.File)
	return f, ok
}

// isTerminal says whether a stream is a terminal that understands more than
// plain lines.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if s, wrapped := w.(*sink); wrapped {
		f, ok = s.terminal()
	}
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

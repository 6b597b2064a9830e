package inventory

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/zkprov/zkprov/internal/finding"
)

// The bounds of an inventory. All are above what one of 255 servers, the most that
// ZooKeeper's ids allow, could need (with thirty keys each they have 8,000), and low
// enough that whatever keeps them is judged within a second.
const (
	maxSize     = 4 << 20 // bytes of the file
	maxText     = 4096    // bytes of one string or number
	maxKey      = 256     // bytes of one part of a key
	maxParts    = 16      // parts of a dotted key or of a table's header
	maxNesting  = 16      // arrays and inline tables in one another
	maxWords    = 250_000 // parts of keys, and values
	maxUnique   = 10_000  // parts of keys, and inline tables, that are compared with one another
	maxHosts    = 1000
	maxServers  = 1000 // instances of all hosts
	maxSettings = 500  // keys of one zoo_cfg; ZooKeeper 3.9 reads some 200
	maxList     = 1000 // entries of one list of strings
)

// tooLarge returns the finding for a place where a file leaves its bounds.
func tooLarge(pos finding.Position, format string, args ...any) finding.Finding {
	return finding.Finding{Pos: pos, Severity: finding.Error, Name: "too-large", Message: fmt.Sprintf(format, args...),
		Hint: "no inventory needs that: is this the right file?"}
}

// scan looks for the first place where a text leaves the bounds that must hold before a
// parser sees it: some of what a parser and its caller do grows with the square of a
// length or of a depth. It tells words, strings and comments of TOML apart, and looks
// at each byte once. What is no TOML is left to the parser. ok is false where it found
// something.
func scan(file string, data []byte) (found finding.Finding, ok bool) {
	s := scanner{data: data}
	for s.next < len(data) {
		begin := s.next
		if what := s.step(); what != "" {
			return tooLarge(newPlaces(file, data).at(begin), "%s", what), false
		}
	}
	return finding.Finding{}, true
}

type scanner struct {
	data  []byte
	next  int
	depth int // of brackets
	words int
	parts int // words that dots join, up to here
}

// step takes one word, string, comment or other character, and returns what is
// too large about it.
func (s *scanner) step() string {
	rest := s.data[s.next:]
	switch c := rest[0]; c {
	case '.', ' ', '\t':
		s.next++
		return ""
	case '#':
		s.next += lengthTo(rest, '\n')
		return ""
	case '[', '{':
		s.next++
		s.parts = 0
		s.words++
		s.depth++
		if s.depth > maxNesting {
			return fmt.Sprintf("arrays and tables lie more than %d deep in one another", maxNesting)
		}
	case ']', '}':
		s.next++
		s.parts = 0
		s.depth = max(0, s.depth-1)
		return ""
	case '"', '\'':
		n := stringLength(rest)
		s.next += n
		if n > maxText {
			return fmt.Sprintf("a string has more than %s bytes", thousands(maxText))
		}
		return s.word()
	default:
		n := bytes.IndexAny(rest, ". \t\r\n#[]{}\"'=,")
		switch {
		case n < 0:
			n = len(rest)
		case n == 0: // = , and the ends of lines
			s.next++
			s.parts = 0
			return ""
		}
		s.next += n
		if n > maxText {
			return fmt.Sprintf("a word has more than %s bytes", thousands(maxText))
		}
		return s.word()
	}
	return s.many()
}

// word counts a word or string.
func (s *scanner) word() string {
	s.words++
	s.parts++
	if s.parts > maxParts {
		return fmt.Sprintf("a key has more than %d parts with dots between them", maxParts)
	}
	return s.many()
}

func (s *scanner) many() string {
	if s.words > maxWords {
		return fmt.Sprintf("the file has more than %s keys and values", thousands(maxWords))
	}
	return ""
}

// stringLength returns the length of the string that b begins with, its quotes
// included. Where it does not end, that is the rest of the line, or of the file for a
// string of several lines.
func stringLength(b []byte) int {
	quote := b[0]
	end, begin, lines := b[:1], 1, false
	if triple := bytes.Repeat(end, 3); bytes.HasPrefix(b, triple) {
		end, begin, lines = triple, 3, true
	}
	for i := begin; i < len(b); i++ {
		switch {
		case b[i] == '\\' && quote == '"':
			i++
		case b[i] == '\n' && !lines:
			return i
		case b[i] == quote && bytes.HasPrefix(b[i:], end):
			return i + len(end)
		}
	}
	return len(b)
}

// lengthTo returns how many bytes of b come before c, all of them where there is none.
func lengthTo(b []byte, c byte) int {
	if i := bytes.IndexByte(b, c); i >= 0 {
		return i
	}
	return len(b)
}

// thousands writes a number with commas between its thousands, as 79,800.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

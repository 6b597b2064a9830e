// Package properties reads text as Java's java.util.Properties.load(InputStream) does,
// which is how ZooKeeper reads zoo.cfg, and tells where each value stands in the text.
package properties

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// Property is a key with its value.
type Property struct {
	// Key and Value are as the program gets them: without escapes, lines joined, each
	// byte of the text one character of ISO 8859-1.
	Key, Value string
	// Start and End bound the value in the text, in bytes, as it is written there: the
	// line's end is outside, escapes and the ends of joined lines are inside. Both are
	// the same where the value is empty.
	Start, End int
	// Malformed reports whether the key or the value has a \u without four hex digits
	// behind it. Java refuses the whole text for it; here such a u stands for itself.
	Malformed bool
}

// Read returns the properties of a text in its order. A key that is there twice comes
// twice: the program gets the last one.
func Read(text string) []Property {
	var all []Property
	for at := 0; at < len(text); {
		p, size := First(text[at:])
		if p != nil {
			p.Start += at
			p.End += at
			all = append(all, *p)
		}
		at += size
	}
	return all
}

// First reads the line that a text begins with, with the lines that backslashes join to
// it; size is their length in bytes. It returns nil for a blank line and a comment.
func First(text string) (p *Property, size int) {
	l, size := logicalLine(text)
	if len(l.text) == 0 {
		return nil, size
	}
	line := string(l.text)
	keyEnd := len(line)
	for i := 0; i < len(line); i++ {
		if line[i] == '\\' {
			i++
		} else if isBlank(line[i]) || isSeparator(line[i]) {
			keyEnd = i
			break
		}
	}
	value := skipBlanks(line, keyEnd)
	if value < len(line) && isSeparator(line[value]) {
		value = skipBlanks(line, value+1)
	}
	p = &Property{Start: l.end, End: l.end}
	if value < len(line) {
		p.Start = l.offsets[value]
	}
	var badKey, badValue bool
	p.Key, badKey = unescape(line[:keyEnd])
	p.Value, badValue = unescape(line[value:])
	p.Malformed = badKey || badValue
	return p, size
}

// Trim cuts what Java's String.trim cuts off both ends: ZooKeeper's QuorumPeerConfig
// does so to every key and value.
func Trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}

// line is a logical line: one or more that backslashes join.
type line struct {
	text    []byte // without what joins; empty for a blank line and a comment
	offsets []int  // of each byte of text, in what was read
	end     int    // where the line ends, before what ends it
}

// logicalLine reads the logical line that a text begins with, and its size with what
// ends it; see LineReader in java.util.Properties.
func logicalLine(text string) (l line, size int) {
	i := skipBlanks(text, 0)
	comment := i < len(text) && (text[i] == '#' || text[i] == '!')
	escaped := false
	for ; i < len(text); i++ {
		c := text[i]
		if c == '\n' || c == '\r' {
			next := i + 1
			if strings.HasPrefix(text[i:], "\r\n") {
				next++
			}
			if !escaped {
				l.end = i
				return l, next
			}
			if len(l.text) == 1 { // a backslash alone joins nothing
				return line{}, next
			}
			// The backslash goes, and the blanks that the next line begins with.
			l.text, l.offsets = l.text[:len(l.text)-1], l.offsets[:len(l.offsets)-1]
			escaped = false
			i = skipBlanks(text, next) - 1
			continue
		}
		if !comment {
			escaped = c == '\\' && !escaped
			l.text, l.offsets = append(l.text, c), append(l.offsets, i)
		}
	}
	if escaped { // at the end of the text it joins nothing
		l.text = l.text[:len(l.text)-1]
	}
	l.end = len(text)
	return l, len(text)
}

func isBlank(c byte) bool     { return c == ' ' || c == '\t' || c == '\f' }
func isSeparator(c byte) bool { return c == '=' || c == ':' }

func skipBlanks(text string, i int) int {
	for i < len(text) && isBlank(text[i]) {
		i++
	}
	return i
}

// unescape decodes what stands for a key or a value; malformed reports whether a \u had
// no four hex digits.
func unescape(s string) (text string, malformed bool) {
	units := make([]uint16, 0, len(s)) // as Java's char
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			units = append(units, uint16(s[i]))
			continue
		}
		i++
		switch s[i] {
		case 't':
			units = append(units, '\t')
		case 'n':
			units = append(units, '\n')
		case 'r':
			units = append(units, '\r')
		case 'f':
			units = append(units, '\f')
		case 'u':
			if i+5 <= len(s) {
				if n, err := strconv.ParseUint(s[i+1:i+5], 16, 16); err == nil {
					units = append(units, uint16(n))
					i += 4
					continue
				}
			}
			malformed = true
			units = append(units, 'u')
		default:
			units = append(units, uint16(s[i]))
		}
	}
	return string(utf16.Decode(units)), malformed
}

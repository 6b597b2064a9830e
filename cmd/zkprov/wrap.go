package main

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"
)

// escape is an SGR sequence, by which text has its colour: it takes no room.
var escape = regexp.MustCompile("\x1b\\[[0-9;]*m")

// displayWidth returns how many columns of a terminal a text takes.
func displayWidth(text string) int { return runewidth.StringWidth(escape.ReplaceAllString(text, "")) }

// wrap breaks a line at blanks, so that it fits a terminal of that many columns. What
// follows is indented by hang columns. A word that is longer, such as a path, stays
// whole: it is to be copied. A width of 0 or less breaks nothing.
func wrap(line string, width, hang int) string {
	if width <= 0 || displayWidth(line) <= width {
		return line
	}
	for word := range strings.FieldsSeq(line) {
		if n := displayWidth(word); hang > width/2 || hang+n > width && 2+n <= width {
			hang = 2 // so that there is room for it
			break
		}
	}
	var b strings.Builder
	indent := "\n" + strings.Repeat(" ", hang)
	column, empty := 0, true
	for line != "" {
		blanks := line[:len(line)-len(strings.TrimLeft(line, " "))]
		word := line[len(blanks):]
		if i := strings.IndexByte(word, ' '); i >= 0 {
			word = word[:i]
		}
		line = line[len(blanks)+len(word):]
		n := displayWidth(word)
		if !empty && n > 0 && column+len(blanks)+n > width {
			b.WriteString(indent)
			blanks, column = "", hang
		}
		b.WriteString(blanks)
		b.WriteString(word)
		column += len(blanks) + n
		empty = empty && n == 0
	}
	return b.String()
}

// lead is what a line has before its text: blanks, the time, and the sign of what the
// line is about. A name that stands by itself is part of the text.
var lead = regexp.MustCompile(`^ *([0-9]{2}:[0-9]{2}:[0-9]{2} +)?([✘✔⏵!~+>-] +)?`)

// hanging returns how far the rest of a line is indented where it is broken: to where its
// text begins, or a little where it has nothing before that.
func hanging(line string) int {
	bare := escape.ReplaceAllString(line, "")
	if n := displayWidth(lead.FindString(bare)); n > 0 {
		return n
	}
	return 2
}

// cut shortens a line to that many columns, with an ellipsis where something is missing.
// What would steer the terminal is left out.
func cut(line string, width int) string {
	line = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, escape.ReplaceAllString(line, ""))
	if width <= 0 {
		return ""
	}
	return runewidth.Truncate(line, width, "…")
}

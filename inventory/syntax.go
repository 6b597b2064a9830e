package inventory

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/zkprov/zkprov/internal/finding"
)

// misread matches the character in a message of go-toml's parser. It names the first
// byte of a character of several, so it is replaced.
var misread = regexp.MustCompile(`:? (but got )?U\+[0-9A-F]{4,}( '.+')?`)

// nameCharacter adds to a syntax error the character that the parser stopped at, where
// no eye tells it from the one that was meant.
func nameCharacter(f finding.Finding, data []byte) finding.Finding {
	line := lineOf(data, f.Pos.Line)
	at := min(max(f.Pos.Column-1, 0), len(line))
	found := unexpected(line, at)
	if found < 0 {
		return f
	}
	r, size := utf8.DecodeRune(line[found:])
	what := Character(r)
	if r == utf8.RuneError && size == 1 {
		what = fmt.Sprintf("the byte 0x%02X, which is no UTF-8", line[found])
	}
	f.Message = misread.ReplaceAllString(f.Message, "") + fmt.Sprintf(": column %d is %s", found+1, what)
	if _, like := lookup(r); like == `"` || like == "'" {
		f.Hint = `a string stands in straight quotes: "…"`
	}
	return f
}

// clipWords clips what a parser quotes from a file.
func clipWords(message string) string {
	words := strings.Split(message, " ")
	for i, w := range words {
		words[i] = Clip(w)
	}
	return strings.Join(words, " ")
}

// unexpected returns where in a line the character is that a parser stopped at, or took
// for part of something else before: the first from at on that is not plain, or, where
// the parser came to the end of the line, the last before it. It skips comments, and
// what follows something that is wrong by itself; -1 is none.
func unexpected(line []byte, at int) int {
	odd := func(r rune) bool { return !Plain(r) && r != '\t' }
	rest := line[at:]
	if i := bytes.IndexByte(rest, '#'); i >= 0 {
		rest = rest[:i]
	}
	if i := bytes.IndexFunc(rest, odd); i >= 0 {
		return at + i
	}
	if len(rest) > 0 {
		return -1
	}
	return bytes.LastIndexFunc(line[:at], func(r rune) bool { _, like := lookup(r); return odd(r) && (like != "" || finding.Invisible(r)) })
}

// lineOf returns a line of a text without its end; the first is 1.
func lineOf(data []byte, n int) []byte {
	for ; n > 1; n-- {
		_, data, _ = bytes.Cut(data, []byte("\n"))
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r"))
}

// isUTF16 reports whether a text is in the encoding of some Windows editors.
func isUTF16(data []byte) bool {
	return bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff"))
}

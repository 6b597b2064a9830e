package finding

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Position is a place in an inventory file. Line and Column count from 1;
// zero means that the place is not known. Column counts bytes.
type Position struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// String returns file:line:column, without the parts that are not known.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Invisible reports whether a character has no shape, or changes the order in which
// others are shown: a message that quotes it does not show what is in the value.
func Invisible(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
}

// oneLine writes invisible characters as a Go string does.
func oneLine(s string) string {
	var b strings.Builder
	for _, r := range s {
		if Invisible(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

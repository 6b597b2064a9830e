package inventory

import (
	"fmt"
	"unicode/utf8"
)

// longest is how much of a value stands in a message, in characters: with what is said
// of it a line of a wide terminal.
const longest = 80

// Clip is a value that somebody else wrote, short enough for a message. It is cut
// between two characters, and how many there were is said.
func Clip(s string) string {
	if len(s) <= longest {
		return s
	}
	n := utf8.RuneCountInString(s)
	if n <= longest {
		return s
	}
	end := 0
	for range longest / 2 {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	return fmt.Sprintf("%s… (%d characters)", s[:end], n)
}

// clipped are the arguments of a message, each value that is a text cut.
func clipped(args []any) []any {
	cut := make([]any, len(args))
	for i, a := range args {
		switch v := a.(type) {
		case string:
			a = Clip(v)
		case Role:
			a = Role(Clip(string(v)))
		}
		cut[i] = a
	}
	return cut
}

package inventory

import (
	"fmt"
	"unicode/utf8"
)

// longest is how many characters of a value stand in a message, so that the whole fits
// a line of a wide terminal.
const longest = 80

// Clip shortens a value that somebody else wrote for a message. It cuts between two
// characters and adds how many there were.
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

// clipped returns the arguments of a message with each value that is a text clipped.
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

package existing

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// quoted writes a text as a TOML string.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// literal writes a value of zoo.cfg as TOML: a number or a truth value as such where its
// text is the same, and anything else as a string.
func literal(s string) string {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && strconv.FormatInt(n, 10) == s {
		return s
	}
	if s == "true" || s == "false" {
		return s
	}
	return quoted(s)
}

// bare reports whether a key can stand without quotes, dots between its parts.
func bare(key string) bool {
	for part := range strings.SplitSeq(key, ".") {
		if part == "" || strings.ContainsFunc(part, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
		}) {
			return false
		}
	}
	return true
}

// tableKey writes a key of zoo.cfg as it stands in a table with all of keys: one that is
// the beginning of another, as authProvider is of authProvider.1, cannot have a value of
// its own but in quotes.
func tableKey(key string, keys []string) string {
	clash := slices.ContainsFunc(keys, func(o string) bool { return strings.HasPrefix(o, key+".") || strings.HasPrefix(key, o+".") })
	if bare(key) && !clash {
		return key
	}
	return quoted(key)
}

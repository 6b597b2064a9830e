package host

import (
	"strings"

	"github.com/zkprov/zkprov/internal/properties"
	"github.com/zkprov/zkprov/inventory"
)

// notShown stands for a value that looks like a secret.
const notShown = "(not shown)"

// withoutSecrets replaces the values of keys that hold a password: ZooKeeper
// before 3.8 has them in zoo.cfg, and a plan is shown and mailed around. Keys and
// values are told apart as Java does, and in comments as well: what was commented
// out may still be in use elsewhere.
func withoutSecrets(text []byte) string {
	var shown strings.Builder
	rest := string(text)
	for rest != "" {
		if start, end := secret(rest); start < end {
			shown.WriteString(rest[:start] + notShown)
			rest = rest[end:]
			continue
		}
		// What follows a backslash is looked at by itself: in a unit it is another
		// argument.
		size := lineSize(rest)
		shown.WriteString(rest[:size])
		rest = rest[size:]
	}
	return shown.String()
}

// secret returns where the value of the line that a text begins with stands, if it is a
// password; start and end are the same where it is none.
func secret(text string) (start, end int) {
	line := text[:lineSize(text)]
	code := strings.TrimLeft(line, " \t\f#!")
	at := len(line) - len(code)
	comment := strings.ContainsAny(line[:at], "#!")
	if comment {
		code = strings.TrimRight(code, "\r\n") // no backslash joins the next line to it
	} else {
		code = text[at:]
	}
	p, _ := properties.First(code)
	if p == nil || !inventory.IsSecret(p.Key) {
		return 0, 0
	}
	if comment && !strings.ContainsAny(code[:p.Start], "=:") {
		return 0, 0 // prose
	}
	return at + p.Start, at + p.End
}

// lineSize returns the length of the line that a text begins with, with one byte of
// what ends it.
func lineSize(text string) int {
	if i := strings.IndexAny(text, "\r\n"); i >= 0 {
		return i + 1
	}
	return len(text)
}

package inventory

import (
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
)

// Unstartable returns why no systemd unit can start a program at a path; empty where
// one can. It is the one rule for the path of a Java, whoever names it: java.home,
// JAVA_HOME, PATH or a folder that was found. Blanks and percent signs are written so
// that systemd takes them as they are (systemd.syntax(7), "Quoting"); a program's path,
// unlike its arguments, has no way to write a quote, a backslash or a dollar sign.
func Unstartable(path string) string {
	what := Strange(path, func(r rune) bool { return !finding.Invisible(r) && !strings.ContainsRune(`"'\$`, r) })
	if what == "" {
		return ""
	}
	return "no systemd unit can start a program at such a path: " + what
}

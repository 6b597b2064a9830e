package remote

import (
	"fmt"
	"strings"

	"github.com/zkprov/zkprov/inventory"
)

// places holds where a host gets its binary.
type places struct {
	// kept holds the binaries that stay, each in a folder named by its SHA-256.
	kept string
	// passing lists folders for a binary that is removed as soon as it runs, the best
	// first: in memory, and on a disk for hosts where no program may run there. Every
	// host has these folders, so that nothing is left behind, not even a folder.
	passing []string
	// installed is where a package puts the binary.
	installed string
}

var hostPlaces = places{kept: inventory.StateDir + "/bin", passing: []string{"/dev/shm", "/var/lib"}, installed: "/usr/bin/zkprov"}

// binary is a build of zkprov that may be brought to a host.
type binary struct {
	arch   string // Go's spelling
	sha256 string
	size   int64
}

// machines maps uname(1)'s names of architectures to Go's.
var machines = map[string]string{"x86_64": "amd64", "aarch64": "arm64"}

// The words of a greeting.
const (
	greetHave = "have" // the binary is there and takes over now
	greetNeed = "need" // it must be sent
	greetNone = "none" // nobody has one for this architecture
)

// ship announces a binary on the far side's standard input.
const ship = "ship"

// script returns the command that ssh hands to the user's login shell. That may be any
// shell, so all it sees is a plain command with words in single quotes: no quote,
// backslash, exclamation mark or newline is inside of them.
//
// The inner script runs as root. It greets, with the nonce by which the greeting is
// told from what a .bashrc prints, takes a binary where neither an earlier run nor a
// package left the same one, and turns into the agent. A reader keeps nothing: it lets
// the agent remove the binary as soon as it runs.
func (p places) script(nonce string, binaries []binary, sudo []string, readOnly bool) string {
	var choose strings.Builder
	for _, b := range binaries {
		for machine, arch := range machines {
			if arch == b.arch {
				fmt.Fprintf(&choose, "Linux-%s) s=%s z=%d ;; ", machine, b.sha256, b.size)
			}
		}
	}
	lines := []string{
		"umask 077",
		"m=$(uname -s)-$(uname -m)",
		"s= z=0",
		"case $m in " + choose.String() + "esac",
		greet(nonce, greetNone, `if [ -z "$s" ]; then `, "exit 0; fi"),
		"d=" + p.kept + "/$s",
		greet(nonce, greetHave, `if [ -x "$d/zkprov" ]; then `, `exec "$d/zkprov" `+ServeCommand+"; fi"),
		"i=" + p.installed,
		greet(nonce, greetHave, `if [ -x "$i" ] && [ "$(sha256sum < "$i" | cut -c 1-64)" = "$s" ]; then `, `exec "$i" `+ServeCommand+"; fi"),
		greet(nonce, greetNeed, "", ""),
		"read -r word rest || exit 0",
		`if [ "$word" = ` + ship + " ]; then :; else exit 0; fi",
	}
	forget := `rm -f "$t"`
	if readOnly {
		forget = `rm -rf "$d"`
		lines = append(lines,
			"f="+ServeOnceFlag,
			// An empty program tells whether programs may run there.
			"for p in "+strings.Join(p.passing, " ")+`; do d="$p/zkprov-`+nonce+`"; `+
				`if mkdir "$d" 2>/dev/null && touch "$d/try" && chmod 700 "$d/try" && "$d/try" 2>/dev/null; then rm "$d/try"; break; fi; `+
				`rm -rf "$d"; d=; done`,
			`if [ -z "$d" ]; then echo "no program can be put and run in any of: `+strings.Join(p.passing, " ")+`" >&2; exit 1; fi`,
		)
	} else {
		lines = append(lines, "f=", `mkdir -p "$d" || exit 1`)
	}
	lines = append(lines,
		`t="$d/.new-`+nonce+`"`,
		`if head -c "$z" > "$t" && [ "$(sha256sum < "$t" | cut -c 1-64)" = "$s" ]; then :; else `+forget+`; echo "the binary did not arrive whole" >&2; exit 1; fi`,
		`chmod 700 "$t" && sync "$t" && mv -f "$t" "$d/zkprov" || { `+forget+`; exit 1; }`,
		`exec "$d/zkprov" `+ServeCommand+" $f",
	)
	inner := strings.Join(lines, "; ")
	outer := `if [ "$(id -u)" = 0 ]; then exec sh -c "$1"; else exec ` + strings.Join(sudo, " ") + ` sh -c "$1"; fi`
	return "exec sh -c '" + outer + "' zkprov '" + inner + "'"
}

// greet returns a command that prints a greeting between before and after.
func greet(nonce, word, before, after string) string {
	s := before + `echo "` + greeting(nonce) + word + ` $m"`
	if after != "" {
		s += "; " + after
	}
	return s
}

// greeting returns the beginning of every greeting of a session.
func greeting(nonce string) string { return "zkprov-" + nonce + " " }

// sudoArgs returns the command by which a user who is not root becomes it. With a
// password sudo reads it from its standard input after it has shown the prompt, which
// tells the moment.
func sudoArgs(prompt string) []string {
	if prompt == "" {
		return []string{"sudo", "-n", "--"}
	}
	return []string{"sudo", "-k", "-S", "-p", prompt, "--"}
}

package finding

import "strings"

// Command is one line to type. Several are typed one after the other, each once
// the one before has ended well.
type Command struct {
	// Host is where the line is typed, as root; empty is where zkprov was called.
	Host string `json:"host,omitempty"`
	Line string `json:"line"`
}

// String returns the command as it stands within a sentence.
func (c Command) String() string {
	if c.Host == "" {
		return "`" + c.Line + "`"
	}
	return "`" + c.Line + "` on " + c.Host
}

// Shell returns a command line of these words, each quoted for a shell.
func Shell(words ...string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = Quoted(word)
	}
	return strings.Join(quoted, " ")
}

// Quoted returns a word that a shell takes for just that.
func Quoted(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_@%+=:,./-", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Advice returns a hint with the commands that carry it out, in one line.
func Advice(hint string, commands []Command) string {
	lines := make([]string, len(commands))
	for i, c := range commands {
		lines[i] = c.String()
	}
	typed := strings.Join(lines, ", then ")
	if hint != "" && typed != "" {
		return hint + ": " + typed
	}
	return hint + typed
}

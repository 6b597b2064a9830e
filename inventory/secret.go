package inventory

import (
	"slices"
	"strings"
)

// secretWords are parts of the names of what holds secrets: keys of ZooKeeper's and of
// plugins, flags and variables.
func secretWords() []string {
	return []string{"password", "passwd", "passphrase", "secret", "credential"}
}

// holdsAny reports whether a name has one of the words in it, in whatever case.
func holdsAny(name string, words []string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(name, word) })
}

// IsSecret reports whether the value of a key is shown to nobody: it is a password or the
// digest of one, and not the path of a file with one.
func IsSecret(key string) bool {
	lower := strings.ToLower(strings.TrimSpace(key))
	return holdsAny(lower, secretWords()) && !strings.HasSuffix(lower, "path") || strings.HasSuffix(lower, "superdigest")
}

package host

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/internal/properties"
)

// meaning returns what of a file of a generation its process would be started with: the
// content without comments, and without the order where that means nothing. Two files of
// one meaning have one digest, and whatever the difference is, it restarts no server. The
// name tells the file's format.
func meaning(name string, content []byte) []byte {
	switch path.Ext(name) {
	case ".cfg", ".properties":
		return settings(content)
	case ".xml":
		return withoutLines(comment.ReplaceAll(content, nil), func(string) bool { return false })
	case ".service":
		return withoutLines(content, func(line string) bool {
			return strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") ||
				strings.HasPrefix(line, "Description=") || strings.HasPrefix(line, "Documentation=")
		})
	}
	return content
}

// means reports whether an entry has the meaning of the file.
func (f *file) means(e *entry) bool {
	return f.right(e) || e.regular() && bytes.Equal(meaning(f.name, e.content), meaning(f.name, f.content))
}

// comment is one of XML's.
var comment = regexp.MustCompile(`(?s)<!--.*?-->`)

// settings returns the properties of a text, sorted, of each key the last. A text that
// Java refuses is returned as it is.
func settings(content []byte) []byte {
	last := make(map[string]string)
	for _, p := range properties.Read(string(content)) {
		if p.Malformed {
			return content
		}
		last[p.Key] = p.Value
	}
	var lines []string
	for key, value := range last {
		lines = append(lines, strconv.Quote(key)+"="+strconv.Quote(value))
	}
	slices.Sort(lines)
	return []byte(strings.Join(lines, "\n"))
}

// withoutLines returns a text without those lines, blank ones, and blanks around the rest.
func withoutLines(content []byte, drop func(string) bool) []byte {
	var kept []string
	for line := range strings.Lines(string(content)) {
		if line = strings.TrimSpace(line); line != "" && !drop(line) {
			kept = append(kept, line)
		}
	}
	return []byte(strings.Join(kept, "\n"))
}

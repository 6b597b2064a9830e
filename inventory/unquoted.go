package inventory

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/zkprov/zkprov/internal/finding"
)

// The bounds of what is looked through again and again, for one value without quotes after
// the other.
const (
	maxUnquoted     = 100
	maxUnquotedSize = 64 << 10 // bytes of the file
)

// source is a file's text as it is parsed, and where its places are in the file.
type source struct {
	data   []byte
	places places
}

// quoteWords puts values that stand without quotes into quotes, as far as a parser comes
// with that, so that one after the other is found. TOML knows no words, and zoo.cfg and most
// other files that settings are copied from know no quotes.
func quoteWords(file string, data []byte) (source, finding.Findings) {
	s := source{data, newPlaces(file, data)}
	if len(data) > maxUnquotedSize {
		return s, nil
	}
	var found finding.Findings
	for range maxUnquoted {
		_, _, err := s.nodes()
		var stopped *unstable.ParserError
		if !errors.As(err, &stopped) {
			break
		}
		w, ok := findWord(s.data, s.offset(stopped))
		if !ok {
			break
		}
		quoted := fmt.Sprintf("%q", w.text)
		if lower := strings.ToLower(w.text); lower == "true" || lower == "false" {
			quoted = lower
		}
		shown := quoted
		if IsSecret(w.key) {
			shown = `"…"`
		}
		found = append(found, finding.Finding{Severity: finding.Error, Name: "syntax", Pos: s.places.at(w.start),
			Message: fmt.Sprintf("the value of %s stands without quotes", Clip(w.key)), Hint: "write " + Clip(w.key) + " = " + Clip(shown)})
		s = s.replaced(w, quoted)
	}
	return s, found
}

// replaced returns the source with another text in the place of a word.
func (s source) replaced(w word, quoted string) source {
	data := slices.Concat(s.data[:w.start], []byte(quoted), s.data[w.start+len(w.text):])
	if quoted[0] == '"' {
		s.places.inserted = append(slices.Clone(s.places.inserted), w.start, w.start+len(w.text)+1)
	}
	return source{data, s.places}
}

// offset returns where a parser stopped.
func (s source) offset(err *unstable.ParserError) int {
	return min(len(s.data), cap(s.data)-cap(err.Highlight))
}

// word is a value without quotes.
type word struct {
	key   string
	start int // in the text
	text  string
}

// findWord returns the value without quotes that a parser stopped at.
func findWord(data []byte, at int) (word, bool) {
	begin := bytes.LastIndexByte(data[:at], '\n') + 1
	line := data[begin : begin+lengthTo(data[begin:], '\n')]
	line = bytes.TrimSuffix(line, []byte("\r"))
	equals, keyBegin, inner := -1, 0, 0
	for i := 0; i < min(len(line), at-begin+1); {
		switch c := line[i]; c {
		case '"', '\'':
			i += stringLength(line[i:])
			continue
		case '{', '[':
			inner++
			keyBegin = i + 1
		case '}', ']':
			inner--
		case ',':
			keyBegin = i + 1
		case '=':
			if equals < keyBegin {
				equals = i
			}
		}
		i++
	}
	if equals < keyBegin {
		return word{}, false
	}
	value := line[equals+1:]
	ends := "#"
	if inner > 0 {
		ends = ",}]#"
	}
	if i := bytes.IndexAny(value, ends); i >= 0 {
		value = value[:i]
	}
	text := bytes.Trim(value, " \t")
	w := word{key: string(bytes.TrimSpace(line[keyBegin:equals])), start: begin + equals + 1 + bytes.Index(value, text), text: string(text)}
	plain := strings.IndexFunc(w.text, func(r rune) bool { return !Plain(r) || strings.ContainsRune(`"'\[]{}`, r) }) < 0
	number := strings.Trim(w.text, "+-_0123456789") == "" // which is wrong in another way
	if w.key == "" || number || !plain || len(w.text) > maxText {
		return word{}, false
	}
	// What is a value to TOML is not what the parser stopped at.
	var anything map[string]any
	return w, toml.Unmarshal([]byte("a = "+w.text), &anything) != nil
}

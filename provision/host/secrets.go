package host

import (
	"strconv"
	"strings"
)

// notShown stands for a value that looks like a secret.
const notShown = "(not shown)"

// withoutSecrets replaces the values of keys that hold a password: ZooKeeper
// before 3.8 has them in zoo.cfg, and a plan is shown and mailed around. Keys and
// values are told apart as java.util.Properties does, in comments as well: what
// was commented out may still be in use elsewhere.
func withoutSecrets(text []byte) string {
	var shown strings.Builder
	rest := string(text)
	for rest != "" {
		p := propertyAt(rest)
		if p.value < p.end && isSecret(p.key) {
			shown.WriteString(rest[:p.value] + notShown)
			rest = rest[p.end:]
			continue
		}
		// What follows a backslash is looked at by itself: in a unit it is another
		// argument.
		end := strings.IndexAny(rest, "\r\n") + 1
		if end == 0 {
			end = len(rest)
		}
		shown.WriteString(rest[:end])
		rest = rest[end:]
	}
	return shown.String()
}

// isSecret reports whether a key's value is a password, and not the path of a file
// with one.
func isSecret(key string) bool {
	key = strings.ToLower(strings.TrimSpace(key))
	return strings.Contains(key, "password") && !strings.HasSuffix(key, "path")
}

// property is a key at the begin of a text, and where its value begins and ends.
type property struct {
	key        string
	value, end int
}

// propertyAt reads the property that a text begins with; see the documentation
// of java.util.Properties.load. In a comment only = and : count, as it may be
// prose.
func propertyAt(text string) property {
	i := blanks(text, 0)
	comment := i < len(text) && (text[i] == '#' || text[i] == '!')
	if comment {
		for i < len(text) && (text[i] == '#' || text[i] == '!' || isBlank(text[i])) {
			i++
		}
	}
	var key strings.Builder
	for i < len(text) && !isEnd(text[i]) && !isBlank(text[i]) && text[i] != '=' && text[i] != ':' {
		if text[i] != '\\' || i+1 == len(text) || comment {
			key.WriteByte(text[i])
			i++
			continue
		}
		switch i++; {
		case isEnd(text[i]):
			i = blanks(text, nextLine(text, i))
		case text[i] == 'u' && i+5 <= len(text):
			if n, err := strconv.ParseUint(text[i+1:i+5], 16, 16); err == nil {
				key.WriteRune(rune(n))
			}
			i += 5
		default:
			key.WriteByte(text[i])
			i++
		}
	}
	p := property{key: key.String()}
	separator := blanks(text, i)
	if separator < len(text) && (text[separator] == '=' || text[separator] == ':') {
		i = blanks(text, separator+1)
	} else if i = separator; comment {
		i = len(text)
	}
	p.value = i
	for i < len(text) && !isEnd(text[i]) {
		if text[i] == '\\' && i+1 < len(text) && !comment {
			if i++; isEnd(text[i]) {
				i = nextLine(text, i)
				continue
			}
		}
		i++
	}
	p.end = i
	return p
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\f' }
func isEnd(c byte) bool   { return c == '\n' || c == '\r' }

func blanks(text string, i int) int {
	for i < len(text) && isBlank(text[i]) {
		i++
	}
	return i
}

// nextLine returns where the line after the one that ends at i begins.
func nextLine(text string, i int) int {
	if strings.HasPrefix(text[i:], "\r\n") {
		return i + 2
	}
	return i + 1
}

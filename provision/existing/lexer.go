package existing

import (
	"strings"
)

// lexer cuts a text into the statements and words of a POSIX shell, as far as
// assignments need it.
type lexer struct {
	text string
	file string
	at   int
	line int
	vars *variables
	// split has an unquoted variable make several words, as in a command.
	split bool
	// expanded counts what variables were expanded to.
	expanded int
	// assigned is the name of the variable that is being assigned.
	assigned string
	// joined is set where the statement that was read last ends with && or ||, or in a
	// pipe.
	joined bool
	within bool // the one before did
}

// conditional reports whether the statement that was read last is a part of a list that
// depends on what the other parts return.
func (l *lexer) conditional() bool { return l.joined || l.within }

// statement reads up to the end of a statement. It reports whether all of it was
// understood.
func (l *lexer) statement() (words []shellWord, ok bool) {
	ok = true
	l.within, l.joined = l.joined, false
	for l.at < len(l.text) {
		c := l.text[l.at]
		switch {
		case c == '\n':
			l.at++
			l.line++
			if l.within && len(words) == 0 {
				continue // what && and || join goes on in the next line
			}
			return words, ok
		case c == ' ' || c == '\t' || c == '\r':
			l.at++
		case strings.HasPrefix(l.text[l.at:], "\\\n"):
			l.at += 2
			l.line++
		case c == '#':
			for l.at < len(l.text) && l.text[l.at] != '\n' {
				l.at++
			}
		case c == ';' || c == '&' || c == '|':
			double := strings.HasPrefix(l.text[l.at:], "&&") || strings.HasPrefix(l.text[l.at:], "||")
			l.joined = double || c == '|' || c == '&'
			l.at++
			if double {
				l.at++
			}
			return words, ok
		case c == '<' || c == '>' || c == '(' || c == ')':
			ok = false
			l.at++
		default:
			more, understood := l.word()
			words = append(words, more...)
			ok = ok && understood
		}
	}
	return words, ok
}

// word reads a word. Without split it is one; with it a variable makes as many as its
// value has.
func (l *lexer) word() (words []shellWord, ok bool) {
	ok = true
	w := shellWord{}
	add := func(text string) {
		w.value = append(w.value, Word{text, l.here()})
	}
	started := false
	for l.at < len(l.text) {
		c := l.text[l.at]
		switch {
		case strings.IndexByte(" \t\r\n;&|<>()", c) >= 0:
			if started {
				words = append(words, w)
			}
			return words, ok
		case strings.HasPrefix(l.text[l.at:], "\\\n"):
			l.at += 2
			l.line++
			continue
		case c == '\\':
			l.at++
			if l.at < len(l.text) {
				add(l.text[l.at : l.at+1])
				l.at++
			}
		case c == '\'':
			end := strings.IndexByte(l.text[l.at+1:], '\'')
			if end < 0 {
				l.at = len(l.text)
				return words, false
			}
			add(l.text[l.at+1 : l.at+1+end])
			l.line += strings.Count(l.text[l.at:l.at+1+end], "\n")
			l.at += end + 2
			w.quoted = true
		case c == '"':
			l.at++
			v, understood := l.doubleQuoted()
			w.value = append(w.value, v...)
			w.quoted = true
			ok = ok && understood
		case c == '$':
			v, understood := l.dollar()
			ok = ok && understood
			if !l.split || w.name != "" {
				w.value = append(w.value, v...)
				break
			}
			for i, part := range v.words() {
				if i > 0 {
					words = append(words, w)
					w = shellWord{}
				}
				w.value = append(w.value, part)
			}
			if len(v.words()) == 0 {
				continue // an empty variable is no word
			}
		case c == '`':
			ok = false
			add("`")
			l.at++
		case c == '=' && w.name == "" && !w.quoted && isVariable(strings.TrimSuffix(w.value.String(), "+")) && !l.split:
			name := w.value.String()
			w = shellWord{name: strings.TrimSuffix(name, "+"), appends: strings.HasSuffix(name, "+")}
			l.assigned = w.name
			l.at++
		default:
			end := l.at + 1
			for end < len(l.text) && strings.IndexByte(" \t\r\n;&|<>()\\'\"$`=", l.text[end]) < 0 {
				end++
			}
			add(l.text[l.at:end])
			l.at = end
		}
		started = true
	}
	if started {
		words = append(words, w)
	}
	return words, ok
}

// doubleQuoted reads up to the closing quote.
func (l *lexer) doubleQuoted() (v value, ok bool) {
	ok = true
	add := func(text string) {
		v = append(v, Word{text, l.here()})
	}
	add("") // so that an empty text has a place as well
	for l.at < len(l.text) {
		switch c := l.text[l.at]; {
		case c == '"':
			l.at++
			return v, ok
		case strings.HasPrefix(l.text[l.at:], "\\\n"):
			l.at += 2
			l.line++
		case c == '\\' && l.at+1 < len(l.text) && strings.IndexByte("\"\\$`", l.text[l.at+1]) >= 0:
			add(l.text[l.at+1 : l.at+2])
			l.at += 2
		case c == '$':
			more, understood := l.dollar()
			v = append(v, more...)
			ok = ok && understood
		case c == '`':
			ok = false
			l.at++
		default:
			if c == '\n' {
				add("\n")
				l.line++
				l.at++
				continue
			}
			end := l.at + 1
			for end < len(l.text) && strings.IndexByte("\"\\$`\n", l.text[end]) < 0 {
				end++
			}
			add(l.text[l.at:end])
			l.at = end
		}
	}
	return v, false
}

package existing

import (
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
)

// mostExpanded bounds what the variables of a file are expanded to, bytes: each line may
// double what the line before has.
const mostExpanded = 1 << 20

// dollar reads what a dollar begins, within bounds.
func (l *lexer) dollar() (value, bool) {
	v, ok := l.expansion()
	for _, part := range v {
		l.expanded += len(part.Text) + 32
	}
	if l.expanded > mostExpanded {
		return nil, false
	}
	return v, ok
}

// expansion reads $NAME, ${NAME} and ${NAME:-text}. A variable that nothing has set is
// empty, as it is for a shell; whatever else a dollar begins is not understood.
func (l *lexer) expansion() (v value, ok bool) {
	rest := l.text[l.at+1:]
	if strings.HasPrefix(rest, "{") {
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			l.at = len(l.text)
			return nil, false
		}
		inner := rest[1:end]
		l.line += strings.Count(inner, "\n")
		l.at += end + 2
		name, otherwise, given := strings.Cut(inner, ":-")
		if !given {
			name, otherwise, given = strings.Cut(inner, "-")
		}
		if !isVariable(name) || strings.ContainsAny(otherwise, "$`\"'\\") {
			return nil, false
		}
		if set, ok := l.vars.values[name]; ok && (len(set.String()) > 0 || !given) {
			l.vars.used[name] = l.vars.used[name] || l.split
			return set, true
		}
		if given {
			return value{{otherwise, l.here()}}, true
		}
		return l.unset(name), true
	}
	if strings.HasPrefix(rest, "(") {
		return l.command()
	}
	end := 0
	for end < len(rest) && isVariable(rest[:end+1]) {
		end++
	}
	if end == 0 {
		l.at++
		// A dollar alone stands for itself.
		return value{{"$", l.here()}}, rest == "" || strings.IndexByte(" \t\n\"", rest[0]) >= 0
	}
	l.at += 1 + end
	if set, ok := l.vars.values[rest[:end]]; ok {
		l.vars.used[rest[:end]] = l.vars.used[rest[:end]] || l.split
		return set, true
	}
	return l.unset(rest[:end]), true
}

func (l *lexer) here() finding.Position {
	return finding.Position{File: l.file, Line: l.line, Column: 1}
}

// unset returns what stands for a variable that nothing has set: nothing where that is
// usual, and otherwise its name, by which isUnknown finds the words that it is part of.
func (l *lexer) unset(name string) value {
	switch name {
	case l.assigned, "JVMFLAGS", "SERVER_JVMFLAGS", "CLIENT_JVMFLAGS", "JAVA_OPTS", "JAVAOPTS":
		return nil
	}
	return value{{"${" + name + "}", l.here()}}
}

// isUnknown reports whether a word has a part that only a shell on the host could tell.
func isUnknown(word string) bool {
	return strings.Contains(word, "${") || strings.Contains(word, "$(…)")
}

// command passes over a command that is to be replaced by its output.
func (l *lexer) command() (value, bool) {
	pos, depth := l.here(), 0
	for ; l.at < len(l.text); l.at++ {
		switch l.text[l.at] {
		case '\n':
			l.line++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				l.at++
				return value{{"$(…)", pos}}, true
			}
		}
	}
	return nil, false
}

package existing

import (
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
)

// variables are those that files with assignments set. No shell is run: what is more
// than assignments of words, quotes and variables is noted and has no effect.
type variables struct {
	values   map[string]value
	at       map[string]finding.Position
	order    []string
	exported map[string]bool
	// used has those that a command line names, so that they are in it.
	used  map[string]bool
	notes []Note
}

// value is the text of a variable, with the place that each of its parts comes from.
type value []Word

func (v value) String() string {
	var b strings.Builder
	for _, w := range v {
		b.WriteString(w.Text)
	}
	return b.String()
}

// words cuts a value at its blanks, as a shell does with a variable without quotes. A
// word stands where its beginning does.
func (v value) words() []Word {
	var all []Word
	in := false
	for _, part := range v {
		for _, r := range part.Text {
			switch {
			case r == ' ' || r == '\t' || r == '\n':
				in = false
				continue
			case !in:
				all = append(all, Word{Pos: part.Pos})
				in = true
			}
			all[len(all)-1].Text += string(r)
		}
	}
	return all
}

func newVariables() *variables {
	return &variables{values: make(map[string]value), at: make(map[string]finding.Position), exported: make(map[string]bool), used: make(map[string]bool)}
}

func (v *variables) set(name string, to value, at finding.Position) {
	if _, ok := v.values[name]; !ok {
		v.order = append(v.order, name)
	}
	v.values[name], v.at[name] = to, at
}

// word returns a variable as one word; empty where it is not set.
func (v *variables) word(name string) Word {
	if parts := v.values[name]; len(parts) > 0 {
		return Word{strings.TrimSpace(parts.String()), v.at[name]}
	}
	return Word{}
}

// read takes the assignments of a file: java.env, zookeeper-env.sh, /etc/default/….
func (v *variables) read(file string, text []byte) {
	l := &lexer{text: strings.ReplaceAll(string(text), "\r\n", "\n"), file: file, line: 1, vars: v}
	depth := 0
	for l.at < len(l.text) {
		start, line := l.at, l.line
		words, ok := l.statement()
		source := strings.TrimSpace(l.text[start:l.at])
		if source = strings.TrimRight(source, ";&| \n\t"); source == "" || source[0] == '#' {
			continue
		}
		pos := finding.Position{File: file, Line: line + strings.Count(l.text[start:start+strings.Index(l.text[start:], source)], "\n"), Column: 1}
		keyword := strings.Fields(source)[0]
		switch {
		case slices.Contains([]string{"fi", "done", "esac", "}"}, keyword):
			depth = max(0, depth-1)
		case slices.Contains([]string{"then", "do", "else"}, keyword) && keyword == source:
		case slices.Contains([]string{"if", "for", "while", "until", "case", "{"}, keyword) || strings.HasSuffix(source, "{"):
			depth++
			v.note(pos, source, "zkprov runs no shell, and does not tell which way this goes: what stands within is left out as well")
		case depth > 0 || l.conditional():
			v.note(pos, source, "it depends on a condition, and zkprov runs no shell")
		case !ok || !v.assign(words, pos):
			v.note(pos, source, "zkprov runs no shell, and understands assignments only")
		}
	}
}

func (v *variables) note(pos finding.Position, source, why string) {
	first, _, more := strings.Cut(source, "\n")
	if name, _, ok := strings.Cut(first, "="); ok && isSecret(first) {
		first, more = name+"=", true
	}
	if more {
		first += " …"
	}
	v.notes = noted(v.notes, Note{What: first, Why: why, Pos: pos})
}

// assign carries out a statement, and reports whether it is one of assignments.
func (v *variables) assign(words []shellWord, at finding.Position) bool {
	export := false
	if len(words) > 0 && slices.Contains([]string{"export", "readonly", "local", "declare", "typeset"}, words[0].plain()) {
		export = words[0].plain() == "export"
		words = words[1:]
		if len(words) > 0 && words[0].plain() == "-x" {
			export, words = true, words[1:]
		}
	} else if len(words) > 0 && slices.Contains([]string{"set", "umask", "ulimit", ":"}, words[0].plain()) {
		return words[0].plain() == "set" || words[0].plain() == ":"
	}
	for _, w := range words {
		if w.name == "" && !(export && isVariable(w.plain())) {
			return false
		}
	}
	for _, w := range words {
		name := w.name
		if name == "" {
			name = w.plain()
		} else if w.appends {
			v.set(name, append(slices.Clone(v.values[name]), w.value...), at)
		} else {
			v.set(name, w.value, at)
		}
		if export {
			v.exported[name] = true
		}
	}
	return true
}

func isVariable(name string) bool {
	for i, r := range name {
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}

// shellWord is a word of a statement, expanded; an assignment has a name.
type shellWord struct {
	name    string
	appends bool // NAME+=
	value   value
	quoted  bool
}

// plain returns a word that is no assignment.
func (w shellWord) plain() string {
	if w.name != "" {
		return ""
	}
	return w.value.String()
}

package existing

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// draft is an inventory that is being written. What the rules refuse of it is written in
// another form, or as a comment with the reason, until they refuse nothing.
type draft struct {
	intro  []string
	blocks []*block
}

// block is a table of the inventory.
type block struct {
	header string
	about  []string // comments above the header
	// entries may be empty; a block of which nothing is to be seen is left out where it is
	// optional.
	entries  []*entry
	optional bool
}

// entry is a key with its value, an item of a list, or a comment.
type entry struct {
	// above holds comments.
	above []string
	// forms are tried in their order. Where none is left the entry becomes a comment.
	forms []form
	// what is what the comment says was left out; it has no secret.
	what string
	pos  finding.Position
	// must is set for what an inventory cannot do without.
	must bool
	// hidden entries are not written until something shows them.
	hidden bool
	// instead is shown where the entry is refused with a reason that it answers; nil is
	// nothing.
	instead func(finding.Finding) *entry
	// left is why it was left out; empty where it was not.
	left string
	// why is the reason where it is refused, in the place of the finding's.
	why string
	// after follows the reason: what is to be done then.
	after  string
	silent bool // for a secret: the reason may quote it
	// moved is set where another entry stands for this one.
	moved bool
	// secret is set for a comment that asks for one.
	secret bool
	first  int // the lines of its text in what was rendered last, from 1 on
	last   int
}

// form is one way to write an entry. note is a comment that goes with it.
type form struct{ text, note string }

func (b *block) add(e *entry) *entry {
	b.entries = append(b.entries, e)
	return e
}

// comment adds a comment by itself.
func (b *block) comment(format string, args ...any) {
	b.add(&entry{above: []string{fmt.Sprintf(format, args...)}})
}

// leave adds what is left out, as a comment.
func (b *block) leave(n Note) {
	b.add(&entry{what: n.What, pos: n.Pos, left: n.Why, secret: n.Secret})
}

func (b *block) visible() bool {
	return !b.optional || slices.ContainsFunc(b.entries, func(e *entry) bool { return !e.hidden && !e.moved })
}

// render writes the draft and notes the lines of each entry.
func (d *draft) render() string {
	var w writer
	for _, line := range d.intro {
		w.comment(line)
	}
	for _, b := range d.blocks {
		if !b.visible() {
			continue
		}
		w.line("")
		for _, line := range b.about {
			w.comment(line)
		}
		if b.header != "" {
			w.line(b.header)
		}
		for _, e := range b.entries {
			w.entry(e)
		}
	}
	return w.text.String()
}

type writer struct {
	text strings.Builder
	n    int
}

func (w *writer) line(s string) {
	w.text.WriteString(s + "\n")
	w.n++
}

// widest is how many characters a line of comment has at most.
const widest = 100

// comment writes a paragraph in lines of comment. A TOML comment may hold no control
// characters, and nobody wants those that cannot be seen.
func (w *writer) comment(text string) {
	if strings.HasPrefix(text, "  ") { // laid out already
		w.line("#" + plain(text))
		return
	}
	indent := ""
	line := "#"
	for _, word := range strings.Fields(plain(text)) {
		if line != "#"+indent && len(line)+1+len(word) > widest {
			w.line(line)
			indent = "  "
			line = "#" + indent
		}
		line += " " + word
	}
	w.line(line)
}

func (w *writer) entry(e *entry) {
	if e.hidden || e.moved {
		e.first, e.last = 0, 0
		return
	}
	for _, line := range e.above {
		w.comment(line)
	}
	switch {
	case e.left != "":
		// The text keeps its own blanks, so that it can be found in the file.
		w.comment(fmt.Sprintf("left out: %s (%s): %s", e.what, where(e.pos), e.left))
	case len(e.forms) > 0:
		if note := e.forms[0].note; note != "" {
			w.comment(note)
		}
		e.first = w.n + 1
		for line := range strings.SplitSeq(e.forms[0].text, "\n") {
			w.line(line)
		}
		e.last = w.n
	}
}

// plain returns a text with what cannot be seen written as a Go string has it.
func plain(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r != '\n' && finding.Invisible(r) || r == '\ufffd' {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// draftName is the file of a draft in what the rules find of it.
const draftName = "inventory"

// settle has the rules judge the draft until they refuse nothing that could be written
// otherwise, and returns the text with what they still refuse.
func (d *draft) settle(rules []inventory.Rule) (text string, found finding.Findings) {
	for {
		text = d.render()
		_, judged := inventory.Read(draftName, []byte(text), rules...)
		found = nil
		changed := make(map[*entry]bool)
		for _, f := range judged {
			if f.Severity != finding.Error || f.More > 0 {
				continue
			}
			e := d.at(f.Pos.Line)
			f.Message = d.translated(f.Message)
			switch {
			case e == nil || e.must && len(e.forms) < 2 && !changed[e]:
				found = append(found, located(f, e))
			case !changed[e]:
				changed[e] = true
				e.refused(f)
			}
		}
		if len(changed) == 0 {
			return text, found
		}
	}
}

// located returns a finding about the draft as one about what the draft was made from.
func located(f finding.Finding, e *entry) finding.Finding {
	out := finding.Finding{Pos: f.Pos, Severity: finding.Error, Name: notKept, Message: f.Message, Hint: f.Hint}
	if e != nil && e.pos != (finding.Position{}) {
		out.Pos = e.pos
	}
	if e != nil && e.what != "" {
		out.Message = e.what + " cannot stand in an inventory: " + f.Message
	}
	return out
}

// ownLine matches where a message names a line of the inventory.
var ownLine = regexp.MustCompile(`(at )?line ([0-9]+)`)

// translated returns a message with the lines of the draft, which nobody has seen,
// replaced by those of the files that it was made from.
func (d *draft) translated(message string) string {
	return ownLine.ReplaceAllStringFunc(message, func(s string) string {
		n, _ := strconv.Atoi(ownLine.FindStringSubmatch(s)[2])
		if e := d.at(n); e != nil && e.pos.Line > 0 {
			return "at " + where(e.pos)
		}
		return "elsewhere"
	})
}

// at returns the entry whose text has a line of what was rendered last.
func (d *draft) at(line int) *entry {
	for _, b := range d.blocks {
		for _, e := range b.entries {
			if e.left == "" && e.first > 0 && e.first <= line && line <= e.last {
				return e
			}
		}
	}
	return nil
}

// refused takes the next form of an entry, or leaves it out for the reason of a finding.
func (e *entry) refused(f finding.Finding) {
	if e.forms = e.forms[1:]; len(e.forms) > 0 {
		return
	}
	if e.instead != nil {
		if other := e.instead(f); other != nil {
			other.hidden = false
			e.moved = true
			return
		}
	}
	e.left = f.Message
	if f.Hint != "" && f.Hint != "remove it" {
		e.left += "; " + f.Hint
	}
	if e.silent {
		e.left = "zkprov refuses it [" + f.Name + "]"
	}
	if e.why != "" {
		e.left = e.why
	}
	if e.after != "" {
		e.left += ". " + e.after
	}
}

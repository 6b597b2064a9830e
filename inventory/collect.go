package inventory

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

// maxFindings is how many findings of an inventory are worked out and shown. The
// others are counted.
const maxFindings = 200

// moreFindings is the name of the finding that stands for those that are counted.
const moreFindings = "more-findings"

// Collector keeps the first findings that it is given and counts the others, so
// that neither the work nor what is shown grows with what is wrong. The zero value
// is empty.
type Collector struct {
	kept Findings
	// more counts those that were not kept, with the place of the first one.
	more map[Severity]*counted
}

type counted struct {
	n   int
	pos Position
}

// Full reports whether what is added is only counted. Whoever works out a costly
// hint asks first.
func (c *Collector) Full() bool { return len(c.kept) >= maxFindings }

// Add takes a finding.
func (c *Collector) Add(f Finding) {
	if f.More > 0 {
		c.skip(f.Severity, f.Pos, f.More)
		return
	}
	if c.Full() {
		c.skip(f.Severity, f.Pos, 1)
		return
	}
	f.Message, f.Hint = shortened(f.Message), shortened(f.Hint)
	c.kept = append(c.kept, f)
}

// Skip counts a finding that is not worked out, as the Collector is full.
func (c *Collector) Skip(severity Severity, pos Position) { c.skip(severity, pos, 1) }

func (c *Collector) skip(severity Severity, pos Position, n int) {
	if c.more == nil {
		c.more = make(map[Severity]*counted)
	}
	if c.more[severity] == nil {
		c.more[severity] = &counted{pos: pos}
	}
	c.more[severity].n += n
}

// failed reports whether any finding is an Error, those that were counted included.
func (c *Collector) failed() bool { return c.kept.Failed() || c.more[Error] != nil }

// Findings returns what was kept in the order of the file, and last the counts of
// what was not.
func (c *Collector) Findings() Findings {
	found := slices.Clone(c.kept)
	found.Sort()
	for _, s := range []Severity{Error, Warning} {
		m := c.more[s]
		if m == nil {
			continue
		}
		noun := string(s)
		if m.n > 1 {
			noun += "s"
		}
		found = append(found, Finding{Pos: m.pos, Severity: s, Name: moreFindings, More: m.n,
			Message: fmt.Sprintf("and %s more %s", thousands(m.n), noun)})
	}
	return found
}

// merged are findings of several sources, the first ones in the order of the file.
func merged(sources ...Findings) Findings {
	var all Findings
	var c Collector
	for _, f := range slices.Concat(sources...) {
		if f.More > 0 {
			c.Add(f)
			continue
		}
		all = append(all, f)
	}
	all.Sort()
	for _, f := range all {
		c.Add(f)
	}
	return c.Findings()
}

// maxMessage bounds a message, bytes: it quotes what a user wrote.
const maxMessage = 600

// shortened leaves out the middle of a long text: its beginning says what it is
// about, and its end what is wrong.
func shortened(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	begin, end := maxMessage/2, len(s)-maxMessage/3
	for !utf8.RuneStart(s[begin]) {
		begin--
	}
	for end < len(s) && !utf8.RuneStart(s[end]) {
		end++
	}
	return s[:begin] + " … " + s[end:]
}

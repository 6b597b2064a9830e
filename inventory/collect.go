package inventory

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/zkprov/zkprov/internal/finding"
)

// maxFindings bounds how many findings of an inventory are worked out and shown. The
// others are counted.
const maxFindings = 200

// moreFindings is the name of the finding that counts those that are not shown.
const moreFindings = "more-findings"

// Collector keeps the first findings that it is given and counts the others, so
// that neither the work nor what is shown grows with what is wrong. The zero value
// is empty.
type Collector struct {
	kept finding.Findings
	// more counts those that were not kept, with the place of the first one.
	more map[finding.Severity]*counted
	// told holds what AddOnce was given.
	told map[toldOnce]bool
}

// toldOnce tells what was found of a value apart from what was found of another.
type toldOnce struct {
	pos           finding.Position
	name, message string
}

type counted struct {
	n   int
	pos finding.Position
}

// Full reports whether further findings are only counted. Ask it before working out a
// costly hint.
func (c *Collector) Full() bool { return len(c.kept) >= maxFindings }

// Add keeps a finding, or counts it where the Collector is full.
func (c *Collector) Add(f finding.Finding) {
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

// AddOnce does what Add does, once for a finding that several instances inherit: of one
// place, with one name and message.
func (c *Collector) AddOnce(f finding.Finding) {
	key := toldOnce{f.Pos, f.Name, f.Message}
	if c.told[key] {
		return
	}
	if c.told == nil {
		c.told = make(map[toldOnce]bool)
	}
	c.told[key] = true
	c.Add(f)
}

// Skip counts a finding that was not worked out, as the Collector is full.
func (c *Collector) Skip(severity finding.Severity, pos finding.Position) { c.skip(severity, pos, 1) }

func (c *Collector) skip(severity finding.Severity, pos finding.Position, n int) {
	if c.more == nil {
		c.more = make(map[finding.Severity]*counted)
	}
	if c.more[severity] == nil {
		c.more[severity] = &counted{pos: pos}
	}
	c.more[severity].n += n
}

// failed reports whether any finding is an Error, those that were counted included.
func (c *Collector) failed() bool { return c.kept.Failed() || c.more[finding.Error] != nil }

// Findings returns what was kept in the order of the file, and last the counts of the
// rest.
func (c *Collector) Findings() finding.Findings {
	found := slices.Clone(c.kept)
	found.SortByPosition()
	for _, s := range []finding.Severity{finding.Error, finding.Warning} {
		m := c.more[s]
		if m == nil {
			continue
		}
		noun := string(s)
		if m.n > 1 {
			noun += "s"
		}
		found = append(found, finding.Finding{Pos: m.pos, Severity: s, Name: moreFindings, More: m.n,
			Message: fmt.Sprintf("and %s more %s", thousands(m.n), noun)})
	}
	return found
}

// merged returns the findings of several sources in the order of the file, the first
// maxFindings of them; the rest is counted.
func merged(sources ...finding.Findings) finding.Findings {
	var all finding.Findings
	var c Collector
	for _, f := range slices.Concat(sources...) {
		if f.More > 0 {
			c.Add(f)
			continue
		}
		all = append(all, f)
	}
	all.SortByPosition()
	for _, f := range all {
		c.Add(f)
	}
	return c.Findings()
}

// maxMessage bounds a message, bytes: it quotes what a user wrote.
const maxMessage = 600

// shortened leaves out the middle of a long text: the beginning names the object, and
// the end what is wrong with it.
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

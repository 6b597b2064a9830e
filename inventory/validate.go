package inventory

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/zkprov/zkprov/internal/finding"
)

// judge collects what is wrong with a decoded inventory.
type judge struct {
	*decoded
	found Collector
	// judged has the lists of flags that were judged already.
	judged map[*node]bool
}

func (j *judge) fail(pos finding.Position, name, hint, format string, args ...any) {
	if j.found.Full() {
		j.found.Skip(finding.Error, pos)
		return
	}
	j.found.Add(finding.Finding{Pos: pos, Severity: finding.Error, Name: name, Message: fmt.Sprintf(format, clipped(args)...), Hint: hint})
}

// validate judges everything but the types, which conform does.
func validate(d *decoded) finding.Findings {
	j := &judge{decoded: d, judged: make(map[*node]bool)}
	j.control(d.root, nil)
	j.whole()
	j.identities()
	for i := range d.ensemble.Hosts {
		j.host(&d.ensemble.Hosts[i], d.hosts[i])
		for k := range d.ensemble.Hosts[i].Instances {
			j.instance(&d.ensemble.Hosts[i].Instances[k], d.instances[i][k])
		}
		j.shares(&d.ensemble.Hosts[i], d.instances[i])
		j.ports(&d.ensemble.Hosts[i], d.instances[i])
		j.folders(&d.ensemble.Hosts[i], d.instances[i])
	}
	j.literals()
	return j.found.Findings()
}

// control finds control characters and others that cannot be seen in any value: each
// value ends up in a file of which a line is a statement. path is the value's, for
// messages.
func (j *judge) control(n *node, path []string) {
	if strings.IndexFunc(n.scalar, finding.Invisible) >= 0 && j.found.Full() {
		j.found.Skip(finding.Error, n.pos) // naming it is what costs
	} else if what := Strange(n.scalar, visible); what != "" {
		key, shown := strings.Join(path, "."), ""
		if !IsSecret(key) {
			shown = fmt.Sprintf(": %q", Clip(n.scalar))
		}
		j.fail(n.pos, "control-character", "", "%s holds %s%s; %s", key, invisible(n.scalar), shown, because(what))
	}
	for _, f := range n.fields {
		if what := Strange(f.key, visible); what != "" {
			j.fail(f.pos, "control-character", "", "the key %q holds %s: %s", f.key, invisible(f.key), because(what))
		}
		j.control(f.value, append(path, f.key))
	}
	for _, item := range n.items {
		j.control(item, path)
	}
}

func visible(r rune) bool { return !finding.Invisible(r) }

// invisible returns, for a message, the sort of invisible character that s holds.
func invisible(s string) string {
	if i := strings.IndexFunc(s, finding.Invisible); i >= 0 && unicode.In([]rune(s[i:])[0], unicode.Cf) {
		return "an invisible character"
	}
	return "a control character"
}

var (
	namePattern    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$`)
	versionPattern = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+(-[A-Za-z0-9.]+)?$`)
	userPattern    = regexp.MustCompile(`^[a-z_][a-z0-9_-]{0,30}$`)
)

// IsName reports whether s may be the name of an ensemble or a host.
func IsName(s string) bool { return namePattern.MatchString(s) }

func hintOf(near string) string {
	if near == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", near)
}

// once does what fail does, once for a finding that several instances inherit.
func (j *judge) once(pos finding.Position, name, hint, format string, args ...any) {
	j.say(finding.Error, pos, name, hint, format, args...)
}

// warn adds a warning, once for one that several instances inherit.
func (j *judge) warn(pos finding.Position, name, hint, format string, args ...any) {
	j.say(finding.Warning, pos, name, hint, format, args...)
}

func (j *judge) say(severity finding.Severity, pos finding.Position, name, hint, format string, args ...any) {
	j.found.AddOnce(finding.Finding{Pos: pos, Severity: severity, Name: name, Message: fmt.Sprintf(format, clipped(args)...), Hint: hint})
}

// said returns a value that is there as the user wrote it.
func (n *node) said(key string) string { return n.get(key).scalar }

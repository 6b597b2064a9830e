package zoocfg

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// The names of what Lint finds.
const (
	keyUnknown      = "zoo-cfg-unknown-key"
	keyPrefix       = "zoo-cfg-prefix"
	keyRenamed      = "zoo-cfg-renamed-key"
	keyOurs         = "zoo-cfg-reserved-key"
	keyGroups       = "zoo-cfg-hierarchical"
	keyFlag         = "zoo-cfg-needs-flag"
	keyVersion      = "zoo-cfg-other-version"
	keyTwice        = "zoo-cfg-twice"
	padded          = "zoo-cfg-blanks"
	uncheckedKeys   = "zoo-cfg-unchecked"
	refusedValue    = "zoo-cfg-refused"
	neverServing    = "zoo-cfg-never-serves"
	ignoredValue    = "zoo-cfg-ignored"
	valueRange      = "zoo-cfg-out-of-range"
	unitAsked       = "zoo-cfg-unit"
	valueUnsafe     = "zoo-cfg-unsafe-value"
	combination     = "zoo-cfg-combination"
	unsuitable      = "zoo-cfg-unsuitable"
	purgeOff        = "purge-off"
	differsBetween  = "zoo-cfg-differs"
	whitelistClosed = "whitelist-closed"
)

// Lint judges the ZooKeeper keys of an inventory by what its release reads. It is an
// inventory.Rule.
func Lint(e *inventory.Ensemble) finding.Findings {
	l := linter{e: e, judged: make(map[finding.Position]bool)}
	for _, m := range e.Members() {
		for _, s := range m.Instance.ZooCfg {
			l.setting(m.Instance, s)
		}
		l.unchecked(m.Instance)
		l.flags(m.Instance)
		l.combinations(m.Instance)
		l.security(m.Instance)
	}
	l.differences()
	l.tellUnchecked()
	return l.found.Findings()
}

type linter struct {
	e     *inventory.Ensemble
	found inventory.Collector
	// judged keeps a setting of the whole ensemble from being looked at once for every
	// instance.
	judged map[finding.Position]bool
}

func (l *linter) add(severity finding.Severity, name string, pos finding.Position, message, hint string) {
	l.found.AddOnce(finding.Finding{Pos: pos, Severity: severity, Name: name, Message: message, Hint: hint})
}

// setting judges one key by itself.
func (l *linter) setting(in *inventory.Instance, s inventory.Setting) {
	if l.judged[s.Pos] {
		return
	}
	// A setting that was not read from a file has no place of its own.
	if s.Pos.Line > 0 {
		l.judged[s.Pos] = true
	}
	shown := inventory.Clip(s.Key)
	if l.reserved(s) || l.padded(s) {
		return
	}
	if rest, ok := strings.CutPrefix(s.Key, "zookeeper."); ok {
		l.add(finding.Error, keyPrefix, s.Pos, fmt.Sprintf("%s has no effect: in zoo.cfg a key stands without the prefix zookeeper.", shown), "write "+inventory.Clip(rest))
		return
	}
	k, ok := find(s.Key)
	switch {
	case !ok && l.found.Full():
		l.found.Skip(finding.Error, s.Pos)
		return
	case ofClients(s.Key, l.e.Version):
		l.add(finding.Error, keyUnknown, s.Pos, fmt.Sprintf("ZooKeeper %s reads %s in clients alone, so that it has no effect on a server", l.e.Version, shown), "set it where the clients run")
		return
	case !ok && renamed()[s.Key] != "":
		l.add(finding.Error, keyRenamed, s.Pos, fmt.Sprintf("%s has no effect in zoo.cfg, although ZooKeeper's documentation has it", s.Key), "write "+renamed()[s.Key])
		return
	case !ok:
		hint := "ZooKeeper takes a key that it does not know for a system property; where a plugin reads this one, write it under [zoo_cfg_unchecked]"
		if meant := suggest(s.Key, l.e.Version); len(meant) > 0 {
			hint = "did you mean " + strings.Join(meant, " or ") + "?"
		}
		l.add(finding.Error, keyUnknown, s.Pos, fmt.Sprintf("ZooKeeper %s does not read %s%s", l.e.Version, shown, odd(s.Key)), hint)
		return
	case !k.known(l.e.Version):
		l.add(finding.Error, keyVersion, s.Pos, fmt.Sprintf("ZooKeeper %s does not read %s, which is read %s", l.e.Version, s.Key, k.releases()), "remove it, or choose another version")
		return
	case k.flag(l.e.Version) != "":
		l.add(finding.Error, keyFlag, s.Pos, s.Key+" has no effect in zoo.cfg: ZooKeeper reads it as a flag of the JVM only", fmt.Sprintf("write jvm.flags = [%q]", k.flag(l.e.Version)+inventory.Clip(s.Value)))
		return
	}
	if k.ofPrometheus() && !prometheus(in) {
		return // which nobody reads
	}
	l.value(in, k, s)
}

// isGroupKey reports whether a key is one of hierarchical quorums; see
// QuorumPeerConfig.parseDynamicConfig.
func isGroupKey(name string) bool {
	return strings.HasPrefix(name, "group") || strings.HasPrefix(name, "weight")
}

// whitelist names the key of the four-letter words that are answered.
const whitelist = "4lw.commands.whitelist"

// whitelist wants the word by which zkprov asks.
func (l *linter) whitelist(s inventory.Setting) {
	words := strings.Split(s.Value, ",")
	if !slices.ContainsFunc(words, func(w string) bool { w = trim(w); return w == "*" || w == "mntr" }) {
		l.add(finding.Error, whitelistClosed, s.Pos, "4lw.commands.whitelist lacks mntr, by which zkprov tells whether the followers are in sync", "add mntr")
	}
}

// differences finds keys that every server must have the same value of: each
// place where another is set is found once.
func (l *linter) differences() {
	members := l.e.Members()
	if len(members) < 2 {
		return
	}
	first := members[0].Instance
	for _, g := range tabled().groups {
		for _, k := range g.keys {
			if !k.same {
				continue
			}
			told := make(map[finding.Position]bool)
			where := "set it under the top-level [zoo_cfg]"
			if k.flag(l.e.Version) != "" {
				where = "set it under the top-level [jvm]"
			}
			for _, m := range members[1:] {
				a, firstPos, _ := l.set(first, k.name)
				b, pos, set := l.set(m.Instance, k.name)
				if !set {
					pos = firstPos
				}
				if a == b || told[pos] {
					continue
				}
				told[pos] = true
				l.add(finding.Warning, differsBetween, pos,
					fmt.Sprintf("%s is %s on %s and %s on %s, and should be the same everywhere", k.name, orUnset(a), first.Name, orUnset(b), m.Instance.Name), where)
			}
		}
	}
}

// place returns the position of the first of keys that is set, or that of the instance
// where none is.
func place(in *inventory.Instance, keys ...string) finding.Position {
	for _, key := range keys {
		if s, ok := in.Written(key); ok {
			return s.Pos
		}
	}
	return in.Pos
}

func orUnset(v string) string {
	if v == "" {
		return "not set"
	}
	return inventory.Clip(v)
}

// odd returns the end of a message about a value with a character that no key and no
// number of ZooKeeper's has; empty where there is none.
func odd(value string) string {
	if what := inventory.Strange(value, inventory.Plain); what != "" {
		return ": " + what
	}
	return ""
}

// trim does what Java's String.trim does.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}

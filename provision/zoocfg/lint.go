package zoocfg

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
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
	keyPadded       = "zoo-cfg-blanks"
	uncheckedKeys   = "zoo-cfg-unchecked"
	valueNumber     = "zoo-cfg-not-a-number"
	valueRange      = "zoo-cfg-out-of-range"
	valueBoolean    = "zoo-cfg-not-a-boolean"
	valueWord       = "zoo-cfg-bad-value"
	valueUnsafe     = "zoo-cfg-unsafe-value"
	combination     = "zoo-cfg-combination"
	purgeOff        = "purge-off"
	differsBetween  = "zoo-cfg-differs"
	whitelistClosed = "whitelist-closed"
)

// Lint judges the ZooKeeper keys of an inventory by what its release reads. It is an
// inventory.Rule.
func Lint(e *inventory.Ensemble) finding.Findings {
	l := linter{e: e, seen: make(map[string]bool), judged: make(map[finding.Position]bool)}
	for _, m := range e.Members() {
		for _, s := range m.Instance.ZooCfg {
			l.setting(s)
		}
		l.unchecked(m.Instance)
		l.combinations(m.Instance)
	}
	l.differences()
	l.tellUnchecked()
	return l.found.Findings()
}

type linter struct {
	e     *inventory.Ensemble
	found inventory.Collector
	// seen and judged keep a setting of the whole ensemble from being found, and
	// from being looked at, once for every instance.
	seen   map[string]bool
	judged map[finding.Position]bool
}

func (l *linter) add(severity finding.Severity, name string, pos finding.Position, message, hint string) {
	id := fmt.Sprintf("%v %s %s", pos, name, message)
	if l.seen[id] {
		return
	}
	l.seen[id] = true
	l.found.Add(finding.Finding{Pos: pos, Severity: severity, Name: name, Message: message, Hint: hint})
}

// setting judges one key by itself.
func (l *linter) setting(s inventory.Setting) {
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
	case !ok && renamed()[s.Key] != "":
		l.add(finding.Error, keyRenamed, s.Pos, fmt.Sprintf("%s has no effect in zoo.cfg, although ZooKeeper's documentation has it", s.Key), "write "+renamed()[s.Key])
		return
	case !ok:
		hint := "ZooKeeper takes a key that it does not know for a system property; where a plugin reads this one, write it under [zoo_cfg_unchecked]"
		if near := inventory.Nearest(s.Key, names()); near != "" {
			hint = "did you mean " + near + "?"
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
	l.value(k, s)
}

// isGroupKey reports whether a key is one of hierarchical quorums; see
// QuorumPeerConfig.parseDynamicConfig.
func isGroupKey(name string) bool {
	return strings.HasPrefix(name, "group") || strings.HasPrefix(name, "weight")
}

// value judges what a key is set to.
func (l *linter) value(k key, s inventory.Setting) {
	switch k.kind {
	case number:
		n, err := strconv.ParseInt(s.Value, 10, 64)
		if err != nil {
			l.add(finding.Error, valueNumber, s.Pos, fmt.Sprintf("%s is %q, and must be a whole number%s%s", s.Key, inventory.Clip(s.Value), inUnit(k), odd(s.Value)), "ZooKeeper knows no units and stops at it")
			return
		}
		if n < k.min || n > k.max {
			bounds := fmt.Sprintf("between %d and %d", k.min, k.max)
			if k.min == k.max {
				bounds = fmt.Sprint(k.min)
			}
			l.add(finding.Error, valueRange, s.Pos, fmt.Sprintf("%s is %d, and must be %s%s", s.Key, n, bounds, inUnit(k)), "")
		}
	case boolean:
		if s.Value != "true" && s.Value != "false" {
			l.add(finding.Error, valueBoolean, s.Pos, fmt.Sprintf("%s is %q, and must be true or false%s", s.Key, inventory.Clip(s.Value), odd(s.Value)), "ZooKeeper before 3.7 takes everything but true for false, without a word")
		}
	case onOff:
		if !slices.Contains(k.words, s.Value) {
			l.add(finding.Error, valueWord, s.Pos, fmt.Sprintf("%s is %q, and must be one of %s%s", s.Key, inventory.Clip(s.Value), strings.Join(k.words, ", "), odd(s.Value)), "ZooKeeper takes anything else for the default, without a word")
		}
	}
	switch {
	case s.Key == "skipACL" && s.Value == "yes":
		l.add(finding.Error, valueUnsafe, s.Pos, "skipACL = \"yes\" lets everybody do everything", "remove it; for an emergency pass -Dzookeeper.skipACL=yes as a JVM flag")
	case s.Key == "forceSync" && s.Value == "no":
		l.add(finding.Warning, valueUnsafe, s.Pos, "forceSync = \"no\" acknowledges transactions that are not on the disk yet: a power cut loses them", "")
	case s.Key == "leaderServes" && s.Value == "no":
		l.add(finding.Warning, valueUnsafe, s.Pos, "with leaderServes = \"no\" the leader does not answer zkprov, which then finds no leader", "remove it")
	case s.Key == "autopurge.purgeInterval" && s.Value == "0":
		l.add(finding.Warning, purgeOff, s.Pos, "autopurge.purgeInterval = 0 never removes old snapshots and logs, until the disk is full", "write a number of hours")
	case s.Key == whitelist:
		l.whitelist(s)
	}
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

func inUnit(k key) string {
	if k.unit == "" {
		return ""
	}
	return " (" + k.unit + ")"
}

// combinations judges the keys of one instance together; see
// QuorumPeerConfig.parseProperties.
func (l *linter) combinations(in *inventory.Instance) {
	at := func(keys ...string) finding.Position { return place(in, keys...) }
	has := func(key string) bool { _, ok := in.Written(key); return ok }
	on := func(key string) bool { return value(in, key) == "true" }
	refused := func(pos finding.Position, message, hint string) {
		// What stands under [zoo_cfg_unchecked] is the user's own affair.
		if !slices.ContainsFunc(in.ZooCfgUnchecked, func(s inventory.Setting) bool { return s.Pos == pos && pos.Line > 0 }) {
			l.add(finding.Error, combination, pos, message, hint)
		}
	}

	if has("secureClientPortAddress") && !has("secureClientPort") {
		refused(at("secureClientPortAddress"), "secureClientPortAddress without secureClientPort is refused by ZooKeeper", "set secureClientPort")
	}
	if (has("secureClientPort") || on("client.portUnification")) && !strings.HasSuffix(value(in, "serverCnxnFactory"), "NettyServerCnxnFactory") {
		refused(at("secureClientPort", "client.portUnification"), "TLS for clients needs the Netty factory", `set serverCnxnFactory = "org.apache.zookeeper.server.NettyServerCnxnFactory"`)
	}
	if a := value(in, "clientPortAddress"); isLoopback(a) && l.e.Bootstrap != nil && len(l.e.Hosts) > 1 {
		refused(at("clientPortAddress"), "with clientPortAddress "+a+" the other hosts cannot see whether this server runs, by which [bootstrap] tells what may be founded",
			"let the server listen on an address that the others reach, or leave [bootstrap] out and run zkprov apply from a control machine")
	}
	low, lowErr := strconv.Atoi(value(in, "minSessionTimeout"))
	high, highErr := strconv.Atoi(value(in, "maxSessionTimeout"))
	tick := int(Limits(in).Tick.Milliseconds())
	if lowErr != nil || low < 0 {
		low = 2 * tick
	}
	if highErr != nil || high < 0 {
		high = 20 * tick
	}
	if low > high {
		refused(at("minSessionTimeout", "maxSessionTimeout"),
			fmt.Sprintf("minSessionTimeout (%d ms) is greater than maxSessionTimeout (%d ms), which ZooKeeper refuses", low, high), "where they are not set they are 2 and 20 ticks")
	}
	if on("quorum.auth.serverRequireSasl") && !on("quorum.auth.learnerRequireSasl") {
		refused(at("quorum.auth.serverRequireSasl"), "quorum.auth.serverRequireSasl without quorum.auth.learnerRequireSasl is refused by ZooKeeper", "set both")
	}
	if on("quorum.auth.learnerRequireSasl") && !on("quorum.auth.enableSasl") {
		refused(at("quorum.auth.learnerRequireSasl"), "quorum.auth.learnerRequireSasl without quorum.auth.enableSasl is refused by ZooKeeper", "set both")
	}
	if on("extendedTypesEnabled") && in.ID > 254 {
		refused(at("extendedTypesEnabled"), fmt.Sprintf("with extendedTypesEnabled a server id is at most 254, and %s has %d", in.Name, in.ID), "choose another id")
	}
}

func isLoopback(address string) bool {
	a, err := netip.ParseAddr(address)
	return err == nil && a.IsLoopback() || address == "localhost"
}

// differences finds keys that every server must have the same value of: each
// place where another is set is found once.
func (l *linter) differences() {
	members := l.e.Members()
	if len(members) < 2 {
		return
	}
	first := members[0].Instance
	for _, g := range keys() {
		for _, k := range g.keys {
			if !k.same {
				continue
			}
			told := make(map[finding.Position]bool)
			for _, m := range members[1:] {
				a, b := value(first, k.name), value(m.Instance, k.name)
				odd := m.Instance
				if _, set := odd.Written(k.name); !set {
					odd = first
				}
				pos := place(odd, k.name)
				if a == b || told[pos] {
					continue
				}
				told[pos] = true
				l.add(finding.Warning, differsBetween, pos,
					fmt.Sprintf("%s is %s on %s and %s on %s, and should be the same everywhere", k.name, orUnset(a), first.Name, orUnset(b), m.Instance.Name), "set it under the top-level [zoo_cfg]")
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

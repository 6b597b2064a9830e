package zoocfg

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// value judges what a key is set to.
func (l *linter) value(in *inventory.Instance, k key, s inventory.Setting) {
	if bare := trim(s.Value); bare != s.Value {
		is, hint := fmt.Sprintf("is %q", inventory.Clip(s.Value)), fmt.Sprintf("write %q", inventory.Clip(bare))
		if inventory.IsSecret(s.Key) {
			is, hint = "is a secret", "write it without"
		}
		l.add(finding.Error, padded, s.Pos, fmt.Sprintf("%s %s with blanks around it, which ZooKeeper leaves out", s.Key, is), hint)
		s.Value = bare
	}
	switch k.kind {
	case number:
		l.number(in, k, s)
	case fraction:
		if !decimal.MatchString(s.Value) {
			l.wrong(in, k, s, "must be a number")
		}
	case boolean:
		if !strings.EqualFold(s.Value, "true") && !strings.EqualFold(s.Value, "false") {
			l.wrong(in, k, s, "must be true or false")
		}
	case onOff:
		if !k.takes(s.Value, l.e.Version) {
			l.wrong(in, k, s, "must be one of "+quotedEmpty(k.choices(l.e.Version)))
		}
	default:
		l.text(in, s)
	}
	l.unsafe(s)
}

// number judges what a key that takes a number is set to.
func (l *linter) number(in *inventory.Instance, k key, s inventory.Setting) {
	n, ok := k.parse(s.Value, l.e.Version)
	if !ok {
		must := "must be a whole number"
		if digits.MatchString(s.Value) { // one that is too big
			must += fmt.Sprintf(" between %d and %d", k.min, k.max)
		}
		l.wrong(in, k, s, must+inUnit(k))
		return
	}
	does := refusal(s.Key, n, l.e.Version)
	_, now := readBy(in, k)
	if does == "" && k.bound == hard && now && bounded(k.name) && (n < k.min || n > k.max && k.max == math.MaxUint16) {
		does = ends
	}
	if does != "" {
		name := refusedValue
		if does == neverServes {
			name = neverServing
		}
		l.add(finding.Error, name, s.Pos, fmt.Sprintf("%s is %d, with which ZooKeeper %s %s", s.Key, n, l.e.Version, does), "it must be "+bounds(k)+inUnit(k))
		return
	}
	if k.bound == adjusted && n < k.min {
		l.add(finding.Warning, valueRange, s.Pos, fmt.Sprintf("%s is %d, for which ZooKeeper takes another number, and should be at least %d%s", s.Key, n, k.min, inUnit(k)), "")
		return
	}
	if n < k.min || n > k.max {
		l.add(finding.Error, valueRange, s.Pos, fmt.Sprintf("%s is %d, and must be %s%s", s.Key, n, bounds(k), inUnit(k)), "")
		return
	}
	if asked := askedUnit(k.name); n > asked.most {
		l.add(finding.Warning, unitAsked, s.Pos, fmt.Sprintf("%s is %d %s, which is %s", s.Key, n, k.unit, asked.is(n)), "was it meant in "+k.unit+"?")
	}
}

// decimal matches a number that need not be whole, in the forms that people write of those
// that Java reads.
var decimal = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

// digits matches a number of any size.
var digits = regexp.MustCompile(`^[+-]?[0-9]+$`)

// wrong finds a value that is none of the key's kind, and says what the server does with
// it.
func (l *linter) wrong(in *inventory.Instance, k key, s inventory.Setting, must string) {
	name, does := ignoredValue, ""
	release := "ZooKeeper " + string(l.e.Version)
	switch k.fault(l.e.Version) {
	case refuses:
		name, does = refusedValue, release+" stops at it, with exit code 2"
	case throws:
		name, does = thrown(in, k, release)
	case warns:
		does = release + " logs a warning and takes " + itsDefault(k) + " for it"
	case isFalse:
		does = release + " takes everything but true for false, without a word"
	default:
		does = release + " takes " + itsDefault(k) + " for it, without a word"
	}
	l.add(finding.Error, name, s.Pos, fmt.Sprintf("%s is %q, and %s%s", s.Key, inventory.Clip(s.Value), must, odd(s.Value)), does)
}

// thrown returns what becomes of a server that reads a value with an exception: it depends on
// what reads it. The name is that of the finding.
func thrown(in *inventory.Instance, k key, release string) (name, does string) {
	const at = " ends at it, with an exception"
	switch later, now := readBy(in, k); {
	case !now:
		return ignoredValue, release + at + " once " + later
	case k.name == "testingonly.initialZxid", k.name == "pathStats.sampleRate": // read by each new leader
		return neverServing, release + " never serves with it, while its process stays"
	}
	return refusedValue, release + at
}

// readBy reports whether the part of a server that reads a key runs now, or when it would.
func readBy(in *inventory.Instance, k key) (later string, now bool) {
	on := func(keys ...string) bool {
		return slices.ContainsFunc(keys, func(key string) bool { v, _, _ := in.Effective(key); return isTrue(v) })
	}
	_, secure := in.Written("secureClientPort")
	switch {
	case strings.HasPrefix(k.name, "ssl.quorum."):
		return "TLS is on", on("sslQuorum", "portUnification", "admin.forceHttps", "admin.portUnification")
	case strings.HasPrefix(k.name, "ssl."):
		return "TLS is on", secure || on("client.portUnification")
	case strings.HasPrefix(k.name, "admin."):
		return "AdminServer is on", in.AdminPort != 0
	case k.name == "pathStats.enabled":
		return "", true
	case strings.HasPrefix(k.name, "pathStats.") && k.bound == hard:
		return "pathStats.enabled is true", on("pathStats.enabled")
	case k.name == "observerMasterPort", k.name == "messageTracker.BufferSize": // which a leader alone does not read
		return "servers follow each other", false
	}
	return "", true
}

// itsDefault names the default of a key, for messages.
func itsDefault(k key) string {
	if k.def == "" {
		return "its default"
	}
	return "its default, " + k.def + ","
}

// unsafe finds values that give up what an ensemble, or zkprov, needs.
func (l *linter) unsafe(s inventory.Setting) {
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

// quotedEmpty lists words; the empty one has quotes, so that it is seen.
func quotedEmpty(words []string) string {
	shown := slices.Clone(words)
	for i, w := range shown {
		if w == "" {
			shown[i] = `""`
		}
	}
	return strings.Join(shown, ", ")
}

// bounds returns the bounds of a number, for messages.
func bounds(k key) string {
	if k.min == k.max {
		return fmt.Sprint(k.min)
	}
	if k.max == math.MaxInt32 || k.max == math.MaxInt64 {
		return fmt.Sprintf("at least %d", k.min)
	}
	return fmt.Sprintf("between %d and %d", k.min, k.max)
}

func inUnit(k key) string {
	if k.unit == "" {
		return ""
	}
	return " (" + k.unit + ")"
}

// parse returns the number that a server of a release reads from a text, and reports
// whether it takes the text for a number wherever it reads the key.
func (k key) parse(text string, v inventory.Version) (n int64, ok bool) {
	for _, r := range k.reads(v) {
		if n, ok = r.parse(text); !ok {
			return 0, false
		}
	}
	if !ok {
		return read{}.parse(text)
	}
	return n, true
}

// parse returns the number that is read from a text as java.lang.Integer and Long do.
func (r read) parse(text string) (n int64, ok bool) {
	call, _, _ := strings.Cut(r.call, " ")
	call = strings.TrimSuffix(call, ",")
	base, bits := 10, 64
	if strings.HasPrefix(call, "Integer.") {
		bits = 32
	}
	rest := text
	// These take the forms of Integer.decode.
	if strings.HasSuffix(call, ".getInteger") || strings.HasSuffix(call, ".getLong") {
		sign := ""
		if strings.HasPrefix(rest, "-") || strings.HasPrefix(rest, "+") {
			sign, rest = rest[:1], rest[1:]
		}
		switch {
		case strings.HasPrefix(rest, "0x"), strings.HasPrefix(rest, "0X"):
			base, rest = 16, rest[2:]
		case strings.HasPrefix(rest, "#"):
			base, rest = 16, rest[1:]
		case strings.HasPrefix(rest, "0") && len(rest) > 1:
			base, rest = 8, rest[1:]
		}
		if strings.HasPrefix(rest, "-") || strings.HasPrefix(rest, "+") {
			return 0, false
		}
		rest = sign + rest
	}
	n, err := strconv.ParseInt(rest, base, bits)
	return n, err == nil
}

package zoocfg

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/zkprov/zkprov/inventory"
)

// readsTable holds what every release reads, extracted from its class files; its head tells
// the form.
//
//go:embed reads.tsv
var readsTable string

// way is where the value of a key comes from.
type way string

const (
	// native keys are parsed by QuorumPeerConfig: only zoo.cfg sets them.
	native way = "zoo.cfg"
	// property keys are read as the system property zookeeper.KEY, which zoo.cfg sets and a
	// flag may.
	property way = "property"
	// flagOnly keys are read as a system property of that very name: only a flag sets them.
	flagOnly way = "flag"
	// metrics keys are read by the provider of metrics, from what stands behind
	// metricsProvider. in zoo.cfg.
	metrics way = "metrics"
	// client keys are read by clients alone.
	client way = "client"
)

// fault is what a server does with a value that is none of the key's kind.
type fault string

const (
	// refuses ends the start with a ConfigException and exit code 2.
	refuses fault = "refuses"
	// throws ends what reads the value with another exception.
	throws fault = "throws"
	// warns takes the default and logs a line.
	warns fault = "warns"
	// defaulted takes the default without a word.
	defaulted fault = "defaults"
	// isFalse takes everything but true for false, without a word.
	isFalse fault = "false"
	// anything is text of which nothing is refused where it is read.
	anything fault = "anything"
)

// read is one way in which releases read a key.
type read struct {
	way way
	// call is what makes something of the text: a method of Java's, such as
	// "Integer.parseInt", with "caught" or "logged" behind it where what that throws is; or the
	// words that it is compared with, "words no|yes". Several have a comma between. Empty is
	// text that is taken as it stands.
	call string
	// fallback is the default, where it stands in the code beside the key.
	fallback string
	// classes are those that read, with a comma between; "static" before one says that its
	// initialiser does.
	classes string
	// first and last are the releases between which they do.
	first, last inventory.Version
}

// fault returns what the server does with a value that is none of the key's kind.
func (r read) fault() fault {
	if r.way == native && (strings.HasSuffix(r.call, "throws") || strings.HasSuffix(r.call, ".parseBoolean") && !strings.HasPrefix(r.call, "Boolean.")) {
		return refuses
	}
	switch call, _, _ := strings.Cut(r.call, ", "); {
	case call == "":
		return anything
	case strings.HasPrefix(call, "Boolean."), call == "words true":
		return isFalse
	case strings.HasPrefix(call, "words "), strings.HasSuffix(call, " caught"), call == "Integer.getInteger", call == "Long.getLong":
		return defaulted
	case strings.HasSuffix(call, " logged"):
		return warns
	case r.way == native:
		return refuses
	}
	return throws
}

// readings is the content of reads.tsv.
type readings struct {
	releases []inventory.Version
	byKey    map[string][]read
	// stars are the beginnings of the properties that end in a star.
	stars []string
}

var allReads = sync.OnceValue(func() readings { return parseReads(readsTable) })

// parseReads reads a text of the form of reads.tsv. What has another form is left out, which
// the tests of the table find.
func parseReads(text string) readings {
	r := readings{byKey: make(map[string][]read)}
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch {
		case fields[0] == "releases" && len(fields) == 2:
			for _, v := range strings.Fields(fields[1]) {
				r.releases = append(r.releases, inventory.Version(v))
			}
		case len(fields) == 6 && !strings.HasPrefix(line, "#"):
			for _, span := range strings.Fields(fields[5]) {
				first, last, ranged := strings.Cut(span, "..")
				if !ranged {
					last = first
				}
				r.byKey[fields[0]] = append(r.byKey[fields[0]], read{way(fields[1]), fields[2], fields[3], fields[4], inventory.Version(first), inventory.Version(last)})
			}
		}
	}
	for name, reads := range r.byKey {
		if start, star := strings.CutSuffix(name, "*"); star && reads[0].way == property {
			r.stars = append(r.stars, start)
		}
	}
	return r
}

// as returns the release of the table that stands for v: v itself, or the last one before
// it. One before them all is taken for the first.
func (r readings) as(v inventory.Version) inventory.Version {
	known := r.releases[0]
	for _, release := range r.releases {
		if !v.Before(release) {
			known = release
		}
	}
	return known
}

// last returns the newest release of the table.
func (r readings) last() inventory.Version { return r.releases[len(r.releases)-1] }

// reads returns how the server of a release reads the key.
func (k key) reads(v inventory.Version) []read {
	v = allReads().as(v)
	var found []read
	for _, name := range allReads().names(k.name) {
		for _, r := range allReads().byKey[name] {
			if r.way != client && !v.Before(r.first) && !r.last.Before(v) {
				found = append(found, r)
			}
		}
	}
	return found
}

// names returns the rows of the table that are of a key: of its own name, and of what begins
// its name and has a star.
func (r readings) names(key string) []string {
	all := []string{key}
	for _, start := range r.stars {
		if strings.HasPrefix(key, start) && key != start+"*" {
			all = append(all, start+"*")
		}
	}
	return all
}

// ofClients reports whether clients of a release read a key, and its servers do not.
func ofClients(name string, v inventory.Version) bool {
	v = allReads().as(v)
	clients := false
	for _, r := range allReads().byKey[name] {
		if !v.Before(r.first) && !r.last.Before(v) {
			if r.way != client {
				return false
			}
			clients = true
		}
	}
	return clients
}

// known reports whether a server of a release reads the key.
func (k key) known(v inventory.Version) bool { return len(k.reads(v)) > 0 }

// flag returns the beginning of the flag that alone sets the key of a release, such as
// "-Djute.maxbuffer="; empty for a key that zoo.cfg sets.
func (k key) flag(v inventory.Version) string {
	reads := k.reads(v)
	switch {
	case len(reads) == 0:
		return ""
	case k.name == "multiAddress.enabled":
		// The server list is read with the property, before zoo.cfg has set anything.
		return "-Dzookeeper." + k.name + "="
	case k.name == "server.realm":
		// In zoo.cfg it is taken for a server, of which the rest of the name is no number.
		return "-Dzookeeper." + k.name + "="
	case slices.ContainsFunc(reads, func(r read) bool { return r.way != flagOnly }):
		return ""
	}
	return "-D" + k.name + "="
}

// native reports whether zoo.cfg alone sets the key: a flag -Dzookeeper.KEY has no effect.
func (k key) native(v inventory.Version) bool {
	reads := k.reads(v)
	return len(reads) > 0 && !slices.ContainsFunc(reads, func(r read) bool { return r.way != native && r.way != metrics })
}

// fault returns what a server of a release does with a value that is none of the key's
// kind: the gravest of the places where it reads it.
func (k key) fault(v inventory.Version) fault {
	reads := k.reads(v)
	for _, f := range []fault{refuses, throws, warns, defaulted, isFalse} {
		if slices.ContainsFunc(reads, func(r read) bool { return r.fault() == f }) {
			return f
		}
	}
	return anything
}

// releases returns which releases read the key, behind "read": "from 3.6.0 on", "up to
// 3.5.10", "from 3.6.0 to 3.7.2", "by 3.6.0" or "by all".
func (k key) releases() string {
	all := allReads().releases
	var said []string
	for _, s := range k.spans() {
		switch {
		case s.first == 0 && s.last == len(all)-1:
			said = append(said, "by all")
		case s.last == len(all)-1:
			said = append(said, "from "+string(all[s.first])+" on")
		case s.first == 0:
			said = append(said, "up to "+string(all[s.last]))
		case s.first == s.last:
			said = append(said, "by "+string(all[s.first]))
		default:
			said = append(said, "from "+string(all[s.first])+" to "+string(all[s.last]))
		}
	}
	return strings.Join(said, " and ")
}

// column returns the same for a table: "3.6.0–", "–3.5.10", "3.6.0–3.7.2", "3.6.0" or
// "all".
func (k key) column() string {
	all := allReads().releases
	var said []string
	for _, s := range k.spans() {
		text := string(all[s.first])
		switch {
		case s.first == 0 && s.last == len(all)-1:
			text = "all"
		case s.last == len(all)-1:
			text += "–"
		case s.first == 0:
			text = "–" + string(all[s.last])
		case s.first != s.last:
			text += "–" + string(all[s.last])
		}
		said = append(said, text)
	}
	return strings.Join(said, ", ")
}

// span is the places of the first and last of releases in a row.
type span struct{ first, last int }

func (k key) spans() []span {
	var spans []span
	for i, v := range allReads().releases {
		switch n := len(spans); {
		case !k.known(v):
		case n > 0 && spans[n-1].last == i-1:
			spans[n-1].last = i
		default:
			spans = append(spans, span{i, i})
		}
	}
	return spans
}

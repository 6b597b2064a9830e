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
	// defaults takes the default without a word.
	defaulted fault = "defaults"
	// isFalse takes everything but true for false, without a word.
	isFalse fault = "false"
	// anything is text of which nothing is refused where it is read.
	anything fault = "anything"
)

// read is one place where releases read a key.
type read struct {
	way way
	// call is what makes a value of the text, such as "Integer.parseInt"; "caught" behind it
	// says that its exception is.
	call string
	// class is the class, without its package, that reads; "static" behind it says that its
	// initialiser does.
	class string
	// first and last are the releases between which it does.
	first, last inventory.Version
}

// fault returns what the server does with a value that is none of the key's kind.
func (r read) fault() fault {
	call, caught := strings.CutSuffix(r.call, " caught")
	switch {
	case call == "Integer.getInteger", call == "Long.getLong":
		return defaulted
	case call == "Boolean.getBoolean", call == "Boolean.parseBoolean":
		return isFalse
	case call == "text":
		return anything
	case caught:
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
		case len(fields) == 5 && !strings.HasPrefix(line, "#"):
			for _, span := range strings.Fields(fields[4]) {
				first, last, ranged := strings.Cut(span, "..")
				if !ranged {
					last = first
				}
				r.byKey[fields[0]] = append(r.byKey[fields[0]], read{way(fields[1]), fields[2], fields[3], inventory.Version(first), inventory.Version(last)})
			}
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

// reads returns the places where a release reads the key.
func (k key) reads(v inventory.Version) []read {
	v = allReads().as(v)
	var found []read
	for _, r := range allReads().byKey[k.name] {
		if !v.Before(r.first) && !r.last.Before(v) {
			found = append(found, r)
		}
	}
	return found
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
	var spans []string
	start := -1
	for i := 0; i <= len(all); i++ {
		known := i < len(all) && k.known(all[i])
		switch {
		case known && start < 0:
			start = i
		case !known && start >= 0:
			spans = append(spans, span(all, start, i-1))
			start = -1
		}
	}
	return strings.Join(spans, ", ")
}

func span(all []inventory.Version, first, last int) string {
	switch {
	case first == 0 && last == len(all)-1:
		return "by all"
	case last == len(all)-1:
		return "from " + string(all[first]) + " on"
	case first == 0:
		return "up to " + string(all[last])
	case first == last:
		return "by " + string(all[first])
	}
	return "from " + string(all[first]) + " to " + string(all[last])
}

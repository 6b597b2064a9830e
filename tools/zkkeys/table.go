package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// row is one way in which releases read a key; see the head of reads.tsv.
type row struct {
	key, way, how, fallback string
}

// rows returns what a program reads, with the classes that do.
func (p *program) rows() map[row][]string {
	reached := p.reached()
	copied := make(map[string]bool) // by ZKConfig
	for _, r := range p.readings {
		if r.way == property && r.method.class.name == configured {
			copied[r.key] = true
		}
	}
	all := slices.Collect(maps.Values(p.readings))
	if c := p.classes[configClass]; c != nil {
		all = append(all, parsed(c)...)
	}
	found := make(map[row][]string)
	for _, r := range all {
		server := reached[r.method] || r.way == native
		if r.way == config && (!copied[r.key] || !server) {
			continue // a client's, which copies more
		}
		key, way := r.named()
		if way == "" {
			continue
		}
		if !server {
			way = client
		}
		at := row{key, way, r.how(), r.defaults()}
		if name := r.where(); !slices.Contains(found[at], name) {
			found[at] = append(found[at], name)
		}
	}
	return tidy(found)
}

const (
	configured = "org.apache.zookeeper.common.ZKConfig"
	asFlag     = "flag"
	client     = "client"
)

// named returns the key as people write it, and how it is set: as a property with the
// prefix, which zoo.cfg sets as well, or as a flag. It is empty for what is Java's own.
func (r *reading) named() (key, way string) {
	switch {
	case r.way == provided:
		return "metricsProvider." + r.key, provided
	case r.way == native && r.key == "metricsProvider."+unknown:
		return "", "" // its provider reads each
	case r.way == native:
		return r.key, native
	}
	if key, ok := strings.CutPrefix(r.key, "zookeeper."); ok {
		return key, property
	}
	if r.key == "java.security.auth.login.config" {
		return r.key, asFlag
	}
	for _, own := range []string{"java.", "javax.", "jdk.", "sun.", "os.", "user.", "line.", "file.", "com.sun."} {
		if strings.HasPrefix(r.key, own) {
			return "", ""
		}
	}
	return r.key, asFlag
}

// how returns what makes something of the text: a method of Java's, or the words that it
// is compared with; empty where it stays text.
func (r *reading) how() string {
	var calls, words []string
	throws := r.calls["throws"]
	for _, call := range slices.Sorted(maps.Keys(r.calls)) {
		switch word, ok := strings.CutPrefix(call, "="); {
		case ok && !strings.HasPrefix(word, "."): // ".jks" is the end of a file's name
			words = append(words, word)
		case !ok && call != "throws":
			calls = append(calls, call)
		}
	}
	if len(words) > 0 {
		calls = append(calls, "words "+strings.Join(words, "|"))
	}
	if throws {
		calls = append(calls, "throws")
	}
	return strings.Join(calls, ", ")
}

func (r *reading) defaults() string {
	if strings.Contains(r.how(), "Boolean.") {
		switch r.fallback {
		case "0":
			return "false"
		case "1":
			return "true"
		}
	}
	if r.fallback == unknown {
		return ""
	}
	return r.fallback
}

// where returns the class that reads, without its package; "static" before it says that its
// initialiser does.
func (r *reading) where() string {
	name := r.method.class.name
	name = name[strings.LastIndexByte(name, '.')+1:]
	name, _, _ = strings.Cut(name, "$")
	if r.method.name == "<clinit>" {
		return "static " + name
	}
	return name
}

// tidy leaves out rows of which another says more: one that makes nothing of the text, or
// has no default.
func tidy(found map[row][]string) map[row][]string {
	for at := range found {
		for other := range found {
			if start, prefix := strings.CutSuffix(other.key, unknown); prefix && other.key != at.key && other.way == at.way && strings.HasPrefix(at.key, start) {
				delete(found, at) // one of a kind that all are read of
				break
			}
			same := other.key == at.key && other.way == at.way && other != at
			if same && (at.how == "" && at.fallback == "" || at.how == "" && other.how != "" || at.how == other.how && at.fallback == "") {
				delete(found, at)
				break
			}
		}
	}
	return found
}

// span is a row and the releases that have it.
type span struct {
	row
	classes  []string
	releases []bool
}

const head = `# What the server of each release of ZooKeeper reads, and how: written by make keys from the class files.
#
# key: as it stands in zoo.cfg; a star stands for any name.
# way: "zoo.cfg" where QuorumPeerConfig parses it; "metrics" where the provider of metrics does; "property" where it
#   is the system property zookeeper.KEY, which zoo.cfg sets and a flag may; "flag" where it is the property KEY;
#   "client" where only a client reads it.
# how: what makes something of the text, "caught" where what that throws is, "logged" where that is said in the log
#   as well, and the words of an enumeration; the words that it is compared with; "throws" where another value throws.
#   Empty where it stays text.
# default, where it stands in the code beside the key; classes, "static" for a class's initialiser; releases.
`

// write returns the table of the releases, in their order.
func write(releases []string, found []map[row][]string) []byte {
	spans := make(map[row]*span)
	for i, rows := range found {
		for at, classes := range rows {
			s := spans[at]
			if s == nil {
				s = &span{row: at, releases: make([]bool, len(releases))}
				spans[at] = s
			}
			s.releases[i] = true
			for _, c := range classes {
				if !slices.Contains(s.classes, c) {
					s.classes = append(s.classes, c)
				}
			}
		}
	}
	var lines []string
	for _, s := range spans {
		slices.Sort(s.classes)
		lines = append(lines, fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s\n", s.key, s.way, s.how, s.fallback, strings.Join(s.classes, ", "), s.text(releases)))
	}
	slices.Sort(lines)
	return []byte(head + "releases\t" + strings.Join(releases, " ") + "\n" + strings.Join(lines, ""))
}

// text returns the releases of a span, such as "3.6.0..3.7.2 3.9.0".
func (s *span) text(releases []string) string {
	var all []string
	for i := 0; i < len(releases); i++ {
		if !s.releases[i] {
			continue
		}
		first := i
		for i+1 < len(releases) && s.releases[i+1] {
			i++
		}
		if first == i {
			all = append(all, releases[i])
		} else {
			all = append(all, releases[first]+".."+releases[i])
		}
	}
	return strings.Join(all, " ")
}

package inventory

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zkprov/zkprov/internal/finding"
)

// Jar is a jar beside the release's own on an instance's class path.
type Jar struct {
	// URL is where it is fetched: https, http or file.
	URL string
	// SHA512 is what it must hash to, 128 lower-case hex digits.
	SHA512 string
	// Pos is where the URL stands.
	Pos finding.Position `json:"-"`
}

// layJars returns the jars of a table; where that names none, those under it.
func layJars(under []Jar, n *node) []Jar {
	if v := n.get("jars"); v == nil || v.kind != nodeArray {
		return under
	}
	var jars []Jar
	for _, t := range n.tables("jars") {
		jars = append(jars, Jar{URL: t.text("url", ""), SHA512: strings.ToLower(t.text("sha512", "")), Pos: t.at("url")})
	}
	return jars
}

// JarDigits is how much of a SHA-512 stands in the name of a jar's file, in hex digits.
const JarDigits = 16

// longestJar bounds what of a jar's own name stands in that of its file.
const longestJar = 100

// Name returns the jar's own name, by its URL, with characters that mean nothing in a
// class path.
func (j Jar) Name() string {
	name := ""
	if u, err := url.Parse(j.URL); err == nil {
		name = path.Base(u.Path)
	}
	name = strings.TrimSuffix(strings.Map(func(r rune) rune {
		if !oneOf("._+-")(r) {
			return '_'
		}
		return r
	}, name), ".jar")
	name = name[max(0, len(name)-longestJar):]
	if strings.Trim(name, "._/") == "" {
		name = "extra"
	}
	return name + ".jar"
}

// JarsDir returns the folder of the jars beside the releases.
func (p Paths) JarsDir() string { return path.Join(p.Install, "jars") }

// Jar returns where a jar lies on a host. Another content is another file, so that what
// runs keeps its own.
func (p Paths) Jar(j Jar) string {
	return path.Join(p.JarsDir(), j.SHA512[:min(JarDigits, len(j.SHA512))]+"-"+j.Name())
}

// JarPaths returns where an instance's jars lie, in the order of the class path.
func (p Paths) JarPaths(in *Instance) []string {
	var all []string
	for _, j := range in.JVM.Jars {
		if name := p.Jar(j); !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// Jars returns the jars of the host's instances, each once.
func (h *Host) Jars() []Jar {
	var all []Jar
	for i := range h.Instances {
		for _, j := range h.Instances[i].JVM.Jars {
			if !slices.ContainsFunc(all, func(o Jar) bool { return o.SHA512 == j.SHA512 && o.Name() == j.Name() }) {
				all = append(all, j)
			}
		}
	}
	return all
}

// jars judges the hashes of an instance's jars; package archive judges their URLs.
func (j *judge) jars(n *node) {
	list := j.innermost(n, "jvm", "jars")
	if list == nil || list.kind != nodeArray {
		return
	}
	for _, t := range list.items {
		if v := t.get("sha512"); v != nil && v.kind == string(text) {
			if what := badHash(strings.ToLower(v.scalar)); what != "" {
				j.once(v.pos, "bad-hash", "", "jvm.jars sha512 must be 128 hex digits, and %s", because(what))
			}
		}
	}
}

// badHash returns why a text is no SHA-512, as the end of a message; empty where it is one.
func badHash(hash string) string {
	if what := Strange(hash, func(r rune) bool { return strings.ContainsRune("0123456789abcdef", r) }); what != "" {
		return what
	}
	if len(hash) != 128 {
		return fmt.Sprintf("has %d characters", utf8.RuneCountInString(hash))
	}
	return ""
}

package inventory

import (
	"slices"
	"unicode"
)

// whole judges the settings of the ensemble as a whole.
func (j *judge) whole() {
	e := j.ensemble
	if !namePattern.MatchString(e.Name) {
		j.fail(j.root.at("ensemble", "name"), "bad-name", "use letters, digits, dots, hyphens and underscores", "ensemble.name is %q, and is part of file and unit names%s", e.Name, strange(e.Name, oneOf("_.-")))
	}
	if !e.Version.Valid() {
		j.fail(j.root.at("ensemble", "version"), "bad-version", `write it like "3.6.3"`, "ensemble.version is %q, which is no ZooKeeper release%s", e.Version, strange(string(e.Version), oneOf(".-")))
	}
	for _, w := range []struct{ key, value string }{{"user", e.Service.User}, {"group", e.Service.Group}} {
		switch {
		case j.root.get("service").get(w.key) == nil:
		case !userPattern.MatchString(w.value):
			j.fail(j.root.at("service", w.key), "bad-user", "use lower-case letters, digits, hyphens and underscores, at most 31", "service.%s is %q, which is no name of a system user or group%s", w.key, w.value, strange(w.value, func(r rune) bool { return oneOf("_-")(r) && !unicode.IsUpper(r) }))
		case w.value == "root":
			j.fail(j.root.at("service", w.key), "bad-user", "name an unprivileged one; zkprov makes it", "service.%s is root, and ZooKeeper must not run as root", w.key)
		}
	}
	if what := badHash(e.Archive.SHA512); e.Archive.SHA512 != "" && what != "" {
		j.fail(j.root.at("archive", "sha512"), "bad-hash", "", "archive.sha512 must be 128 hex digits, and %s", because(what))
	}
	if e.Archive.Fetch != FetchControl && e.Archive.Fetch != FetchHost {
		j.fail(j.root.at("archive", "fetch"), "bad-value", "", "archive.fetch is %q, and may be %q or %q%s", e.Archive.Fetch, FetchControl, FetchHost, strange(e.Archive.Fetch, Plain))
	}
	j.java(e.Java, j.root.get("java"))
	for _, p := range []struct{ key, value string }{{"install", e.Paths.Install}, {"config", e.Paths.Config}, {"data", e.Paths.Data}} {
		j.folder(p.value, "paths."+p.key, j.root.at("paths", p.key))
	}
	if j.root.get("paths").holds("logs", text) {
		j.folder(e.Paths.Logs, "paths.logs", j.root.at("paths", "logs"))
	}
	j.bootstrap(e.Bootstrap, j.root.get("bootstrap"))
	if members := e.Members(); len(members) > 0 && !slices.ContainsFunc(members, func(m Member) bool { return m.Instance.Role != Observer }) {
		j.fail(j.hosts[0].pos, "no-participant", "at least one instance must be a participant", "no instance is a participant, and observers alone form no quorum")
	}
	if hosts := j.root.get("host"); hosts.empty() {
		j.fail(hosts.pos, "missing-key", "", "the inventory has no [[host]]")
	}
}

// leastSecret is the least number of characters of a bootstrap id.
const leastSecret = 16

func (j *judge) bootstrap(b *Bootstrap, n *node) {
	if b == nil {
		return
	}
	if n.holds("id", text) && (len(b.ID) < leastSecret || !namePattern.MatchString(b.ID)) {
		j.fail(n.at("id"), "bad-value", "zkprov init writes one", "bootstrap.id must be a random word of at least %d letters and digits%s", leastSecret, strange(b.ID, oneOf("_.-")))
	}
	if n.holds("expires", moment) && b.Expires.IsZero() {
		j.fail(n.at("expires"), "bad-value", "write it like 2026-01-31T12:00:00Z", "bootstrap.expires is %s, and needs a date, a time and an offset", n.said("expires"))
	}
	if b.Port < 1 || b.Port > 65535 {
		j.fail(n.at("agent_port"), "out-of-range", "", "bootstrap.agent_port is %s, and must be from 1 to 65535", n.said("agent_port"))
	}
}

// java judges a table of Java, and not what it inherits.
func (j *judge) java(java Java, n *node) {
	if n.holds("minimum", integer) && (java.Minimum < 7 || java.Minimum > 99) {
		j.fail(n.at("minimum"), "out-of-range", "write 8 for Java 1.8", "java.minimum is %s, and must be a feature release from 7 to 99", n.said("minimum"))
	}
	if n.holds("home", text) && java.Home != "" {
		if pos, why := n.at("home"), Unstartable(java.Home); j.absolute(java.Home, "java.home", pos) && why != "" {
			j.fail(pos, "bad-path", "name it by a link without that character", "java.home is %q, and %s", java.Home, because(why))
		}
	}
}

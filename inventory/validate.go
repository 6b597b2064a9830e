package inventory

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zkprov/zkprov/internal/finding"
)

// judge collects what is wrong with a decoded inventory.
type judge struct {
	*decoded
	found Collector
	// told holds what once has added of values that several instances inherit.
	told map[inherited]bool
	// judged has the lists of flags that were judged already.
	judged map[*node]bool
}

// inherited tells what was found of a value apart from what was found of another.
type inherited struct {
	pos           finding.Position
	name, message string
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
	j := &judge{decoded: d, told: make(map[inherited]bool), judged: make(map[*node]bool)}
	j.control(d.root, nil)
	j.whole()
	j.identities()
	for i := range d.ensemble.Hosts {
		j.host(&d.ensemble.Hosts[i], d.hosts[i])
		for k := range d.ensemble.Hosts[i].Instances {
			j.instance(&d.ensemble.Hosts[i].Instances[k], d.instances[i][k])
		}
		j.ports(&d.ensemble.Hosts[i], d.instances[i])
		j.folders(&d.ensemble.Hosts[i], d.instances[i])
	}
	return j.found.Findings()
}

// control finds control characters and others that cannot be seen in any value: each
// value ends up in a file of which a line is a statement. path is the value's, for
// messages.
func (j *judge) control(n *node, path []string) {
	if strings.IndexFunc(n.scalar, finding.Invisible) >= 0 && j.found.Full() {
		j.found.Skip(finding.Error, n.pos) // naming it is what costs
	} else if what := Strange(n.scalar, visible); what != "" {
		j.fail(n.pos, "control-character", "", "%s holds %s: %q; %s", strings.Join(path, "."), invisible(n.scalar), n.scalar, because(what))
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
	heapPattern    = regexp.MustCompile(`^([0-9]{1,9})([kKmMgG]?)$`)
	sha512Pattern  = regexp.MustCompile(`^[0-9a-f]+$`) // 128 of them
)

// IsName reports whether s may be the name of an ensemble or a host.
func IsName(s string) bool { return namePattern.MatchString(s) }

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
	if hash := e.Archive.SHA512; hash != "" && (len(hash) != 128 || !sha512Pattern.MatchString(hash)) {
		but := because(fmt.Sprintf("has %d characters", utf8.RuneCountInString(hash)))
		if what := Strange(hash, func(r rune) bool { return strings.ContainsRune("0123456789abcdef", r) }); what != "" {
			but = because(what)
		}
		j.fail(j.root.at("archive", "sha512"), "bad-hash", "", "archive.sha512 must be 128 hex digits, and %s", but)
	}
	if e.Archive.Fetch != FetchControl && e.Archive.Fetch != FetchHost {
		j.fail(j.root.at("archive", "fetch"), "bad-value", "", "archive.fetch is %q, and may be %q or %q%s", e.Archive.Fetch, FetchControl, FetchHost, strange(e.Archive.Fetch, Plain))
	}
	j.java(e.Java, j.root.get("java"))
	for _, p := range []struct{ key, value string }{{"install", e.Paths.Install}, {"config", e.Paths.Config}, {"data", e.Paths.Data}} {
		j.folder(p.value, "paths."+p.key, j.root.at("paths", p.key))
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

// identities judges what may be there only once in the whole inventory.
func (j *judge) identities() {
	type seen map[string]finding.Position
	names, destinations, addresses, ids := seen{}, seen{}, seen{}, seen{}
	matches := [4]seen{{}, {}, {}, {}}
	unique := func(s seen, value string, pos finding.Position, name, what, hint string) {
		if value == "" {
			return
		}
		if first, ok := s[value]; ok {
			j.fail(pos, name, hint, "%s %s is there twice, first at line %d", what, value, first.Line)
			return
		}
		s[value] = pos
	}
	oneMachine := "put all instances of one machine into one [[host]]"
	local := finding.Position{}
	for i := range j.ensemble.Hosts {
		h, n := &j.ensemble.Hosts[i], j.hosts[i]
		_, again := names[h.Name]
		unique(names, h.Name, n.at("name"), "duplicate-name", "host name", "")
		unique(addresses, canonical(h.Address), n.at("address"), "duplicate-address", "address", oneMachine)
		switch {
		case n.get("ssh") != nil:
			unique(destinations, h.SSH, n.at("ssh"), "duplicate-ssh", "SSH destination", oneMachine)
		case !again:
			unique(destinations, h.SSH, n.at("name"), "duplicate-ssh", "SSH destination", oneMachine)
		}
		for k, m := range []struct{ key, value string }{
			{"instance_id", h.Match.InstanceID}, {"machine_id", h.Match.MachineID}, {"serial", h.Match.Serial}, {"mac", h.Match.MAC},
		} {
			unique(matches[k], m.value, n.at("match", m.key), "duplicate-match", m.key, "it tells one machine from all others")
		}
		if h.Local {
			if local.Line != 0 {
				j.fail(n.at("local"), "several-local", oneMachine, "host %s is local, and so is the one at line %d", h.Name, local.Line)
			}
			local = n.at("local")
		}
		for k := range h.Instances {
			if id := h.Instances[k].ID; validID(id) {
				unique(ids, strconv.Itoa(id), j.instances[i][k].at("id"), "duplicate-id", "server id", "every server has an id of its own")
			}
		}
	}
}

func validID(id int) bool { return 1 <= id && id <= 255 }

// canonical returns an address in a form that can be compared.
func canonical(address string) string {
	if ip, err := netip.ParseAddr(address); err == nil {
		return ip.Unmap().String()
	}
	return strings.TrimSuffix(strings.ToLower(address), ".")
}

// host judges one host by itself.
func (j *judge) host(h *Host, n *node) {
	if n.holds("name", text) && !namePattern.MatchString(h.Name) {
		j.fail(n.at("name"), "bad-name", `use letters, digits, dots, hyphens and underscores; user and port belong into ssh = "…"`, "host name %q is no plain name%s", h.Name, strange(h.Name, oneOf("_.-")))
	}
	if n.get("ssh") != nil {
		switch {
		case n.boolean("local", false):
			j.fail(n.at("ssh"), "local-and-ssh", "remove one of the two", "host %s is local and has an SSH destination", h.Name)
		case h.SSH == "" || strings.ContainsAny(h.SSH[:1], "-@") || strings.HasSuffix(h.SSH, "@") || strings.ContainsFunc(h.SSH, unicode.IsSpace):
			j.fail(n.at("ssh"), "bad-ssh", `write a name of your ssh_config, "user@host" or "ssh://user@host:port"`, "ssh is %q, which is no destination%s", h.SSH, strange(h.SSH, func(r rune) bool { return !unicode.IsSpace(r) }))
		}
	}
	j.java(h.Java, n.get("java"))
	if n.holds("address", text) {
		j.address(h.Address, n.at("address"))
	}
	if list := n.get("instance"); list.empty() {
		j.fail(list.pos, "missing-key", "write instance = [ { id = 1 } ]", "host %s has no instance", h.Name)
	}
}

var (
	hostPattern = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$`) // 253 characters at most
	// numbersPattern matches what was meant as an IPv4 address: the last part of a name
	// is never a number.
	numbersPattern = regexp.MustCompile(`^([0-9]+\.)*[0-9]+\.?$`)
)

// address judges a host's address, which stands in server.N on every instance's list.
func (j *judge) address(a string, pos finding.Position) {
	ip, err := netip.ParseAddr(a)
	ip = ip.Unmap()
	switch {
	case err != nil && strings.Contains(a, ":"):
		j.fail(pos, "bad-address", "ports belong to an instance: quorum_port, election_port", "address %q must be an address or a name, without a port or brackets%s", a, strange(a, Plain))
	case err != nil && (len(a) > 253 || !hostPattern.MatchString(a) || strings.Contains(a, "..") || numbersPattern.MatchString(a)):
		j.fail(pos, "bad-address", "", "address %q is neither an IP address nor a host name%s", a, strange(a, oneOf("_.-")))
	case err == nil && ip.Zone() != "":
		j.fail(pos, "bad-address", "use an address that is valid on every host", "address %q has a zone, which means something on one host only", a)
	case err == nil && ip.IsUnspecified():
		j.fail(pos, "wildcard-address", "write the address by which the other servers reach this host", "address %s is every address, and names no host", a)
	case len(j.ensemble.Hosts) > 1 && (err == nil && ip.IsLoopback() || canonical(a) == "localhost"):
		j.fail(pos, "loopback-address", "write the address by which the other servers reach this host", "address %s is the host itself to each of %d hosts", a, len(j.ensemble.Hosts))
	}
}

// instance judges one instance by itself.
func (j *judge) instance(in *Instance, n *node) {
	if n.holds("id", integer) && !validID(in.ID) {
		j.fail(n.at("id"), "out-of-range", "", "id is %s, and must be from 1 to 255", n.said("id"))
	}
	if in.Role != Participant && in.Role != Observer {
		j.fail(n.at("role"), "bad-value", hintOf(Nearest(string(in.Role), []string{string(Participant), string(Observer)})), "role is %q, and may be %q or %q%s", in.Role, Participant, Observer, strange(string(in.Role), Plain))
	}
	j.heap(in.JVM.Heap, n)
	if flags := j.innermost(n, "jvm", "flags"); flags != nil && !j.judged[flags] {
		j.judged[flags] = true
		for _, item := range flags.items {
			if item.kind == string(text) && !strings.HasPrefix(item.scalar, "-") {
				j.once(item.pos, "bad-flag", "write one flag in each string", "jvm.flags has %q, and a flag of the JVM begins with a hyphen%s", item.scalar, strange(item.scalar, Plain))
			}
			if key, ok := passwordOf(item.scalar); ok {
				j.once(item.pos, "flag-password", passwordHint(key, j.ensemble.Version), "jvm.flags gives %s a password, which everybody on the host could read in the unit and in the list of processes", key)
			}
		}
	}
}

// passwordOf returns the key of a flag that gives a password away. A switch does not,
// nor does the password that every JDK's own trust store has.
func passwordOf(flag string) (key string, ok bool) {
	key, value, _ := strings.Cut(flag, "=")
	lower := strings.ToLower(key)
	secret := strings.HasSuffix(lower, "password") || strings.HasSuffix(lower, "passwd") || strings.HasSuffix(lower, "pwd")
	return key, secret && !slices.Contains([]string{"", "true", "false", "changeit"}, value)
}

// passwordHint returns where else a release takes a password from. Those of
// javax.net.ssl are the whole JVM's: no key of ZooKeeper stands for them.
func passwordHint(key string, v Version) string {
	if strings.HasPrefix(key, "-Djavax.net.ssl.") {
		return "write the flag into a file that only root and the service can read, and -XX:VMOptionsFile= with its path here (Java 9 or later); ssl.keyStore and ssl.trustStore under [zoo_cfg] are for the TLS of ZooKeeper itself, not for the rest of the JVM"
	}
	if v.Before("3.8.0") {
		return "for TLS write it under [zoo_cfg], as ssl.keyStore.password or ssl.trustStore.password, or those of ssl.quorum: only root and the service can read zoo.cfg"
	}
	return "for TLS name a file with it under [zoo_cfg], as ssl.keyStore.passwordPath or ssl.trustStore.passwordPath, or those of ssl.quorum"
}

// leastHeap is a size, in bytes, below which ZooKeeper does not start at all.
const leastHeap = 32 << 20

func (j *judge) heap(heap string, n *node) {
	parts := heapPattern.FindStringSubmatch(heap)
	if parts == nil {
		j.once(j.innermost(n, "jvm", "heap").pos, "bad-heap", `write a number with k, m or g, such as "1g"`, "jvm.heap is %q, which is no size%s", heap, strange(heap, oneOf("")))
		return
	}
	size, _ := strconv.ParseInt(parts[1], 10, 64)
	switch strings.ToLower(parts[2]) {
	case "k":
		size <<= 10
	case "m":
		size <<= 20
	case "g":
		size <<= 30
	}
	if size < leastHeap {
		j.once(j.innermost(n, "jvm", "heap").pos, "bad-heap", "a number without a letter is bytes", "jvm.heap is %q, and ZooKeeper needs 32m at the very least", heap)
	}
}

// innermost returns the value of a key that may stand with the instance, its host or
// the whole ensemble; nil where it stands nowhere.
func (j *judge) innermost(instance *node, table, key string) *node {
	if v := instance.get(table).get(key); v != nil {
		return v
	}
	for i := range j.hosts {
		for _, n := range j.instances[i] {
			if v := j.hosts[i].get(table).get(key); n == instance && v != nil {
				return v
			}
		}
	}
	return j.root.get(table).get(key)
}

// once does what fail does, once for a finding that several instances inherit.
func (j *judge) once(pos finding.Position, name, hint, format string, args ...any) {
	message := fmt.Sprintf(format, clipped(args)...)
	if key := (inherited{pos, name, message}); !j.told[key] {
		j.told[key] = true
		j.found.Add(finding.Finding{Pos: pos, Severity: finding.Error, Name: name, Message: message, Hint: hint})
	}
}

// said returns a value that is there as the user wrote it.
func (n *node) said(key string) string { return n.get(key).scalar }

func hintOf(near string) string {
	if near == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", near)
}

package inventory

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/zkprov/zkprov/internal/finding"
)

// identities judges what may be there only once in the whole inventory.
func (j *judge) identities() {
	type seen map[string]finding.Position
	names, destinations, ids := seen{}, seen{}, seen{}
	addresses := make(map[string]taken)
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
		j.ownAddresses(i, addresses, oneMachine)
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

func validID(id int) bool { return 0 <= id && id <= 255 }

// Canonical returns an address in a form that can be compared.
func Canonical(address string) string {
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
	j.addresses(n)
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

// hostOrIP judges how an address is written, and reports whether that is right.
func (j *judge) hostOrIP(a string, pos finding.Position) bool {
	ip, err := netip.ParseAddr(a)
	switch {
	case err != nil && strings.Contains(a, ":"):
		j.fail(pos, "bad-address", "ports belong to an instance: quorum_port, election_port", "address %q must be an address or a name, without a port or brackets%s", a, strange(a, Plain))
	case err != nil && (len(a) > 253 || !hostPattern.MatchString(a) || strings.Contains(a, "..") || numbersPattern.MatchString(a)):
		j.fail(pos, "bad-address", "", "address %q is neither an IP address nor a host name%s", a, strange(a, oneOf("_.-")))
	case err == nil && ip.Zone() != "":
		j.fail(pos, "bad-address", "use an address that is valid on every host", "address %q has a zone, which means something on one host only", a)
	default:
		return true
	}
	return false
}

// address judges an address that stands in server.N on every instance's list.
func (j *judge) address(a string, pos finding.Position) {
	if !j.hostOrIP(a, pos) {
		return
	}
	ip, err := netip.ParseAddr(a)
	ip = ip.Unmap()
	switch {
	case err == nil && ip.IsUnspecified():
		j.fail(pos, "wildcard-address", "write the address by which the other servers reach this host", "address %s is every address, and names no host", a)
	case len(j.ensemble.Hosts) > 1 && (err == nil && ip.IsLoopback() || Canonical(a) == "localhost"):
		j.fail(pos, "loopback-address", "write the address by which the other servers reach this host", "address %s is the host itself to each of %d hosts", a, len(j.ensemble.Hosts))
	}
}

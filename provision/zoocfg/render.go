package zoocfg

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/inventory"
)

// Render returns the zoo.cfg of one instance: what the inventory sets, zkprov's
// defaults, the user's own keys, last those that nobody judges, and every server of the
// ensemble. It does not judge values: Lint has.
func Render(e *inventory.Ensemble, in *inventory.Instance) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s of ensemble %s. Written by zkprov, which puts it back when it is edited:\n", in.Name, e.Name)
	b.WriteString("# keys belong under [zoo_cfg] in the inventory.\n\n")
	for _, s := range settings(e, in) {
		fmt.Fprintf(&b, "%s=%s\n", escape(s.Key, true), escape(s.Value, false))
	}
	b.WriteString("\n")
	writeServers(&b, e)
	return []byte(b.String())
}

func writeServers(b *strings.Builder, e *inventory.Ensemble) {
	for _, m := range e.Members() {
		var parts []string
		for _, a := range m.ListedAddresses() {
			parts = append(parts, fmt.Sprintf("%s:%d:%d:%s", bracket(a), m.Instance.QuorumPort, m.Instance.ElectionPort, m.Instance.Role))
		}
		fmt.Fprintf(b, "server.%d=%s\n", m.Instance.ID, strings.Join(parts, "|"))
	}
}

// Relist returns a zoo.cfg that Render wrote with the servers of another list.
func Relist(text []byte, e *inventory.Ensemble) []byte {
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "server.") {
			b.WriteString(line)
		}
	}
	writeServers(&b, e)
	return []byte(b.String())
}

// settings returns every key of an instance but the server list, in the order of
// writing: what zkprov decides, its defaults, then the user's.
func settings(e *inventory.Ensemble, in *inventory.Instance) inventory.Settings {
	var all inventory.Settings
	add := func(key, value string) { all = append(all, inventory.Setting{Key: key, Value: value}) }
	add("dataDir", in.DataDir)
	if in.DataLogDir != "" && in.DataLogDir != in.DataDir {
		add("dataLogDir", in.DataLogDir)
	}
	add("clientPort", fmt.Sprint(in.PlainPort()))
	unset := func(key string) bool { _, set := in.Written(key); return !set }
	if a := in.ClientAddress(); a != "" && unset("clientPortAddress") {
		add("clientPortAddress", a)
	}
	if a := in.SecureClientAddress(); a != "" && !unset("secureClientPort") && unset("secureClientPortAddress") {
		add("secureClientPortAddress", a)
	}
	if e.SeveralAddresses() && unset("multiAddress.enabled") {
		// The unit has it as a flag too, without which this has no effect.
		add("multiAddress.enabled", "true")
	}
	if in.Role == inventory.Observer {
		add("peerType", "observer")
	}
	// A single participant is a quorum of one, which observers can follow.
	add("standaloneEnabled", "false")
	// Without reconfig ZooKeeper never writes into its configuration folder.
	add("reconfigEnabled", "false")
	if !e.Version.Before("3.6.0") {
		// An empty server has no vote, unless the file "initialize" says so.
		add("db.autocreate", "false")
	}
	if in.AdminPort == 0 {
		add("admin.enableServer", "false")
	} else {
		add("admin.enableServer", "true")
		add("admin.serverAddress", in.AdminListens())
		add("admin.serverPort", fmt.Sprint(in.AdminPort))
	}
	for _, d := range defaults() {
		if unset(d.Key) {
			all = append(all, d)
		}
	}
	for _, s := range slices.Concat(in.ZooCfg, in.ZooCfgUnchecked) {
		add(s.Key, s.Value)
	}
	return all
}

// defaults returns the keys that zkprov sets where the user does not. ZooKeeper does
// not start in a quorum without initLimit and syncLimit, purges nothing by itself, and
// does not answer mntr unless it is on the list.
func defaults() inventory.Settings {
	return inventory.Settings{
		{Key: "tickTime", Value: "2000"},
		{Key: "initLimit", Value: "10"},
		{Key: "syncLimit", Value: "5"},
		{Key: "autopurge.snapRetainCount", Value: "3"},
		{Key: "autopurge.purgeInterval", Value: "1"},
		{Key: "4lw.commands.whitelist", Value: "srvr,mntr,ruok,conf,isro"},
	}
}

// value returns the value of a key for an instance, zkprov's defaults included; empty
// where neither the user nor zkprov sets it.
func value(in *inventory.Instance, key string) string {
	if s, ok := in.Written(key); ok {
		return s.Value
	}
	v, _ := defaults().Get(key)
	return v
}

// bracket puts an IPv6 address in brackets, as server lines want it.
func bracket(address string) string {
	if strings.Contains(address, ":") && !strings.HasPrefix(address, "[") {
		return "[" + address + "]"
	}
	return address
}

// escape writes a key or a value as java.util.Properties reads it.
func escape(s string, isKey bool) string {
	var b strings.Builder
	leading := true
	for _, r := range s {
		switch {
		case r == '\\':
			b.WriteString(`\\`)
		case r == ' ' && (isKey || leading):
			b.WriteString(`\ `)
		case r == '\t':
			b.WriteString(`\t`)
		case isKey && strings.ContainsRune("=:#!", r):
			b.WriteRune('\\')
			b.WriteRune(r)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04x`, r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
		case r > 0x7e:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
		leading = leading && r == ' '
	}
	return b.String()
}

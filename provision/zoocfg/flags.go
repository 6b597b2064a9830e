package zoocfg

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// The names of what is found of the flags that set ZooKeeper's keys.
const (
	flagIdle    = "flag-no-effect"
	flagUnknown = "flag-unknown-key"
)

// set returns what an instance has of a key, and where: what zoo.cfg says, and where that
// says nothing and the release reads a property, what a flag of the JVM does. Without
// either it is zkprov's default, which has no place.
func (l *linter) set(in *inventory.Instance, name string) (value string, pos finding.Position, ok bool) {
	k, known := find(name)
	if bare := k.flag(l.e.Version); known && bare != "" {
		f, ok := in.Property(strings.TrimSuffix(strings.TrimPrefix(bare, "-D"), "="))
		return f.Value, f.Pos, ok
	}
	if s, ok := in.Written(name); ok {
		return s.Value, s.Pos, true
	}
	if value, ok := defaults().Get(name); ok {
		return value, in.Pos, false
	}
	if known && !k.native(l.e.Version) {
		return in.Effective(name)
	}
	return "", in.Pos, false
}

// effective returns what an instance has of a key; empty where that is nothing.
func (l *linter) effective(in *inventory.Instance, name string) string {
	value, _, _ := l.set(in, name)
	return value
}

// flags judges the flags of an instance's JVM that set ZooKeeper's keys, or look like it.
func (l *linter) flags(in *inventory.Instance) {
	for f := range in.ParsedFlags() {
		if f.Kind != inventory.FlagProperty {
			continue
		}
		if key, ok := strings.CutPrefix(f.Name, "zookeeper."); ok {
			l.prefixed(in, key, f)
		} else if k, ok := find(f.Name); ok && k.known(l.e.Version) && meant(k, f.Name) {
			l.bare(in, k, f)
		}
	}
}

// meant reports whether a property without the prefix is meant for ZooKeeper: server.1 is,
// and server.name, which a program's own logging may use, is not.
func meant(k key, name string) bool {
	start, star := strings.CutSuffix(k.name, "*")
	return !star || k.ours == "" || digits.MatchString(name[len(start):])
}

// fromFlag returns what a flag sets a key to. The JVM passes blanks on as they stand, where
// zoo.cfg has them trimmed.
func (l *linter) fromFlag(key string, f inventory.Flag) inventory.Setting {
	if bare := trim(f.Value); bare != f.Value {
		l.add(finding.Error, padded, f.Pos, fmt.Sprintf("the flag -D%s has blanks around its value, and they belong to it", inventory.Clip(f.Name)), "write it without")
		f.Value = bare
	}
	return inventory.Setting{Key: key, Value: f.Value, Kind: "string", Pos: f.Pos}
}

// idle finds a flag that no server of the release heeds.
func (l *linter) idle(f inventory.Flag, why, hint string) {
	l.add(finding.Error, flagIdle, f.Pos, fmt.Sprintf("the flag -D%s has no effect: %s", inventory.Clip(f.Name), why), hint)
}

// bare judges a flag without the prefix by the key of that name.
func (l *linter) bare(in *inventory.Instance, k key, f inventory.Flag) {
	s := l.fromFlag(f.Name, f)
	switch {
	case slices.ContainsFunc(k.reads(l.e.Version), func(r read) bool { return r.way == flagOnly }):
		l.value(in, k, s)
	case k.flag(l.e.Version) != "":
		l.idle(f, "it lacks the prefix zookeeper.", "write "+k.flag(l.e.Version)+inventory.Clip(f.Value))
	case k.native(l.e.Version):
		l.idle(f, fmt.Sprintf("ZooKeeper %s reads %s from zoo.cfg alone", l.e.Version, inventory.Clip(f.Name)), l.inZooCfg(k, s))
	default:
		l.idle(f, "it lacks the prefix zookeeper., and what a flag can set zoo.cfg can", l.inZooCfg(k, s))
	}
}

// inZooCfg tells where the setting of a key belongs.
func (l *linter) inZooCfg(k key, s inventory.Setting) string {
	if hint, fixed := strings.CutPrefix(k.ours, "nothing: "); fixed {
		return hint
	}
	if k.ours != "" {
		return "it follows from " + k.ours
	}
	if inventory.IsSecret(s.Key) {
		return "write " + inventory.Clip(s.Key) + " under [zoo_cfg]"
	}
	return fmt.Sprintf("write %s = %q under [zoo_cfg]", inventory.Clip(s.Key), inventory.Clip(s.Value))
}

// prefixed judges a flag -Dzookeeper.KEY as what it sets.
func (l *linter) prefixed(in *inventory.Instance, name string, f inventory.Flag) {
	v := l.e.Version
	s := l.fromFlag(name, f)
	k, ok := find(name)
	written, isWritten := in.Written(name)
	fallback, isDefault := defaults().Get(name)
	switch {
	case !ok || !k.known(v):
		l.unknownFlag(name, f, k, ok)
	case k.flag(v) == "-D"+k.name+"=":
		l.idle(f, "ZooKeeper reads it without the prefix zookeeper.", "write "+k.flag(v)+inventory.Clip(f.Value))
	case k.flag(v) != "":
		l.value(in, k, s)
	case k.native(v):
		l.idle(f, fmt.Sprintf("ZooKeeper %s reads %s from zoo.cfg alone", v, inventory.Clip(name)), l.inZooCfg(k, s))
	case k.ours != "":
		l.idle(f, fmt.Sprintf("zkprov writes %s into zoo.cfg, which beats a flag", name), l.inZooCfg(k, s))
	case isWritten && written.Value != f.Value:
		l.idle(f, fmt.Sprintf("%s stands in zoo.cfg as well, by line %d, and beats it", name, written.Pos.Line), "remove one of them")
	case isWritten:
		// The same twice.
	case isDefault && fallback != f.Value:
		l.idle(f, fmt.Sprintf("zkprov writes %s into zoo.cfg, which beats a flag", name), l.inZooCfg(k, s))
	case name == "skipACL" && f.Value == "yes":
		l.add(finding.Warning, valueUnsafe, f.Pos, "with -Dzookeeper.skipACL=yes everybody may do everything", "remove it when the emergency is over")
	default:
		l.value(in, k, s)
	}
}

// unknownFlag finds a flag -Dzookeeper.KEY of which the release knows nothing. What a plugin
// reads is the user's affair, so that it is a warning.
func (l *linter) unknownFlag(name string, f inventory.Flag, k key, known bool) {
	if l.found.Full() {
		l.found.Skip(finding.Warning, f.Pos)
		return
	}
	why, hint := fmt.Sprintf("ZooKeeper %s does not read it", l.e.Version), "where a plugin reads it, silence this by name"
	switch rest, twice := strings.CutPrefix(name, "zookeeper."); {
	case known:
		why += ", which is read " + k.releases()
		hint = "remove it, or choose another version"
	case twice:
		hint = "write the prefix zookeeper. once: -Dzookeeper." + inventory.Clip(rest)
	case slices.Contains([]string{"root.logger", "console.threshold", "log.dir", "log.file", "log.threshold", "log.maxfilesize", "log.maxbackupindex", "auditlog.file", "auditlog.threshold", "tracelog.dir", "tracelog.file"}, name):
		why, hint = "the logging configuration that zkprov writes does not use it", "set what [logging] can, or name a configuration of your own: -Dlog4j.configuration= or -Dlogback.configurationFile="
	case ofClients(name, l.e.Version):
		why, hint = fmt.Sprintf("ZooKeeper %s reads %s in clients alone", l.e.Version, name), "remove it; set it where the clients run"
	case renamed()[name] != "":
		hint = "write " + renamed()[name] + " under [zoo_cfg]"
	default:
		if meant := suggest(name, l.e.Version); len(meant) > 0 {
			hint = "did you mean " + strings.Join(meant, " or ") + "?"
		}
	}
	l.add(finding.Warning, flagUnknown, f.Pos, fmt.Sprintf("the flag -D%s has no effect: %s", inventory.Clip(f.Name), why), hint)
}

// flagExplanations explains what is found of flags, and of what they are needed for.
func flagExplanations() []finding.Explanation {
	return []finding.Explanation{
		{Name: flagIdle, Means: "A flag of the JVM (-DKEY or -Dzookeeper.KEY) is to set a key of ZooKeeper's and does not: the key is read from zoo.cfg alone, or is in zoo.cfg already, which is read later and beats a flag, or the property's name has the prefix zookeeper. where ZooKeeper reads it without, or lacks it.", Fix: "Write the key under [zoo_cfg], or the flag as the message shows it."},
		{Name: flagUnknown, Means: "A flag -Dzookeeper.KEY sets a property that this release does not read, or that only the configuration of the logging read which zkprov does not write.", Fix: "Correct or remove it. Where a plugin reads it, silence this by name."},
		{Name: storeMissing, Means: "TLS is asked for and the server has no certificate, or nothing to judge those of others by. It starts all the same: without ssl.keyStore.location every handshake with a client fails, without ssl.trustStore.location no client is let in that must show a certificate (ssl.clientAuth), and without ssl.quorum.keyStore.location no quorum forms. Without ssl.quorum.trustStore.location the servers judge each other by the public authorities that the JDK knows, which is a warning.", Fix: "Name the stores under [zoo_cfg], with their passwords: files on every host that the service user can read."},
		{Name: loginMissing, Means: "SASL is asked for and no JAAS configuration is named. With quorum.auth.enableSasl a server ends with exit code 1 (the specified JAAS configuration section QuorumServer could not be found). With a provider for clients it starts, and no client can authenticate by SASL, which is an error where they must, and else a warning.", Fix: "Add -Djava.security.auth.login.config=FILE to jvm.flags, a file on every host that the service user can read."},
	}
}

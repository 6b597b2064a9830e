package inventory

import (
	"iter"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
)

// FlagKind is the sort of a flag of the JVM.
type FlagKind string

// The sorts of flags that java(1) tells apart.
const (
	FlagProperty FlagKind = "property" // -Dname=value
	FlagAdvanced FlagKind = "advanced" // -XX:+Name, -XX:-Name, -XX:Name=value
	FlagExtra    FlagKind = "extra"    // -Xms1g, -Xlog:gc, -Xdebug
	FlagAgent    FlagKind = "agent"    // -javaagent:, -agentlib:, -agentpath:, -Xrun
	FlagFile     FlagKind = "file"     // @FILE, with further flags in it
	FlagOption   FlagKind = "option"   // --add-opens=…, -server, -cp and all others
	FlagNone     FlagKind = "none"     // no flag: java would take it for the class to run
)

// Flag is one flag of the JVM, taken apart.
type Flag struct {
	// Text is the flag as the user wrote it.
	Text string
	Kind FlagKind
	// Name is the property's or the advanced flag's, the agent's jar or library, the file's,
	// or all up to the value of others, such as "-Xlog" and "--add-opens".
	Name string
	// Value is the text behind the name; of an advanced flag that is switched, "+" or "-",
	// and of an agent its options.
	Value string
	Pos   finding.Position
}

// ParseFlag takes a flag apart. It has no position.
func ParseFlag(text string) Flag {
	f := Flag{Text: text, Kind: FlagOption}
	after := func(prefixes ...string) (rest string, ok bool) {
		for _, prefix := range prefixes {
			if rest, ok := strings.CutPrefix(text, prefix); ok {
				return rest, true
			}
		}
		return "", false
	}
	if rest, ok := after("-D"); ok {
		f.Kind = FlagProperty
		f.Name, f.Value, _ = strings.Cut(rest, "=")
	} else if rest, ok := after("-XX:"); ok {
		f.Kind = FlagAdvanced
		f.Name, f.Value = rest, ""
		if rest != "" && strings.ContainsRune("+-", rune(rest[0])) {
			f.Name, f.Value = rest[1:], rest[:1]
		} else if i := strings.IndexAny(rest, "=:"); i >= 0 {
			f.Name, f.Value = rest[:i], rest[i+1:]
		}
	} else if rest, ok := after("-javaagent:", "-agentpath:", "-agentlib:"); ok {
		f.Kind = FlagAgent
		f.Name, f.Value, _ = strings.Cut(rest, "=")
	} else if rest, ok := after("-Xrun"); ok {
		f.Kind = FlagAgent
		f.Name, f.Value, _ = strings.Cut(rest, ":")
	} else if name, value, ok := extra(text); ok {
		f.Kind, f.Name, f.Value = FlagExtra, name, strings.TrimPrefix(value, ":")
	} else if rest, ok := after("@"); ok {
		f.Kind, f.Name = FlagFile, rest
	} else if !strings.HasPrefix(text, "-") {
		f.Kind = FlagNone
	} else {
		f.Name, f.Value, _ = strings.Cut(text, "=")
	}
	return f
}

// extra takes a flag apart that begins with -X: those of sizes have their value at once
// behind the name.
func extra(text string) (name, value string, ok bool) {
	if !strings.HasPrefix(text, "-X") {
		return "", "", false
	}
	for _, size := range []string{"-Xmn", "-Xms", "-Xmx", "-Xss"} {
		if value, ok := strings.CutPrefix(text, size); ok {
			return size, value, true
		}
	}
	end := strings.IndexFunc(text[2:], func(r rune) bool { return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') })
	switch end {
	case -1:
		return text, "", len(text) > 2
	case 0:
		return "", "", false
	}
	return text[:2+end], text[2+end:], true
}

// ParsedFlags yields the flags of the instance's JVM, each with its place, in the order in
// which the JVM gets them.
func (in *Instance) ParsedFlags() iter.Seq[Flag] {
	return func(yield func(Flag) bool) {
		for i := range in.JVM.Flags {
			if !yield(in.parsedFlag(i)) {
				return
			}
		}
	}
}

// parsedFlag returns one of the instance's flags with its place.
func (in *Instance) parsedFlag(i int) Flag {
	f := ParseFlag(in.JVM.Flags[i])
	f.Pos = in.Pos
	if i < len(in.JVM.FlagPos) {
		f.Pos = in.JVM.FlagPos[i]
	}
	return f
}

// Property returns the last flag that sets a system property, which beats those before it.
func (in *Instance) Property(name string) (last Flag, ok bool) {
	begin := "-D" + name
	for i, text := range slices.Backward(in.JVM.Flags) {
		if rest, is := strings.CutPrefix(text, begin); is && (rest == "" || rest[0] == '=') {
			return in.parsedFlag(i), true
		}
	}
	return Flag{}, false
}

// Effective returns what one of ZooKeeper's keys is set to by the user, and where: zoo.cfg
// sets the property zookeeper.KEY when it is read, over a flag of the JVM that did. A key
// that QuorumPeerConfig parses itself, such as tickTime, is set by zoo.cfg alone: ask
// Written for those.
func (in *Instance) Effective(key string) (value string, pos finding.Position, ok bool) {
	if s, ok := in.Written(key); ok {
		return s.Value, s.Pos, true
	}
	if f, ok := in.Property("zookeeper." + key); ok {
		return f.Value, f.Pos, true
	}
	return "", in.Pos, false
}

// flagPorts returns the ports that flags make the JVM listen on: those of JMX, of the
// agents for Prometheus and of Jolokia, and of a debugger.
func (in *Instance) flagPorts() []SettingPort {
	var ports []SettingPort
	add := func(f Flag, name, port, address string) {
		n, err := strconv.Atoi(port)
		if err == nil && n > 0 && n <= 65535 && !slices.ContainsFunc(ports, func(p SettingPort) bool { return p.Port == n && jmx(p.Key) && jmx(name) }) {
			ports = append(ports, SettingPort{Key: name, Port: n, Address: address, Pos: f.Pos})
		}
	}
	// The registry and the server of JMX share a port where both are given the same.
	for _, property := range []string{jmxPort, jmxServerPort} {
		if f, ok := in.Property(property); ok {
			host := ""
			if address, ok := in.Property("com.sun.management.jmxremote.host"); ok {
				host = address.Value
			}
			add(f, "-D"+property, f.Value, host)
		}
	}
	for i, text := range in.JVM.Flags {
		if !strings.HasPrefix(text, "-javaagent:") && !strings.HasPrefix(text, "-agent") && !strings.HasPrefix(text, "-Xrun") {
			continue // most are none, and this is asked for each pair of instances
		}
		f := in.parsedFlag(i)
		if f.Name == "jdwp" {
			if port, address, ok := debuggerPort(f.Value); ok {
				add(f, strings.TrimSuffix(f.Text, f.Value)+"address", port, address)
			}
			continue
		}
		if port, address, ok := agentPort(f); ok && strings.HasPrefix(f.Text, "-javaagent:") {
			add(f, "-javaagent:"+f.Name, port, address)
		}
	}
	return ports
}

const (
	jmxPort       = "com.sun.management.jmxremote.port"
	jmxServerPort = "com.sun.management.jmxremote.rmi.port"
)

func jmx(key string) bool { return key == "-D"+jmxPort || key == "-D"+jmxServerPort }

// exporterPort matches the options of the JMX exporter's agent: [HOST:]PORT:CONFIGURATION;
// see its class JavaAgent.
var exporterPort = regexp.MustCompile(`^(?:((?:[\w.-]+)|\[[0-9A-Fa-f:]+\]):)?([0-9]{1,5}):.+$`)

// agentPort returns where an agent listens by its options: those of the JMX exporter, or
// port=PORT and host=HOST with commas between, as Jolokia's agent has them. A port among
// the options of another agent may be one that it connects to.
func agentPort(f Flag) (port, address string, ok bool) {
	if match := exporterPort.FindStringSubmatch(f.Value); match != nil {
		return match[2], strings.Trim(match[1], "[]"), true
	}
	if !strings.Contains(strings.ToLower(path.Base(f.Name)), "jolokia") {
		return "", "", false
	}
	for option := range strings.SplitSeq(f.Value, ",") {
		switch name, value, _ := strings.Cut(option, "="); name {
		case "port":
			port = value
		case "host":
			address = value
		}
	}
	if _, err := netip.ParseAddr(address); err != nil {
		address = "" // a name, or none
	}
	return port, address, port != ""
}

// debuggerPort returns where a JVM listens for a debugger: up to Java 8 on all addresses
// where none is given, from 9 on on loopback.
func debuggerPort(options string) (port, address string, ok bool) {
	set := make(map[string]string)
	for option := range strings.SplitSeq(options, ",") {
		name, value, _ := strings.Cut(option, "=")
		set[name] = value
	}
	if set["server"] != "y" || set["transport"] != "" && set["transport"] != "dt_socket" {
		return "", "", false
	}
	port = set["address"]
	if i := strings.LastIndex(port, ":"); i >= 0 {
		address, port = strings.Trim(port[:i], "[]"), port[i+1:]
	}
	if _, err := netip.ParseAddr(address); err != nil {
		address = "" // "*", a name, or none
	}
	return port, address, true
}

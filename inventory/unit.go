package inventory

import (
	"regexp"
	"slices"
	"strings"
)

// Unit is what the unit of an instance has beyond what every unit has.
type Unit struct {
	// MemoryMax is the most memory that the server may take, such as "2g"; empty is no
	// limit.
	MemoryMax string `json:",omitempty"`
	// NoFile is how many files the server may have open; 0 is zkprov's default.
	NoFile int `json:",omitempty"`
	// Environment holds the variables of the server, sorted by name.
	Environment Settings `json:",omitempty"`
}

func layUnit(under Unit, n *node) Unit {
	return Unit{
		MemoryMax:   n.text("memory_max", under.MemoryMax),
		NoFile:      n.integer("nofile", under.NoFile),
		Environment: laySettings(under.Environment, n.get("environment")),
	}
}

const (
	// leastFiles is below what a server has open once it serves: its jars, its log, a
	// connection to each other server, and some of clients.
	leastFiles = 128
	// mostFiles is the greatest number that any kernel takes; that of a host's is found
	// there (fs.nr_open).
	mostFiles = 1 << 30
)

// variablePattern matches the names of variables that systemd takes.
var variablePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// unit judges the limits and the environment of an instance's unit; memory judges
// memory_max.
func (j *judge) unit(in *Instance, n *node) {
	if at := j.innermost(n, "unit", "nofile"); at != nil && at.kind == string(integer) && (in.Unit.NoFile < leastFiles || in.Unit.NoFile > mostFiles) {
		j.once(at.pos, "out-of-range", "without it the server may have 524288", "unit.nofile is %s, and must be from %d to %d", at.scalar, leastFiles, mostFiles)
	}
	for _, v := range in.Unit.Environment {
		j.variable(v)
	}
}

// variable judges one environment variable.
func (j *judge) variable(v Setting) {
	if !variablePattern.MatchString(v.Key) {
		j.once(v.Pos, "bad-variable", "use letters, digits and underscores, a digit not first", "unit.environment sets %q, which is no name of a variable%s", v.Key, strange(v.Key, oneOf("_")))
		return
	}
	if strings.HasPrefix(v.Key, "ZKPROV_") {
		j.once(v.Pos, "bad-variable", "give it another name", "unit.environment sets %s, and zkprov itself sets variables that begin with ZKPROV_", v.Key)
		return
	}
	if hint := unread(v.Key); hint != "" {
		j.once(v.Pos, "variable-without-effect", hint, "unit.environment sets %s, which nothing reads: the unit starts java itself, without a script", v.Key)
		return
	}
	if isSecretVariable(v.Key, v.Value) || strings.HasSuffix(v.Key, "_OPTIONS") && slices.ContainsFunc(strings.Fields(v.Value), givesPassword) {
		j.once(v.Pos, "variable-secret", "write it into a file that only root can read, and EnvironmentFile= with its path into a drop-in of the unit (systemctl edit)",
			"unit.environment gives %s a value that looks like a secret, and everybody on the host can read the environment in the unit", v.Key)
		return
	}
	switch v.Key {
	case "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS":
		j.warn(v.Pos, "variable-beside-flags", "write flags for the JVM under [jvm] flags", "unit.environment sets %s: its flags are not judged, and the unit's own beat them", v.Key)
	case "_JAVA_OPTIONS":
		j.warn(v.Pos, "variable-beside-flags", "write flags for the JVM under [jvm] flags", "unit.environment sets %s: its flags are not judged, and beat the unit's own, the heap among them", v.Key)
	case "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT":
		j.warn(v.Pos, "variable-beside-flags", "", "unit.environment sets %s: it loads code into the server that zkprov does not see, and that may be replaced under it", v.Key)
	}
}

// givesPassword reports whether a flag of the JVM gives away a password.
func givesPassword(flag string) bool {
	_, is := passwordOf(strings.Trim(flag, `"'`))
	return is
}

// unread returns, for a variable that only scripts (ZooKeeper's, Kafka's) or a JVM without -cp read,
// what to write instead; empty for any other.
func unread(name string) string {
	switch name {
	case "CLASSPATH":
		return "the unit gives java its class path; name jars for it as jars under [jvm]"
	case "SERVER_JVMFLAGS", "JVMFLAGS", "JMXPORT", "JMXAUTH", "JMXSSL", "JMXDISABLE", "JMXLOCALONLY", "JMXLOG4J", "JMXHOSTNAME",
		"KAFKA_OPTS", "KAFKA_JMX_OPTS", "KAFKA_GC_LOG_OPTS", "KAFKA_JVM_PERFORMANCE_OPTS":
		return "write flags for the JVM under [jvm] flags"
	case "ZK_SERVER_HEAP", "KAFKA_HEAP_OPTS":
		return "write heap under [jvm]"
	case "ZOO_LOG_DIR", "ZOO_LOG_FILE", "ZOO_LOG4J_PROP", "KAFKA_LOG4J_OPTS":
		return `write to = "files" under [logging], and logs under [paths]`
	case "ZOO_DATADIR_AUTOCREATE_DISABLE", "ZOOCFGDIR", "ZOOCFG", "ZOOBINDIR", "ZOOKEEPER_PREFIX", "ZOOPIDFILE", "ZOOMAIN":
		return "leave it out"
	}
	return ""
}

// isSecretVariable reports whether a variable looks like a secret, and not like the path
// of a file with one, or a switch.
func isSecretVariable(name, value string) bool {
	name = strings.ToUpper(name)
	holds := holdsAny(name, append(secretWords(), "token", "api_key", "access_key", "private_key"))
	elsewhere := strings.HasSuffix(name, "_FILE") || strings.HasSuffix(name, "_PATH") || strings.HasPrefix(value, "/")
	return holds && !elsewhere && !slices.Contains([]string{"", "true", "false"}, value)
}

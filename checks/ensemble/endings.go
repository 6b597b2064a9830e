package ensemble

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/zkprov/zkprov/internal/finding"
)

// The names of the known endings of a server.
const (
	unsupportedClass      = "unsupported-class"
	JVMOption             = "jvm-option"
	jvmMemory             = "jvm-memory"
	outOfMemory           = "out-of-memory"
	releaseIncomplete     = "release-incomplete"
	electionPortInUse     = "election-port-in-use"
	electionAddress       = "election-address"
	metricsPort           = "metrics-port"
	clientPortInUse       = "client-port-in-use"
	clientAddress         = "client-address"
	portPrivileged        = "port-privileged"
	diskFull              = "disk-full"
	dataPermission        = "data-permission"
	transactionLogTorn    = "transaction-log-torn"
	transactionLogDamaged = "transaction-log-damaged"
	snapshotUnusable      = "snapshot-unusable"
	epochUnusable         = "epoch-unusable"
	myidUnusable          = "myid-unusable"
	configurationRefused  = "configuration-refused"
)

// Ending tells why a server ended, as far as its own last lines do. Its zero value
// is an ending that is not known. It is plain data.
type Ending struct {
	// Name is one that `zkprov explain` knows.
	Name string `json:"name"`
	// Cause is what happened, Cure what to do about it.
	Cause string `json:"cause"`
	Cure  string `json:"cure"`
	// Lasting is set where starting the server again comes to the same end: nobody
	// need wait for it.
	Lasting bool `json:"lasting,omitempty"`
}

// EndingOf finds out why a server ended from what it wrote in that one start,
// traces included; ok is false where the lines match no known ending. It is pure.
func EndingOf(lines []string) (e Ending, ok bool) {
	text := strings.Join(lines, "\n")
	for _, known := range endings() {
		at := known.match.FindStringSubmatchIndex(text)
		if at == nil {
			continue
		}
		cause := string(known.match.ExpandString(nil, known.cause, text, at))
		// A group that matched nothing leaves a gap.
		cause = strings.Join(strings.Fields(cause), " ")
		if known.name == unsupportedClass {
			cause += javaReleases(known.match.FindStringSubmatch(text)[1:])
		}
		return Ending{Name: known.name, Cause: cause, Cure: known.cure, Lasting: known.lasting}, true
	}
	return Ending{}, false
}

// ending is a row of the table of known endings.
type ending struct {
	name string
	// match finds it in all lines of one start.
	match *regexp.Regexp
	// cause may name the groups of match; see regexp.Expand.
	cause string
	// means is the cause in general, for Explanation.
	means   string
	cure    string
	lasting bool
}

const (
	copyFromLeader = "while the other voters have a quorum, stop this server, move its version-2 to another place (keep it), and start it: it has no vote before it has copied everything from the leader. " +
		"Where there is no quorum without it, restore a backup of version-2"
	// abnormally begins the trace of what ended the server as it started.
	abnormally = `exiting abnormally\n[^\n]*`
)

// endings returns the table of known endings. Those that tell more come first.
func endings() []ending {
	return []ending{
		{name: unsupportedClass, lasting: true,
			match: regexp.MustCompile(`UnsupportedClassVersionError: \S+(?: has been compiled by a more recent version of the Java Runtime \(class file version ([\d.]+)\), this version of the Java Runtime only recognizes class file versions up to ([\d.]+)| : Unsupported major\.minor version ([\d.]+))`),
			cause: "the Java that the unit starts is too old for this ZooKeeper",
			means: "The Java that the unit starts is older than what ZooKeeper, or something else on its class path, was compiled for. zkprov goes by the file release of a Java's folder; where that file says another version than the Java really is, the server is the first to notice.",
			cure:  "name a newer Java with home under [java]; where the file `release` in that Java's folder says otherwise, the file is wrong: install that Java anew"},
		{name: JVMOption, lasting: true,
			match: regexp.MustCompile(`(?m)^((?:Unrecognized (?:VM )?option|Invalid (?:maximum|initial) heap size|Improperly specified VM option|Missing \+/- setting for VM option|VM option '|Conflicting collector combinations|Error opening zip file or JAR manifest|Error occurred during initialization of VM\nMultiple garbage collectors|Could not find agent library)[^\n]*)`),
			cause: "the JVM refuses an option: $1",
			means: "The JVM does not know one of its options, or refuses its value. Options come and go with the releases of Java: those of the old garbage collector's log (-XX:+UseGCLogFileRotation) ended with Java 8.",
			cure:  "correct heap or flags under [jvm] in the inventory for the Java that the unit starts, then apply"},
		{name: jvmMemory, lasting: true,
			match: regexp.MustCompile(`(?m)^(Could not reserve enough space for[^\n]*|Too small (?:maximum|initial) heap|Initial heap size set to a larger value[^\n]*|GC triggered before VM initialization completed|There is insufficient memory for the Java Runtime Environment to continue)`),
			cause: "the JVM cannot have its heap: $1",
			means: "The JVM cannot get the memory that it is told to take, or what it is told to take is too little to begin with.",
			cure:  "set heap under [jvm] to what the host can give (free -m), then apply"},
		{name: outOfMemory,
			match: regexp.MustCompile(`java\.lang\.OutOfMemoryError: ([^\n]*)`),
			cause: "the server ran out of memory ($1)",
			means: "The data, or what clients ask for, does not fit into the heap.",
			cure:  "set a larger heap under [jvm], and look what makes the data grow (mntr: zk_approximate_data_size, zk_znode_count)"},
		{name: releaseIncomplete, lasting: true,
			match: regexp.MustCompile(`Could not find or load main class (\S+)|NoClassDefFoundError: (\S+)`),
			cause: "the class $1$2 is missing: the unpacked release is not whole, or the service user cannot read it",
			means: "A class of ZooKeeper is not there: a jar of the unpacked release was removed, or the service user cannot read it.",
			cure:  "run zkprov apply, which compares the release with its archive and puts it right"},
		{name: electionPortInUse,
			match: regexp.MustCompile(`(?s)BindException: Address already in use.*leaving the listener thread(?:, I won't be able to participate in leader election any longer: (\S+))?`),
			cause: "its election port $1 is taken by another program",
			means: "Another program holds a server's election port. ZooKeeper serves for the 3 s in which it tries to bind it, and then ends with exit code 14.",
			cure:  "as root, `ss -tnap` shows who has that port: stop that program, or give the instance another election_port"},
		{name: electionAddress, lasting: true,
			match: regexp.MustCompile(`(?s)(?:BindException: Cannot assign requested address|SocketException: Unresolved address).*leaving the listener thread(?:, I won't be able to participate in leader election any longer: (\S+))?`),
			cause: "it cannot listen on its election address $1: the host has no such address, or cannot resolve it",
			means: "A server's address in the inventory is none of its host's, or the host cannot resolve it. ZooKeeper serves for the 3 s in which it tries to listen there, and then ends with exit code 14.",
			cure:  "correct the host's address in the inventory, or what its name resolves to on the host; behind an address translation set quorumListenOnAllIPs = true"},
		{name: metricsPort, lasting: true,
			match: regexp.MustCompile(`(?s)Cannot boot MetricsProvider.*Failed to bind to (?:\S*/)?(\S+:\d+)\s.*BindException: ([^\n]*)`),
			cause: "the port of its metrics, $1, cannot be used ($2)",
			means: "The port of the metrics provider (metricsProvider.httpPort) is taken, or the service user may not listen there. It ends the server.",
			cure:  "stop the program that has the port (ss -tlnp), or set another metricsProvider.httpPort under [zoo_cfg]"},
		{name: portPrivileged, lasting: true,
			match: regexp.MustCompile(`(?s)binding to port (?:[^\s/]*/)?(\S+)\n.*?` + abnormally + `BindException: Permission denied|BindException: Permission denied.*leaving the listener thread(?:, I won't be able to participate in leader election any longer: (\S+))?`),
			cause: "the service user may not listen on $1$2",
			means: "A port of the instance is one of those that only root may listen on (below net.ipv4.ip_unprivileged_port_start, which is 1024).",
			cure:  "give the instance ports from 1024 on"},
		{name: clientPortInUse,
			match: regexp.MustCompile(`(?s)binding to port (?:[^\s/]*/)?(\S+)\n.*?` + abnormally + `BindException: Address already in use`),
			cause: "its client port ($1) is taken by another program",
			means: "Another program holds a server's client port. It ends the server as it starts, with exit code 1.",
			cure:  "as root, `ss -tlnp` shows who has that port: stop that program, or give the instance another client_port"},
		{name: clientAddress, lasting: true,
			match: regexp.MustCompile(`(?s)binding to port (?:[^\s/]*/)?(\S+)\n.*?` + abnormally + `BindException: Cannot assign requested address`),
			cause: "it cannot listen on $1 for clients: the host has no such address",
			means: "The address that clients are to use (clientPortAddress) is none of the host's.",
			cure:  "correct clientPortAddress under [zoo_cfg], or leave it out"},
		{name: diskFull,
			match: regexp.MustCompile(`No space left on device`),
			cause: "the disk of its data is full",
			means: "The file system of the data or of the transaction logs is full; ZooKeeper ends when it cannot write.",
			cure:  "make room (df -h; other files on that disk first), and see that autopurge is on"},
		{name: dataPermission, lasting: true,
			match: regexp.MustCompile(`FileNotFoundException: (\S+) \(Permission denied\)|AccessDeniedException: (\S+)|DatadirException: (?:Cannot write to|Unable to create) (?:data|snap) directory (\S+)`),
			cause: "the service user may not read or write $1$2$3",
			means: "The user that the unit runs as may not read or write a file or folder of the server's. That is so after a server was run as root by hand, or a backup was restored as root.",
			cure:  "give what the message names to the unit's user (systemctl show -p User; chown -R that user on version-2, with all that is in it), and start the server again"},
		{name: transactionLogTorn, lasting: true,
			match: regexp.MustCompile(`Unable to load database on disk\n(?:[^\n]*: )?java\.io\.EOFException`),
			cause: "a transaction log is empty or ends within its first 16 bytes, its header",
			means: "A file log.* in version-2 is empty, or shorter than its header: the power was cut, or the disk was full, as it was made. Such a file holds no transaction, but ZooKeeper ends with an EOFException when it reads it.",
			cure:  "`find DATA_DIR/version-2 -name 'log.*' -size -16c` (and in data_log_dir) lists such files; they hold no transaction: move them to another place, and start the server again"},
		{name: transactionLogDamaged, lasting: true,
			match: regexp.MustCompile(`Unable to load database on disk\njava\.io\.IOException: (CRC check failed|Transaction log: \S+ has invalid magic number|Unreasonable length[^\n]*)`),
			cause: "a transaction log is damaged ($1)",
			means: "A file log.* in version-2 is not what ZooKeeper wrote: the disk or the memory of the host is bad, or the file was edited.",
			cure:  "look for errors of the disk (dmesg). " + copyFromLeader},
		{name: snapshotUnusable, lasting: true,
			match: regexp.MustCompile(`No snapshot found, but there are log entries`),
			cause: "there are transaction logs, and no snapshot that it can read",
			means: "version-2 has transaction logs, and its snapshots are missing, empty or torn. ZooKeeper from 3.5.4 on takes that for a loss.",
			cure:  "restore the newest whole snapshot into version-2; or, " + copyFromLeader + ". After an upgrade from 3.4, which may leave logs alone, see zkprov explain snapshot-missing"},
		{name: epochUnusable, lasting: true,
			match: regexp.MustCompile(`java\.io\.IOException: (Found [^\n]* in \S+Epoch|The (?:current|accepted) epoch, \d+,? is [^\n]*)`),
			cause: "an epoch file is damaged ($1)",
			means: "currentEpoch or acceptedEpoch in version-2 is empty or contradicts the data: the disk was full as it was written, or files of several backups were mixed.",
			cure:  copyFromLeader},
		{name: myidUnusable, lasting: true,
			match: regexp.MustCompile(`(myid file is missing|serverid [^\n]* is not a number|My id -?\d+ not in the peer list)`),
			cause: "its file myid cannot be used: $1",
			means: "The file myid in the data directory is missing, or the service user cannot reach it, or it is no id of the inventory.",
			cure:  "see that the data directory is mounted and belongs to the service user; zkprov apply writes a myid that is missing, and names one that is another server's"},
		{name: configurationRefused, lasting: true,
			match: regexp.MustCompile(`(?s)Invalid config, exiting abnormally\n(?:.*?\nCaused by: (?:[\w.$]+: )?([^\n]*)|[\w.$]+: ([^\n]*))`),
			cause: "ZooKeeper cannot use its configuration: $1$2",
			means: "ZooKeeper refuses zoo.cfg. No restart cures that, so that systemd does not start the server again.",
			cure:  "correct [zoo_cfg] in the inventory, then apply"},
	}
}

// javaReleases names the releases of Java in the message of an
// UnsupportedClassVersionError: the class file versions of what is needed and of
// what there is or, of Java 7, of what is needed alone. Version 52 is Java 8.
func javaReleases(versions []string) string {
	release := func(version string) string {
		major, _, _ := strings.Cut(version, ".")
		n, err := strconv.Atoi(major)
		if err != nil || n <= 44 {
			return "unknown"
		}
		return strconv.Itoa(n - 44)
	}
	if versions[1] != "" {
		return ": it is Java " + release(versions[1]) + ", and Java " + release(versions[0]) + " is needed"
	}
	return ": Java " + release(versions[2]) + " is needed"
}

// endingExplanations explains the known endings for `zkprov explain`.
func endingExplanations() []finding.Explanation {
	var all []finding.Explanation
	for _, e := range endings() {
		first := []rune(e.cure)
		first[0] = unicode.ToUpper(first[0])
		all = append(all, finding.Explanation{Name: e.name, Means: "A server ended by itself. " + e.means, Fix: string(first) + "."})
	}
	return all
}

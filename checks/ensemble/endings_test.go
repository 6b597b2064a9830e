package ensemble

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEndings reads testdata/endings: what a ZooKeeper 3.6.3 wrote in one start, on
// Java 17 under systemd, less most of what it says of itself and most frames. Each is named
// for its ending, and after that for what was done.
func TestEndings(t *testing.T) {
	causes := map[string]string{
		"unsupported-class":             "the Java that the unit starts is too old for this ZooKeeper: it is Java 17, and Java 25 is needed",
		"unsupported-class-later":       "the Java that the unit starts is too old for this ZooKeeper: it is Java 17, and Java 25 is needed",
		"jvm-option":                    "the JVM refuses an option: Unrecognized VM option 'Foo'",
		"jvm-option-old":                "the JVM refuses an option: Unrecognized VM option 'UseGCLogFileRotation'",
		"jvm-option-unknown":            "the JVM refuses an option: Unrecognized option: --foo",
		"jvm-option-heap":               "the JVM refuses an option: Invalid maximum heap size: -Xmx1z",
		"jvm-option-agent":              "the JVM refuses an option: Error opening zip file or JAR manifest missing : /nonexistent.jar",
		"jvm-option-collectors":         "the JVM refuses an option: Error occurred during initialization of VM Multiple garbage collectors selected",
		"jvm-memory":                    "the JVM cannot have its heap: Could not reserve enough space for 104857600000KB object heap",
		"jvm-memory-tiny":               "the JVM cannot have its heap: GC triggered before VM initialization completed",
		"out-of-memory":                 "the server ran out of memory (Java heap space)",
		"release-incomplete":            "the class org.apache.zookeeper.server.quorum.QuorumPeerMain is missing: the unpacked release is not whole, or the service user cannot read it",
		"release-incomplete-lib":        "the class org/slf4j/LoggerFactory is missing: the unpacked release is not whole, or the service user cannot read it",
		"election-port-in-use":          "its election port 10.77.192.11:3888 is taken by another program",
		"election-address":              "it cannot listen on its election address 10.77.192.99:3888: the host has no such address, or cannot resolve it",
		"election-address-unresolved":   "it cannot listen on its election address nosuchname.invalid:3888: the host has no such address, or cannot resolve it",
		"metrics-port":                  "the port of its metrics, 0.0.0.0:7000, cannot be used (Address already in use)",
		"port-privileged":               "the service user may not listen on 0.0.0.0:81",
		"client-port-in-use":            "its client port (0.0.0.0:2181) is taken by another program",
		"client-port-in-use-netty":      "its client port (0.0.0.0:2181) is taken by another program",
		"client-address":                "it cannot listen on 10.77.192.99:2181 for clients: the host has no such address",
		"disk-full":                     "the disk of its data is full",
		"data-permission":               "the service user may not read or write /var/lib/zookeeper/zookeeper-1/version-2",
		"data-permission-create":        "the service user may not read or write /var/lib/zookeeper/zookeeper-1/version-2",
		"data-permission-log":           "the service user may not read or write /var/lib/zookeeper/zookeeper-1/version-2/log.100000001",
		"data-permission-myid":          "the service user may not read or write /var/lib/zookeeper/zookeeper-1/myid",
		"data-permission-snapshot":      "the service user may not read or write /var/lib/zookeeper/zookeeper-1/version-2/snapshot.0",
		"transaction-log-torn":          "a transaction log is empty or ends within its first 16 bytes, its header",
		"transaction-log-torn-header":   "a transaction log is empty or ends within its first 16 bytes, its header",
		"transaction-log-damaged":       "a transaction log is damaged (CRC check failed)",
		"transaction-log-damaged-magic": "a transaction log is damaged (Transaction log: /var/lib/zookeeper/zookeeper-1/version-2/log.100000001 has invalid magic number)",
		"snapshot-unusable":             "there are transaction logs, and no snapshot that it can read",
		"epoch-unusable":                "an epoch file is damaged (Found null in /var/lib/zookeeper/zookeeper-1/version-2/currentEpoch)",
		"epoch-unusable-old":            "an epoch file is damaged (The current epoch, 0, is older than the last zxid, 4294967305)",
		"epoch-unusable-accepted":       "an epoch file is damaged (The accepted epoch, 0 is less than the current epoch, 1)",
		"myid-unusable":                 "its file myid cannot be used: myid file is missing",
		"myid-unusable-blank":           "its file myid cannot be used: serverid 1 is not a number",
		"myid-unusable-peer":            "its file myid cannot be used: My id 9 not in the peer list",
		"configuration-refused":         `ZooKeeper cannot use its configuration: For input string: "abc"`,
		"configuration-refused-no-file": "ZooKeeper cannot use its configuration: /nonexistent file is missing",
	}
	var tested []string
	files, err := filepath.Glob("testdata/endings/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := EndingOf(strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"))
		if !ok || got.Cause != causes[name] || got.Cure == "" || !strings.HasPrefix(name, got.Name) {
			t.Errorf("%s: %v %q\n  cause %q\n  want  %q", name, ok, got.Name, got.Cause, causes[name])
		}
		// What a server that logs to files says to the journal tells the same.
		lines := slices.DeleteFunc(strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"), func(line string) bool {
			return strings.HasPrefix(line, "INFO ") && !strings.Contains(line, "binding to port")
		})
		if got, ok := EndingOf(lines); !ok || got.Cause != causes[name] {
			t.Errorf("%s, of files: %v %q\n  cause %q\n  want  %q", name, ok, got.Name, got.Cause, causes[name])
		}
		tested = append(tested, got.Name)
		delete(causes, name)
	}
	for name := range causes {
		t.Errorf("there is no testdata/endings/%s.txt", name)
	}
	for _, e := range endings() {
		if !slices.Contains(tested, e.name) {
			t.Errorf("no lines of a server that ended with %s", e.name)
		}
	}
}

// TestEndingsOfOtherReleases looks at what other releases of Java and ZooKeeper
// write, by their sources.
func TestEndingsOfOtherReleases(t *testing.T) {
	tests := map[string]struct {
		lines       []string
		name, cause string
	}{
		"Java 7": {[]string{`Exception in thread "main" java.lang.UnsupportedClassVersionError: org/apache/zookeeper/server/quorum/QuorumPeerMain : Unsupported major.minor version 52.0`,
			"\tat java.lang.ClassLoader.defineClass1(Native Method)"},
			"unsupported-class", "the Java that the unit starts is too old for this ZooKeeper: Java 8 is needed"},
		"the listener of 3.5, on Java 8": {[]string{"ERROR [/10.0.0.11:3888:QuorumCnxManager$Listener@958] - Exception while listening",
			"java.net.BindException: Address already in use (Bind failed)", "\tat java.net.PlainSocketImpl.socketBind(Native Method)",
			"INFO  [/10.0.0.11:3888:QuorumCnxManager$Listener@973] - Leaving listener",
			"ERROR [/10.0.0.11:3888:QuorumCnxManager$Listener@975] - As I'm leaving the listener thread after 3 errors. I won't be able to participate in leader election any longer. Use zookeeper.electionPortBindRetry property to increase retry count."},
			"election-port-in-use", "its election port is taken by another program"},
		"an election port below 1024": {[]string{"java.net.BindException: Permission denied",
			"ERROR [QuorumPeerListener:QuorumCnxManager$Listener@981] - As I'm leaving the listener thread, I won't be able to participate in leader election any longer: 10.0.0.11:388"},
			"port-privileged", "the service user may not listen on 10.0.0.11:388"},
		// AdminServer's port ends nothing, so what it says is no cause.
		"a warning of AdminServer's": {[]string{"WARN  [main:QuorumPeer@1085] - Problem starting AdminServer",
			"org.apache.zookeeper.server.admin.AdminServer$AdminServerException: Problem starting AdminServer on address 127.0.0.1, port 8080 and command URL /commands",
			"Caused by: java.net.BindException: Address already in use"}, "", ""},
		// The 3 tries have not been made yet: it may still bind.
		"a listener that still tries": {[]string{"ERROR [ListenerHandler-/10.0.0.11:3888:QuorumCnxManager$Listener$ListenerHandler@1093] - Exception while listening",
			"java.net.BindException: Address already in use"}, "", ""},
		"a client that went away": {[]string{"WARN  [NIOWorkerThread-4:NIOServerCnxn@364] - Unexpected exception",
			"EndOfStreamException: Unable to read additional data from client, it probably closed the socket: address = /127.0.0.1:51198, session = 0x200000c372c0000"}, "", ""},
		"nothing": {nil, "", ""},
	}
	for name, test := range tests {
		got, ok := EndingOf(test.lines)
		if ok != (test.name != "") || got.Name != test.name || got.Cause != test.cause {
			t.Errorf("%s: %v %+v", name, ok, got)
		}
	}
}

//go:build e2e

package e2e

import "strings"

// hostRefusals are about what a host has or lacks: Java, free ports, units, room.
func hostRefusals() []refusal {
	// An empty tmpfs hides the Javas of the image, which would be copied if the folder was moved.
	noJVM := []mount{{path: "/usr/lib/jvm", options: "mode=755"}}
	return []refusal{
		{
			name: "JavaMissing",
			hosts: map[string]fixture{"zk2": {
				absent: []string{"/usr/bin/java"},
				mounts: noJVM,
			}},
			code: 1,
			says: []string{"zk2", "java-not-found", "install = true"},
		},
		{
			name: "Java7",
			hosts: map[string]fixture{"zk2": {
				files: []file{
					{path: "/opt/jdk7/release", content: `JAVA_VERSION="1.7.0_80"` + "\n"},
					{path: "/opt/jdk7/bin/java", content: "#!/bin/sh\n", mode: "755"},
				},
				links:  []link{{"/usr/bin/java", "/opt/jdk7/bin/java"}},
				mounts: noJVM,
			}},
			code: 1,
			says: []string{"zk2", "Java 7", "1.7.0_80", "older than 8", "ZooKeeper 3.6.3 needs Java 8"},
		},
		{
			name:  "UsersFloor",
			edits: []edit{{"[archive]", "[java]\nminimum = 21\n[archive]"}},
			code:  1,
			says:  []string{"zk1", "zk2", "zk3", "older than 21", "java.minimum in the inventory is 21"},
		},
		{
			name:  "PortTaken",
			hosts: map[string]fixture{"zk3": {units: []unit{listener(2181)}}},
			code:  1,
			says:  []string{"zk3", "zookeeper-3", "client port 2181 is taken by pid", "squatter-2181.service", "port-in-use"},
		},
		{
			name:  "WrongChecksum",
			edits: []edit{{"<sha512>", strings.Repeat("0", 128)}},
			code:  1,
			says:  []string{"file://", ": wrong SHA-512: want 0000000000000000…", "got <sha512:16>"},
		},
		{
			name:  "MaskedUnit",
			hosts: map[string]fixture{"zk2": {links: []link{{"/etc/systemd/system/zookeeper-2.service", "/dev/null"}}}},
			code:  1,
			says:  []string{"zk2", "zookeeper-2.service is masked", "unit-masked"},
		},
		{
			name: "ForeignUnit",
			hosts: map[string]fixture{"zk2": {files: []file{
				{path: "/etc/systemd/system/zookeeper-2.service", content: "[Service]\nExecStart=/bin/sleep 1\n"},
			}}},
			code: 78,
			says: []string{"zk2", "zookeeper-2.service was not written by zkprov", "foreign-unit"},
		},
		{
			name:  "ReadOnlyInstallFolder",
			hosts: map[string]fixture{"zk2": {mounts: []mount{{path: "/opt/zookeeper", options: "ro,mode=755"}}}},
			code:  1,
			says:  []string{"zk2", "/opt/zookeeper", "read-only"},
		},
		{
			name: "ReadOnlyConfigurationAndData",
			hosts: map[string]fixture{
				"zk1": {mounts: []mount{{path: "/etc/zookeeper", options: "ro,mode=755"}}},
				"zk2": {mounts: []mount{{path: "/var/lib/zookeeper", options: "ro,mode=755"}}},
			},
			code: 78,
			says: []string{"zk1: /etc/zookeeper lies on /etc/zookeeper, which is mounted read-only", "zk2: /var/lib/zookeeper/zookeeper-2 lies on /var/lib/zookeeper, which is mounted read-only"},
		},
		{
			// On a host that has none of it yet: java is run as nobody, in the sandbox that the unit will have.
			name:     "FlagThatJavaRefuses",
			edits:    []edit{{"[archive]", "[jvm]\nflags = [\"-XX:+UseMagicGC\"]\n[archive]"}},
			commands: []string{"plan"},
			code:     1,
			says:     []string{"zk1", "zk2", "zk3", "the JVM refuses an option: Unrecognized VM option 'UseMagicGC'", "jvm-option"},
			silent:   []string{"flags-untried"},
		},
		{
			name:     "FlagOfAnotherJava",
			edits:    []edit{{"[archive]", "[jvm]\nflags = [\"-XX:+UseConcMarkSweepGC\"]\n[archive]"}},
			commands: []string{"plan", "apply"},
			code:     1,
			says:     []string{"zk1", "zk2", "zk3", "-XX:+UseConcMarkSweepGC is refused from Java 15 on, and /usr/lib/jvm/", " is Java 17", "flag-of-other-java"},
		},
		{
			name: "FilesThatAServerCannotRead",
			hosts: map[string]fixture{
				"zk1": {files: []file{{path: "/root/jaas.conf"}}},
				"zk2": {files: []file{{path: "/etc/jaas.conf", mode: "600"}}},
				"zk3": {files: []file{{path: "/tmp/jaas.conf"}}},
			},
			edits: []edit{
				{"name = \"zk1\"", "name = \"zk1\"\njvm.flags = [\"-Djava.security.auth.login.config=/root/jaas.conf\"]"},
				{"name = \"zk2\"", "name = \"zk2\"\njvm.flags = [\"-Djava.security.auth.login.config=/etc/jaas.conf\"]"},
				{"name = \"zk3\"", "name = \"zk3\"\njvm.flags = [\"-Djava.security.auth.login.config=/tmp/jaas.conf\"]"},
			},
			commands: []string{"plan", "apply"},
			code:     1,
			says: []string{"names /root/jaas.conf, and its unit hides /root from a server (ProtectHome)", "names /etc/jaas.conf, which user zookeeper cannot read (mode 0600)",
				"names /tmp/jaas.conf, and a server has a /tmp of its own (PrivateTmp)", "the server ends as it starts", "named-file-unusable"},
		},
		{
			name:     "PortOfAFlagTaken",
			hosts:    map[string]fixture{"zk3": {units: []unit{listener(9010)}}},
			edits:    []edit{{"[archive]", "[jvm]\nflags = [\"-Dcom.sun.management.jmxremote.port=9010\"]\n[archive]"}},
			commands: []string{"plan", "apply"},
			code:     1,
			says:     []string{"zk3", "-Dcom.sun.management.jmxremote.port 9010 is taken by pid", "squatter-9010.service", "port-in-use"},
			silent:   []string{"jvm-option"},
		},
		{
			name:  "DiskFull",
			hosts: map[string]fixture{"zk2": {mounts: []mount{{path: "/opt/zookeeper", options: "size=4m,mode=755"}}}},
			code:  1,
			says:  []string{"zk2", "/opt/zookeeper", "free"},
		},
	}
}

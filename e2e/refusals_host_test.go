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
			name:  "DiskFull",
			hosts: map[string]fixture{"zk2": {mounts: []mount{{path: "/opt/zookeeper", options: "size=4m,mode=755"}}}},
			code:  1,
			says:  []string{"zk2", "/opt/zookeeper", "free"},
		},
	}
}

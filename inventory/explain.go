package inventory

import "github.com/zkprov/zkprov/internal/finding"

// The explanation of overlapping-folders, which is found in an inventory by the paths as
// they are written, and on a host by what they really are.
const (
	OverlappingMeans = "A data folder lies in, or around, another folder that zkprov keeps, or two such folders are one: by their paths in the inventory or, through links and bind mounts, on a host. Data of two servers would mix, or root would work in a folder that belongs to the service user."
	OverlappingFix   = "Give each a folder of its own: in the inventory, or by taking away the link or the mount on the host that leads from one to the other."
)

// Explanations explains every finding of Read.
func Explanations() []finding.Explanation {
	return []finding.Explanation{
		{Name: "syntax", Means: "The file is not TOML, or sets a key or a table twice.", Fix: "Correct the place that the message names."},
		{Name: "too-large", Means: "The file has something of which no inventory has so much: keys, hosts, or parts of a key, a very long string, or brackets very deep in one another. It is not read any further.", Fix: "Look whether it is the file that you meant."},
		{Name: "more-findings", Means: "So much is wrong that the rest is counted and not shown.", Fix: "Correct what is shown; the rest follows."},
		{Name: "unknown-key", Means: "The inventory has a key that zkprov does not know. It is an error, since a misspelt key would otherwise silently mean its default.", Fix: "Correct the spelling. ZooKeeper's own keys belong under [zoo_cfg]."},
		{Name: "wrong-type", Means: "A value is of another TOML type than its key wants, such as a string where a number belongs.", Fix: "Write a value of that type: strings have quotes, numbers and true or false do not."},
		{Name: "missing-key", Means: "A key that has no default is missing.", Fix: "Add it."},
		{Name: "control-character", Means: "A value holds a line break, another control character, or one that cannot be seen, such as the zero-width space and the marks for writing from right to left that come along when text is copied from a web page. Values end up in files where a line is a statement, so that one could smuggle in another. The message names the character and says which one of the value it is.", Fix: "Remove it."},
		{Name: "bad-name", Means: "A name has characters that file names, unit names or SSH destinations do not take.", Fix: "Use letters, digits, dots, hyphens and underscores, at most 63."},
		{Name: "bad-version", Means: "The version is not one of ZooKeeper's.", Fix: "Write three numbers, such as \"3.6.3\"."},
		{Name: "bad-user", Means: "The name cannot be that of a system user or group, or it is root.", Fix: "Name an unprivileged user, in lower case. zkprov makes it where it is missing."},
		{Name: "bad-hash", Means: "The pinned hash is not a SHA-512 in hex.", Fix: "Write the 128 hex digits from the release's .sha512 file."},
		{Name: "bad-value", Means: "A key takes one of a few words, and has another.", Fix: "Use one of the words that the message gives."},
		{Name: "bad-ssh", Means: "The SSH destination is empty, has blanks, or would be taken for an option of ssh.", Fix: "Write a name of your ssh_config, user@host or ssh://user@host:port."},
		{Name: "bad-address", Means: "The address is neither an IP address nor a host name.", Fix: "Write the bare address or name; ports belong to instances."},
		{Name: "bad-heap", Means: "The heap is no size that a JVM takes, or too small for ZooKeeper to start.", Fix: "Write a number with k, m or g."},
		{Name: "bad-flag", Means: "A flag of the JVM begins with a hyphen. Anything else would be taken for the class to run.", Fix: "Write one flag in each string."},
		{Name: "flag-password", Means: "A flag of the JVM holds a password. Flags stand in the unit and in the list of processes, which every user of the host can read.", Fix: "Put it where the message says: into a file that ZooKeeper or the JVM reads it from, or into zoo.cfg, which only root and the service can read."},
		{Name: "bad-path", Means: "A path is relative, has superfluous parts such as //, or characters that units and ZooKeeper's scripts do not survive. The path of a Java may have blanks, wherever it is named, and no quotes, backslashes or dollar signs, which systemd does not take in a program's path.", Fix: "Write a plain absolute path."},
		{Name: "forbidden-path", Means: "A folder belongs to the system, or does not survive a reboot.", Fix: "Name a folder of its own."},
		{Name: "out-of-range", Means: "A number is outside of what its key takes.", Fix: "Choose one within the bounds that the message gives."},
		{Name: "duplicate-name", Means: "Two hosts have one name.", Fix: "Give each a name of its own."},
		{Name: "duplicate-address", Means: "Two hosts have one address, and would be one machine.", Fix: "Put all instances of one machine into one [[host]]."},
		{Name: "duplicate-ssh", Means: "Two hosts have one SSH destination, and would be one machine.", Fix: "Put all instances of one machine into one [[host]]."},
		{Name: "duplicate-match", Means: "Two hosts are to be known by the same mark of a machine, so that neither would be.", Fix: "Give each host marks of its own."},
		{Name: "bad-size", Means: "memory_max under [unit] is no size, or one that is too small for any ZooKeeper.", Fix: "Write a number with k, m or g, such as \"2g\"."},
		{Name: "heap-above-limit", Means: "The heap may grow to the limit of the unit's memory (memory_max under [unit]) or above it, flags such as -Xmx included: the kernel kills the server when it does. It is a warning where the heap itself fits and what a JVM needs beside it does not: classes, compiled code, threads, and the tables of the garbage collector.", Fix: "Raise memory_max, lower the heap, or write the heap as a percentage of the limit."},
		{Name: "heaps-above-memory", Means: "The heaps of the instances of one host are percentages of its memory and come to more than all of it.", Fix: "Lower them. Some memory is needed beside the heaps, and for the system and its cache of files."},
		{Name: "bad-variable", Means: "A variable under environment has a name that systemd does not take, or one of those that zkprov sets itself.", Fix: "Use letters, digits and underscores, a digit not first; names that begin with ZKPROV_ are zkprov's."},
		{Name: "variable-without-effect", Means: "A variable under environment is one that scripts read (zkServer.sh, zkEnv.sh, those of Kafka), or that a JVM with a class path does not. A unit of zkprov's starts java itself, so that it would have no effect, without a word.", Fix: "Write what the message names in its place."},
		{Name: "variable-secret", Means: "A variable under environment looks like a secret: its name has a word such as PASSWORD or TOKEN, or it has a flag of the JVM with a password. Everybody on the host can read the unit, and with it the environment.", Fix: "Write a line NAME=value into a file that only root can read, and EnvironmentFile= with its path into a drop-in (systemctl edit)."},
		{Name: "variable-beside-flags", Means: "A variable under environment changes what runs in the server in a way that zkprov does not judge: flags for every JVM (JAVA_TOOL_OPTIONS, JDK_JAVA_OPTIONS, _JAVA_OPTIONS), or libraries that are loaded into it (LD_PRELOAD, LD_LIBRARY_PATH). It is set all the same.", Fix: "Write flags under [jvm], where they are judged. Where the variable is meant, silence this by name."},
		{Name: "duplicate-id", Means: "Two servers have one id. The id is a server's identity in votes and in its data.", Fix: "Give each server an id of its own, and never give it to another later."},
		{Name: "several-addresses", Means: "A server has several addresses, and the release takes one: from 3.6.0 on there may be more.", Fix: "Name one, or choose a later release."},
		{Name: "address-of-another", Means: "A key under [zoo_cfg] has a server listen on an address that its host cannot have: it is another host's, or it is given to several hosts and only one of them has it. A server that cannot listen on its client port ends as it starts.", Fix: "Set the key with each host or instance, as one of its own addresses; or leave it out, and the server listens on all of them."},
		{Name: "tls-only", Means: "With client_port = 0 clients are served by TLS alone. zkprov asks the server how it is without TLS, for which it would need a client's certificate and the passwords of the key stores: it has the server listen on 127.0.0.1, at probe_port, where nobody but the host itself gets to. What does not go together with that is an error: no secureClientPort, a clientPortAddress, a probe_port beside a client_port, and [bootstrap], by which hosts look at each other's servers.", Fix: "Do what the message says."},
		{Name: "admin-open", Means: "AdminServer has no authentication: who reaches it reads the configuration, and from 3.9.0 on may take and restore snapshots (CVE-2025-58457, CVE-2024-51504 before 3.9.4 and 3.9.3). zkprov has it listen on 127.0.0.1. Elsewhere it wants admin.forceHttps = true, which 3.6.3 and later read, but for 3.7.0, and which takes the key stores of the quorum (ssl.quorum.*), or admin_open = true. TLS alone keeps nobody out: only from 3.9.0 on, admin.needClientAuth = true asks for a certificate.", Fix: "Leave admin_address out, force TLS, or write admin_open = true where the network keeps others away."},
		{Name: "id-zero", Means: "A server has the id 0. ZooKeeper takes it, elects with it and numbers sessions by it as by any other, and its documentation allows 1 to 255 only: tools that take 0 for a server without an id, or count from 1, go wrong. The id of a server that has data is not changed for that.", Fix: "Keep the id where the ensemble has it already, and silence this by name. Give a new server an id from 1 on."},
		{Name: "duplicate-port", Means: "Two listeners of one host have one port, on one address. The ports that flags of the JVM open count: those of JMX, of a debugger, and of the JMX exporter's agent.", Fix: "Give each instance ports of its own, or an address."},
		{Name: "overlapping-folders", Means: OverlappingMeans, Fix: OverlappingFix},
		{Name: "several-local", Means: "Only one host can be the machine where zkprov is started.", Fix: "Put all its instances into one [[host]], or give the others an SSH destination."},
		{Name: "local-and-ssh", Means: "A local host is worked on without SSH.", Fix: "Remove local or ssh."},
		{Name: "wildcard-address", Means: "0.0.0.0 or :: stands for every address of a host and cannot be connected to. ZooKeeper writes it to the other servers, which then cannot find this one.", Fix: "Write the address by which the other servers reach this host."},
		{Name: "loopback-address", Means: "Where there are several hosts, a loopback address means another host to each of them.", Fix: "Write the address by which the other servers reach this host."},
		{Name: "no-participant", Means: "Observers do not vote; without participants there is no quorum.", Fix: "Make at least one instance a participant; three survive one failure."},
		{Name: "few-voters", Means: "With one or two participants the loss of any one stops the ensemble.", Fix: "Use three or five participants. Where one is enough, silence this by name."},
		{Name: "even-voters", Means: "A majority of an even number needs one more than half, so that the last participant adds nothing but traffic.", Fix: "Use an odd number, or make one an observer."},
		{Name: "voters-share-host", Means: "One host carries so many participants that the others are no majority without it.", Fix: "Spread them. Where the ensemble is for trying out, silence this by name."},
		{Name: "zk-eol", Means: "The release gets no more fixes. The message names the security advisories that apply to this very configuration. " + describeAdvisories(), Fix: "Plan to move to a supported release; silence this by name until then."},
		{Name: "zk-advisory", Means: "Security advisories apply to this release with this very configuration, and a later release of the same line is without them. " + describeAdvisories(), Fix: "Move to the latest release of the line; silence this by name until then."},
		{Name: "unknown-finding", Means: "ensemble.ignore names a finding that does not exist, so that nothing is silenced.", Fix: "Correct the spelling; zkprov explain lists all names."},
	}
}

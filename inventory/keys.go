package inventory

// kind is the TOML type of a key's value.
type kind string

const (
	text    kind = "string"
	integer kind = "integer"
	boolean kind = "boolean"
	texts   kind = "array of strings"
	// addresses is one, or several of one machine.
	addresses kind = "string or array of strings"
	moment    kind = "date or time"
	table     kind = "table"
	tables    kind = "array of tables"
	// scalars is a table whose keys are ZooKeeper's, not ours.
	scalars kind = "table of strings, integers and booleans"
)

// key is one key of an inventory.
type key struct {
	name string
	kind kind
	// def is the default, as a user would write it; empty where there is none.
	def      string
	unit     string
	required bool
	meaning  string
	// keys holds the keys of a table.
	keys []key
}

func (k key) find(name string) (key, bool) {
	for _, sub := range k.keys {
		if sub.name == name {
			return sub, true
		}
	}
	return key{}, false
}

func (k key) has(name string) bool {
	_, ok := k.find(name)
	return ok
}

// schema returns the table of every key that an inventory may have.
func schema() key {
	return key{kind: table, keys: []key{
		{name: "ensemble", kind: table, meaning: "The ensemble as a whole.", keys: []key{
			{name: "name", kind: text, def: `"zookeeper"`, meaning: "The first part of every instance's name: `<name>-<id>` names its unit and its folders."},
			{name: "version", kind: text, def: `"3.6.3"`, meaning: "The ZooKeeper release."},
			{name: "ignore", kind: texts, def: "[]", meaning: "Names of warnings and notices that are not said any more. What is critical cannot be silenced, but for `ensemble-beside`."},
		}},
		{name: "java", kind: table, meaning: "The Java runtime; may be set for a host as well.", keys: javaKeys()},
		{name: "jvm", kind: table, meaning: "How the instances' Java processes are started; may be set for a host and for an instance as well. The innermost that sets a key wins.", keys: jvmKeys()},
		{name: "unit", kind: table, meaning: "Limits and environment of the instances' units; may be set for a host and for an instance as well. The innermost that sets a key wins; of `environment`, each variable by itself.", keys: unitKeys()},
		{name: "logging", kind: table, meaning: "Where the instances log to; may be set for a host and for an instance as well. The innermost that sets a key wins.", keys: loggingKeys()},
		{name: "archive", kind: table, meaning: "Where the release comes from.", keys: []key{
			{name: "urls", kind: texts, def: "Apache's own servers", meaning: "Tried in order: https, http and file. One that fails, says nothing for 20 s or brings less than 10 KB/s over 20 s is given up for the next, and asked again only when all have failed. Nothing is unpacked before its SHA-512 matched, wherever it came from."},
			{name: "sha512", kind: text, def: "built in for the releases of [versions.md](versions.md)", unit: "128 hex digits", meaning: "The SHA-512 of the archive. Needed for a release that is not built in."},
			{name: "fetch", kind: text, def: `"control"`, meaning: "`control`: fetched once, on the machine where zkprov is started, and sent to the hosts. `host`: every host fetches for itself."},
		}},
		{name: "paths", kind: table, meaning: "Folders on every host.", keys: []key{
			{name: "install", kind: text, def: `"/opt/zookeeper"`, meaning: "Releases are unpacked into a folder below."},
			{name: "config", kind: text, def: `"/etc/zookeeper"`, meaning: "An instance's configuration lies in `<config>/<instance>`."},
			{name: "data", kind: text, def: `"/var/lib/zookeeper"`, meaning: "An instance's data lies in `<data>/<instance>`, unless it has a `data_dir` of its own."},
			{name: "logs", kind: text, def: "none; `/var/log/zookeeper` with `to = \"files\"` under `[logging]`", meaning: "A folder for logs and dumps: `<logs>/<instance>` is made, is the service user's, and lies among what the server may write to, for flags such as `-Xlog` and `-XX:HeapDumpPath` too. It is no place for data."},
		}},
		{name: "service", kind: table, meaning: "The system user that the instances run as; made where it is missing.", keys: []key{
			{name: "user", kind: text, def: `"zookeeper"`, meaning: "The user; not root."},
			{name: "group", kind: text, def: "as user", meaning: "The group."},
		}},
		{name: "zoo_cfg", kind: scalars, meaning: "ZooKeeper's own keys, in ZooKeeper's spelling, for all instances; may be set for a host and for an instance as well. The innermost that sets a key wins."},
		{name: "zoo_cfg_unchecked", kind: scalars, meaning: "Keys that you know better than zkprov does, such as those of plugins: written into zoo.cfg behind the others, as they stand, and not judged. What they are is told once (`zoo-cfg-unchecked`, a notice that `ignore` silences). Levels as those of `zoo_cfg`; a key that stands under both is an error, and so is one that zkprov writes itself."},
		{name: "bootstrap", kind: table, meaning: "For hosts that come up without a control machine: until it expires they may found the ensemble among themselves, once a majority of the voters' disks was seen to be empty. `zkprov init` writes one.", keys: []key{
			{name: "id", kind: text, required: true, meaning: "A random word that only these hosts know; with it they prove to one another that they belong together."},
			{name: "expires", kind: moment, required: true, unit: "date and time with offset", meaning: "After this moment no voter may start empty any more, so that a host that is installed anew with an old inventory founds nothing."},
			{name: "agent_port", kind: integer, def: "2180", unit: "port", meaning: "Where the hosts ask one another while they wait."},
		}},
		{name: "host", kind: tables, required: true, meaning: "A machine, once for each.", keys: []key{
			{name: "name", kind: text, required: true, meaning: "The host's name in messages and, unless `ssh` says otherwise, its SSH destination."},
			{name: "address", kind: addresses, required: true, meaning: "The address or name by which the other servers reach this host; it stands in `server.N`. Several, in an array, are those of several networks: the servers go on over one of them when another fails (from 3.6.0 on)."},
			{name: "ssh", kind: text, def: "as name", meaning: "The destination given to ssh(1): a name of your ssh_config, `user@host` or `ssh://user@host:port`."},
			{name: "local", kind: boolean, def: "false", meaning: "This host is the machine where zkprov is started: no SSH."},
			{name: "match", kind: table, meaning: "How a machine without a control machine knows that it is this host, beyond `address` and `name`: `match = { serial = \"…\" }`.", keys: []key{
				{name: "instance_id", kind: text, meaning: "cloud-init's instance-id."},
				{name: "machine_id", kind: text, meaning: "The content of /etc/machine-id."},
				{name: "serial", kind: text, meaning: "The machine's serial number, by its firmware (DMI)."},
				{name: "mac", kind: text, meaning: "The hardware address of one of its network interfaces."},
			}},
			{name: "java", kind: table, meaning: "As `[java]`, for this host.", keys: javaKeys()},
			{name: "jvm", kind: table, meaning: "As `[jvm]`, for this host.", keys: jvmKeys()},
			{name: "unit", kind: table, meaning: "As `[unit]`, for this host.", keys: unitKeys()},
			{name: "logging", kind: table, meaning: "As `[logging]`, for this host.", keys: loggingKeys()},
			{name: "zoo_cfg", kind: scalars, meaning: "As `[zoo_cfg]`, for this host."},
			{name: "zoo_cfg_unchecked", kind: scalars, meaning: "As `[zoo_cfg_unchecked]`, for this host."},
			{name: "instance", kind: tables, required: true, meaning: "A ZooKeeper server on this host, once for each.", keys: []key{
				{name: "id", kind: integer, required: true, meaning: "The server id, 1 to 255; 0 works too, with a warning. Always written down, and never given to another server later."},
				{name: "role", kind: text, def: `"participant"`, meaning: "`participant` votes; `observer` follows and never votes."},
				{name: "address", kind: addresses, def: "as the host", meaning: "An address of the instance's own, or several. Instances with an address each may have the same ports."},
				{name: "client_port", kind: integer, def: "2181", unit: "port", meaning: "Where clients connect. 0 lets them connect by TLS alone, to `secureClientPort` of `zoo_cfg`."},
				{name: "probe_port", kind: integer, def: "2181", unit: "port", meaning: "With `client_port = 0`, where the server answers zkprov without TLS: on 127.0.0.1 alone."},
				{name: "quorum_port", kind: integer, def: "2888", unit: "port", meaning: "Where followers connect to this server when it leads."},
				{name: "election_port", kind: integer, def: "3888", unit: "port", meaning: "Where the servers elect their leader."},
				{name: "admin_port", kind: integer, def: "0", unit: "port", meaning: "ZooKeeper's AdminServer; 0 is off."},
				{name: "admin_address", kind: text, def: `"127.0.0.1"`, meaning: "Where AdminServer listens. It has no authentication: elsewhere than on loopback it wants `admin.forceHttps = true`, or `admin_open`."},
				{name: "admin_open", kind: boolean, def: "false", meaning: "Let AdminServer listen on `admin_address` without TLS, for whoever reaches it."},
				{name: "data_dir", kind: text, def: "<paths.data>/<instance>", meaning: "Snapshots, myid and, without a `data_log_dir`, transaction logs."},
				{name: "data_log_dir", kind: text, def: "as data_dir", meaning: "Transaction logs; a disk of their own makes writes faster. The folder is this server's alone: it gets an ownership stamp, and one that holds anything else is refused. It may lie below the instance's own `data_dir`."},
				{name: "jvm", kind: table, meaning: "As `[jvm]`, for this instance.", keys: jvmKeys()},
				{name: "unit", kind: table, meaning: "As `[unit]`, for this instance.", keys: unitKeys()},
				{name: "logging", kind: table, meaning: "As `[logging]`, for this instance.", keys: loggingKeys()},
				{name: "zoo_cfg", kind: scalars, meaning: "As `[zoo_cfg]`, for this instance."},
				{name: "zoo_cfg_unchecked", kind: scalars, meaning: "As `[zoo_cfg_unchecked]`, for this instance."},
			}},
		}},
	}}
}

func javaKeys() []key {
	return []key{
		{name: "home", kind: text, def: "found", meaning: "A Java home, the folder with `bin/java`. Without it zkprov looks at JAVA_HOME, PATH, /usr/lib/jvm and the like."},
		{name: "minimum", kind: integer, def: "7", unit: "feature release", meaning: "Your floor. The release's own minimum (8 for 3.6.3) applies on top."},
		{name: "install", kind: boolean, def: "false", meaning: "Install the distribution's headless JRE where no Java that is there will do."},
	}
}

func jvmKeys() []key {
	return []key{
		{name: "heap", kind: text, def: `"1g"`, meaning: "The greatest size of the heap: a size with k, m or g (-Xmx); a percentage such as `75%`, of the unit's `memory_max` where that is set and else of the host's memory; or `auto`, with which the JVM chooses, or your own flags."},
		{name: "flags", kind: texts, def: "[]", meaning: "Further flags, passed as they are, after zkprov's own, one in each string. They are judged: `-Dzookeeper.KEY` as KEY under `[zoo_cfg]`, what ends a JVM at once, the ports that they open, and on the host the files that they name and, by `zkprov plan`, whether java starts with them."},
		{name: "jars", kind: tables, def: "[]", meaning: "Jars for the class path, behind the release's own: `jars = [ { url = \"https://…/plugin-1.2.jar\", sha512 = \"…\" } ]`. They are fetched, checked and sent as the release is, and lie in `<paths.install>/jars`.", keys: []key{
			{name: "url", kind: text, required: true, meaning: "Where the jar is fetched: https, http and file."},
			{name: "sha512", kind: text, required: true, unit: "128 hex digits", meaning: "The SHA-512 of the jar. Nothing is put on the class path before it matched."},
		}},
	}
}

func unitKeys() []key {
	return []key{
		{name: "memory_max", kind: text, def: "none", meaning: "The most memory that the server may take (MemoryMax=), with k, m or g: more than the heap, as a JVM needs some beside it. One that takes more is killed, and started again. With `heap = \"auto\"` a Java before 8u372, 11.0.16 and 15 does not see the limit on a host with cgroups of version 2, and goes by the host's memory."},
		{name: "nofile", kind: integer, def: "524288", unit: "files", meaning: "How many files and connections the server may have open (LimitNOFILE=)."},
		{name: "environment", kind: scalars, def: "{}", meaning: "Environment variables of the server, such as `{ TZ = \"UTC\" }`. Everybody on the host can read them."},
	}
}

func loggingKeys() []key {
	return []key{
		{name: "to", kind: text, def: `"journal"`, meaning: "`journal`: everything goes to the standard output, which is systemd's journal. `files`: to `zookeeper.log` in the folder of logs, which is rotated; warnings and errors go to the journal as well, where `zkprov check` looks for causes."},
		{name: "size", kind: text, def: `"100m"`, meaning: "With `files`, how large one file becomes, with k, m or g."},
		{name: "keep", kind: integer, def: "10", unit: "files", meaning: "With `files`, how many there are, the current one among them; 2 to 20."},
	}
}

package inventory

// Explanation explains a finding of this package.
type Explanation struct {
	Name  string // the finding's stable name
	Means string // what was found
	Fix   string // what to do about it
}

// The explanation of overlapping-folders, which is found in an inventory by the paths as
// they are written, and on a host by what they really are.
const (
	OverlappingMeans = "A data folder lies in, or around, another folder that zkprov keeps, or two such folders are one: by their paths in the inventory or, through links and bind mounts, on a host. Data of two servers would mix, or root would work in a folder that belongs to the service user."
	OverlappingFix   = "Give each a folder of its own: in the inventory, or by taking away the link or the mount on the host that leads from one to the other."
)

// Explanations explains every finding of Read.
func Explanations() []Explanation {
	return []Explanation{
		{"syntax", "The file is not TOML, or sets a key or a table twice.", "Correct the place that the message names."},
		{"too-large", "The file has something of which no inventory has so much: keys, hosts, or parts of a key, a very long string, or brackets very deep in one another. It is not read any further.", "Look whether it is the file that you meant."},
		{"more-findings", "So much is wrong that the rest is counted and not shown.", "Correct what is shown; the rest follows."},
		{"unknown-key", "The inventory has a key that zkprov does not know. It is an error, since a misspelt key would otherwise silently mean its default.", "Correct the spelling. ZooKeeper's own keys belong under [zoo_cfg]."},
		{"wrong-type", "A value is of another TOML type than its key wants, such as a string where a number belongs.", "Write a value of that type: strings have quotes, numbers and true or false do not."},
		{"missing-key", "A key that has no default is missing.", "Add it."},
		{"control-character", "A value holds a line break, another control character, or one that cannot be seen, such as the zero-width space and the marks for writing from right to left that come along when text is copied from a web page. Values end up in files where a line is a statement, so that one could smuggle in another. The message names the character and says which one of the value it is.", "Remove it."},
		{"bad-name", "A name has characters that file names, unit names or SSH destinations do not take.", "Use letters, digits, dots, hyphens and underscores, at most 63."},
		{"bad-version", "The version is not one of ZooKeeper's.", "Write three numbers, such as \"3.6.3\"."},
		{"bad-user", "The name cannot be that of a system user or group, or it is root.", "Name an unprivileged user, in lower case. zkprov makes it where it is missing."},
		{"bad-hash", "The pinned hash is not a SHA-512 in hex.", "Write the 128 hex digits from the release's .sha512 file."},
		{"bad-value", "A key takes one of a few words, and has another.", "Use one of the words that the message gives."},
		{"bad-ssh", "The SSH destination is empty, has blanks, or would be taken for an option of ssh.", "Write a name of your ssh_config, user@host or ssh://user@host:port."},
		{"bad-address", "The address is neither an IP address nor a host name.", "Write the bare address or name; ports belong to instances."},
		{"bad-heap", "The heap is no size that a JVM takes, or too small for ZooKeeper to start.", "Write a number with k, m or g."},
		{"bad-flag", "A flag of the JVM begins with a hyphen. Anything else would be taken for the class to run.", "Write one flag in each string."},
		{"flag-password", "A flag of the JVM holds a password. Flags stand in the unit and in the list of processes, which every user of the host can read.", "Put it where the message says: into a file that ZooKeeper or the JVM reads it from, or into zoo.cfg, which only root and the service can read."},
		{"bad-path", "A path is relative, has superfluous parts such as //, or characters that units and ZooKeeper's scripts do not survive. The path of a Java may have blanks, wherever it is named, and no quotes, backslashes or dollar signs, which systemd does not take in a program's path.", "Write a plain absolute path."},
		{"forbidden-path", "A folder belongs to the system, or does not survive a reboot.", "Name a folder of its own."},
		{"out-of-range", "A number is outside of what its key takes.", "Choose one within the bounds that the message gives."},
		{"duplicate-name", "Two hosts have one name.", "Give each a name of its own."},
		{"duplicate-address", "Two hosts have one address, and would be one machine.", "Put all instances of one machine into one [[host]]."},
		{"duplicate-ssh", "Two hosts have one SSH destination, and would be one machine.", "Put all instances of one machine into one [[host]]."},
		{"duplicate-match", "Two hosts are to be known by the same mark of a machine, so that neither would be.", "Give each host marks of its own."},
		{"duplicate-id", "Two servers have one id. The id is a server's identity in votes and in its data.", "Give each server an id of its own, and never give it to another later."},
		{"duplicate-port", "Two listeners of one host have one port.", "Give each instance ports of its own."},
		{"overlapping-folders", OverlappingMeans, OverlappingFix},
		{"several-local", "Only one host can be the machine where zkprov is started.", "Put all its instances into one [[host]], or give the others an SSH destination."},
		{"local-and-ssh", "A local host is worked on without SSH.", "Remove local or ssh."},
		{"wildcard-address", "0.0.0.0 or :: stands for every address of a host and cannot be connected to. ZooKeeper writes it to the other servers, which then cannot find this one.", "Write the address by which the other servers reach this host."},
		{"loopback-address", "Where there are several hosts, a loopback address means another host to each of them.", "Write the address by which the other servers reach this host."},
		{"no-participant", "Observers do not vote; without participants there is no quorum.", "Make at least one instance a participant; three survive one failure."},
		{"few-voters", "With one or two participants the loss of any one stops the ensemble.", "Use three or five participants. Where one is enough, silence this by name."},
		{"even-voters", "A majority of an even number needs one more than half, so that the last participant adds nothing but traffic.", "Use an odd number, or make one an observer."},
		{"voters-share-host", "One host carries so many participants that the others are no majority without it.", "Spread them. Where the ensemble is for trying out, silence this by name."},
		{"zk-eol", "The release gets no more fixes. The message names the security advisories that apply to this very configuration. " + describeAdvisories(), "Plan to move to a supported release; silence this by name until then."},
		{"zk-advisory", "Security advisories apply to this release with this very configuration, and a later release of the same line is without them. " + describeAdvisories(), "Move to the latest release of the line; silence this by name until then."},
		{"unknown-finding", "ensemble.ignore names a finding that does not exist, so that nothing is silenced.", "Correct the spelling; zkprov explain lists all names."},
	}
}

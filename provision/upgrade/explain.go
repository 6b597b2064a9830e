package upgrade

import "github.com/zkprov/zkprov/internal/finding"

// The names of what this package finds.
const (
	versionDown         = "version-down"
	upgradePath         = "upgrade-path"
	upgradeUnknown      = "upgrade-unknown"
	upgradeSnapshot     = "upgrade-snapshot"
	trustEmptyLeft      = "trust-empty-left"
	upgradeMultiAddress = "upgrade-multi-address"
	upgradeMembership   = "upgrade-membership"
	upgradeLogging      = "upgrade-logging"
	upgradeFIPS         = "upgrade-fips"
	upgradeAdmin        = "upgrade-admin"
)

// Explanations returns the table of what this package finds.
func Explanations() []finding.Explanation {
	return []finding.Explanation{
		{Name: versionDown, Means: "A server is set up with a newer release than the inventory's. What a newer release has written to the data, an older one may not be able to read, and the configuration that an older release ran with is not what the inventory has now. An older release is therefore never rolled out from an inventory; nothing was changed.",
			Fix: "Write the version that runs. Where the servers are to go back, zkprov rollback gives each of them a configuration that its host has kept, with its release; docs/versions.md tells what to know before."},
		{Name: upgradePath, Means: "The release notes of the inventory's version describe a roll from certain releases on, and a server runs an older one. Servers of both would have to understand each other while it rolls, which nobody has described.",
			Fix: "Go by the stops that the message names: each is an apply of its own, of which all servers serve before the next."},
		{Name: upgradeUnknown, Means: "The inventory has a ZooKeeper of a line that came after this zkprov. Nothing is known of what it does differently.",
			Fix: "Read its release notes, and look for a newer zkprov."},
		{Name: upgradeSnapshot, Means: "From 3.5.4 on a server that has transaction logs and no snapshot does not start: the snapshot may have been lost (ZOOKEEPER-2325). One of an earlier release may never have written one.",
			Fix: "Restart the server with its present release, which writes a snapshot when it has loaded its data. Or, with 3.5.6 and later, set snapshot.trust.empty = true under [zoo_cfg] for the first start with the new release, and remove it in the next apply; a server that copies all from a leader needs neither. 3.6.4, 3.7.1 and 3.8.1 and later write a snapshot then (ZOOKEEPER-3781). Not with a single server of 3.5.6, which loses data by it (ZOOKEEPER-3644)."},
		{Name: trustEmptyLeft, Means: "snapshot.trust.empty makes a server start without a snapshot, from its logs alone. It is meant for the first start after an upgrade from 3.4; left there, a snapshot that is lost goes unnoticed, and with it all that the logs do not have.",
			Fix: "Remove snapshot.trust.empty from the inventory and apply it."},
		{Name: upgradeMultiAddress, Means: "With multiAddress.enabled servers send their addresses in another form, which those before 3.6 do not understand (ZOOKEEPER-3720): the servers of the two releases would not elect a leader together.",
			Fix: "Remove the flag, change the version, and set the flag again once all servers run the new release."},
		{Name: upgradeMembership, Means: "Up to 3.6.1 a server may give up its connections to the others, or not be let in, when the list of servers is changed by a roll (ZOOKEEPER-3829).",
			Fix: "Choose 3.6.2 or later; 3.6.4 is the last of the line."},
		{Name: upgradeLogging, Means: "Up to 3.7 ZooKeeper logs by log4j, from 3.8 on by logback. zkprov writes the configuration of the one or the other, to the journal; settings of log4j in the flags of the JVM have no effect any more.",
			Fix: "Remove them, or write what they did as a configuration of logback and name it by -Dlogback.configurationFile=FILE in jvm.flags."},
		{Name: upgradeFIPS, Means: "fips-mode came with 3.8.2, off, and is on by default from 3.9 on. TLS then uses the JDK's own verification of host names in the place of ZooKeeper's, without reverse look-ups. Certificates that name addresses or other names than those in server.N may be refused then, by the servers among each other too.",
			Fix: "Keep fips-mode = false under [zoo_cfg] while the version changes. Afterwards remove it in an apply of its own: one server is restarted first, and a failure stops there."},
		{Name: upgradeAdmin, Means: "AdminServer of 3.9 has the commands snapshot and restore. They need the permission for everything on the root node, and 3.9.0 to 3.9.3 do not check that well (CVE-2025-58457). zkprov binds AdminServer to 127.0.0.1.",
			Fix: "Nothing where nobody but the service's operators logs in to the hosts. Otherwise set admin.snapshot.enabled and admin.restore.enabled to false under [zoo_cfg]."},
	}
}

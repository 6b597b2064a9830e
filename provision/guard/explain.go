package guard

import "github.com/zkprov/zkprov/internal/finding"

// Explanations returns the table of what this package finds.
func Explanations() []finding.Explanation {
	return []finding.Explanation{
		{Name: foreignData, Means: "A data directory, or that of the transaction logs (data_log_dir), carries the ownership stamp (.zkprov.json) of another server or ensemble, or holds files that are not ZooKeeper's. zkprov never writes into another server's data.",
			Fix: "Correct the id or the ensemble's name in the inventory, or give the instance another data_dir or data_log_dir."},
		{Name: foreignMyid, Means: "The file myid in a data directory names another server id than the inventory, or no id at all. zkprov never changes a myid: the data beside it belongs to that server.",
			Fix: "Correct the id in the inventory, or give the instance another data_dir."},
		{Name: unstampedData, Means: "A data directory, or that of the transaction logs (data_log_dir), holds ZooKeeper data and no ownership stamp of zkprov: it may be another ensemble's, or an old disk that came back.",
			Fix: "Where the data really is this server's, adopt it by writing the stamp that the message shows."},
		{Name: dataStuck, Means: "A server that does not run has files in version-2 of its data directory, or that of the transaction logs, that the service user cannot read and write, and zkprov does not give them to it: a link, a file with a second name (a hard link, as backups by cp -l make), one that another file system is mounted over, or one that chattr has frozen. Root could be led to change a file elsewhere.",
			Fix: "Put a plain copy in its place (cp it to a new name in another folder, then mv it over the old one), or chattr -i -a it. Plain files of another user are no finding: zkprov gives them to the service user, and the plan says how many."},
		{Name: dataUnreadable, Means: "It cannot be told whose data lies in a data directory, or in that of the transaction logs, so that nothing may be written there.",
			Fix: "Make the directory readable, or mount its disk, and run again. The directory itself may be a link to another disk; links in it are not followed, as the service user could make them lead anywhere: mount the disk at version-2, or put what a link leads to in its place."},
		{Name: diskMissing, Means: "When zkprov stamped a folder of data it lay on another disk than it does now, and the stamp is not there: the disk is not mounted, or another one is mounted over it. A server that was started there would copy all data from the leader onto the wrong disk.",
			Fix: "Mount the disk (systemctl status of its .mount unit, /etc/fstab). Where it was replaced on purpose by a place elsewhere, remove the file that the message names: zkprov then takes the folder as it is, and the server copies its data from the leader."},
		{Name: dataMoved, Means: "The inventory gives a server another data_dir or data_log_dir than the one that its data lies in, and changing the path moves nothing. Started there, the server would lack what it has acknowledged to others: all of it, or what came after its last snapshot, or what came after a copy was made of a server that ran. Where it then votes, what was committed may be lost.",
			Fix: "Write the old path back; or move the data by hand, one server at a time, while a majority of the others serves: stop the server, move the folder (or, for data_log_dir, the files log.* of version-2) to the new place, and run zkprov apply, which starts it there. To have it copy all from the leader instead, stop it and move version-2 of the old folder out of the way."},
		{Name: snapshotMissing, Means: "The data of a server that does not run has transaction logs and no snapshot. ZooKeeper from 3.5.4 on takes that for a loss and ends with exit code 1 (No snapshot found, but there are log entries), unless snapshot.trust.empty is true.",
			Fix: "Restore the newest snapshot into version-2. Where it is one voter of several that have the data, move version-2 away: it comes back without a vote and copies everything from the leader. After an upgrade from 3.4, which may leave logs alone, set snapshot.trust.empty = true under [zoo_cfg] for the first start, and remove it afterwards."},
		{Name: unsafeFolder, Means: "Somebody else than root may write to a folder on the way to one that zkprov makes, owns or links to. Who may write there can put a link to any place of the host, such as /etc, in its way, and zkprov, as root, would give them what lies there.",
			Fix: "Give the folder that the message names to root and take the others' right to write from it, or choose another folder in the inventory. The data directory itself belongs to the service user; only what is above it must be root's."},
		{Name: folderUnreachable, Means: "The service user may not enter a folder on the way to the release, the configuration or the data of an instance. Such a server ends as it starts, with an exit code that says nothing of permissions. A folder with an access list (acl) is not judged.",
			Fix: "Give the folder that the message names the right to be entered, as the hint says, or choose another folder in the inventory. Nobody can list a folder for being able to enter it."},
		{Name: fileUnusable, Means: "zoo.cfg or a flag of the JVM names a file that a server cannot read: it is not there, it is a folder, the service user may not read it or enter a folder on the way, or the sandbox of the unit hides it, which has a /tmp of its own and shows no homes of people. It was not opened. Without a JAAS file, an agent or a file of flags a server ends as it starts; without a key store or its password it starts, and no TLS handshake succeeds; anything else is a warning, and so is every file of an instance with drop-ins, which may change what its unit sees.",
			Fix: "Put the file where the message says that it is looked for, give it to a group of the service user with the mode 0640, or correct the path in the inventory."},
		{Name: immutableFile, Means: "Something that must be written to has the attribute i (immutable) or a (append only), set by chattr, which forbids changes even to root: a file or folder that the plan changes, replaces or puts names into, or what a server writes to in its data as it starts and serves. Neither ls nor chmod shows it, lsattr does. What is as it should be may have it.",
			Fix: "Take the attribute away with the command that the message ends with. Where somebody set it on purpose, ask why first."},
		{Name: foreignUnit, Means: "A systemd unit of an instance's name exists and was not written by zkprov.",
			Fix: "Look at what it starts (systemctl cat): it may be a ZooKeeper, which zkprov does not take over yet. Give the ensemble another name; where the unit is left over and starts nothing that anybody needs, remove it."},
		{Name: dropInOverrides, Means: "A drop-in of an instance's unit sets ExecStart=, so that systemd starts something else than the unit says, or the server with other arguments; or it empties Environment=, so that the server does not tell which generation of its files it runs with. Everything else in a drop-in, such as limits or environment variables, is yours to choose and is no finding.",
			Fix: "Take ExecStart=, or the empty Environment=, out of the drop-in that the message names (systemctl edit) and put what the JVM should get under [jvm] flags. Then restart the server."},
		{Name: unitMasked, Means: "An instance's unit is masked: somebody forbade systemd to start it.",
			Fix: "systemctl unmask the unit."},
	}
}

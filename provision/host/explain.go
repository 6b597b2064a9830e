package host

import (
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/provision/guard"
)

// The names of what this package finds.
const (
	foreignRelease = "foreign-release"
	notRoot        = "not-root"
	instanceServes = "instance-serves"
	trialFailed    = "trial-failed"
	javaReplaced   = "java-replaced"
	copyNoSpace    = "upgrade-copy-space"

	hierarchicalQuorum = "hierarchical-quorum"
)

// Explanations returns the table of what this package and package guard find.
func Explanations() []finding.Explanation {
	return append(guard.Explanations(), []finding.Explanation{
		{Name: foreignRelease, Means: "Something else lies where the release should be unpacked, and zkprov must not take it away.",
			Fix: "Move that folder away, or set paths.install to another one."},
		{Name: notAtBoot, Means: "A host is to be booted, and the unit of one of its servers is not enabled: the server would not come back with the host.",
			Fix: "Run zkprov apply, which enables it, or systemctl enable the unit."},
		{Name: mountNotAtBoot, Means: "A host is to be booted, and the data of one of its servers lies on a disk that somebody mounted by hand: systemd has no unit for it, neither from /etc/fstab nor of its own, so that nothing mounts it at boot.",
			Fix: "Add the disk to /etc/fstab, systemctl daemon-reload, and run the same command again."},
		{Name: rebootUnknown, Means: "Only hosts that need a reboot were to be booted, and a host has nothing to tell by: neither a Debian's /run/reboot-required nor the program needs-restarting of an RPM system.",
			Fix: "Install dnf-utils (yum-utils), or name the hosts with --limit and leave --if-needed out."},
		{Name: rebootChanges, Means: "A host is to be booted, and a server there runs with something else than its unit says now: it would be started with another configuration than it runs with, without the gates of a roll and without its way back.",
			Fix: "Run zkprov apply first, which restarts the server behind those gates."},
		{Name: agentReturns, Means: "A reset takes away what zkprov made on a host, and zkprov-agent, which applies the host's own copy of the inventory at boot and now and then, would set it up again.",
			Fix: "End the agent with the command that the message shows, or take its inventory away."},
		{Name: notRoot, Means: "zkprov runs on a host without the rights to change it.",
			Fix: "Log in as root, as a user with sudo, or run zkprov with sudo."},
		{Name: otherHostData, Means: "A machine was taken for one host of the inventory and holds the data of another host's server, so that it was that host before.",
			Fix: "Correct the inventory, or give zkprov agent the right --host. Where the data belongs to another machine, move it there."},
		{Name: unsafeInventory, Means: "The inventory that zkprov agent should obey belongs to somebody who is neither root nor the user that it runs as, or its group or everybody may write to it. Who can write to it decides what is run as root on the host.",
			Fix: "Look at what is in it, give it to root and take the others' right to write from it: chown root, chmod go-w."},
		{Name: secretReadable, Means: "Everybody on the host can read the inventory that zkprov agent obeys, and with it the id under [bootstrap]. Who knows the id can answer in a voter's stead while the ensemble is founded.",
			Fix: "chmod 600 the inventory."},
		{Name: instanceServes, Means: "A server was to be stopped because it had no data and no vote, and by now it serves: it is left alone.",
			Fix: "Run the command again: it looks anew."},
		{Name: copyNoSpace, Means: "Before a server is started with a newer release for the first time, its newest snapshot and the logs that go on from it are copied to before-upgrade in its data directory, and the file system has no room for them, or none to go on with beside them. Nothing was changed.",
			Fix: "Make room on that file system. A copy of an earlier upgrade goes with the next one, and zkprov gc takes one away that is not needed any more."},
		{Name: generationNotKept, Means: "A server was to get a former generation again, of which the host lacks something: its folder in /etc/zookeeper, a file in it, the release or the Java that it is started with. Or one of them is not what it was, which the digest in the generation's name tells. Nothing was changed.",
			Fix: "Apply an inventory with the settings of then: it makes that generation anew."},
		{Name: flagsUntried, Means: "A plan runs java with the heap and the flags of a server that is to be started with others than before, as the service user in the sandbox of its unit, with -version in the place of ZooKeeper. Here it could not: the Java is yet to be installed, or systemd did not run it. The apply tries it before anything is stopped or started.", Fix: "Nothing; or install the Java first, and plan again."},
		{Name: trialFailed, Means: "Before anything is stopped or started, a server's Java is run as the service user in the sandbox of its unit, with the heap and the flags that it would be started with, and reads the new zoo.cfg with ZooKeeper's own class. It did not get through. All that ran before runs on as it was.",
			Fix: "Correct what the message names (heap and flags under [jvm], keys under [zoo_cfg]) and apply again. Agents and other programs that the JVM loads must be there and readable for the service user. Files that it logs or records to from its start (-Xlog, -XX:StartFlightRecording) must lie in a folder that is there and that the unit lets the server write to: one of its data, or what a drop-in adds with ReadWritePaths= or LogsDirectory=."},
		{Name: javaReplaced, Means: "A server runs on a Java that was taken away or replaced since the server was started, most often by an update of the distribution's package. It runs on with the old one, and may fail once it needs a part of that which it has not read yet; whatever the update mended is not mended in it.",
			Fix: "Run zkprov apply: it restarts such servers one after the other, after it has tried whether they start on the new Java."},
		{Name: heapShareUnknown, Means: "The heap of a server is a percentage of the host's memory (heap under [jvm]), and the Java that it would run on does not know -XX:MaxRAMPercentage: Java 8 has it from 8u191 on, 9 not at all. The server would end as it starts.",
			Fix: "Name a newer Java with home under [java], or write the heap as a size. With memory_max under [unit] zkprov works out the percentage itself, so that any Java will do."},
		{Name: hierarchicalQuorum, Means: "A server was started with group.N or weight.N in its zoo.cfg, which zkprov does not write. Its quorum is then no majority of all voters, but of groups or by weights, and a restart that leaves a majority of the voters may lose it all the same. Nothing was changed.",
			Fix: "Take the lines out of the zoo.cfg of every server, which the message names, and restart the servers by hand: one at a time, each when all others are in sync (zkprov check)."},
		{Name: "locked", Means: "Another run of zkprov works on the host. The lock is the kernel's and goes with its holder, so that it cannot be left behind. The message says who holds it, from where, since when, and at which part of the run that one is. Where the holder is stopped (somebody sent SIGSTOP, or a terminal was suspended), or has been in one step for minutes, the message says so.",
			Fix: "Wait for the other run to end, or give --lock-timeout. A holder that is stopped goes on after kill -CONT and leaves by itself when its control machine is gone; kill -9 ends it. Both are safe at any moment: a run goes on from what is there."},
		{Name: stepHangs, Means: "One step on a host did not end within a quarter of an hour, nor when it was asked to: it hangs in a system call, as it does on a disk or a network file system that does not answer. How far it got is not known, and the host stays locked until it has ended.",
			Fix: "See what hangs (df, dmesg, systemctl list-jobs), mend it, and run the same command again."},
		{Name: "stale-plan", Means: "Between the plan and a change the host became another one than was planned for, and zkprov makes no change that was not in the plan. For a plan file: something would be done that does not stand in it, the inventory was changed since, or another build of zkprov made it. What the plan says and what is so now stand below the message.",
			Fix: "Run the command again; for a plan file, make a new one (zkprov plan --out)."},
	}...)
}

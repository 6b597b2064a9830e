package main

import (
	"bytes"
	"strings"

	"github.com/zkprov/zkprov/provision/archive"
	"github.com/zkprov/zkprov/provision/upgrade"
)

// versionsPage returns docs/versions.md. A ' in its prose stands for a backquote.
func versionsPage() []byte {
	var b bytes.Buffer
	prose := func(text string) { b.WriteString(strings.ReplaceAll(text, "'", "`")) }
	b.WriteString(written)
	prose(`# Versions

## What is built in

Nothing is unpacked before its SHA-512 matched a pinned value. For the releases below zkprov has that value, so that 'version' alone is enough in the inventory. They are those of which two
independent public sources pin the same value; sources of which one takes its values from the other count once. For any other release the inventory has 'sha512' under '[archive]', and 'zkprov validate' says where to read it.

| version | independent sources |
|---|---|
`)
	b.Write(archive.Reference())
	prose(`
## Changing the version

Write the new 'version' into the inventory, look at 'zkprov plan', and apply. The new release is unpacked beside the old one on all hosts; then the servers are restarted with it one after the other, the leader last, behind the gates of every roll. Meanwhile servers of both releases
serve together. A server that does not come back gets its former release again, and the roll stops there. A release changes nothing in the data by itself: what is on the disk is read by the new one as it is.

What the change may meet is checked before anything is changed on any host, from what runs to what the inventory says; 'zkprov explain NAME' tells more of each.

| name | when | what |
|---|---|---|
| version-down | the inventory has an older release than a server | refused; 'zkprov rollback' goes back to what a host has kept |
| upgrade-path | the way is not described by the notes of the release | refused, with the stops on the way; see below |
| upgrade-unknown | the line came after this zkprov | a warning |
| upgrade-snapshot | from 3.4 to 3.5.4 and later, a server without a snapshot | refused; also a single server of 3.5.4 to 3.5.6 with 'snapshot.trust.empty', which loses data |
| trust-empty-left | all servers run the new release, and 'snapshot.trust.empty' is still set | a warning |
| upgrade-multi-address | to 3.6 and later, with 'multiAddress.enabled' | refused: the older servers do not understand the newer ones |
| upgrade-membership | to 3.6.0 or 3.6.1 | a warning: changing the list of servers is unsafe there |
| upgrade-logging | to 3.8 and later, with settings of log4j in 'jvm.flags' | a warning: it logs by logback |
| upgrade-fips | to 3.9 and later, with TLS and without 'fips-mode' | a warning: host names are verified by other rules |
| upgrade-admin | to 3.9 and later, with AdminServer | a notice: it hands out snapshots |
| upgrade-copy-space | no room for the copy of the data | refused |

Keys that the new release does not read are found in the inventory ('zkprov validate'), as are booleans that are neither true nor false, which 3.7 and later do not take, and an election algorithm other than 3, which 3.6 and later do not know. The Java that the release needs is checked as always.

A release is rolled out from the one in the second column and later ones; from earlier ones there are stops on the way, each an apply of its own.

| to | from | where to stop on the way to later ones |
|---|---|---|
`)
	b.Write(upgrade.Reference())
	prose(`
## The copy of the data

Right before a server is stopped to be started with a newer release for the first time, zkprov copies its newest snapshot that is whole, the transaction logs that go on from it, and what it has noted of its epochs, into 'before-upgrade' in its data directory; 'copy.json' there tells of what and when. 'zkprov plan' shows
the copy with its size, and nothing is changed anywhere where there is no room for it. The files are copies and not links: a server may cut a log short that it finds. Of a log that is being written to, the whole records are copied.

The copy is for the day on which the data of all servers is to go back to what it was before the upgrade; what was written since is lost then. Where only some servers are to go back, they need no copy: they get what they lack from the leader.

To go back to it, stop all servers of the ensemble ('systemctl stop'); on each host, in its data directory,

    mv version-2 version-2.after
    cp -a before-upgrade/version-2 version-2

and where 'data_log_dir' is set, move 'version-2' there out of the way, too, and the files 'log.*' of the copy into a new one that belongs to the service user. Then 'zkprov rollback' to the generation from before the upgrade, which starts the servers again.

The copy is replaced by the next upgrade, and removed by 'zkprov gc --copies'. A folder of that name which is no copy of zkprov is never touched: the upgrade says so, and waits until it is moved away. It belongs to the service user and may be moved elsewhere at any time.

## Going back

'zkprov rollback' gives the servers a generation again that the hosts have kept, with its release, behind the same gates. An older release reads what a newer one has written as long as nothing in it is new: nodes with a time to live and containers (3.5), snapshots with a compression (3.6). zkprov does not look into the data for them.
Snapshots of 3.9 hold the zxid of their last transaction behind all else, which earlier releases do not read and are not kept by.

## What is left behind

The former release stays unpacked, for the way back. 'zkprov gc' removes releases, archives and binaries that nothing names any more: no unit, whoever wrote it, no generation that is kept of any ensemble on the host, no process, and no link in the usual places. It shows first what would go and how much that frees.
`)
	return b.Bytes()
}

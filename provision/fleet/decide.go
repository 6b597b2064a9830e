package fleet

import (
	"slices"
	"strings"

	"github.com/zkprov/zkprov/checks/preflight"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// The names of what this package finds.
const (
	voterUnseen   = "voter-unseen"
	dataLost      = "data-lost"
	newMember     = "new-member"
	emptyData     = "empty-data"
	drift         = "drift"
	recordMissing = "record-missing"
	hostFailed    = "host-failed"
	hostHangs     = "host-hangs"
	hostUnasked   = "host-unasked"

	membershipChange = "membership-change"
	crashLoop        = "crash-loop"
	electionClosed   = "election-port-closed"
	bootstrapRefused = "bootstrap-refused"
	bootstrapWaiting = "bootstrap-waiting"
)

// decide tells an ensemble that never existed from one that does, by what lies
// in the data directories. Only where every server's was seen, none has a
// history, and no host remembers a quorum, may the voters start empty: an empty
// voter in an existing ensemble can outvote those who know what was committed.
// An observer has no vote, and its data tells of the ensemble all the same. A
// snapshot of nothing is data too: only a first bootstrap lets a server write one.
func decide(e *inventory.Ensemble, seen map[string]provision.Observation) decision {
	var d decision
	var unseen, empty, moved []string
	var records []*provision.Members
	existed := false
	for _, o := range seen {
		existed = existed || o.Formed
		records = append(records, o.Members)
	}
	for _, m := range e.Members() {
		data, ok := seen[m.Host.Name].Facts.DataDirs[m.Instance.Name]
		existed = existed || data.History
		voter := m.Instance.Role == inventory.Participant
		switch {
		case !ok || data.Error != "":
			unseen = append(unseen, m.Instance.Name)
		case voter && !data.History && !data.SnapshotPresent:
			empty = append(empty, m.Instance.Name)
			if isElsewhere(m, records) {
				moved = append(moved, m.Instance.Name)
			}
		}
	}
	switch {
	case !existed && len(unseen) == 0:
		for i := range e.Hosts {
			h := &e.Hosts[i]
			d.findings = append(d.findings, preflight.Beside(e, h, seen[h.Name].Facts)...)
		}
		d.bootstrap = len(d.findings) == 0
	case !existed:
		d.findings = append(d.findings, finding.Finding{Name: voterUnseen, Severity: finding.Critical, Refusal: true,
			Message: "cannot tell whether this ensemble exists already: nothing is known of " + strings.Join(unseen, ", "),
			Hint:    "a first bootstrap needs to see the data directory of every server"})
	default:
		census := provision.TakeCensus(e, records, func(in *inventory.Instance) bool { return slices.Contains(empty, in.Name) })
		d.lost = lostData(census)
		here := provision.TakeCensus(e, records, func(in *inventory.Instance) bool {
			return slices.Contains(empty, in.Name) && !slices.Contains(moved, in.Name)
		})
		if f := lostData(here); f != nil {
			d.findings = append(d.findings, *d.lost)
			break
		}
		d.census = census
		for _, m := range e.Members() {
			if data, ok := seen[m.Host.Name].Facts.DataDirs[m.Instance.Name]; ok {
				d.findings = append(d.findings, emptied(m, data, isNew(m.Instance.ID, records))...)
			}
		}
	}
	return d
}

// Explanations returns the table of what this package finds.
func Explanations() []finding.Explanation {
	return []finding.Explanation{
		{Name: voterUnseen, Means: "No host that was seen has data or remembers a quorum, but not every server's data directory could be looked at, so that the ensemble may exist already.",
			Fix: "Make every host reachable and its data directories readable, then run again."},
		{Name: dataLost, Means: "The ensemble had a quorum once (a host remembers it, or a server has data), and fewer than a majority of the voters that formed it still have data. Those without would have to vote empty, and what was committed would be lost for good.",
			Fix: "Mount the disks that are missing, or restore a backup of the data directories of a majority. Leave the data that is still there where it is. Where there is no backup, and what only the lost disks knew may be given up for good: " +
				"stop one of the empty voters, move version-2 out of its data directory, put an empty file initialize there (beside version-2 of data_log_dir, where it has one) that belongs to the service's user, and start it. It then votes for the voter that has the most data, and all others copy from that one."},
		{Name: membershipChange, Means: "The inventory has other servers than those that run, and there is no safe way from the one list to the other. Lists are changed one voter at a time, so that every majority of the one has a voter in common with every majority of the other (docs/membership.md). " +
			"Either no majority of the list that runs is up: those that are not heard may know more. Or servers run with lists of which two majorities could have no common voter, and so two leaders; or with more than two lists. Or a server that they know is in no record that tells on which host it is, as in those of earlier versions. Or a voter is to move to another host, and the others are too few to elect a leader that it could copy from. Or two servers would have one place, as where their ids are swapped. Or --limit leaves out servers whose list has to change too, or a reboot or a reset of some hosts goes by an inventory that was not applied yet. Or this host by itself cannot change the list. Nothing is lost, and nothing was changed.",
			Fix: "The message has the sets. Start the servers that are down. Where no record places a server, write it into the inventory again and apply that once. Where the lists that run were changed by hand, make them the same by hand: one server at a time, the next when the one before is in sync. An apply of the old list changes nothing."},
		{Name: memberUnreachable, Means: "A server has left the inventory, or has another host in it, and the host on which it was cannot be reached to stop it. It is taken out of the lists of all others all the same: alone it is no majority of any list.",
			Fix: "Where the host is dead for good: nothing. Otherwise type the command on it before it joins the network again: a server that comes back with the old list and an id that runs elsewhere would disturb the one that has it now."},
		{Name: newMember, Means: "A server of the inventory has no data and was not among those that formed the ensemble. It has no vote before it has copied everything from the leader (db.autocreate=false).",
			Fix: "Nothing: zkprov apply starts it, and restarts the others one after the other, so that they know of it."},
		{Name: emptyData, Means: "The data directory of a server has no data although the ensemble exists: the disk was replaced, emptied, or is not mounted. Such a server has no vote before it has copied everything from the leader (db.autocreate=false).",
			Fix: "Mount the disk if it should be there; otherwise start the server and let it copy."},
		{Name: rollbackRefused, Means: "The ensemble cannot go back to the state that was asked for, and nothing was changed. Either a host has not kept the files of a server's generation of then (each keeps the last five, and one that was edited counts as lost), or its release or Java is gone. Or the state had other servers, data elsewhere, or other client ports than the inventory: a rollback goes by the inventory in those.",
			Fix: "zkprov history says of each state why it cannot be gone back to. Apply an inventory with the settings of then: zkprov history --diff shows them."},
		{Name: restartNeeded, Means: "A server runs with another release, configuration or unit than its files have or will have.",
			Fix: "Run zkprov apply: it restarts such servers one after the other, each when all others are in sync, the leader last. The agent of a host by itself leaves them as they are. " +
				"Without a control machine, and where the list of voters changes, which this version does not take on: one server at a time, each when the one before is in sync again (zkprov check), the leader last: systemctl stop the server, then zkprov apply --limit SERVER, which writes its files and starts it. " +
				"Where its files are as they should be already, and only the process is older, systemctl restart does it."},
		{Name: plan.OutageNeeded, Means: "A restart leaves fewer than a majority of the voters: there are one or two of them, or so many go together with one host that the others are too few. Until they are back nobody is served: for about 10 s, in which a JVM starts and a leader is elected, and longer where a server has much data to load. What is acknowledged is not lost.",
			Fix: "Choose a time at which the clients can do without the ensemble, and run the same command with --allow-outage. To avoid it, add voters, or spread them over more hosts."},
		{Name: plan.VoterDown, Means: "A voter does not serve, and nothing that would be done repairs it. While it is away the restart of another takes the ensemble to the edge of its quorum, or beyond.",
			Fix: "See what is wrong with it (zkprov check) and bring it back. A server that is down is started by zkprov apply. Where it is lost for good and the restarts cannot wait, --allow-outage goes on without it."},
		{Name: plan.QuorumLost, Means: "The ensemble has no quorum. Starting what is down is always allowed, stopping what runs is not: it may hold what nobody else has, and its stop brings nothing back.",
			Fix: "Bring up what is down. Where all run, and what keeps them from forming a quorum is their configuration, run zkprov apply --allow-outage: it restarts those together that run with another one."},
		{Name: restartFailed, Means: "A server was restarted with another configuration, release or Java, and did not serve again in its role, in sync with the leader, in time; the message says how it ended or what it lacked, below it are its own last lines.",
			Fix: "Put right what it says, in the inventory or on the host. What it ran with before was given back to it; see roll-stopped."},
		{Name: rollStopped, Means: "A roll stopped, and touched nothing else: the restart of a server failed, or the other servers were not in a state in which it may be restarted. Where a restart failed, that one server got back what it ran with before. Its host notes that, so that the next run begins with the same server and no healthy one meets what may fail again.",
			Fix: "Put right what the other message says, then run the same command again: it goes on from what is there. zkprov check tells how the ensemble stands."},
		{Name: changesPending, Means: "zkprov restart restarts servers and changes nothing, and a host differs from the inventory: a restart would pick some of that up.",
			Fix: "Run zkprov apply, which makes the changes and restarts what has to be; or zkprov restart --limit with the servers of other hosts."},
		{Name: bootstrapRefused, Means: "A host that came up by itself has a voter without data, hears no quorum and nobody who knows of one, and may not found the ensemble: the inventory's bootstrap has expired, or there is none. Its servers run without a vote, and join a quorum as soon as one answers.",
			Fix: "Where the ensemble exists, make its hosts reachable. Where it never did, write a new [bootstrap] to the inventory of every host (zkprov init prints one), or run zkprov apply from a control machine."},
		{Name: bootstrapWaiting, Means: "A host that came up by itself has done its part and waits for others: an ensemble is founded when a majority of its voters was heard, and serves when a majority of them runs.",
			Fix: "Boot the hosts that the message names, and see that their client, quorum, election and agent ports can be reached. The unit zkprov-agent tries again by itself."},
		{Name: rebootLocal, Means: "A host that zkprov itself runs on was to be rebooted by it: zkprov ends with the host, and nobody would see it come back and go on.",
			Fix: "Reboot the other hosts with --limit. Reboot this one by hand once all others are in sync (zkprov check), or run zkprov from another machine."},
		{Name: hostNotBack, Means: "A host that was told to boot did not answer in time with another boot than before (its boot id, or the start of its first process, tells). Its servers are down until it is back; no other host was touched.",
			Fix: "See the host's console. Once it is back and zkprov check is content, run the same command with --limit and the hosts that are left. Machines that take longer want a greater --boot-timeout."},
		{Name: quorumHangs, Means: "Some hosts' servers were to stop, and without them the others are no majority: the ensemble would serve nobody.",
			Fix: "Wait until enough of the others serve again (zkprov check). Where the outage is wanted, give --allow-outage; where the whole ensemble is to go, reset all hosts together."},
		{Name: hostFailed, Means: "A host was reached and could not be looked at; the message says why.", Fix: "See the message."},
		{Name: hostHangs, Means: "A host was reached, and then gave no answer for half a minute, although a look at it takes a moment. What it was doing there is left behind and ends by itself; where anything was being changed, the lock of the host tells when it has ended.",
			Fix: "Log in and see what hangs: a name service that does not answer (getent passwd), a disk or a network file system (df), a machine that swaps or is suspended."},
		{Name: recordMissing, Means: "A host has not written down yet that the ensemble formed its quorum: the run that formed it was cut off before, or the record was removed. By it a host tells, when all data is gone, that there was an ensemble and nothing may be founded anew. Nothing else is wrong with the host.",
			Fix: "Run zkprov apply: where all servers serve it proves the quorum by a write, and writes the record."},
		{Name: hostSilent, Means: "What works on the host for this run gives signs of life every second, whatever it does, and gave none for long: its process is stopped, or the machine or the network between is gone. After 10 s it is named; in the middle of a change it is given up after a minute, otherwise after half of that. How far its last step got is not known.",
			Fix: "On the host, ps -C zkprov -o pid,stat shows a T for a process that is stopped: kill -CONT lets it go on, finish its step and leave; kill -9 ends it. Then run the same command again: it goes on from what is there."},
		{Name: stepUnending, Means: "The run was interrupted, and a host that lives did not finish the one step it was in within a minute.",
			Fix: "It finishes the step and leaves; until then the host stays locked, and the lock tells what it does. Then run the same command again."},
		{Name: hostUnasked, Means: "The session with a host was lost while the quorum was waited for, and it could not be connected to again. The quorum has formed by what the other servers say, the leader above all, which counts who follows it in sync.",
			Fix: "See what is wrong with that host, and run the same command again."},
		{Name: suspendedRun, Means: "The process of this run was stopped for a while (Ctrl-Z, SIGSTOP), or its machine slept. Hosts that hear nothing for 45 s finish the step they are in, leave and give their locks back, so that the run may not change anything there any more.",
			Fix: "Run the same command again; it goes on from what is there. Where the quorum was only waited for, the run connects again by itself."},
		{Name: crashLoop, Means: "A server's process ends by itself, and systemd starts it again 5 s after each end, or not at all where its configuration cannot be used. It is said of a server that is down for that reason, that has been up for less than a minute since, or that has ended three times within a quarter of an hour; a restart that the server has survived is no finding. How often and how it ended is what systemd noted, why is told from the server's own last lines. It is critical where the quorum is lost or hangs on that server, else a warning; so it is where the server has ended less than three times and serves again.",
			Fix: "Do what the message says of the cause. Where the cause is not known, see the lines below the message, and journalctl -u of the instance."},
		{Name: electionClosed, Means: "A server serves, and its process does not listen on its election port: the others cannot reach it there. ZooKeeper serves while it tries for 3 s to bind that port, and then ends with exit code 14 (with electionPortBindRetry = 0 it tries for ever); the quorum that it is part of does not last. Read from /proc/net/tcp and the process's open files.",
			Fix: "See who has the port (ss -tnap as root), and that the host has the address that the inventory gives it."},
		{Name: drift, Means: "Something on a host is not as the inventory says; zkprov plan --diff shows it. Or the servers run with another list than the inventory's, which was not applied yet: the quorum is judged by the list that runs.",
			Fix: "Run zkprov apply, or change the inventory."},
	}
}

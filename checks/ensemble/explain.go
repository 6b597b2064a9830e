package ensemble

import "github.com/zkprov/zkprov/internal/finding"

// Explanations returns the table of what Judge and EndingOf find.
func Explanations() []finding.Explanation {
	return append(endingExplanations(), verdictExplanations()...)
}

func verdictExplanations() []finding.Explanation {
	return []finding.Explanation{
		{Name: noQuorum, Means: "Fewer than a majority of the participants serve behind one leader, so that the ensemble accepts no write.", Fix: "Start the servers that are down; see their journals."},
		{Name: InstanceDown, Means: "Nothing answers on a server's client port. It is critical where the quorum is lost or cannot bear another failure, else a warning; so it is for an observer.", Fix: "systemctl status and journalctl -u of the instance; zkprov apply starts an instance that is down."},
		{Name: notServing, Means: "A server runs, and does not serve: it looks for a leader, copies data from one, or closes the connection. It is critical where the quorum is lost or cannot bear another failure, else a warning; so it is for an observer.", Fix: "Wait while it copies; otherwise see its journal and whether the quorum and election ports are open between the hosts."},
		{Name: notAsked, Means: "A server was not asked how it is, because its host could not be looked at. It may serve all the same: it counts where the leader counts it.", Fix: "See what is said of its host."},
		{Name: wrongMode, Means: "A server is something else than the inventory says: standalone where an ensemble is wanted, or an observer where a participant is.", Fix: "Its running configuration is not the inventory's. Apply, and restart the server."},
		{Name: leaderUnseen, Means: "Participants serve as followers, which they do only while there is a leader with a majority; but no server answered as leader. Either the leader was not asked, or it does not take clients (leaderServes = \"no\"), or an election has just begun.", Fix: "Ask again. Take leaderServes out of [zoo_cfg]."},
		{Name: twoLeaders, Means: "More than one server says that it leads. For a moment after an election that may be; two quorums at once cannot be formed from one list of servers.", Fix: "Ask again. Where it stays, compare the server lists: there are two ensembles."},
		{Name: notInSync, Means: "The leader counts fewer followers in sync (zk_synced_followers) than say that they follow.", Fix: "A server that copies much data takes its time; otherwise see its journal."},
		{Name: observerDetached, Means: "The leader, and the followers that observers may follow, count fewer observers (zk_synced_observers) than say that they observe.", Fix: "See the journals of the observers."},
		{Name: versionDiffers, Means: "A server runs another ZooKeeper than the inventory says.", Fix: "Restart it, one server at a time."},
		{Name: epochDiffers, Means: "A server's last transaction is not of the leader's epoch, although the leader has made one: an election has just been, or there are two ensembles.", Fix: "Ask again after a moment."},
		{Name: QuorumSize, Means: "The leader's own list of participants has another length than the inventory's.", Fix: "The servers run with other lists than the inventory's: apply, and restart them one at a time."},
		{Name: mntrMissing, Means: "A server answers srvr and not mntr. Should it lead, what it says of its followers and observers is not known; their own word must do.", Fix: "Add mntr to 4lw.commands.whitelist."},
	}
}

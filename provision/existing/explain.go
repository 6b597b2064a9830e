package existing

import "github.com/zkprov/zkprov/internal/finding"

// The names of what keeps an inventory from being made of what exists.
const (
	unreadable    = "existing-unreadable"
	disagrees     = "existing-disagree"
	unknownServer = "existing-which-server"
	notKept       = "existing-not-kept"
)

// Explanations returns the table of what this package finds.
func Explanations() []finding.Explanation {
	return []finding.Explanation{
		{Name: unreadable, Means: "A file that zkprov init --from, --java-env or --unit was given holds something that ZooKeeper or Java refuses, or that cannot be understood: a line of the server list without ports, a port that is no number, a dynamic file that is not there. An inventory made of half a file would be that of another ensemble.",
			Fix: "Correct the line in a copy of the file, and give the copy."},
		{Name: disagrees, Means: "The files that zkprov init --from was given are not of one ensemble as it stands: their server lists differ, or a client port in zoo.cfg is not the one in the server list. Which of two is right no file tells.",
			Fix: "Look what runs (zkServer.sh status, or the four-letter word conf), correct the file that is wrong in a copy, and give the copy. A dynamic file (zoo.cfg.dynamic.…) of an ensemble that was reconfigured is newest where its number, which is hexadecimal, is greatest."},
		{Name: unknownServer, Means: "It cannot be told which server of the list a file is of, or what another server of its host has. It is looked for in the ports and addresses of the file, in its name and its folder's, in the name of its dataDir, and in the file myid there; for a single file that stands for all hosts it does not matter.",
			Fix: "Say it, as in zkprov init --from 1=a.cfg --from 2=b.cfg --from 3=c.cfg, or by address: --from zk1=a.cfg. Give the files of all servers that share a host."},
		{Name: notKept, Means: "Something in the files is such that no inventory can have it, and that cannot be left out either: an address, an id or a port of a server.",
			Fix: "Change the ensemble first, or correct a copy of the file as the message says, and give the copy."},
	}
}

package checks

import (
	"fmt"
	"strings"

	"github.com/zkprov/zkprov/inventory"
)

// The names of what is found about an ensemble.
const (
	noQuorum         = "no-quorum"
	instanceDown     = "instance-down"
	notServing       = "not-serving"
	wrongMode        = "wrong-mode"
	twoLeaders       = "two-leaders"
	notInSync        = "not-in-sync"
	observerDetached = "observer-detached"
	versionDiffers   = "version-differs"
	epochDiffers     = "epoch-differs"
	quorumSize       = "quorum-size"
	mntrMissing      = "mntr-missing"
)

// Verdict is how an ensemble stands, by the answers of its servers.
type Verdict struct {
	// Formed says that everything is as it should be: one leader, every other
	// participant a follower in sync, every observer attached, nobody standalone,
	// one epoch.
	Formed bool `json:"formed"`
	// Quorum says that the ensemble serves: one leader and, with it, a majority
	// of the participants.
	Quorum bool `json:"quorum"`
	// Leader is the leader's id; 0 where there is none, or more than one.
	Leader int `json:"leader,omitempty"`
	// InSync counts the followers that are in sync, Observers those attached.
	InSync    int `json:"in_sync"`
	Observers int `json:"observers"`
	// Survives is how many more participants may fail before the quorum is lost.
	Survives int `json:"survives"`
	// Serving counts the participants that serve.
	Serving  int      `json:"serving"`
	Findings Findings `json:"findings,omitempty"`

	waiting      []string
	participants int
}

// Judge says how the ensemble stands. answers are by server id; a server without
// one counts as down. It is pure.
func Judge(e *inventory.Ensemble, answers map[int]Answer) Verdict {
	j := judge{e: e, answers: answers, members: e.Members()}
	j.v.participants = e.Participants()
	j.modes()
	j.leader()
	j.agreement()
	j.v.Quorum = j.v.Leader != 0 && j.v.Serving >= e.Majority()
	if j.v.Quorum {
		j.v.Survives = j.v.Serving - e.Majority()
	} else {
		j.add(noQuorum, Critical, inventory.Member{},
			fmt.Sprintf("no quorum: %d of %d participants serve, %d are needed", j.v.Serving, j.v.participants, e.Majority()),
			"start the servers that are down; a quorum needs a majority of the participants")
	}
	j.v.Formed = j.v.Quorum && j.v.Findings.Worst().rank() < Warning.rank()
	j.v.Findings.Sort()
	return j.v
}

type judge struct {
	e       *inventory.Ensemble
	answers map[int]Answer
	members []inventory.Member
	leaders []inventory.Member
	v       Verdict
}

func (j *judge) add(name string, s Severity, m inventory.Member, message, hint string) {
	f := Finding{Name: name, Severity: s, Message: message, Hint: hint}
	if m.Instance != nil {
		f.Host, f.Instance = m.Host.Name, m.Instance.Name
	}
	j.v.Findings = append(j.v.Findings, f)
}

// modes looks at each server by itself.
func (j *judge) modes() {
	for _, m := range j.members {
		a, asked := j.answers[m.Instance.ID]
		voter := m.Instance.Role == inventory.Participant
		if !a.Serving {
			if !asked {
				a.Error = "was not asked"
			}
			j.v.waiting = append(j.v.waiting, m.Instance.Name+": "+a.Error)
			name, what := instanceDown, "is down"
			if a.Running {
				name, what = notServing, "is up"
			}
			// A server that is down costs a failure that could have been survived.
			j.add(name, Critical, m, fmt.Sprintf("%s %s: %s", m.Instance.Name, what, a.Error),
				"see: journalctl -u "+m.Instance.Name+" on "+m.Host.Name)
			continue
		}
		if voter {
			j.v.Serving++
		}
		switch {
		case a.Mode == Leader && voter:
			j.leaders = append(j.leaders, m)
		case a.Mode == Follower && voter:
			j.v.InSync++ // a follower serves only when it is in sync
		case a.Mode == Observing && !voter:
			j.v.Observers++
		case a.Mode == Standalone:
			if voter {
				j.v.Serving--
			}
			j.wrong(m, "runs alone, outside of the ensemble", "its configuration is not the inventory's; apply it and restart the server")
		default:
			if voter {
				j.v.Serving--
			}
			j.wrong(m, fmt.Sprintf("is %s, and the inventory says %s", a.Mode, m.Instance.Role), "its configuration is not the inventory's; apply it and restart the server")
		}
		if a.NoMntr != "" {
			j.add(mntrMissing, Warning, m, fmt.Sprintf("%s does not answer mntr: %s", m.Instance.Name, a.NoMntr), "add mntr to 4lw.commands.whitelist")
		}
	}
}

func (j *judge) wrong(m inventory.Member, what, hint string) {
	j.add(wrongMode, Critical, m, m.Instance.Name+" "+what, hint)
	j.v.waiting = append(j.v.waiting, m.Instance.Name+" "+what)
}

// leader looks at what the one leader says of the others.
func (j *judge) leader() {
	switch len(j.leaders) {
	case 0:
		return // no-quorum says it
	case 1:
	default:
		var names []string
		for _, m := range j.leaders {
			names = append(names, m.Instance.Name)
		}
		j.add(twoLeaders, Critical, inventory.Member{}, "more than one server says that it leads: "+strings.Join(names, ", "),
			"ask again; where it stays so, the server lists differ and there are two ensembles")
		return
	}
	m := j.leaders[0]
	a := j.answers[m.Instance.ID]
	j.v.Leader = m.Instance.ID
	if a.QuorumSize >= 0 && int(a.QuorumSize) != j.v.participants {
		j.add(quorumSize, Critical, m, fmt.Sprintf("the leader counts %d participants, and the inventory has %d", a.QuorumSize, j.v.participants),
			"the servers run with other lists than the inventory's")
	}
	observers := len(j.members) - j.v.participants
	if followers := j.v.participants - 1; a.SyncedFollowers >= 0 && int(a.SyncedFollowers) < followers {
		j.v.InSync = int(a.SyncedFollowers)
		text := fmt.Sprintf("the leader has %d of %d followers in sync", a.SyncedFollowers, followers)
		j.add(notInSync, Warning, m, text, "a server that copies a lot of data takes its time; otherwise see its journal")
		j.v.waiting = append(j.v.waiting, text)
	}
	if a.SyncedObservers >= 0 && int(a.SyncedObservers) < observers {
		j.v.Observers = int(a.SyncedObservers)
		text := fmt.Sprintf("the leader has %d of %d observers in sync", a.SyncedObservers, observers)
		j.add(observerDetached, Warning, m, text, "see the observer's journal")
		j.v.waiting = append(j.v.waiting, text)
	}
}

// agreement looks at what all servers must have in common.
func (j *judge) agreement() {
	versions := make(map[string][]string)
	for _, m := range j.members {
		a := j.answers[m.Instance.ID]
		if !a.Serving {
			continue
		}
		if leader, ok := j.answers[j.v.Leader]; ok && !sameEpoch(leader.Zxid, a.Zxid) {
			text := fmt.Sprintf("%s is in epoch %d, and the leader in %d", m.Instance.Name, a.Zxid.Epoch(), leader.Zxid.Epoch())
			j.add(epochDiffers, Warning, m, text, "ask again; after an election it takes a moment")
			j.v.waiting = append(j.v.waiting, text)
		}
		if a.Version != j.e.Version {
			versions[a.Version] = append(versions[a.Version], m.Instance.Name)
		}
	}
	for version, names := range versions {
		j.add(versionDiffers, Warning, inventory.Member{},
			fmt.Sprintf("%s: runs ZooKeeper %s, and the inventory says %s", strings.Join(names, ", "), version, j.e.Version),
			"restart these servers one at a time")
	}
}

// sameEpoch says whether a server's last transaction may be that of one who
// follows this leader. An epoch begins without a transaction, and until there is
// one the others show their last of an earlier epoch.
func sameEpoch(leader, other Zxid) bool {
	return other.Epoch() == leader.Epoch() || other.Epoch() < leader.Epoch() && leader.Counter() == 0
}

// Progress says in one line what is there and what is waited for.
func (v Verdict) Progress() string {
	s := fmt.Sprintf("%d/%d participants serve", v.Serving, v.participants)
	if v.Leader != 0 {
		s += fmt.Sprintf(", leader %d", v.Leader)
	}
	if len(v.waiting) > 0 {
		s += "; waiting for " + v.waiting[0]
		if n := len(v.waiting) - 1; n > 0 {
			s += fmt.Sprintf(" (and %d more)", n)
		}
	}
	return s
}

func judgeExplanations() []Explanation {
	return []Explanation{
		{noQuorum, "Fewer than a majority of the participants serve behind one leader, so that the ensemble accepts no write.", "Start the servers that are down; see their journals."},
		{instanceDown, "Nothing answers on a server's client port.", "systemctl status and journalctl -u of the instance; zkprov apply starts an instance that is down."},
		{notServing, "A server runs, and answers that it does not serve: it looks for a leader, or copies data from one.", "Wait while it copies; otherwise see its journal and whether the quorum and election ports are open between the hosts."},
		{wrongMode, "A server is something else than the inventory says: standalone where an ensemble is wanted, or an observer where a participant is.", "Its running configuration is not the inventory's. Apply, and restart the server."},
		{twoLeaders, "More than one server says that it leads. For a moment after an election that may be; two quorums at once cannot be formed from one list of servers.", "Ask again. Where it stays, compare the server lists: there are two ensembles."},
		{notInSync, "The leader's zk_synced_followers is less than the number of the other participants.", "A server that copies much data takes its time; otherwise see its journal."},
		{observerDetached, "The leader's zk_synced_observers is less than the number of observers.", "See the journals of the observers."},
		{versionDiffers, "A server runs another ZooKeeper than the inventory says.", "Restart it, one server at a time."},
		{epochDiffers, "A server's last transaction is not of the leader's epoch, although the leader has made one: an election has just been, or there are two ensembles.", "Ask again after a moment."},
		{quorumSize, "The leader's own list of participants has another length than the inventory's.", "The servers run with other lists than the inventory's: apply, and restart them one at a time."},
		{mntrMissing, "A server answers srvr and not mntr, so that it cannot be told whether its followers are in sync.", "Add mntr to 4lw.commands.whitelist."},
	}
}

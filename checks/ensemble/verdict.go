package ensemble

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// The names of what is found about an ensemble.
const (
	noQuorum         = "no-quorum"
	InstanceDown     = "instance-down" // nothing answers on the client port
	notServing       = "not-serving"
	notAsked         = "not-asked"
	wrongMode        = "wrong-mode"
	leaderUnseen     = "leader-unseen"
	twoLeaders       = "two-leaders"
	notInSync        = "not-in-sync"
	observerDetached = "observer-detached"
	versionDiffers   = "version-differs"
	epochDiffers     = "epoch-differs"
	quorumSize       = "quorum-size"
	mntrMissing      = "mntr-missing"
)

// OfSilence reports whether a finding of that name is about a server that does not
// answer, or does not serve.
func OfSilence(name string) bool { return name == InstanceDown || name == notServing }

// Verdict is how an ensemble stands, by the answers of its servers.
type Verdict struct {
	// Formed says that everything is as it should be: one leader, every other
	// participant a follower in sync, every observer attached, nobody standalone,
	// one epoch, one version.
	Formed bool `json:"formed"`
	// Quorum says that the ensemble serves: it has one leader and, with it, a
	// majority of the participants.
	Quorum bool `json:"quorum"`
	// Unknown says that nobody who was asked knows of a quorum, and that those who
	// could not be asked may have one.
	Unknown bool `json:"unknown,omitempty"`
	// Leader is the leader's id; 0 where none was seen, or more than one.
	Leader int `json:"leader,omitempty"`
	// InSync counts the followers that are in sync, Observers those attached;
	// those that only the leader knows of are among them.
	InSync    int `json:"in_sync"`
	Observers int `json:"observers"`
	// Survives is how many more participants may fail before the quorum is lost.
	Survives int `json:"survives"`
	// Serving counts the participants that serve.
	Serving int `json:"serving"`
	// Participants counts the participants of the inventory.
	Participants int              `json:"participants"`
	Findings     finding.Findings `json:"findings,omitempty"`
	// Lacks are what keeps the ensemble from being formed.
	Lacks []Lack `json:"lacks,omitempty"`
}

// Lack is something that keeps the ensemble from being formed.
type Lack struct {
	// Instances are those of which any may be the cause; none is the whole ensemble.
	Instances []string `json:"instances,omitempty"`
	Text      string   `json:"text"`
}

// FormedBut reports whether the ensemble has its quorum and lacks nothing but what
// the instances of those names may be the cause of.
func (v Verdict) FormedBut(instances ...string) bool {
	return v.Quorum && !slices.ContainsFunc(v.Lacks, func(l Lack) bool {
		return !slices.ContainsFunc(l.Instances, func(name string) bool { return slices.Contains(instances, name) })
	})
}

// Judge returns how the ensemble stands. answers are by server id; nothing is known
// of a server without one. It is pure.
func Judge(e *inventory.Ensemble, answers map[int]Answer) Verdict {
	j := judge{e: e, answers: answers, members: e.Members()}
	j.v.Participants = e.Participants()
	j.modes()
	j.leader()
	j.agreement()
	j.quorum()
	j.silence()
	j.v.Formed = j.v.Quorum && len(j.v.Lacks) == 0
	j.v.Findings.Sort()
	return j.v
}

type judge struct {
	e       *inventory.Ensemble
	answers map[int]Answer
	members []inventory.Member
	leaders []inventory.Member
	// silent are the servers that were asked and do not serve.
	silent []inventory.Member
	// Of those that were not asked nothing is known.
	unaskedVoters, unaskedObservers int
	// unasked are the voters among them.
	unasked []string
	// mute counts the participants that run and do not serve, and may lead; closed
	// those of them that react and do not say how they are.
	mute, closed int
	v            Verdict
}

func (j *judge) add(name string, s finding.Severity, m inventory.Member, message, hint string) {
	f := finding.Finding{Name: name, Severity: s, Message: message, Hint: hint}
	if m.Instance != nil {
		f.Host, f.Instance = m.Host.Name, m.Instance.Name
	}
	j.v.Findings = append(j.v.Findings, f)
}

// wait adds a finding that keeps the ensemble from being formed.
func (j *judge) wait(name string, s finding.Severity, m inventory.Member, message, hint string) {
	j.add(name, s, m, message, hint)
	j.lack(m, message)
}

func (j *judge) lack(m inventory.Member, text string) {
	l := Lack{Text: text}
	if m.Instance != nil {
		l = Lack{[]string{m.Instance.Name}, m.Instance.Name + ": " + text}
	}
	j.v.Lacks = append(j.v.Lacks, l)
}

// modes looks at each server by itself.
func (j *judge) modes() {
	const foreign = "its configuration is not the inventory's; apply it and restart the server"
	for _, m := range j.members {
		a, asked := j.answers[m.Instance.ID]
		voter := m.Instance.Role == inventory.Participant
		switch {
		case !asked && voter:
			j.unaskedVoters++
			j.unasked = append(j.unasked, m.Instance.Name)
		case !asked:
			j.unaskedObservers++
		case !a.serves():
			j.silent = append(j.silent, m)
			j.lack(m, a.why())
			if voter && a.Running && a.Mode != ReadOnly {
				j.mute++
				if a.Error == ErrClosed.Error() || a.Error == ErrNotWhitelisted.Error() {
					j.closed++
				}
			}
			continue
		case a.Mode == Leader && voter:
			j.v.Serving++
			j.leaders = append(j.leaders, m)
		case a.Mode == Follower && voter:
			j.v.Serving++
			j.v.InSync++ // a follower serves only when it is in sync
		case a.Mode == Observing && !voter:
			j.v.Observers++
		case a.Mode == Standalone:
			j.wait(wrongMode, finding.Critical, m, "runs alone, outside of the ensemble", foreign)
		default:
			j.wait(wrongMode, finding.Critical, m, fmt.Sprintf("is %s, and the inventory says %s", a.Mode, m.Instance.Role), foreign)
		}
		switch {
		case !asked:
			j.wait(notAsked, finding.Warning, m, "was not asked, so nothing is known of it", "see what is said of its host")
		case a.NoMntr == ErrNotWhitelisted.Error():
			j.add(mntrMissing, finding.Warning, m, "does not answer mntr: "+a.NoMntr, "add mntr to it")
		case a.NoMntr != "":
			j.add(mntrMissing, finding.Warning, m, "does not answer mntr: "+a.NoMntr, "")
		}
	}
}

// leader looks at what the one leader says of the others.
func (j *judge) leader() {
	if len(j.leaders) > 1 {
		var names []string
		for _, m := range j.leaders {
			names = append(names, m.Instance.Name)
		}
		j.wait(twoLeaders, finding.Critical, inventory.Member{}, "more than one server says that it leads: "+strings.Join(names, ", "),
			"ask again; where it stays so, the server lists differ and there are two ensembles")
	}
	if len(j.leaders) != 1 {
		return
	}
	m := j.leaders[0]
	a := j.answers[m.Instance.ID]
	j.v.Leader = m.Instance.ID
	if a.QuorumSize >= 0 && int(a.QuorumSize) != j.v.Participants {
		j.wait(quorumSize, finding.Critical, m, fmt.Sprintf("the leader counts %d participants, and the inventory has %d", a.QuorumSize, j.v.Participants),
			"the servers run with other lists than the inventory's")
	}
	followers := j.v.InSync
	j.v.InSync = vouched(followers, j.unaskedVoters+j.closed, a.SyncedFollowers)
	j.v.Serving += max(0, j.v.InSync-followers)
	if j.v.InSync < followers {
		j.wait(notInSync, finding.Warning, m, fmt.Sprintf("the leader has %d of %d followers in sync", j.v.InSync, j.v.Participants-1),
			"a server that copies a lot of data takes its time; otherwise see its journal")
	}
	observers := j.v.Observers
	j.v.Observers = vouched(observers, j.unaskedObservers, j.attached(a))
	if j.v.Observers < observers {
		j.wait(observerDetached, finding.Warning, m, fmt.Sprintf("the leader has %d of %d observers in sync", j.v.Observers, len(j.members)-j.v.Participants),
			"see the observer's journal")
	}
}

// vouched is how many servers follow: those that say so, as far as they are
// counted too, and those that are counted and said nothing, because they were not
// asked or take no more connections. counted is -1 where nobody counts.
func vouched(seen, silent int, counted int64) int {
	if counted < 0 {
		return seen
	}
	return int(min(int64(seen+silent), counted))
}

// attached counts the observers that the leader has and, where observers may
// follow a follower (observerMasterPort), the followers have; -1 where the leader
// does not say.
func (j *judge) attached(leader Answer) int64 {
	if leader.SyncedObservers < 0 {
		return -1
	}
	var n int64
	for _, m := range j.members {
		if a := j.answers[m.Instance.ID]; a.Serving {
			n += max(0, a.SyncedObservers)
		}
	}
	return n
}

// quorum says whether a majority serves, and how much it can bear.
func (j *judge) quorum() {
	need := j.e.Majority()
	have := j.v.InSync + 1
	unseen := j.mute + j.unaskedVoters // one of them may lead
	switch {
	case j.v.Leader != 0:
		j.v.Quorum = have >= need
	case len(j.leaders) == 0 && j.v.InSync > 0 && unseen > 0:
		// A follower serves only while its leader has a majority.
		j.v.Quorum = j.v.InSync+unseen >= need
	}
	switch {
	case j.v.Quorum && j.v.Leader == 0:
		j.wait(leaderUnseen, finding.Warning, inventory.Member{}, fmt.Sprintf("%d of %d participants follow a leader that did not answer as one", j.v.InSync, j.v.Participants),
			`ask again after an election; a leader with leaderServes = "no" never answers`)
		if j.mute == 0 { // then it is one that was not asked
			j.v.Lacks[len(j.v.Lacks)-1].Instances = j.unasked
		}
	case len(j.leaders) > 1:
		return // two-leaders says it
	case !j.v.Quorum && j.v.Leader == 0 && j.v.Serving >= need:
		j.add(noQuorum, finding.Critical, inventory.Member{}, fmt.Sprintf("no quorum: %d of %d participants serve, and none of them leads", j.v.Serving, j.v.Participants),
			"ask again: an election is under way")
	case !j.v.Quorum && j.v.Leader == 0 && j.v.Serving+j.unaskedVoters >= need:
		// Whoever cannot be asked may serve: no host was reached, perhaps.
		j.v.Unknown = true
		j.add(noQuorum, finding.Critical, inventory.Member{}, fmt.Sprintf("it is not known whether there is a quorum: %d of %d participants serve, %d could not be asked, and it takes %d",
			j.v.Serving, j.v.Participants, j.unaskedVoters, need), "see what is said of their hosts")
	case !j.v.Quorum:
		if j.v.Leader == 0 {
			have = j.v.Serving
		}
		j.add(noQuorum, finding.Critical, inventory.Member{}, fmt.Sprintf("no quorum: %d of %d participants serve, it takes %d", have, j.v.Participants, need),
			"see what is said of the others")
	}
	if j.v.Quorum {
		j.v.Survives = max(0, have-need)
	}
}

// silence speaks of the servers that do not serve. A participant that is missing
// is as grave as what is left to lose; an observer takes no part in the quorum.
func (j *judge) silence() {
	for _, m := range j.silent {
		a := j.answers[m.Instance.ID]
		s := finding.Warning
		if m.Instance.Role == inventory.Participant && j.v.Survives == 0 {
			s = finding.Critical
		}
		name, what := InstanceDown, "does not answer: "+a.why()
		if a.Running {
			name, what = notServing, a.why()
		}
		j.add(name, s, m, what, "on "+m.Host.Name+" see: journalctl -u "+m.Instance.Name)
	}
}

// agreement looks at what all servers must have in common.
func (j *judge) agreement() {
	versions := make(map[inventory.Version][]string)
	for _, m := range j.members {
		a, ok := j.answers[m.Instance.ID]
		if !ok || !a.serves() {
			continue
		}
		if leader, ok := j.answers[j.v.Leader]; ok && !sameEpoch(leader.Zxid, a.Zxid) {
			j.wait(epochDiffers, finding.Warning, m, fmt.Sprintf("is in epoch %d, and the leader in %d", a.Zxid.Epoch(), leader.Zxid.Epoch()),
				"ask again; after an election it takes a moment")
		}
		if a.Version != j.e.Version {
			versions[a.Version] = append(versions[a.Version], m.Instance.Name)
		}
	}
	for _, version := range slices.Sorted(maps.Keys(versions)) {
		names := versions[version]
		run := "run"
		if len(names) == 1 {
			run = "runs"
		}
		j.wait(versionDiffers, finding.Warning, inventory.Member{},
			fmt.Sprintf("%s %s ZooKeeper %s, and the inventory says %s", strings.Join(names, ", "), run, version, j.e.Version),
			"restart one server at a time")
	}
}

// sameEpoch says whether a server's last transaction may be that of one who
// follows this leader. An epoch begins without a transaction, and until there is
// one the others show their last of an earlier epoch.
func sameEpoch(leader, other Zxid) bool {
	if leader.Counter() == 0 {
		return other.Epoch() <= leader.Epoch()
	}
	return other.Epoch() == leader.Epoch()
}

// Progress says in one line what is there and what is waited for.
func (v Verdict) Progress() string {
	s := fmt.Sprintf("%d/%d participants serve", v.Serving, v.Participants)
	if v.Leader != 0 {
		s += fmt.Sprintf(", leader %d", v.Leader)
	}
	if len(v.Lacks) > 0 {
		s += "; waiting for " + v.Lacks[0].Text
		if n := len(v.Lacks) - 1; n > 0 {
			s += fmt.Sprintf(" (and %d more)", n)
		}
	}
	return s
}

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
		{Name: quorumSize, Means: "The leader's own list of participants has another length than the inventory's.", Fix: "The servers run with other lists than the inventory's: apply, and restart them one at a time."},
		{Name: mntrMissing, Means: "A server answers srvr and not mntr. Should it lead, what it says of its followers and observers is not known; their own word must do.", Fix: "Add mntr to 4lw.commands.whitelist."},
	}
}

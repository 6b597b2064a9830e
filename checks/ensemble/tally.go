package ensemble

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// tally counts what the servers of an ensemble answer, and draws the verdict from it.
type tally struct {
	e       *inventory.Ensemble
	answers map[int]Answer // by server id
	members []inventory.Member
	// leaders lists the participants that answer as leader.
	leaders []inventory.Member
	// silent lists the servers that were asked and do not serve.
	silent []inventory.Member
	// unaskedVoters and unaskedObservers count the servers that were not asked, of which
	// nothing is known; unasked names the voters among them.
	unaskedVoters, unaskedObservers int
	unasked                         []string
	// mayLead counts the participants that run and do not serve to us: one of them may
	// be the leader. unreadable counts those of them that close the connection or do not
	// answer srvr, and so may serve others.
	mayLead, unreadable int
	v                   Verdict
}

// add adds a finding about a member, or about the whole ensemble where m is zero.
func (t *tally) add(name string, s finding.Severity, m inventory.Member, message, hint string) {
	f := finding.Finding{Name: name, Severity: s, Message: message, Hint: hint}
	if m.Instance != nil {
		f.Host, f.Instance = m.Host.Name, m.Instance.Name
	}
	t.v.Findings = append(t.v.Findings, f)
}

// addLacking adds a finding that keeps the ensemble from being formed.
func (t *tally) addLacking(name string, s finding.Severity, m inventory.Member, message, hint string) {
	t.add(name, s, m, message, hint)
	t.addLack(name, m, message)
}

// addLack notes what keeps the ensemble from being formed.
func (t *tally) addLack(name string, m inventory.Member, text string) {
	l := Lack{Name: name, Text: text}
	if m.Instance != nil {
		l = Lack{name, []string{m.Instance.Name}, m.Instance.Name + ": " + text}
	}
	t.v.Lacks = append(t.v.Lacks, l)
}

// modes judges each server by itself: whether it serves, and in the role of the inventory.
func (t *tally) modes() {
	const foreign = "its configuration is not the inventory's; apply it and restart the server"
	for _, m := range t.members {
		a, asked := t.answers[m.Instance.ID]
		voter := m.Instance.Role == inventory.Participant
		switch {
		case !asked && voter:
			t.unaskedVoters++
			t.unasked = append(t.unasked, m.Instance.Name)
		case !asked:
			t.unaskedObservers++
		case !a.serves():
			t.silent = append(t.silent, m)
			t.addLack("", m, a.why())
			if voter && a.Running && a.Mode != ReadOnly {
				t.mayLead++
				if a.Error == ErrClosed.Error() || a.Error == ErrNotWhitelisted.Error() {
					t.unreadable++
				}
			}
			continue
		case a.Mode == Leader && voter:
			t.v.Serving++
			t.leaders = append(t.leaders, m)
		case a.Mode == Follower && voter:
			t.v.Serving++
			t.v.InSync++ // a follower serves only when it is in sync
		case a.Mode == Observing && !voter:
			t.v.Observers++
		case a.Mode == Standalone:
			t.addLacking(wrongMode, finding.Critical, m, "runs alone, outside of the ensemble", foreign)
		default:
			t.addLacking(wrongMode, finding.Critical, m, fmt.Sprintf("is %s, and the inventory says %s", a.Mode, m.Instance.Role), foreign)
		}
		switch {
		case !asked:
			t.addLacking(notAsked, finding.Warning, m, "was not asked, so nothing is known of it", "see what is said of its host")
		case a.NoMntr == ErrNotWhitelisted.Error():
			t.add(mntrMissing, finding.Warning, m, "does not answer mntr: "+a.NoMntr, "add mntr to it")
		case a.NoMntr != "":
			t.add(mntrMissing, finding.Warning, m, "does not answer mntr: "+a.NoMntr, "")
		}
	}
}

// leader compares what the one leader says of the others with what they say themselves.
func (t *tally) leader() {
	if len(t.leaders) > 1 {
		var names []string
		for _, m := range t.leaders {
			names = append(names, m.Instance.Name)
		}
		t.addLacking(twoLeaders, finding.Critical, inventory.Member{}, "more than one server says that it leads: "+strings.Join(names, ", "),
			"ask again; where it stays so, the server lists differ and there are two ensembles")
	}
	if len(t.leaders) != 1 {
		return
	}
	m := t.leaders[0]
	a := t.answers[m.Instance.ID]
	t.v.Leader = new(m.Instance.ID)
	if a.QuorumSize >= 0 && int(a.QuorumSize) != t.v.Participants {
		t.addLacking(QuorumSize, finding.Critical, m, fmt.Sprintf("the leader counts %d participants, and the inventory has %d", a.QuorumSize, t.v.Participants),
			"the servers run with other lists than the inventory's")
	}
	followers := t.v.InSync
	t.v.InSync = vouched(followers, t.unaskedVoters+t.unreadable, a.SyncedFollowers)
	t.v.Serving += max(0, t.v.InSync-followers)
	if t.v.InSync < followers {
		t.addLacking(notInSync, finding.Warning, m, fmt.Sprintf("the leader has %d of %d followers in sync", t.v.InSync, t.v.Participants-1),
			"a server that copies a lot of data takes its time; otherwise see its journal")
	}
	observers := t.v.Observers
	t.v.Observers = vouched(observers, t.unaskedObservers, t.attached(a))
	if t.v.Observers < observers {
		t.addLacking(observerDetached, finding.Warning, m, fmt.Sprintf("the leader has %d of %d observers in sync", t.v.Observers, len(t.members)-t.v.Participants),
			"see the observer's journal")
	}
}

// vouched returns how many servers follow: those that say so, as far as the leader
// counts them too, and those that it counts and that said nothing, because they were not
// asked or take no more connections. counted is -1 where the leader does not say.
func vouched(seen, silent int, counted int64) int {
	if counted < 0 {
		return seen
	}
	return int(min(int64(seen+silent), counted))
}

// attached counts the observers that the leader has and, where observers may
// follow a follower (observerMasterPort), the followers have; -1 where the leader
// does not say.
func (t *tally) attached(leader Answer) int64 {
	if leader.SyncedObservers < 0 {
		return -1
	}
	var n int64
	for _, m := range t.members {
		if a := t.answers[m.Instance.ID]; a.Serving {
			n += max(0, a.SyncedObservers)
		}
	}
	return n
}

// quorum decides whether a majority serves, and how many more failures it can bear.
func (t *tally) quorum() {
	need := t.e.Majority()
	have := t.v.InSync + 1
	unseen := t.mayLead + t.unaskedVoters // one of them may lead
	switch {
	case t.v.Leader != nil:
		t.v.Quorum = have >= need
	case len(t.leaders) == 0 && t.v.InSync > 0 && unseen > 0:
		// A follower serves only while its leader has a majority.
		t.v.Quorum = t.v.InSync+unseen >= need
	}
	switch {
	case t.v.Quorum && t.v.Leader == nil:
		t.addLacking(leaderUnseen, finding.Warning, inventory.Member{}, fmt.Sprintf("%d of %d participants follow a leader that did not answer as one", t.v.InSync, t.v.Participants),
			`ask again after an election; a leader with leaderServes = "no" never answers`)
		if t.mayLead == 0 { // then it is one that was not asked
			t.v.Lacks[len(t.v.Lacks)-1].Instances = t.unasked
		}
	case len(t.leaders) > 1:
		return // two-leaders says it
	case !t.v.Quorum && t.v.Leader == nil && t.v.Serving >= need:
		t.add(noQuorum, finding.Critical, inventory.Member{}, fmt.Sprintf("no quorum: %d of %d participants serve, and none of them leads", t.v.Serving, t.v.Participants),
			"ask again: an election is under way")
	case !t.v.Quorum && t.v.Leader == nil && t.v.Serving+t.unaskedVoters >= need:
		// Whoever cannot be asked may serve: no host was reached, perhaps.
		t.v.Unknown = true
		t.add(noQuorum, finding.Critical, inventory.Member{}, fmt.Sprintf("it is not known whether there is a quorum: %d of %d participants serve, %d could not be asked, and it takes %d",
			t.v.Serving, t.v.Participants, t.unaskedVoters, need), "see what is said of their hosts")
	case !t.v.Quorum:
		if t.v.Leader == nil {
			have = t.v.Serving
		}
		t.add(noQuorum, finding.Critical, inventory.Member{}, fmt.Sprintf("no quorum: %d of %d participants serve, it takes %d", have, t.v.Participants, need),
			"see what is said of the others")
	}
	if t.v.Quorum {
		t.v.Survives = max(0, have-need)
	}
}

// silence adds a finding for each server that does not serve. A participant that is
// missing is critical where no further one may fail; an observer takes no part in the
// quorum.
func (t *tally) silence() {
	for _, m := range t.silent {
		a := t.answers[m.Instance.ID]
		s := finding.Warning
		if m.Instance.Role == inventory.Participant && t.v.Survives == 0 {
			s = finding.Critical
		}
		name, what := InstanceDown, "does not answer: "+a.why()
		if a.Running {
			name, what = notServing, a.why()
		}
		t.add(name, s, m, what, "on "+m.Host.Name+" see: journalctl -u "+m.Instance.Name)
	}
}

// agreement compares what all servers must have in common: the epoch and, but for a while,
// the release. Servers of two releases form a quorum, as they do while a release is rolled
// out and, by the inventory's, after a rollback.
func (t *tally) agreement() {
	versions := make(map[inventory.Version][]string)
	for _, m := range t.members {
		a, ok := t.answers[m.Instance.ID]
		if !ok || !a.serves() {
			continue
		}
		if t.v.Leader != nil && !sameEpoch(t.answers[*t.v.Leader].Zxid, a.Zxid) {
			t.addLacking(epochDiffers, finding.Warning, m, fmt.Sprintf("is in epoch %d, and the leader in %d", a.Zxid.Epoch(), t.answers[*t.v.Leader].Zxid.Epoch()),
				"ask again; after an election it takes a moment")
		}
		if a.Version != t.e.Version {
			versions[a.Version] = append(versions[a.Version], m.Instance.Name)
		}
	}
	for _, version := range slices.Sorted(maps.Keys(versions)) {
		names := versions[version]
		run := "run"
		if len(names) == 1 {
			run = "runs"
		}
		t.add(versionDiffers, finding.Warning, inventory.Member{},
			fmt.Sprintf("%s %s ZooKeeper %s, and the inventory says %s", strings.Join(names, ", "), run, version, t.e.Version),
			"restart one server at a time")
	}
}

// sameEpoch reports whether a server's last transaction may be that of one that follows
// this leader. An epoch begins without a transaction, and until there is
// one the others show their last of an earlier epoch.
func sameEpoch(leader, other Zxid) bool {
	if leader.Counter() == 0 {
		return other.Epoch() <= leader.Epoch()
	}
	return other.Epoch() == leader.Epoch()
}

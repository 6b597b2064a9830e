package ensemble

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
)

// judged is an ensemble of participants 1, 2, … on zk1, zk2, …, and observers
// after them.
func judged(participants, observers int) *inventory.Ensemble {
	e := &inventory.Ensemble{Name: "zookeeper", Version: "3.6.3"}
	for id := 1; id <= participants+observers; id++ {
		role := inventory.Participant
		if id > participants {
			role = inventory.Observer
		}
		e.Hosts = append(e.Hosts, inventory.Host{Name: "zk" + strconv.Itoa(id), Instances: []inventory.Instance{
			{Name: "zookeeper-" + strconv.Itoa(id), ID: id, Role: role},
		}})
	}
	return e
}

// well are the answers of servers that are all well: the last participant leads,
// in an epoch that has no transaction yet.
func well(e *inventory.Ensemble) map[int]Answer {
	participants := e.Participants()
	all := make(map[int]Answer)
	for _, m := range e.Members() {
		a := Answer{ID: m.Instance.ID, Serving: true, Running: true, Version: e.Version, Mode: Follower, Zxid: 4<<32 | 17,
			QuorumSize: int64(participants), SyncedFollowers: -1, SyncedObservers: -1}
		switch {
		case m.Instance.Role == inventory.Observer:
			a.Mode = Observing
		case m.Instance.ID == participants:
			a.Mode, a.Zxid = Leader, 5<<32
			a.SyncedFollowers, a.SyncedObservers = int64(participants-1), int64(len(e.Members())-participants)
		}
		all[a.ID] = a
	}
	return all
}

func silent(err error) Answer {
	return Answer{Error: err.Error(), Running: err != ErrRefused && err != ErrNoConnection, QuorumSize: -1, SyncedFollowers: -1, SyncedObservers: -1}
}

// all gives every server the same answer.
func all(as map[int]Answer, a Answer) {
	for id := range as {
		as[id] = a
	}
}

func set(as map[int]Answer, id int, change func(*Answer)) {
	a := as[id]
	change(&a)
	as[id] = a
}

func TestJudge(t *testing.T) {
	seen := make(map[string]bool)
	for _, tt := range judgeTests {
		t.Run(tt.name, func(t *testing.T) {
			e := judged(tt.participants, tt.observers)
			answers := well(e)
			if tt.edit != nil {
				tt.edit(answers)
			}
			v := Judge(e, answers)
			got := []string{summary(v)}
			for _, f := range v.Findings {
				seen[f.Name] = true
				got = append(got, string(f.Severity)+" "+f.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if v.Formed && v.Findings.Worst() == finding.Critical {
				t.Error("formed, with a critical finding")
			}
		})
	}
	for _, x := range verdictExplanations() {
		if !seen[x.Name] {
			t.Errorf("no case finds %s", x.Name)
		}
	}
}

// TestJudgeServerZero wants a leader with the id 0 told from none.
func TestJudgeServerZero(t *testing.T) {
	e := judged(3, 0)
	answers := well(e)
	e.Hosts[2].Instances[0].ID = 0
	answers[0] = answers[3]
	delete(answers, 3)
	v := Judge(e, answers)
	if !v.Formed || !v.Leads(0) || len(v.Findings) > 0 {
		t.Errorf("%s, %v", summary(v), v.Findings)
	}
	if want := "3/3 participants serve, leader 0"; v.Progress() != want {
		t.Errorf("%q, want %q", v.Progress(), want)
	}
	if (Verdict{}).Leads(0) {
		t.Error("the server 0 leads where nobody was seen to")
	}
}

func summary(v Verdict) string {
	state := "no quorum"
	switch {
	case v.Formed && !v.Quorum:
		state = "formed without a quorum"
	case v.Formed:
		state = "formed"
	case v.Quorum:
		state = "quorum"
	}
	leader := "-"
	if v.Leader != nil {
		leader = fmt.Sprint(*v.Leader)
	}
	text := fmt.Sprintf("%s, leader %s, %d serve, %d in sync, %d observers, survives %d", state, leader, v.Serving, v.InSync, v.Observers, v.Survives)
	if v.Unknown {
		text += ", unknown"
	}
	return text
}

// TestJudgeReadsTheSame wants no trace of the order in which a map is walked.
func TestJudgeReadsTheSame(t *testing.T) {
	e := judged(5, 0)
	answers := well(e)
	for id := range answers {
		set(answers, id, func(a *Answer) { a.Version = inventory.Version(fmt.Sprintf("3.5.%d", id)) })
	}
	first := Judge(e, answers)
	for range 20 {
		next := Judge(e, answers)
		if first.Progress() != next.Progress() || !cmp.Equal(first.Findings, next.Findings) {
			t.Fatalf("first %q, then %q", first.Progress(), next.Progress())
		}
	}
}

func TestProgress(t *testing.T) {
	e := judged(3, 0)
	answers := well(e)
	check := func(want string) {
		t.Helper()
		if got := Judge(e, answers).Progress(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	check("3/3 participants serve, leader 3")
	answers[1] = silent(ErrRefused)
	check("2/3 participants serve, leader 3; waiting for zookeeper-1: connection refused")
	all(answers, silent(ErrNotServing))
	delete(answers, 1)
	check("0/3 participants serve; waiting for zookeeper-1: was not asked, so nothing is known of it (and 2 more)")
}

func TestFormedBut(t *testing.T) {
	e := judged(3, 1)
	as := well(e)
	if v := Judge(e, as); !v.FormedBut() || !v.FormedBut("zookeeper-1") {
		t.Error("a formed ensemble lacks something")
	}
	delete(as, 1)
	if v := Judge(e, as); v.FormedBut() || v.FormedBut("zookeeper-2") || !v.FormedBut("zookeeper-2", "zookeeper-1") {
		t.Error("one that was not asked is missing or is not")
	}
	without := well(e)
	delete(without, 3) // which leads
	if v := Judge(e, without); v.FormedBut("zookeeper-1") || !v.FormedBut("zookeeper-3") {
		t.Error("a leader that was not asked is missing or is not")
	}
	set(without, 1, func(a *Answer) { *a = silent(ErrNotServing) })
	if v := Judge(e, without); v.FormedBut("zookeeper-3") {
		t.Error("one that was asked does not serve")
	}
	set(as, 2, func(a *Answer) { a.Mode = Standalone })
	if v := Judge(e, as); v.FormedBut("zookeeper-1") {
		t.Error("another one runs alone")
	}
	delete(as, 2)
	delete(as, 3)
	if v := Judge(e, as); v.FormedBut("zookeeper-1", "zookeeper-2", "zookeeper-3") {
		t.Error("there is no quorum")
	}
}

func TestOfSilence(t *testing.T) {
	for name, want := range map[string]bool{InstanceDown: true, notServing: true, notAsked: false, noQuorum: false, notInSync: false} {
		if got := OfSilence(name); got != want {
			t.Errorf("%s: %t, want %t", name, got, want)
		}
	}
}

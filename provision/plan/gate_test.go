package plan

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// shown returns a scene of an ensemble in which all is well: voters 1, 2, …, of whom the
// last leads, and observers after them. edit changes the reports.
func shown(voters, observers int, edit func(map[int]*provision.Report)) Scene {
	e := &inventory.Ensemble{Name: "zookeeper", Version: "3.6.3"}
	reports := make(map[int]*provision.Report)
	for id := 1; id <= voters+observers; id++ {
		in := inventory.Instance{ID: id, Name: fmt.Sprintf("zookeeper-%d", id), Role: inventory.Participant}
		a := ensemble.Answer{ID: id, Serving: true, Running: true, Version: "3.6.3", Mode: ensemble.Follower, QuorumSize: -1, SyncedFollowers: -1, SyncedObservers: -1}
		switch {
		case id > voters:
			in.Role, a.Mode = inventory.Observer, ensemble.Observing
		case id == voters:
			a.Mode, a.SyncedFollowers, a.SyncedObservers = ensemble.Leader, int64(voters-1), int64(observers)
		}
		e.Hosts = append(e.Hosts, inventory.Host{Name: fmt.Sprintf("zk%d", id), Instances: []inventory.Instance{in}})
		reports[id] = &provision.Report{ID: id, Answer: a, Unit: units.State{LoadState: "loaded", ActiveState: "active", SubState: "running"}}
	}
	if edit != nil {
		edit(reports)
	}
	s := Scene{Ensemble: e, Reports: make(map[int]provision.Report)}
	for id, r := range reports {
		s.Reports[id] = *r
	}
	s.Verdict = ensemble.Judge(e, Answers(s.Reports))
	return s
}

// down makes a server one that does not run.
func down(r *provision.Report) {
	r.Answer = ensemble.Answer{ID: r.ID, Error: "connection refused", QuorumSize: -1, SyncedFollowers: -1, SyncedObservers: -1}
	r.Unit = units.State{LoadState: "loaded", ActiveState: "inactive", SubState: "dead"}
}

// silent makes a server one that runs and does not tell how it is.
func silent(r *provision.Report, why error) {
	r.Answer = ensemble.Answer{ID: r.ID, Running: true, Error: why.Error(), QuorumSize: -1, SyncedFollowers: -1, SyncedObservers: -1}
}

// TestGates wants each gate to hold, or to say in words what it lacks.
func TestGates(t *testing.T) {
	type reports = map[int]*provision.Report
	of := func(kind GateKind, ids ...int) Gate {
		g := Gate{Kind: kind}
		for _, id := range ids {
			g.Instances = append(g.Instances, fmt.Sprintf("zookeeper-%d", id))
		}
		return g
	}
	settled := func(g Gate) Gate {
		g.Settle = 5 * time.Second
		return g
	}
	allowed := func(ids ...int) Gate {
		g := of(Spared, ids...)
		g.Outage = true
		return g
	}
	elsewhere := func(ids ...int) Gate {
		g := of(Spared, ids...)
		g.Elsewhere = true
		return g
	}
	const (
		isDown     = "is inactive; connection refused"
		oneIsDown  = "2/3 participants serve, leader 3; waiting for zookeeper-1: connection refused"
		noMajority = "0/3 participants serve; waiting for zookeeper-1: connection refused (and 2 more)"
	)
	for name, test := range map[string]struct {
		gate              Gate
		voters, observers int
		edit              func(reports)
		set               func(*Scene)
		want              string
	}{
		"spared":                              {of(Spared, 1), 3, 0, nil, nil, ""},
		"spared, by the leader":               {of(Spared, 3), 3, 0, nil, nil, ""},
		"spared: it may be down itself":       {of(Spared, 1), 3, 0, func(rs reports) { down(rs[1]); rs[3].Answer.SyncedFollowers = 1 }, nil, ""},
		"spared elsewhere: it serves there":   {elsewhere(1), 3, 0, func(rs reports) { down(rs[1]) }, nil, ""},
		"spared elsewhere: nor does it there": {elsewhere(1), 3, 0, func(rs reports) { down(rs[1]); rs[3].Answer.SyncedFollowers = 1 }, nil, ""},
		"spared elsewhere: another is down":   {elsewhere(1), 3, 0, func(rs reports) { down(rs[1]); down(rs[2]); rs[3].Answer.SyncedFollowers = 1 }, nil, "zookeeper-2: " + isDown},
		"spared elsewhere: two are left":      {elsewhere(1), 2, 0, func(rs reports) { down(rs[1]) }, nil, "zookeeper-2: there is no quorum: 1/2 participants serve, leader 2; waiting for zookeeper-1: connection refused"},
		"spared: another is down":             {of(Spared, 1), 3, 0, func(rs reports) { down(rs[2]); rs[3].Answer.SyncedFollowers = 1 }, nil, "zookeeper-2: " + isDown},
		"spared: another was not asked":       {of(Spared, 1), 3, 0, func(rs reports) { delete(rs, 2) }, nil, "zookeeper-2: was not asked"},
		"spared: another runs alone":          {of(Spared, 1), 3, 0, func(rs reports) { rs[2].Answer.Mode = ensemble.Standalone }, nil, "zookeeper-2: is standalone, and the inventory says participant"},
		"spared: another is not in sync":      {of(Spared, 1), 3, 0, func(rs reports) { rs[3].Answer.SyncedFollowers = 1 }, nil, "zookeeper-3: the leader has 1 of 2 followers in sync"},
		"spared: the leader counts one":       {of(Spared, 3), 3, 0, func(rs reports) { rs[3].Answer.SyncedFollowers = 1 }, nil, "the leader has 1 of 2 followers in sync"},
		"spared: another is not steady":       {of(Spared, 1), 3, 0, nil, func(s *Scene) { s.Unsteady = map[string]string{"zookeeper-2": "has ended"} }, "zookeeper-2: has ended"},
		"spared: it is not steady":            {of(Spared, 1), 3, 0, nil, func(s *Scene) { s.Unsteady = map[string]string{"zookeeper-1": "has ended"} }, ""},
		"spared: another ends and ends":       {of(Spared, 1), 3, 0, func(rs reports) { rs[2].Crash = &provision.Crash{Times: 3, Up: true} }, nil, "zookeeper-2: serves, and may not go on to: it has ended by itself 3 times"},
		"spared: another has ended twice":     {of(Spared, 1), 3, 0, func(rs reports) { rs[2].Crash = &provision.Crash{Times: 2, Up: true} }, nil, ""},
		"spared: it ends and ends itself":     {of(Spared, 1), 3, 0, func(rs reports) { rs[1].Crash = &provision.Crash{Times: 3, Up: true} }, nil, ""},
		"allowed, and another ends and ends":  {allowed(1), 3, 0, func(rs reports) { rs[2].Crash = &provision.Crash{Times: 3, Up: true} }, nil, ""},
		"spared: an observer is down":         {of(Spared, 1), 3, 1, func(rs reports) { down(rs[4]) }, nil, ""},
		"spared, by an observer":              {of(Spared, 4), 3, 1, nil, nil, ""},
		"spared: there is no quorum":          {of(Spared, 1), 3, 0, func(rs reports) { rs[3].Answer.Mode = ensemble.Follower }, nil, "zookeeper-2: there is no quorum: 3/3 participants serve"},
		"spared by the only one":              {of(Spared, 1), 1, 0, nil, nil, "without zookeeper-1 there is no majority: 0 of 1 voters are left, and it takes 1"},
		"spared by one of two":                {of(Spared, 1), 2, 1, nil, nil, "without zookeeper-1 there is no majority: 1 of 2 voters are left, and it takes 2"},
		"spared by two of three":              {of(Spared, 1, 2), 3, 0, nil, nil, "without zookeeper-1, zookeeper-2 there is no majority: 1 of 3 voters are left, and it takes 2"},
		"spared by the only one, allowed":     {allowed(1), 1, 0, nil, nil, ""},
		"spared by one of two, allowed":       {allowed(1), 2, 1, nil, nil, ""},
		"allowed, and another is down":        {allowed(1), 3, 0, func(rs reports) { down(rs[2]); rs[3].Answer.SyncedFollowers = 1 }, nil, ""},
		"allowed, and another is not in sync": {allowed(1), 3, 0, func(rs reports) { rs[3].Answer.SyncedFollowers = 1 }, nil, "zookeeper-3: the leader has 1 of 2 followers in sync"},
		"allowed, and nobody serves":          {allowed(1, 2, 3), 3, 0, func(rs reports) { down(rs[1]); down(rs[2]); down(rs[3]) }, nil, ""},
		"spared by an observer, one is down":  {of(Spared, 4), 3, 1, func(rs reports) { down(rs[2]); rs[3].Answer.SyncedFollowers = 1 }, nil, ""},
		"spared by an observer, no quorum":    {of(Spared, 4), 3, 1, func(rs reports) { down(rs[2]); down(rs[3]) }, nil, "zookeeper-1: there is no quorum: 1/3 participants serve; waiting for zookeeper-2: connection refused (and 1 more)"},
		"spared by what does not serve":       {of(Spared, 1), 5, 0, func(rs reports) { down(rs[1]); down(rs[2]); rs[5].Answer.SyncedFollowers = 2 }, nil, ""},
		"spared by what does and what not":    {of(Spared, 1, 3), 5, 0, func(rs reports) { down(rs[1]); down(rs[2]); rs[5].Answer.SyncedFollowers = 2 }, nil, "zookeeper-2: " + isDown},
		"spared by two of five":               {of(Spared, 1, 2), 5, 0, nil, nil, ""},
		"spared by one that was not asked":    {of(Spared, 1), 3, 0, func(rs reports) { delete(rs, 1); down(rs[2]); rs[3].Answer.SyncedFollowers = 1 }, nil, "zookeeper-2: " + isDown},
		"not asked, and all others serve":     {of(Spared, 1), 3, 0, func(rs reports) { delete(rs, 1) }, nil, ""},
		"spared by one that says nothing":     {of(Spared, 1), 3, 0, func(rs reports) { silent(rs[1], ensemble.ErrNoAnswer); down(rs[2]); rs[3].Answer.SyncedFollowers = 1 }, nil, "zookeeper-2: " + isDown},
		"spared by one that takes no more":    {of(Spared, 1), 3, 0, func(rs reports) { silent(rs[1], ensemble.ErrClosed); down(rs[2]); rs[3].Answer.SyncedFollowers = 1 }, nil, "zookeeper-2: " + isDown},
		"spared by one that reads only":       {of(Spared, 1), 5, 0, func(rs reports) { rs[1].Answer.Mode = ensemble.ReadOnly; down(rs[2]); rs[5].Answer.SyncedFollowers = 2 }, nil, ""},
		"spared by the leader, unseen":        {of(Spared, 3), 3, 0, func(rs reports) { silent(rs[3], ensemble.ErrNotServing); silent(rs[2], ensemble.ErrNotServing) }, nil, "zookeeper-2: runs; " + ensemble.ErrNotServing.Error()},
		"the leader is unseen, others serve":  {of(Spared, 3), 3, 0, func(rs reports) { silent(rs[3], ensemble.ErrNotServing) }, nil, ""},
		"back":                                {of(Back, 1), 3, 0, nil, nil, ""},
		"back: down":                          {of(Back, 1), 3, 0, func(rs reports) { down(rs[1]) }, nil, "zookeeper-1: " + isDown},
		"back: another is down":               {of(Back, 1), 3, 0, func(rs reports) { down(rs[2]) }, nil, ""},
		"back: not asked":                     {of(Back, 1), 3, 0, func(rs reports) { delete(rs, 1) }, nil, "zookeeper-1: was not asked"},
		"back: both":                          {of(Back, 1, 2), 3, 0, func(rs reports) { down(rs[2]) }, nil, "zookeeper-2: " + isDown},
		"back as the leader":                  {of(Back, 3), 3, 0, nil, nil, ""},
		"back as an observer":                 {of(Back, 4), 3, 1, nil, nil, ""},
		"back: an observer that follows":      {of(Back, 4), 3, 1, func(rs reports) { rs[4].Answer.Mode = ensemble.Follower }, nil, "zookeeper-4: is follower, and the inventory says observer"},
		"back: a voter that observes":         {of(Back, 1), 3, 1, func(rs reports) { rs[1].Answer.Mode = ensemble.Observing }, nil, "zookeeper-1: is observer, and the inventory says participant"},
		"back: reads only":                    {of(Back, 1), 3, 0, func(rs reports) { rs[1].Answer.Mode = ensemble.ReadOnly }, nil, "zookeeper-1: is read-only, and the inventory says participant"},
		"back: without a quorum":              {of(Back, 1), 3, 0, func(rs reports) { down(rs[2]); down(rs[3]) }, nil, ""},
		"in sync":                             {of(InSync, 1), 3, 0, nil, nil, ""},
		"in sync: down":                       {of(InSync, 1), 3, 0, func(rs reports) { down(rs[1]) }, nil, "zookeeper-1: " + isDown},
		"in sync: no quorum":                  {of(InSync, 1), 3, 0, func(rs reports) { rs[3].Answer.Mode = ensemble.Follower }, nil, "zookeeper-1: there is no quorum: 3/3 participants serve"},
		"in sync: another epoch":              {of(InSync, 1), 3, 0, func(rs reports) { rs[1].Answer.Zxid = 1 << 32 }, nil, "zookeeper-1: is in epoch 1, and the leader in 0"},
		"in sync: another's epoch":            {of(InSync, 2), 3, 0, func(rs reports) { rs[1].Answer.Zxid = 1 << 32 }, nil, ""},
		"in sync: not steady":                 {of(InSync, 1), 3, 0, nil, func(s *Scene) { s.Unsteady = map[string]string{"zookeeper-1": "has ended"} }, "zookeeper-1: has ended"},
		"in sync, for how long":               {settled(of(InSync, 1)), 3, 0, nil, nil, "zookeeper-1 is in sync, and it is made sure for 5 s that it stays so"},
		"in sync, not long enough":            {settled(of(InSync, 1)), 3, 0, nil, func(s *Scene) { s.Held = 5*time.Second - 1 }, "zookeeper-1 is in sync, and it is made sure for 5 s that it stays so"},
		"in sync, long enough":                {settled(of(InSync, 1)), 3, 0, nil, func(s *Scene) { s.Held = 5 * time.Second }, ""},
		"in sync for long, and down":          {settled(of(InSync, 1)), 3, 0, func(rs reports) { down(rs[1]) }, func(s *Scene) { s.Held = time.Hour }, "zookeeper-1: " + isDown},
		"written: not yet":                    {of(Written, 1), 3, 0, nil, nil, "nothing was written yet"},
		"written: failed":                     {of(Written, 1), 3, 0, nil, func(s *Scene) { s.Write = &Writing{Err: errors.New("lost")} }, "lost"},
		"written":                             {of(Written, 1), 3, 0, nil, func(s *Scene) { s.Write = &Writing{} }, ""},
		"formed":                              {of(Formed), 3, 1, nil, nil, ""},
		"formed: one is down":                 {of(Formed), 3, 0, func(rs reports) { down(rs[1]); rs[3].Answer.SyncedFollowers = 1 }, nil, oneIsDown},
		"formed: one is down and absent":      {of(Formed), 3, 0, func(rs reports) { delete(rs, 1) }, func(s *Scene) { s.Absent = []string{"zookeeper-1"} }, ""},
		"formed: another is absent":           {of(Formed), 3, 0, func(rs reports) { down(rs[1]); rs[3].Answer.SyncedFollowers = 1 }, func(s *Scene) { s.Absent = []string{"zookeeper-2"} }, oneIsDown},
		"formed: not steady":                  {of(Formed), 3, 0, nil, func(s *Scene) { s.Unsteady = map[string]string{"zookeeper-1": "has ended"} }, "3/3 participants serve, leader 3; zookeeper-1: has ended"},
		"formed: neither":                     {of(Formed), 3, 0, func(rs reports) { down(rs[1]); rs[3].Answer.SyncedFollowers = 1 }, func(s *Scene) { s.Unsteady = map[string]string{"zookeeper-2": "has ended"} }, oneIsDown + "; zookeeper-2: has ended"},
		"formed: all is down":                 {of(Formed), 3, 0, func(rs reports) { down(rs[1]); down(rs[2]); down(rs[3]) }, nil, noMajority},
		"formed: a lost one follows":          {of(Formed), 3, 0, func(rs reports) { delete(rs, 1) }, func(s *Scene) { s.Lost = []string{"zookeeper-1"} }, ""},
		"formed: a lost one does not":         {of(Formed), 3, 0, func(rs reports) { delete(rs, 1); rs[3].Answer.SyncedFollowers = 1 }, func(s *Scene) { s.Lost = []string{"zookeeper-1"} }, "2/3 participants serve, leader 3; waiting for zookeeper-1: was not asked, so nothing is known of it"},
		"formed: the lost one leads":          {of(Formed), 3, 0, func(rs reports) { delete(rs, 3) }, func(s *Scene) { s.Lost = []string{"zookeeper-3"} }, ""},
		"formed: a lost observer is attached": {of(Formed), 3, 2, func(rs reports) { delete(rs, 5) }, func(s *Scene) { s.Lost = []string{"zookeeper-5"} }, ""},
		"formed: a lost observer is not":      {of(Formed), 3, 2, func(rs reports) { delete(rs, 5); rs[3].Answer.SyncedObservers = 1 }, func(s *Scene) { s.Lost = []string{"zookeeper-5"} }, "3/3 participants serve, leader 3; waiting for zookeeper-5: was not asked, so nothing is known of it"},
		"formed: one lost, one absent":        {of(Formed), 5, 0, func(rs reports) { delete(rs, 1); delete(rs, 2); rs[5].Answer.SyncedFollowers = 3 }, func(s *Scene) { s.Absent, s.Lost = []string{"zookeeper-1"}, []string{"zookeeper-2"} }, ""},
		"joined":                              {settled(of(Joined, 1)), 3, 0, nil, nil, ""},
		"joined: down":                        {settled(of(Joined, 1)), 3, 0, func(rs reports) { down(rs[1]); rs[3].Answer.SyncedFollowers = 1 }, func(s *Scene) { s.Held = time.Hour }, oneIsDown + "; zookeeper-1: " + isDown},
		"joined: no quorum":                   {settled(of(Joined, 1)), 3, 0, func(rs reports) { down(rs[1]); down(rs[2]); down(rs[3]) }, func(s *Scene) { s.Held = time.Hour }, noMajority},
		"joined: another is down":             {settled(of(Joined, 2)), 3, 0, func(rs reports) { down(rs[1]); rs[3].Answer.SyncedFollowers = 1 }, nil, oneIsDown},
		"joined: another is down for long":    {settled(of(Joined, 2)), 3, 0, func(rs reports) { down(rs[1]); rs[3].Answer.SyncedFollowers = 1 }, func(s *Scene) { s.Held = 5 * time.Second }, ""},
		"unknown":                             {Gate{Kind: "later"}, 3, 0, nil, nil, `this version knows no gate "later"`},
		"spared behind an observer": {of(Spared, 2), 4, 0, func(rs reports) { rs[1].Answer.Mode = ensemble.Observing; down(rs[3]) }, func(s *Scene) {
			s.Ensemble.Hosts[0].Instances[0].Role = inventory.Observer
			s.Verdict = ensemble.Judge(s.Ensemble, Answers(s.Reports))
		}, "zookeeper-3: " + isDown},
	} {
		t.Run(name, func(t *testing.T) {
			s := shown(test.voters, test.observers, test.edit)
			if test.set != nil {
				test.set(&s)
			}
			if got := test.gate.Judge(s); got != test.want {
				t.Errorf("it lacks %q, want %q", got, test.want)
			}
		})
	}
}

// TestGateWords wants each gate to be said in words.
func TestGateWords(t *testing.T) {
	some := []string{"zookeeper-1", "zookeeper-2"}
	for want, g := range map[string]Gate{
		"every other voter is in sync, and a majority stands without zookeeper-1, zookeeper-2": {Kind: Spared, Instances: some},
		"every other voter that serves is in sync":                                             {Kind: Spared, Instances: some, Outage: true},
		"zookeeper-1, zookeeper-2 serves again":                                                {Kind: Back, Instances: some},
		"zookeeper-1, zookeeper-2 is in sync":                                                  {Kind: InSync, Instances: some},
		"a write is read back through every server":                                            {Kind: Written},
		"a write through zookeeper-1, zookeeper-2 is read back through every server":           {Kind: Written, Instances: some},
		"the ensemble is formed":                                                               {Kind: Formed},
		"zookeeper-1, zookeeper-2 is part of a quorum":                                         {Kind: Joined, Instances: some},
	} {
		if got := g.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

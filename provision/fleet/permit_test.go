package fleet

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// takenOut lets zk1 need a restart for an inventory without a voter that the other three
// follow.
func takenOut(hs *hosts, id int) {
	hs.byName["zk1"].plan.Restarts = []provision.Restart{{Instance: "zookeeper-1", Reasons: []string{"zoo.cfg"}}}
	hs.byName["zk1"].seen = formedBy(hs.byName["zk1"].seen, 1, 2, 3, id)
	follower := well(1)
	follower.ID, follower.Answer.ID, follower.Unit = 3, 3, running(3)
	hs.byName["zk3"].reports = func(int) []provision.Report { return []provision.Report{follower} }
}

// TestPermit looks at everything that stops a run before its first change, and
// of which kind it is.
func TestPermit(t *testing.T) {
	critical := func(name string) finding.Finding {
		return finding.Finding{Name: name, Severity: finding.Critical, Host: "zk1", Message: "m", Hint: "h"}
	}
	refused := func(name string) finding.Finding {
		f := critical(name)
		f.Refusal = true
		return f
	}
	fresh := func(f *Fleet, hs *hosts) {
		for _, m := range f.Ensemble.Members() {
			hs.byName[m.Host.Name].seen = sees(m.Instance.Name, nothing)
		}
	}
	type refusal struct {
		Kind provision.Kind
		Text string // the beginning
	}
	lost := refusal{provision.Unreachable, "zk2: zk2 does not answer"}
	tests := map[string]struct {
		prepare func(f *Fleet, hs *hosts)
		want    []refusal
	}{
		"nothing": {prepare: func(*Fleet, *hosts) {}},
		"warnings": {prepare: func(_ *Fleet, hs *hosts) {
			w, n := critical("zk-eol"), critical("noted")
			w.Severity, n.Severity = finding.Warning, finding.Notice
			hs.byName["zk1"].plan.Findings = finding.Findings{w, n}
		}},
		"critical": {
			prepare: func(_ *Fleet, hs *hosts) { hs.byName["zk1"].plan.Findings = finding.Findings{critical("port-in-use")} },
			want:    []refusal{{provision.Failed, "zk1: m; h [port-in-use]"}},
		},
		"critical, and a refusal": {
			prepare: func(_ *Fleet, hs *hosts) { hs.byName["zk1"].plan.Findings = finding.Findings{refused("foreign-data")} },
			want:    []refusal{{provision.Refused, "zk1: m; h [foreign-data]"}},
		},
		"critical and silenced": {
			prepare: func(f *Fleet, hs *hosts) {
				f.Ensemble.Ignore = []string{"port-in-use"}
				hs.byName["zk1"].plan.Findings = finding.Findings{critical("port-in-use")}
			},
			want: []refusal{{provision.Failed, "zk1: m; h [port-in-use]"}},
		},
		"a restart": {
			prepare: func(_ *Fleet, hs *hosts) {
				otherVoters(hs)
				hs.byName["zk3"].plan.Restarts = []provision.Restart{{Instance: "zookeeper-3", Reasons: []string{"zoo.cfg", "the unit"}}}
			},
			want: []refusal{{provision.Refused, "zk3: cannot restart zookeeper-3, which runs: zoo.cfg, the unit; one server at a time, and this one last, as zookeeper-3 leads: `systemctl stop zookeeper-3` on zk3"}},
		},
		"a restart, and nobody leads": {
			prepare: func(_ *Fleet, hs *hosts) {
				otherVoters(hs)
				hs.byName["zk1"].plan.Restarts = []provision.Restart{{Instance: "zookeeper-1", Reasons: []string{"zoo.cfg"}}}
				hs.byName["zk3"].reports = func(int) []provision.Report { return []provision.Report{starting(3)} }
			},
			want: []refusal{{provision.Refused, "zk1: cannot restart zookeeper-1, which runs: zoo.cfg; let it run, as the quorum hangs on it, until zookeeper-3 is in sync again; then one server at a time, the leader last [restart-needed]"}},
		},
		"a restart, and nobody serves": {
			prepare: func(_ *Fleet, hs *hosts) {
				otherVoters(hs)
				hs.byName["zk1"].plan.Restarts = []provision.Restart{{Instance: "zookeeper-1", Reasons: []string{"zoo.cfg"}}}
				for id := 1; id <= 3; id++ {
					hs.byName[fmt.Sprintf("zk%d", id)].reports = func(int) []provision.Report { return []provision.Report{starting(id)} }
				}
			},
			want: []refusal{{provision.Refused, "zk1: cannot restart zookeeper-1, which runs: zoo.cfg; one server at a time, the leader last: `systemctl stop"}},
		},
		"a restart with two voters less": {
			prepare: func(_ *Fleet, hs *hosts) {
				hs.byName["zk1"].plan.Restarts = []provision.Restart{{Instance: "zookeeper-1", Reasons: []string{"zoo.cfg"}}}
				hs.byName["zk1"].seen = formedBy(hs.byName["zk1"].seen, 1, 2, 3, 8, 9)
			},
			want: []refusal{
				{provision.Refused, "the voters 1, 2, 3, 8, 9 formed this ensemble, and the inventory takes 8, 9 out at once"},
				{provision.Refused, "zk1: cannot restart zookeeper-1, which runs: zoo.cfg; let it run until nothing else stands against an apply"},
			},
		},
		"a restart without the leader that is taken out": {
			prepare: func(_ *Fleet, hs *hosts) {
				takenOut(hs, 9)
				hs.byName["zk2"].reports = func(int) []provision.Report { return []provision.Report{starting(2)} }
			},
			want: []refusal{{provision.Refused, "zk1: cannot restart zookeeper-1, which runs: zoo.cfg; let it run until another server leads; stop and disable zookeeper-9 first, which the inventory has no more and which leads: a server that is started without it in its list does not find its leader [restart-needed]"}},
		},
		"a restart without the leader that is taken out, and one is down": {
			prepare: func(_ *Fleet, hs *hosts) {
				takenOut(hs, 9)
				hs.byName["zk2"].reports = func(int) []provision.Report { return []provision.Report{{ID: 2}} }
			},
			want: []refusal{{provision.Refused, "zk1: cannot restart zookeeper-1, which runs: zoo.cfg; let it run until another server leads; once zookeeper-2 is up again, stop and disable zookeeper-9 first"}},
		},
		"a restart, and the leader may serve no clients": {
			prepare: func(f *Fleet, hs *hosts) {
				takenOut(hs, 9)
				for _, m := range f.Ensemble.Members() {
					m.Instance.ZooCfg = append(m.Instance.ZooCfg, inventory.Setting{Key: "leaderServes", Value: "no"})
				}
			},
			want: []refusal{{provision.Refused, "zk1: cannot restart zookeeper-1, which runs: zoo.cfg; one server at a time, the leader last: `systemctl stop"}},
		},
		"a restart without a leader that becomes an observer": {
			prepare: func(_ *Fleet, hs *hosts) {
				takenOut(hs, 4)
				leader := well(3)
				leader.ID, leader.Answer.ID, leader.Unit = 4, 4, running(4)
				hs.byName["zk4"].reports = func(int) []provision.Report { return []provision.Report{leader} }
				hs.byName["zk4"].plan.Restarts = []provision.Restart{{Instance: "zookeeper-4", Reasons: []string{"zoo.cfg"}, Staged: true}}
			},
			want: []refusal{
				{provision.Refused, "zk1: cannot restart zookeeper-1, which runs: zoo.cfg; let it run until another server leads; restart zookeeper-4 first, which leads and is to be an observer: a server that is started without it among the voters does not find its leader [restart-needed]"},
				{provision.Refused, "zk4: cannot restart zookeeper-4, which runs: zoo.cfg; before all others, as it leads and is to be an observer: `systemctl restart zookeeper-4` on zk4"},
			},
		},
		"two voters less, with which all run": {
			prepare: func(_ *Fleet, hs *hosts) {
				hs.byName["zk1"].seen = formedBy(hs.byName["zk1"].seen, 1, 2, 3, 8, 9)
			},
		},
		"a restart beside another obstacle": {
			prepare: func(_ *Fleet, hs *hosts) {
				otherVoters(hs)
				hs.byName["zk1"].plan.Restarts = []provision.Restart{{Instance: "zookeeper-1", Reasons: []string{"zoo.cfg"}}}
				hs.byName["zk2"].plan.Findings = finding.Findings{critical("port-in-use")}
			},
			want: []refusal{
				{provision.Failed, "zk1: m; h [port-in-use]"},
				{provision.Refused, "zk1: cannot restart zookeeper-1, which runs: zoo.cfg; let it run until nothing else stands against an apply; then one server at a time, the leader, zookeeper-3 on zk3, last [restart-needed]"},
			},
		},
		"a host is down": {
			prepare: func(_ *Fleet, hs *hosts) { hs.byName["zk2"].errs["connect"] = unreachable("zk2") },
			want:    []refusal{lost},
		},
		"a host outside of the limit is down": {
			prepare: func(f *Fleet, hs *hosts) {
				f.Limit = []string{"zk1"}
				hs.byName["zk2"].errs["connect"] = unreachable("zk2")
			},
		},
		"a host is down at a first bootstrap": {
			prepare: func(f *Fleet, hs *hosts) {
				fresh(f, hs)
				hs.byName["zk2"].errs["connect"] = unreachable("zk2")
			},
			want: []refusal{lost},
		},
		"a host outside of the limit is down at a first bootstrap": {
			prepare: func(f *Fleet, hs *hosts) {
				fresh(f, hs)
				f.Limit = []string{"zk1"}
				hs.byName["zk2"].errs["connect"] = unreachable("zk2")
			},
			want: []refusal{lost},
		},
		"a host cannot plan its part": {
			prepare: func(f *Fleet, hs *hosts) {
				fresh(f, hs)
				hs.byName["zk2"].errs["plan"] = errors.New("broken")
			},
			want: []refusal{{provision.Failed, "zk2: broken"}},
		},
		"a voter outside of the limit is unreadable at a first bootstrap": {
			prepare: func(f *Fleet, hs *hosts) {
				fresh(f, hs)
				f.Limit = []string{"zk1"}
				hs.byName["zk2"].seen = sees("zookeeper-2", unreadable)
			},
			want: []refusal{{provision.Refused, "cannot tell whether this ensemble exists already: nothing is known of zookeeper-2"}},
		},
		"data lost": {
			prepare: func(f *Fleet, hs *hosts) {
				fresh(f, hs)
				hs.byName["zk1"].seen.Formed = true
			},
			want: []refusal{{provision.Refused, "this ensemble once had a quorum"}},
		},
		"a restart while others are down": {
			prepare: func(_ *Fleet, hs *hosts) {
				otherVoters(hs)
				hs.byName["zk1"].plan.Restarts = []provision.Restart{{Instance: "zookeeper-1", Reasons: []string{"zoo.cfg"}}}
				hs.byName["zk2"].plan.Restarts = []provision.Restart{{Instance: "zookeeper-2", Reasons: []string{"older"}, Staged: true}}
				for _, name := range []string{"zookeeper-3", "zookeeper-4"} {
					start := change(plan.Start)
					start.Instance = name
					hs.byName["zk"+name[len(name)-1:]].changes = []provision.Change{start}
				}
			},
			want: []refusal{
				{provision.Refused, "zk1: cannot restart zookeeper-1, which runs: zoo.cfg; one server at a time, the leader, zookeeper-3 on zk3, last: `systemctl stop zookeeper-1` on zk1, then `zkprov apply --limit zookeeper-1 prod.toml`"},
				{provision.Refused, "zk2: cannot restart zookeeper-2, which runs: older; one server at a time, the leader, zookeeper-3 on zk3, last: `systemctl restart zookeeper-2` on zk2"},
				{provision.Refused, "what is down is not started either: zookeeper-3,zookeeper-4; start it, and leave alone what runs: `zkprov apply --limit zookeeper-3,zookeeper-4 prod.toml`"},
			},
		},
		"a restart for what servers share": {
			prepare: func(_ *Fleet, hs *hosts) {
				otherVoters(hs)
				hs.byName["zk1"].plan.Restarts = []provision.Restart{{Instance: "zookeeper-1", Reasons: []string{"the release"}, Shared: true}}
			},
			want: []refusal{{provision.Refused, "zk1: cannot restart zookeeper-1, which runs: the release; one host at a time, that of the leader, zookeeper-3 on zk3, last: `systemctl stop zookeeper-1` on zk1, then `zkprov apply --limit zk1 prod.toml`"}},
		},
		"everything at once": {
			prepare: func(_ *Fleet, hs *hosts) {
				otherVoters(hs)
				hs.byName["zk1"].plan.Findings = finding.Findings{critical("port-in-use"), refused("foreign-data")}
				hs.byName["zk3"].plan.Restarts = []provision.Restart{{Instance: "zookeeper-3", Reasons: []string{"zoo.cfg"}}}
				hs.byName["zk2"].errs["observe"] = unreachable("zk2")
			},
			want: []refusal{{provision.Refused, "zk1: m; h [foreign-data]"}, {provision.Failed, "zk1: m; h [port-in-use]"}, {provision.Refused, "zk3: cannot restart"}, lost},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f, hs := newFleet(t)
			for _, h := range hs.byName {
				h.changes = []provision.Change{change(plan.Stage)}
			}
			test.prepare(f, hs)
			p, err := f.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got []refusal
			if joined, ok := p.Stops().(interface{ Unwrap() []error }); ok {
				for i, one := range joined.Unwrap() {
					text := one.Error()
					if i < len(test.want) && strings.HasPrefix(text, test.want[i].Text) {
						text = test.want[i].Text
					}
					got = append(got, refusal{kindOf(one), text})
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if test.want == nil {
				return
			}
			o, err := f.Apply(t.Context())
			if err == nil || err.Error() != p.Stops().Error() {
				t.Errorf("apply stopped at %v, and plan foretold %v", err, p.Stops())
			}
			if n := hs.count("stage") + hs.count("archive"); n > 0 || o.Changes() > 0 {
				t.Errorf("%d calls and %d changes were made before", n, o.Changes())
			}
		})
	}
}

// otherVoters has the ensemble formed without one of the voters: people restart its
// servers themselves.
func otherVoters(hs *hosts) {
	hs.byName["zk1"].seen = formedBy(hs.byName["zk1"].seen, 1, 2)
}

package fleet

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/internal/finding"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// remembers is a host that has seen a quorum.
func remembers(o provision.Observation) provision.Observation {
	o.Formed = true
	return o
}

// formedBy is a host that has seen a quorum of these servers.
func formedBy(o provision.Observation, ids ...int) provision.Observation {
	o.Formed, o.Members = true, &provision.Members{Ensemble: "zookeeper", Members: ids, Voters: ids}
	return o
}

func TestDecide(t *testing.T) {
	e := read(t, four)
	all := func(data ...facts.DataDir) map[string]provision.Observation {
		seen := make(map[string]provision.Observation)
		for i, d := range data {
			seen[fmt.Sprintf("zk%d", i+1)] = sees(fmt.Sprintf("zookeeper-%d", i+1), d)
		}
		return seen
	}
	without := func(seen map[string]provision.Observation, names ...string) map[string]provision.Observation {
		for _, name := range names {
			delete(seen, name)
		}
		return seen
	}
	with := func(seen map[string]provision.Observation, name string, o provision.Observation) map[string]provision.Observation {
		seen[name] = o
		return seen
	}
	tests := map[string]struct {
		seen      map[string]provision.Observation
		bootstrap bool
		found     []string // name and instance
		says      string
	}{
		"nothing anywhere":        {seen: all(nothing, nothing, nothing, nothing), bootstrap: true},
		"empty folders":           {seen: all(emptyDir, emptyDir, nothing, emptyDir), bootstrap: true},
		"a bootstrap was cut off": {seen: all(snapshot0, nothing, emptyDir, nothing), bootstrap: true},
		"all started, no quorum":  {seen: all(snapshot0, snapshot0, snapshot0, nothing), bootstrap: true},

		"nobody was seen":         {seen: all(), found: []string{voterUnseen}, says: "zookeeper-1, zookeeper-2, zookeeper-3, zookeeper-4"},
		"a voter unseen":          {seen: without(all(nothing, nothing, nothing, nothing), "zk2"), found: []string{voterUnseen}, says: "zookeeper-2"},
		"a voter unreadable":      {seen: all(nothing, unreadable, nothing, nothing), found: []string{voterUnseen}, says: "zookeeper-2"},
		"a voter not looked at":   {seen: with(all(nothing, nothing, nothing, nothing), "zk2", provision.Observation{}), found: []string{voterUnseen}, says: "zookeeper-2"},
		"the observer unseen":     {seen: all(nothing, nothing, nothing), found: []string{voterUnseen}, says: "zookeeper-4"},
		"the observer unreadable": {seen: all(nothing, nothing, nothing, unreadable), found: []string{voterUnseen}, says: "zookeeper-4"},

		"all is well":                {seen: all(formed, formed, formed, formed)},
		"a voter emptied":            {seen: all(formed, emptyDir, formed, formed), found: []string{emptyData + " zookeeper-2"}},
		"a voter's disk gone":        {seen: all(formed, nothing, formed, formed), found: []string{emptyData + " zookeeper-2"}},
		"the observer emptied":       {seen: all(formed, formed, formed, nothing), found: []string{emptyData + " zookeeper-4"}},
		"a voter never had any":      {seen: all(formed, snapshot0, formed, formed)},
		"one emptied, one unseen":    {seen: without(all(formed, nothing, formed, formed), "zk3"), found: []string{emptyData + " zookeeper-2"}},
		"one left, one unreadable":   {seen: all(formed, nothing, unreadable, formed), found: []string{emptyData + " zookeeper-2"}},
		"a history without snapshot": {seen: all(formed, logged, nothing, formed), found: []string{emptyData + " zookeeper-3"}},
		"one left":                   {seen: all(formed, nothing, nothing, formed), found: []string{dataLost}, says: "only 1 of its 3 voters still have data: zookeeper-2, zookeeper-3 have none"},
		"none left but the observer": {seen: all(nothing, nothing, nothing, formed), found: []string{dataLost}, says: "only 0 of its 3"},
		"none left, remembered":      {seen: with(all(nothing, nothing, nothing, nothing), "zk1", remembers(sees("zookeeper-1", nothing))), found: []string{dataLost}},
		"remembered by the observer": {seen: with(all(nothing, nothing, nothing, nothing), "zk4", remembers(sees("zookeeper-4", nothing))), found: []string{dataLost}},
		"remembered, snapshots of 0": {seen: with(all(snapshot0, snapshot0, nothing, nothing), "zk1", remembers(sees("zookeeper-1", snapshot0))), found: []string{emptyData + " zookeeper-3", emptyData + " zookeeper-4"}},
		"one grown to three": {seen: with(all(formed, nothing, nothing, nothing), "zk1", formedBy(sees("zookeeper-1", formed), 1)),
			found: []string{newMember + " zookeeper-2", newMember + " zookeeper-3", newMember + " zookeeper-4"}},
		"one grown to three, and lost": {seen: with(all(nothing, nothing, nothing, nothing), "zk1", formedBy(sees("zookeeper-1", nothing), 1)),
			found: []string{dataLost}, says: "zookeeper-1 has none"},
		"two grown to three": {seen: with(all(formed, formed, nothing, nothing), "zk1", formedBy(sees("zookeeper-1", formed), 1, 2)),
			found: []string{newMember + " zookeeper-3", newMember + " zookeeper-4"}},
		"two grown to three, one unseen": {seen: with(without(all(formed, formed, nothing, nothing), "zk2"), "zk1", formedBy(sees("zookeeper-1", formed), 1, 2)),
			found: []string{newMember + " zookeeper-3", newMember + " zookeeper-4"}},
		"two grown to three, one lost": {seen: with(all(formed, nothing, nothing, nothing), "zk1", formedBy(sees("zookeeper-1", formed), 1, 2)),
			found: []string{dataLost}, says: "zookeeper-2 has none"},
		"an observer is new": {seen: with(all(formed, formed, formed, nothing), "zk1", formedBy(sees("zookeeper-1", formed), 1, 2, 3)),
			found: []string{newMember + " zookeeper-4"}},
		"four shrunk to three":    {seen: with(all(formed, formed, formed, formed), "zk1", formedBy(sees("zookeeper-1", formed), 1, 2, 3, 9))},
		"five shrunk to three":    {seen: with(all(formed, formed, formed, formed), "zk1", formedBy(sees("zookeeper-1", formed), 1, 2, 3, 8, 9))},
		"a voter made observer":   {seen: with(all(formed, formed, formed, formed), "zk1", formedBy(sees("zookeeper-1", formed), 1, 2, 3, 4))},
		"voters made observers":   {seen: with(all(formed, formed, formed, formed), "zk1", formedBy(sees("zookeeper-1", formed), 1, 4, 5, 6, 7))},
		"seven shrunk to three":   {seen: with(all(formed, formed, formed, formed), "zk1", formedBy(sees("zookeeper-1", formed), 1, 2, 3, 6, 7, 8, 9))},
		"all renumbered":          {seen: with(all(nothing, nothing, nothing, nothing), "zk2", formedBy(sees("zookeeper-2", nothing), 7, 8, 9)), found: []string{newMember + " zookeeper-1", newMember + " zookeeper-2", newMember + " zookeeper-3", newMember + " zookeeper-4"}},
		"one of three renumbered": {seen: with(all(formed, formed, nothing, formed), "zk1", formedBy(sees("zookeeper-1", formed), 1, 2, 9)), found: []string{newMember + " zookeeper-3"}},
		"a record without members": {seen: with(all(formed, nothing, nothing, formed), "zk1", remembers(sees("zookeeper-1", formed))),
			found: []string{dataLost}, says: "zookeeper-2, zookeeper-3 have none"},
		"a record of before, with the observer": {seen: with(all(formed, formed, nothing, formed), "zk1",
			provision.Observation{Formed: true, Members: &provision.Members{Members: []int{1, 2, 3, 4}}, Facts: sees("zookeeper-1", formed).Facts}),
			found: []string{emptyData + " zookeeper-3"}},
		"one left, one not seen": {seen: all(formed, nothing, nothing), found: []string{dataLost}, says: "only 1 of its 3"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := decide(e, test.seen)
			var found []string
			for _, f := range d.findings {
				found = append(found, strings.TrimSpace(f.Name+" "+f.Instance))
				if f.Hint == "" && f.Name != newMember || !strings.Contains(f.Message, test.says) {
					t.Errorf("%v does not say %q, or what to do", f, test.says)
				}
				want := finding.Critical
				switch f.Name {
				case emptyData:
					want = finding.Warning
				case newMember:
					want = finding.Notice
				}
				if strings.Contains(f.Hint, "remove") || strings.Contains(f.Hint, "rm ") {
					t.Errorf("it advises to remove something: %v", f)
				}
				if f.Severity != want || f.Refusal != (want == finding.Critical) {
					t.Errorf("%s is %s, want %s; a refusal: %t", f.Name, f.Severity, want, f.Refusal)
				}
			}
			if d.bootstrap != test.bootstrap {
				t.Errorf("bootstrap is %t", d.bootstrap)
			}
			if diff := cmp.Diff(test.found, found); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestNeverEmptyIntoExisting goes through everything that can be seen of four
// servers, and the memory of each host: no voter may start empty where there is
// the least evidence of an ensemble, or where anything was not seen, and where
// fewer than a majority of the voters can have data nothing may start.
func TestNeverEmptyIntoExisting(t *testing.T) {
	e := read(t, four)
	data := map[string]facts.DataDir{"nothing": nothing, "empty": emptyDir, "snapshot0": snapshot0, "formed": formed, "unreadable": unreadable,
		"unreadable with history": {Error: "input/output error", History: true}, "unseen": {}, "not looked at": {}}
	kinds := slices.Sorted(maps.Keys(data))
	n := len(kinds)
	for code := range n * n * n * n * 2 {
		seen := make(map[string]provision.Observation)
		var what []string
		evidence, hidden, withData := code%2 == 1, false, 0
		rest := code / 2
		for _, m := range e.Members() {
			kind := kinds[rest%n]
			rest /= n
			what = append(what, kind)
			d := data[kind]
			voter := m.Instance.Role == inventory.Participant
			mayHaveData := d.SnapshotPresent || d.Error != "" || kind == "unseen" || kind == "not looked at"
			if voter && mayHaveData {
				withData++
			}
			evidence = evidence || d.History
			hidden = hidden || d.Error != "" || kind == "unseen" || kind == "not looked at"
			switch kind {
			case "unseen":
			case "not looked at":
				seen[m.Host.Name] = provision.Observation{}
			default:
				seen[m.Host.Name] = sees(m.Instance.Name, d)
			}
		}
		if code%2 == 1 {
			// Whichever host is seen remembers.
			names := slices.Sorted(maps.Keys(seen))
			if len(names) == 0 {
				continue
			}
			name := names[code/2%len(names)]
			seen[name] = remembers(seen[name])
		}
		d := decide(e, seen)
		if want := !evidence && !hidden; d.bootstrap != want {
			t.Fatalf("bootstrap is %t with %v, remembered %t", d.bootstrap, what, code%2 == 1)
		}
		if stopped := d.findings.Worst() == finding.Critical; stopped != (!evidence && hidden || evidence && withData < e.Majority()) {
			t.Fatalf("stopped is %t with %v, remembered %t", stopped, what, code%2 == 1)
		}
	}
}

func TestExplained(t *testing.T) {
	known := map[string]bool{}
	for _, x := range Explanations() {
		if known[x.Name] || x.Means == "" || x.Fix == "" {
			t.Errorf("%q is explained twice or too little: %+v", x.Name, x)
		}
		known[x.Name] = true
	}
	for _, name := range []string{voterUnseen, dataLost, emptyData, restartNeeded, drift, hostFailed} {
		if !known[name] {
			t.Errorf("%s is not explained", name)
		}
	}
}

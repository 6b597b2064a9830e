package plan

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

var update = flag.Bool("update", false, "write the golden files anew")

// given is what steps are made of, in short.
type given struct {
	// hosts are lines as "zk1 1l 2f 3o 4-": a host and the ids of its instances, with
	// what each answers as: a leader, a follower, an observer (which it is then by the
	// inventory too), a voter that reads only, the leader that is to be an observer (d),
	// or not at all.
	hosts []string
	// changes are lines as "zk1 unit 1": host, kind and, where it concerns one, the
	// instance. "restart" and "shared" are no changes, but a pending restart of one
	// instance, of a release that is replaced in the second.
	changes []string
	// unnamed are instances whose host has not kept what they were started with.
	unnamed []int
	proof   []Gate
}

func (g given) sorting(t *testing.T) Sorting {
	t.Helper()
	s := Sorting{Ensemble: &inventory.Ensemble{Name: "zookeeper"}, Answers: make(map[int]ensemble.Answer), Generations: make(map[string]string), Formed: time.Minute, Proof: g.proof}
	for _, line := range g.hosts {
		fields := strings.Fields(line)
		h := inventory.Host{Name: fields[0]}
		for _, text := range fields[1:] {
			id, err := strconv.Atoi(text[:len(text)-1])
			if err != nil {
				t.Fatal(err)
			}
			in := inventory.Instance{ID: id, Name: fmt.Sprintf("zookeeper-%d", id), Role: inventory.Participant}
			a := ensemble.Answer{ID: id, Serving: true, Running: true, QuorumSize: -1, SyncedFollowers: -1, SyncedObservers: -1}
			switch text[len(text)-1] {
			case 'l':
				a.Mode = ensemble.Leader
			case 'f':
				a.Mode = ensemble.Follower
			case 'o':
				a.Mode, in.Role = ensemble.Observing, inventory.Observer
			case 'r':
				a.Mode = ensemble.ReadOnly
			case 'd':
				a.Mode, in.Role = ensemble.Leader, inventory.Observer
			default:
				a = ensemble.Answer{ID: id}
			}
			h.Instances = append(h.Instances, in)
			s.Answers[id] = a
			if !slices.Contains(g.unnamed, id) {
				s.Generations[in.Name] = fmt.Sprintf("old-%d", id)
			}
		}
		s.Ensemble.Hosts = append(s.Ensemble.Hosts, h)
		s.Parts = append(s.Parts, provision.HostPlan{Host: h.Name})
	}
	for _, line := range g.changes {
		fields := strings.Fields(line)
		i := slices.IndexFunc(s.Parts, func(p provision.HostPlan) bool { return p.Host == fields[0] })
		instance, place := "", "all"
		if len(fields) > 2 {
			instance, place = "zookeeper-"+fields[2], fields[2]
		}
		switch p := &s.Parts[i]; fields[1] {
		case "restart", "shared":
			p.Restarts = append(p.Restarts, provision.Restart{Instance: instance, Shared: fields[1] == "shared"})
		default:
			p.Changes = append(p.Changes, provision.Change{Resource: fields[1] + ":" + place, Instance: instance, Action: provision.Update,
				From: "a" + place, To: "b" + place, Diff: "with a diff"})
		}
	}
	return s
}

// text returns steps for people to read.
func text(steps []Step) string {
	var b strings.Builder
	gates := func(when string, all []Gate) {
		for _, g := range all {
			fmt.Fprintf(&b, "  %s: %s, within %s", when, g, g.Within)
			if g.Settle > 0 {
				fmt.Fprintf(&b, ", for %s", g.Settle)
			}
			b.WriteString("\n")
		}
	}
	changes := func(indent string, all []HostChanges) {
		for _, h := range all {
			fmt.Fprintf(&b, "%s%s:\n", indent, h.Host)
			for _, c := range h.Changes {
				fmt.Fprintf(&b, "%s  %s %s -> %s, %s\n", indent, c.Resource, c.From, c.To, c.Summary+c.Diff)
			}
		}
	}
	for _, s := range steps {
		b.WriteString(s.Name)
		if s.Anew {
			b.WriteString(", then all is planned anew")
		}
		b.WriteString("\n")
		gates("before", s.Before)
		changes("  ", s.Changes)
		gates("after", s.After)
		if s.Undo == nil {
			continue
		}
		b.WriteString("  undo:\n")
		for _, name := range slices.Sorted(maps.Keys(s.Undo.Generations)) {
			fmt.Fprintf(&b, "    %s gets %s\n", name, s.Undo.Generations[name])
		}
	}
	if b.Len() == 0 {
		return "nothing\n"
	}
	return b.String()
}

// TestSteps sorts changes into steps. The files below testdata/steps have what is given
// and what comes of it.
func TestSteps(t *testing.T) {
	three := []string{"zk1 1l", "zk2 2f", "zk3 3f"}
	// whole is all that a restart into a new generation takes on a host.
	whole := func(host string, ids ...int) (lines []string) {
		for _, id := range ids {
			for _, kind := range []string{"restart", "dir", "file", "unit", "reload", "link", "restarted"} {
				lines = append(lines, fmt.Sprintf("%s %s %d", host, kind, id))
			}
		}
		return lines
	}
	for name, g := range map[string]given{
		"nothing": {hosts: three},
		"first-bootstrap": {hosts: []string{"zk1 1-", "zk2 2-", "zk3 3-"}, proof: []Gate{{Kind: Formed, Within: time.Minute}, {Kind: Written, Within: 10 * time.Second}}, changes: []string{
			"zk1 user", "zk1 release", "zk1 file 1", "zk1 unit 1", "zk1 link 1", "zk1 enabled 1", "zk1 running 1", "zk1 record",
			"zk2 user", "zk2 release", "zk2 file 2", "zk2 unit 2", "zk2 link 2", "zk2 enabled 2", "zk2 running 2", "zk2 record",
			"zk3 running 3",
		}},
		"java":         {hosts: three, changes: []string{"zk2 package", "zk2 file 2", "zk3 running 3"}},
		"roll":         {hosts: three, changes: slices.Concat(whole("zk1", 1), whole("zk2", 2), whole("zk3", 3)), proof: []Gate{{Kind: Formed, Within: time.Minute}}},
		"broken-first": {hosts: []string{"zk1 1l", "zk2 2f", "zk3 3f", "zk4 4o", "zk5 5-"}, changes: slices.Concat(whole("zk1", 1), whole("zk2", 2), whole("zk3", 3), whole("zk4", 4), whole("zk5", 5))},
		"down":         {hosts: []string{"zk1 1l", "zk2 2-", "zk3 3f"}, changes: []string{"zk2 running 2"}, proof: Proof(Gate{Kind: Formed, Within: time.Minute}, true)},
		"record-only":  {hosts: three, changes: []string{"zk2 record"}, proof: Proof(Gate{Kind: Formed, Within: time.Minute}, true)},
		// What an instance was started with is noted behind its start, what it runs with before.
		"noted": {hosts: []string{"zk1 1l", "zk2 2-", "zk3 3f"}, proof: []Gate{{Kind: Formed, Within: time.Minute}}, changes: []string{
			"zk1 history 1", "zk1 unit 1", "zk1 restarted 1", "zk1 history 1", "zk1 former 1", "zk2 running 2", "zk2 history 2", "zk3 history 3", "zk3 record", "zk3 former 3"}},
		"in-order": {hosts: three, proof: Proof(Gate{Kind: Formed, Within: time.Minute}, false)},
		"alone": {hosts: []string{"zk1 1- 2-", "zk2 3l"}, changes: []string{"zk1 unit 1", "zk1 running 1", "zk1 record"},
			proof: Proof(Gate{Kind: Joined, Instances: []string{"zookeeper-1", "zookeeper-2"}, Within: 2 * time.Second, Settle: 30 * time.Second}, true)},
		// What is not what the inventory says goes before all that is.
		"not-in-role":       {hosts: []string{"zk1 1f", "zk2 2r", "zk3 3o", "zk4 4d"}, changes: slices.Concat(whole("zk1", 1), whole("zk2", 2), whole("zk3", 3), whole("zk4", 4))},
		"four-on-one-host":  {hosts: []string{"zk1 1f 2l 3f 4o"}, changes: whole("zk1", 1, 2, 3, 4)},
		"three-on-one-host": {hosts: []string{"zk1 1f 2f 3l"}, changes: whole("zk1", 1, 2, 3)},
		"shared-by-one":     {hosts: []string{"zk1 1f 2f 3l"}, changes: slices.Concat([]string{"zk1 shared 1"}, whole("zk1", 1, 2))},
		"one-of-two":        {hosts: []string{"zk1 1f 2l"}, changes: append(whole("zk1", 2), "zk1 unit 1", "zk1 link 1", "zk1 reload", "zk1 running 1")},
		"edited-by-hand":    {hosts: three, unnamed: []int{2}, changes: []string{"zk2 restart 2", "zk2 file 2", "zk2 generation 2", "zk2 restarted 2"}},
		"edited-and-new":    {hosts: three, changes: append(whole("zk2", 2), "zk2 generation 2")},
		"without-a-generation": {hosts: []string{"zk1 1f 2l 3f"}, unnamed: []int{1},
			changes: whole("zk1", 1, 2)},
		// The release is replaced under all servers of a host, which go together.
		"shared-release": {hosts: []string{"zk1 1f 2l", "zk2 3f 4o", "zk3 5f"}, changes: slices.Concat(
			[]string{"zk1 release", "zk1 shared 1", "zk1 shared 2"}, whole("zk1", 1, 2),
			[]string{"zk2 release", "zk2 shared 3", "zk2 shared 4"}, whole("zk2", 3, 4),
			whole("zk3", 5))},
		"shared-without-a-generation": {hosts: []string{"zk1 1f 2l"}, unnamed: []int{2}, changes: append([]string{"zk1 release", "zk1 shared 1", "zk1 shared 2"}, whole("zk1", 1, 2)...)},
		// Another host's restart does not take the release along.
		"release-beside":          {hosts: three, changes: append([]string{"zk1 release"}, whole("zk2", 2)...)},
		"release-for-one-restart": {hosts: three, changes: append([]string{"zk1 release"}, whole("zk1", 1)...)},
		"release-of-what-is-left-alone": {hosts: three, changes: append([]string{"zk1 release", "zk1 shared 1"},
			whole("zk2", 2)...)},
	} {
		t.Run(name, func(t *testing.T) {
			got := "given\n  " + strings.Join(g.hosts, "\n  ") + "\n  " + strings.Join(g.changes, "\n  ")
			for _, id := range g.unnamed {
				got += fmt.Sprintf("\n  %d runs with a generation that is not kept", id)
			}
			got = strings.TrimRight(got, "\n ") + "\n\n" + text(g.sorting(t).Steps())
			path := filepath.Join("testdata", "steps", name+".txt")
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s differs (-want +got):\n%s", path, diff)
			}
		})
	}
}

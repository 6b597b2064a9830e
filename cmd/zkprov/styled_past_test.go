package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/fleet"
	"github.com/zkprov/zkprov/provision/history"
)

// TestPast shows a history to people.
func TestPast(t *testing.T) {
	e := &inventory.Ensemble{Name: "zookeeper"}
	for n := 1; n <= 3; n++ {
		e.Hosts = append(e.Hosts, inventory.Host{Instances: []inventory.Instance{{ID: n, Name: "zookeeper-" + string(rune('0'+n))}}})
	}
	all := []string{"zookeeper-1", "zookeeper-2", "zookeeper-3"}
	at := time.Date(2026, 3, 2, 9, 14, 51, 0, time.UTC)
	p := &fleet.Past{States: []history.State{
		{ID: "1111111", Time: at, By: provision.Caller{User: "ops", Host: "ctl1", Command: "apply"}, Found: true, Changed: all, Changes: []history.Change{{Instances: all}}, Lost: "zookeeper-2: the host has not kept it"},
		{ID: "2222222", Time: at.Add(time.Hour), By: provision.Caller{User: "ops\x1b[31m", Host: "ctl1", Command: "apply"}, Stopped: true, Changes: []history.Change{{Instances: all[:1], Settings: []string{"zoo.cfg: + a=b", "unit: -Xmx1g -> -Xmx2g"}, Diff: "--- zoo.cfg\n+++ zoo.cfg\n+a=b\n"}}},
		{ID: "3333333", Time: at.Add(2 * time.Hour), By: provision.Caller{Host: "zk3", Command: "agent"}, Changes: []history.Change{{Instances: all[2:]}}},
		{ID: "1111111", Time: at.Add(3 * time.Hour), By: provision.Caller{User: "ops", Host: "ctl1", Command: "rollback", To: "1111111"}, Current: true, Changes: []history.Change{{Instances: all[:2], Settings: []string{"zoo.cfg: - a=b"}}}, Lost: "of no interest"},
	}}
	const want = `* 1111111  2026-03-02 12:14:51Z  rollback to 1111111 by ops on ctl1
      zookeeper-{1-2}: zoo.cfg: - a=b
  3333333  2026-03-02 11:14:51Z  agent by zkprov agent on zk3
      zookeeper-3: started
  2222222  2026-03-02 10:14:51Z  apply by ops?[31m on ctl1
      zookeeper-1: zoo.cfg: + a=b
      zookeeper-1: unit: -Xmx1g -> -Xmx2g
      --- zoo.cfg
      +++ zoo.cfg
      +a=b
      stopped: a server did not come back and got what it had before
  1111111  2026-03-02 09:14:51Z  found by ops on ctl1
      zookeeper-{1-3}: as they ran when this was first noted
      cannot be gone back to: zookeeper-2: the host has not kept it
* is what runs now; to go back to another:
      $ zkprov rollback --to ID x.toml
`
	var b strings.Builder
	newStyled(&b, output{}).past(e, p, true, "zkprov rollback --to ID x.toml")
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, test := range map[string]struct {
		past fleet.Past
		want string
	}{
		"nothing":      {fleet.Past{}, "the hosts remember nothing yet"},
		"nothing else": {fleet.Past{States: p.States[3:]}, "* is what runs now\n"},
	} {
		b.Reset()
		newStyled(&b, output{}).past(e, &test.past, false, "back")
		if !strings.Contains(b.String(), test.want) || strings.Contains(b.String(), "back\n") {
			t.Errorf("%s: it says\n%s", name, b.String())
		}
	}
}

// TestDifferences shows alike what servers would be started with otherwise.
func TestDifferences(t *testing.T) {
	e := &inventory.Ensemble{Name: "zookeeper", Hosts: []inventory.Host{{Instances: []inventory.Instance{{ID: 1, Name: "zookeeper-1"}, {ID: 2, Name: "zookeeper-2"}}}}}
	var b strings.Builder
	newStyled(&b, output{}).differences(e, []provision.Restart{
		{Instance: "zookeeper-1", Differences: []string{"a", "b"}}, {Instance: "zookeeper-2", Differences: []string{"b"}},
	}, "  ")
	if want := "  zookeeper-1: a\n  zookeeper-{1-2}: b\n"; b.String() != want {
		t.Errorf("it says\n%s, want\n%s", b.String(), want)
	}
}

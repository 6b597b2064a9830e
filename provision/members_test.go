package provision

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
)

// listed is an inventory of voters, and of observers after them, each by its id.
func listed(voters, observers []int) *inventory.Ensemble {
	e := &inventory.Ensemble{Name: "zookeeper"}
	for _, id := range slices.Concat(voters, observers) {
		role := inventory.Participant
		if slices.Contains(observers, id) {
			role = inventory.Observer
		}
		e.Hosts = append(e.Hosts, inventory.Host{Name: fmt.Sprintf("zk%d", id), Instances: []inventory.Instance{{ID: id, Name: fmt.Sprintf("zookeeper-%d", id), Role: role}}})
	}
	return e
}

// TestCensus compares the voters of inventories with those that formed the ensemble.
func TestCensus(t *testing.T) {
	one, two, three, four, five, six := []int{1}, []int{1, 2}, []int{1, 2, 3}, []int{1, 2, 3, 4}, []int{1, 2, 3, 4, 5}, []int{1, 2, 3, 4, 5, 6}
	formed := func(voters []int) []*Members { return []*Members{{Members: voters, Voters: voters}} }
	for name, test := range map[string]struct {
		voters, observers []int
		records           []*Members
		empty             []int
		want              string
	}{
		"as it was formed":                   {three, nil, formed(three), nil, "formed 1 2 3, data of 3/3"},
		"no record":                          {three, nil, []*Members{nil, nil}, nil, "formed, data of 3/3"},
		"no record, one empty":               {three, nil, nil, []int{2}, "formed, data of 2/3, lost zookeeper-2"},
		"no record, two empty":               {three, nil, nil, []int{2, 3}, "formed, data of 1/3, lost zookeeper-2 zookeeper-3; data lost; outgrown"},
		"no record, two of four":             {four, nil, nil, []int{3, 4}, "formed, data of 2/4, lost zookeeper-3 zookeeper-4; data lost; outgrown"},
		"all empty":                          {three, nil, formed(three), three, "formed 1 2 3, data of 0/3, lost zookeeper-1 zookeeper-2 zookeeper-3; data lost; outgrown"},
		"an empty observer":                  {three, []int{4}, formed(three), []int{4}, "formed 1 2 3, data of 3/3"},
		"records that differ":                {three, nil, []*Members{{Voters: []int{3, 1}}, nil, {Voters: []int{2, 1}}}, nil, "formed 1 2 3, data of 3/3"},
		"an earlier version's":               {three, []int{4}, []*Members{{Members: four}}, nil, "formed 1 2 3, data of 3/3"},
		"an observer of before, a voter now": {four, nil, []*Members{{Members: four, Voters: three}}, []int{4}, "formed 1 2 3, data of 3/4, new zookeeper-4"},

		"one of three goes":      {two, nil, formed(three), nil, "formed 1 2 3, gone 3, data of 2/2"},
		"a voter observes":       {two, []int{3}, formed(three), nil, "formed 1 2 3, gone 3, data of 2/2"},
		"two of three go":        {one, nil, formed(three), nil, "formed 1 2 3, gone 2 3, data of 1/1; parted; splits"},
		"one of four goes":       {three, nil, formed(four), nil, "formed 1 2 3 4, gone 4, data of 3/3"},
		"two of four go":         {two, nil, formed(four), nil, "formed 1 2 3 4, gone 3 4, data of 2/2; parted"},
		"one of five goes":       {four, nil, formed(five), nil, "formed 1 2 3 4 5, gone 5, data of 4/4"},
		"two of five go":         {three, nil, formed(five), nil, "formed 1 2 3 4 5, gone 4 5, data of 3/3; splits"},
		"two of five are others": {[]int{1, 2, 3, 6, 7}, nil, formed(five), []int{6, 7}, "formed 1 2 3 4 5, gone 4 5, data of 3/5, new zookeeper-6 zookeeper-7"},
		"all are others":         {[]int{4, 5, 6}, nil, formed(three), []int{4, 5, 6}, "formed 1 2 3, gone 1 2 3, data of 0/3, new zookeeper-4 zookeeper-5 zookeeper-6; parted; outgrown"},

		"one comes to three":                   {four, nil, formed(three), []int{4}, "formed 1 2 3, data of 3/4, new zookeeper-4"},
		"two come to three":                    {five, nil, formed(three), []int{4, 5}, "formed 1 2 3, data of 3/5, new zookeeper-4 zookeeper-5"},
		"three come to three":                  {six, nil, formed(three), []int{4, 5, 6}, "formed 1 2 3, data of 3/6, new zookeeper-4 zookeeper-5 zookeeper-6; outgrown"},
		"two come to three, one empty":         {five, nil, formed(three), []int{3, 4, 5}, "formed 1 2 3, data of 2/5, lost zookeeper-3, new zookeeper-4 zookeeper-5; data lost; outgrown"},
		"three come, one is empty":             {six, nil, formed(three), []int{3, 4, 5, 6}, "formed 1 2 3, data of 2/6, lost zookeeper-3, new zookeeper-4 zookeeper-5 zookeeper-6; outgrown"},
		"two come to one":                      {three, nil, formed(one), []int{2, 3}, "formed 1, data of 1/3, new zookeeper-2 zookeeper-3; outgrown"},
		"one comes to three, one empty":        {four, nil, formed(three), []int{3, 4}, "formed 1 2 3, data of 2/4, lost zookeeper-3, new zookeeper-4; data lost; outgrown"},
		"two are lost, and two with data come": {five, nil, formed(three), []int{1, 2}, "formed 1 2 3, data of 3/5, lost zookeeper-1 zookeeper-2; data lost"},
		"an observer comes before":             {[]int{2, 3, 4}, []int{1}, formed([]int{2, 3, 4}), nil, "formed 2 3 4, data of 3/3"},
		"one with data comes":                  {four, nil, formed(three), nil, "formed 1 2 3, data of 4/4"},
	} {
		t.Run(name, func(t *testing.T) {
			c := TakeCensus(listed(test.voters, test.observers), test.records, func(in *inventory.Instance) bool { return slices.Contains(test.empty, in.ID) })
			if got := said(c); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

// said is a census in words.
func said(c Census) string {
	var b strings.Builder
	some := func(what string, list any, n int) {
		if n > 0 {
			b.WriteString(what + " " + strings.Trim(fmt.Sprint(list), "[]"))
		}
	}
	b.WriteString("formed")
	some("", c.Formed, len(c.Formed))
	some(", gone", c.Gone, len(c.Gone))
	fmt.Fprintf(&b, ", data of %d/%d", c.Data, c.Voters)
	some(", lost", c.Lost, len(c.Lost))
	some(", new", c.New, len(c.New))
	for _, is := range []struct {
		what string
		so   bool
	}{{"parted", c.Parted()}, {"splits", c.Splits()}, {"data lost", c.DataLost()}, {"outgrown", c.Outgrown()}} {
		if is.so {
			b.WriteString("; " + is.what)
		}
	}
	return b.String()
}

// TestMembersOf wants the record of an inventory to tell the voters from the observers.
func TestMembersOf(t *testing.T) {
	e := listed([]int{1, 2}, []int{3})
	e.Hosts[2].SSH, e.Hosts[2].Address = "root@zk3", "10.0.0.3"
	e.Hosts[0].MoreAddresses = []string{"192.168.0.1"}
	e.Hosts[0].Instances[0].ProbePort = 21810
	e.Hosts[1].Instances[0].ClientPort, e.Hosts[1].Instances[0].Address = 2181, "10.0.0.22"
	in := &e.Hosts[2].Instances[0]
	in.ClientPort, in.QuorumPort, in.ElectionPort, in.DataDir = 2181, 2888, 3888, "/data"
	in.ZooCfg = inventory.Settings{{Key: "clientPortAddress", Value: "10.0.0.9", Kind: "string"}, {Key: "ssl.keyStore.password", Value: "secret"}}
	want := Members{Ensemble: "zookeeper", Members: []int{1, 2, 3}, Voters: []int{1, 2}, Servers: []Placed{
		{Server: Server{ID: 1, Role: inventory.Participant, Address: "|192.168.0.1"}, Host: "zk1", ClientPort: 21810, ClientAddress: "127.0.0.1"},
		{Server: Server{ID: 2, Role: inventory.Participant, Address: "10.0.0.22"}, Host: "zk2", ClientPort: 2181, ClientAddress: "10.0.0.22"},
		{Server: Server{3, inventory.Observer, "10.0.0.3", 2888, 3888}, Host: "zk3", SSH: "root@zk3", ClientPort: 2181, ClientAddress: "10.0.0.9", DataDir: "/data"},
	}}
	got := MembersOf(e)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	former := want.Servers[2].Former("zookeeper")
	if m := (inventory.Member{Host: &inventory.Host{}, Instance: &former}); serverOf(m) != want.Servers[2].Server || former.Name != "zookeeper-3" || !former.Former || former.ClientAddr("") != "10.0.0.9:2181" {
		t.Errorf("it comes back as %+v", former)
	}
	if p := got.Place(3); p == nil || p.SSH != "root@zk3" || got.Place(4) != nil || (*Members)(nil).Place(3) != nil {
		t.Errorf("it is at %v", p)
	}
	if text := string(got.Text()); !strings.HasSuffix(text, "}\n") || !strings.Contains(text, `"voters": [`) {
		t.Errorf("it is kept as %s", text)
	}
}

// TestNarrows wants a record to be narrowed only where no instance is left alone that
// may run with what it says.
func TestNarrows(t *testing.T) {
	e := listed([]int{1, 2}, nil)
	e.Hosts = []inventory.Host{{Name: "zk1", Instances: []inventory.Instance{e.Hosts[0].Instances[0], e.Hosts[1].Instances[0]}}}
	record := &Members{Voters: []int{1, 2, 3}}
	for name, test := range map[string]struct {
		only   []string
		record *Members
		want   bool
	}{
		"all are changed":     {nil, record, false},
		"each is named":       {[]string{"zookeeper-1", "zookeeper-2"}, record, false},
		"one is left alone":   {[]string{"zookeeper-1"}, record, true},
		"nobody goes":         {[]string{"zookeeper-1"}, &Members{Voters: []int{1, 2}}, false},
		"there is no record":  {[]string{"zookeeper-1"}, nil, false},
		"somebody else comes": {[]string{"zookeeper-1"}, &Members{Voters: []int{1}}, false},
	} {
		if got := (Task{Ensemble: e, Host: "zk1", Only: test.only}).Narrows(test.record); got != test.want {
			t.Errorf("%s: %t, want %t", name, got, test.want)
		}
	}
}

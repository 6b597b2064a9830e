package provision

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
)

// TestReadServers reads the server lists of zoo.cfg files.
func TestReadServers(t *testing.T) {
	voter := func(id int, address string) Server { return Server{id, inventory.Participant, address, 2888, 3888} }
	for text, want := range map[string]Servers{
		"tickTime=2000\n": nil,
		"server.2=10.0.0.2:2888:3888:participant\nserver.1=10.0.0.1:2888:3888:observer\n": {{1, inventory.Observer, "10.0.0.1", 2888, 3888}, voter(2, "10.0.0.2")},
		"server.1=[2001:db8::1]:2888:3888:participant\n":                                  {voter(1, "2001:db8::1")},
		"server.1=zk1:2888:3888\n":                                                        {voter(1, "zk1")},
		"server.1=zk1:2888:3888:PARTICIPANT;2181\n":                                       {voter(1, "zk1")},
		"server.1=zk1:2888:3888:observer|[fd00::1]:2888:3888;2181\n":                      {{1, inventory.Observer, "zk1|fd00::1", 2888, 3888}},
		"server.1=zk1:2888:3888|zk2:2888:3888:observer\n":                                 {{1, inventory.Observer, "zk1|zk2", 2888, 3888}},
		"# server.1=zk9:1:2\nserver.1=zk1:1:2\nserver.1=zk2:2888:3888\n":                  {voter(1, "zk2")},
	} {
		got, err := ReadServers(text)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"server.x=zk1:1:2", "server.1=zk1:1", "server.1=zk1", "server.1=[::1]1:2", "server.1=zk1:1:b", "server.1=zk1:1:2:witness", "server.1=zk1:1:2:participant|zk2:1:2:observer", "server.1=zk1:1:2|zk2:1:3", "server.1=zk1:1:2|"} {
		if got, err := ReadServers(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

// TestServers changes lists without changing those that they are made of.
func TestServers(t *testing.T) {
	list := ServersOf(listed([]int{1, 3}, []int{2}))
	if got := list.String(); got != "{1, 3} with 2 observing" || list.Majority() != 2 || !list.Votes(3) || list.Votes(2) {
		t.Errorf("it is %s", got)
	}
	with := list.With(Server{ID: 2, Role: inventory.Participant})
	if without := with.Without(1); without.String() != "{2, 3}" || with.String() != "{1, 2, 3}" || list.Get(2).Role != inventory.Observer || list.Get(9) != nil {
		t.Errorf("they are %s, %s, %s", list, with, without)
	}
}

package host_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// TestMembers reads the record of the members as this version and earlier ones wrote
// it. One that differs is written anew once the quorum is proven, and not before.
func TestMembers(t *testing.T) {
	for name, test := range map[string]struct {
		record  string
		want    *provision.Members
		changes int
	}{
		"of this version":     {"", nil, 0},
		"without places":      {"{\n  \"ensemble\": \"zookeeper\",\n  \"members\": [\n    1\n  ],\n  \"voters\": [\n    1\n  ]\n}\n", &provision.Members{Ensemble: "zookeeper", Members: []int{1}, Voters: []int{1}}, 1},
		"of an earlier one":   {`{"ensemble":"zookeeper","members":[1]}`, &provision.Members{Ensemble: "zookeeper", Members: []int{1}}, 1},
		"with other members":  {`{"ensemble":"zookeeper","members":[1,2],"voters":[1]}`, &provision.Members{Ensemble: "zookeeper", Members: []int{1, 2}, Voters: []int{1}}, 1},
		"that cannot be read": {`{`, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.bootstrap(t, h.plan(t))
			if test.record == "" {
				now := provision.MembersOf(h.task.Ensemble)
				test.record, test.want = string(now.Text()), &now
			}
			write(t, filepath.Join(h.root, "/var/lib/zkprov/zookeeper/formed.json"), test.record)
			chmod(t, filepath.Join(h.root, "/var/lib/zkprov/zookeeper/formed.json"), 0o600)
			o, err := h.Observe(t.Context(), h.task)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, o.Members); diff != "" || !o.Formed {
				t.Errorf("formed %t, members (-want +got):\n%s", o.Formed, diff)
			}
			plan := h.plan(t)
			if len(plan.Changes) != test.changes || len(ofKind(plan, provision.KindRecord)) != test.changes {
				t.Errorf("the changes are %v", plan.Changes)
			}
		})
	}
}

// TestMembersNarrowed keeps voters that the inventory takes out in mind for as long as
// servers of the host may run with them.
func TestMembersNarrowed(t *testing.T) {
	h := newHost(t)
	text := strings.NewReplacer("HASH", h.task.Ensemble.Archive.SHA512, "instance = [ { id = 1 } ]",
		"instance = [ { id = 1 }, { id = 2, client_port = 2182, quorum_port = 2889, election_port = 3889, admin_port = 8081 } ]").Replace(oneHost)
	e, found := inventory.Read("test.toml", []byte(text))
	if found.Failed() {
		t.Fatal(found)
	}
	h.task.Ensemble = e
	h.bootstrap(t, h.plan(t))
	for name, test := range map[string]struct {
		record string
		only   []string
		want   int
	}{
		"one of two is started":  {`{"ensemble":"zookeeper","members":[1,2,9],"voters":[1,2,9]}`, []string{"zookeeper-2"}, 0},
		"all are":                {`{"ensemble":"zookeeper","members":[1,2,9],"voters":[1,2,9]}`, nil, 1},
		"both are":               {`{"ensemble":"zookeeper","members":[1,2,9],"voters":[1,2,9]}`, []string{"zookeeper-1", "zookeeper-2"}, 1},
		"one of two, and is new": {`{"ensemble":"zookeeper","members":[1],"voters":[1]}`, []string{"zookeeper-2"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			write(t, filepath.Join(h.root, "/var/lib/zkprov/zookeeper/formed.json"), test.record)
			chmod(t, filepath.Join(h.root, "/var/lib/zkprov/zookeeper/formed.json"), 0o600)
			h.task.Only = test.only
			if got := ofKind(h.plan(t), provision.KindRecord); len(got) != test.want {
				t.Errorf("recorded is %v", got)
			}
		})
	}
}

// TestNoInstance changes of a host that none of its instances is of only what it notes.
func TestNoInstance(t *testing.T) {
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	e := *h.task.Ensemble
	two := e.Hosts[0]
	two.Name, two.Address, two.SSH = "zk2", "10.0.0.2", "zk2"
	two.Instances = []inventory.Instance{two.Instances[0]}
	two.Instances[0].ID, two.Instances[0].Name, two.Instances[0].Role = 2, "zookeeper-2", inventory.Observer
	e.Hosts = append([]inventory.Host{e.Hosts[0]}, two)
	h.task.Ensemble, h.task.Underway, h.task.Only = &e, true, []string{"-"}
	var changes []string
	for _, c := range h.plan(t).Changes {
		changes = append(changes, string(c.Action)+" "+c.Resource)
	}
	want := []string{"create file:/var/lib/zkprov/zookeeper/places.json", "update record:/var/lib/zkprov/zookeeper/formed.json", "remove former:/var/lib/zkprov/zookeeper/places.json"}
	if diff := cmp.Diff(want, changes); diff != "" {
		t.Error(diff)
	}
}

package preflight

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/checks/facts"
	"github.com/zkprov/zkprov/inventory"
)

func TestQuery(t *testing.T) {
	e := testEnsemble()
	e.Hosts[0].Instances[0].DataLogDir = "/logs/zookeeper-1"
	q := Query(e, &e.Hosts[0], ".zkprov.json", "/opt/zookeeper/release")
	if diff := cmp.Diff([]string{"zk1", "zk2"}, q.Names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{2181, 2888, 3888, 8080}, q.Ports); diff != "" {
		t.Errorf("ports (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]facts.DataDirQuery{{Instance: "zookeeper-1", Dir: "/var/lib/zookeeper/zookeeper-1", LogDir: "/logs/zookeeper-1"}}, q.DataDirs); diff != "" {
		t.Errorf("data directories (-want +got):\n%s", diff)
	}
	var paths []string
	for _, f := range q.Folders {
		paths = append(paths, string(f.Use)+" "+f.Path)
	}
	want := []string{
		"install /opt/zookeeper", "install /var/cache/zkprov", "config /etc/zookeeper", "config /etc/systemd/system",
		"config /var/lib/zkprov", "data /var/lib/zookeeper/zookeeper-1", "data /logs/zookeeper-1",
	}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("folders (-want +got):\n%s", diff)
	}
	if q.Stamp != ".zkprov.json" {
		t.Errorf("stamp %q", q.Stamp)
	}
}

// TestPlacesOfHost names every folder once.
func TestPlacesOfHost(t *testing.T) {
	e := testEnsemble()
	e.Hosts[0].Instances[0].DataLogDir = "/logs/zookeeper-1"
	var got []string
	for _, p := range places(e, &e.Hosts[0], "/opt/zookeeper/release") {
		got = append(got, fmt.Sprintf("%s: %s", p.What, p.Path))
	}
	slices.Sort(got)
	want := []string{
		"systemd's units: /etc/systemd/system",
		"the configuration of zookeeper-1: /etc/zookeeper/zookeeper-1",
		"the data_dir of zookeeper-1: /var/lib/zookeeper/zookeeper-1",
		"the data_log_dir of zookeeper-1: /logs/zookeeper-1",
		"the release: /opt/zookeeper/release",
		"version-2 in the data_dir of zookeeper-1: /var/lib/zookeeper/zookeeper-1/version-2",
		"version-2 in the data_log_dir of zookeeper-1: /logs/zookeeper-1/version-2",
		"zkprov's own cache: /var/cache/zkprov",
		"zkprov's own state: /var/lib/zkprov",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// testEnsemble has two hosts with an instance each.
func testEnsemble() *inventory.Ensemble {
	e := &inventory.Ensemble{
		Name: "zookeeper", Version: "3.6.3",
		Paths: inventory.Paths{Install: "/opt/zookeeper", Config: "/etc/zookeeper", Data: "/var/lib/zookeeper"},
	}
	for id := 1; id <= 2; id++ {
		name := "zookeeper-" + strconv.Itoa(id)
		host := "zk" + strconv.Itoa(id)
		e.Hosts = append(e.Hosts, inventory.Host{Name: host, Address: host, Instances: []inventory.Instance{{
			Name: name, ID: id, Role: inventory.Participant,
			ClientPort: 2181, QuorumPort: 2888, ElectionPort: 3888, AdminPort: 8080,
			DataDir: filepath.Join("/var/lib/zookeeper", name),
			JVM:     inventory.JVM{Heap: "1g"},
		}}})
	}
	return e
}

package fleet

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision"
)

// TestDriftPending tells a configuration that was not applied yet from what was changed by
// hand on a host.
func TestDriftPending(t *testing.T) {
	folder := func(generation string) []provision.Change {
		const configs = "/etc/zookeeper/zookeeper-1/"
		return []provision.Change{
			{Resource: "dir:" + configs + generation, Path: configs + generation, Instance: "zookeeper-1", Action: provision.Create},
			{Resource: "file:" + configs + generation + "/zoo.cfg", Path: configs + generation + "/zoo.cfg", Instance: "zookeeper-1", Action: provision.Create},
		}
	}
	trial := provision.Change{Resource: "trial:zookeeper", Action: provision.Try, From: "untried", To: provision.Tried("zookeeper-1", "bb"), Summary: "zookeeper-1: Java starts"}
	unit := provision.Change{Resource: "unit:/etc/systemd/system/zookeeper-1.service", Path: "/etc/systemd/system/zookeeper-1.service", Instance: "zookeeper-1", Action: provision.Update, Summary: "content"}
	restart := func(from, to string) provision.Change {
		return provision.Change{Resource: "restarted:zookeeper-1.service", Instance: "zookeeper-1", Action: provision.Again, From: provision.StartedWith(from), To: provision.StartedWith(to)}
	}
	mode := provision.Change{Resource: "dir:/var/lib/zookeeper/zookeeper-1", Path: "/var/lib/zookeeper/zookeeper-1", Instance: "zookeeper-1", Action: provision.Update, Summary: "mode 0755 -> 0750"}
	const notApplied = "what the inventory says of the configuration of zookeeper-1 was not applied yet"
	for name, test := range map[string]struct {
		changes []provision.Change
		want    []string
	}{
		"not applied":           {append(folder("bb"), trial, unit, restart("aa", "bb")), []string{"differs from the inventory: " + notApplied}},
		"staged":                {[]provision.Change{unit, restart("aa", "bb")}, []string{"differs from the inventory: " + notApplied}},
		"not applied, is down":  {append(folder("bb"), trial, unit), []string{"differs from the inventory: " + notApplied}},
		"and another thing":     {append(folder("bb"), trial, unit, restart("aa", "bb"), mode), []string{"2 differences to the inventory, the first: " + notApplied}},
		"the Java was replaced": {[]provision.Change{trial, restart("bb, on a Java that was replaced", "bb")}, nil},
		"edited by hand":        {[]provision.Change{unit, restart("bb, edited", "bb")}, []string{"differs from the inventory: /etc/systemd/system/zookeeper-1.service differs (content)"}},
		"of another generation": {append(folder("cc")[1:], trial, unit, restart("aa", "bb")), []string{"2 differences to the inventory, the first: " + notApplied}},
	} {
		var got []string
		for _, f := range drifted(planned(read(t, four), provision.HostPlan{Host: "zk1", Changes: test.changes})) {
			got = append(got, f.Message)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

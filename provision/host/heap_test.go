package host

import (
	"testing"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision/java"
)

func TestHeapShares(t *testing.T) {
	old, recent := &java.Result{Java: "/jdk8/bin/java", Feature: 8, Version: "1.8.0_181"}, &java.Result{Feature: 17, Version: "17.0.15"}
	for name, test := range map[string]struct {
		heap, limit string
		java        *java.Result
		want        int
	}{
		"a share on an old Java":              {"75%", "", old, 1},
		"a share on a new Java":               {"75%", "", recent, 0},
		"a share of the unit's limit":         {"75%", "2g", old, 0},
		"a size":                              {"1g", "", old, 0},
		"what the JVM chooses":                {"auto", "", old, 0},
		"no Java":                             {"75%", "", nil, 0},
		"a Java that what runs there decides": {"75%", "", new(java.Result), 0},
	} {
		h := &inventory.Host{Name: "zk1", Instances: []inventory.Instance{{Name: "zookeeper-1", JVM: inventory.JVM{Heap: test.heap}, Unit: inventory.Unit{MemoryMax: test.limit}}}}
		found := heapShares(h, test.java)
		if len(found) != test.want || test.want > 0 && (found[0].Name != "heap-share-unknown" || found[0].Instance != "zookeeper-1") {
			t.Errorf("%s: %v", name, found)
		}
	}
}

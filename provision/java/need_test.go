package java

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
)

func TestNeed(t *testing.T) {
	tr := newTree(t)
	tr.jar("/jar/zookeeper-3.6.3.jar", 52)
	tr.jar("/jar/zookeeper-4.0.0.jar", 61)
	tr.jar("/jar/odd.jar", 3)
	tr.file("/jar/torn.jar", "PK\x03\x04", 0o644)
	tests := []struct {
		version inventory.Version
		jar     string
		floor   int
		want    Need
	}{
		{"3.6.3", "", 0, Need{8, ByTable, "ZooKeeper 3.6.3 needs Java 8"}},
		{"3.6.3", "/jar/zookeeper-3.6.3.jar", 7, Need{8, ByJar, "zookeeper-3.6.3.jar is compiled for Java 8 (class-file version 52)"}},
		{"3.6.3", "/jar/zookeeper-3.6.3.jar", 8, Need{8, ByJar, "zookeeper-3.6.3.jar is compiled for Java 8 (class-file version 52)"}},
		{"3.6.3", "/jar/zookeeper-3.6.3.jar", 11, Need{11, ByInventory, "java.minimum in the inventory is 11"}},
		{"4.0.0", "/jar/zookeeper-4.0.0.jar", 7, Need{17, ByJar, "zookeeper-4.0.0.jar is compiled for Java 17 (class-file version 61)"}},
		{"3.6.3", "/jar/missing.jar", 7, Need{8, ByTable, "ZooKeeper 3.6.3 needs Java 8"}},
		{"3.6.3", "/jar/torn.jar", 7, Need{8, ByTable, "ZooKeeper 3.6.3 needs Java 8"}},
		{"3.6.3", "/jar/odd.jar", 7, Need{8, ByTable, "ZooKeeper 3.6.3 needs Java 8"}},
		{"3.4.13", "", 0, Need{6, ByTable, "ZooKeeper 3.4.13 needs Java 6"}},
		{"3.4.14", "", 0, Need{7, ByTable, "ZooKeeper 3.4.14 needs Java 7"}},
		{"3.5.3-beta", "", 7, Need{7, ByTable, "ZooKeeper 3.5.3-beta needs Java 7"}},
		{"3.5.4-beta", "", 7, Need{8, ByTable, "ZooKeeper 3.5.4-beta needs Java 8"}},
		{"3.5.10", "", 7, Need{8, ByTable, "ZooKeeper 3.5.10 needs Java 8"}},
		{"3.9.5", "", 7, Need{8, ByTable, "ZooKeeper 3.9.5 needs Java 8"}},
	}
	for _, tt := range tests {
		got := need(Options{Root: tr.root, Version: tt.version, Jar: tt.jar, Minimum: tt.floor})
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s, %s, floor %d (-want +got):\n%s", tt.version, tt.jar, tt.floor, diff)
		}
	}
}

func TestUndocumented(t *testing.T) {
	tests := []struct {
		version inventory.Version
		feature int
		want    string
	}{
		{"3.6.3", 8, ""},
		{"3.6.3", 11, ""},
		{"3.6.3", 12, ""},
		{"3.6.3", 9, "ZooKeeper's documentation says that Java 9 and 10 are not supported; for 3.6.3 it names 8, 11 and 12"},
		{"3.6.3", 17, "Java 17 is newer than what ZooKeeper 3.6.3 is documented for (8, 11 and 12)"},
		{"3.8.6", 17, ""},
		{"3.8.6", 14, "Java 14 is not among what ZooKeeper 3.8.6 is documented for (8, 11, 12 and 17)"},
		{"3.4.14", 11, "Java 11 is newer than what ZooKeeper 3.4.14 is documented for (7 and 8)"},
		{"3.5.10", 17, "Java 17 is newer than what ZooKeeper 3.5.10 is documented for (7, 8 and 11)"},
	}
	for _, tt := range tests {
		if got := undocumented(tt.version, tt.feature); got != tt.want {
			t.Errorf("%s on %d: got  %q\nwant %q", tt.version, tt.feature, got, tt.want)
		}
	}
}

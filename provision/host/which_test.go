package host_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

const threeHosts = `
[ensemble]
name = "zookeeper"
[archive]
sha512 = "HASH"
[[host]]
name = "zk1"
address = "10.0.0.1"
instance = [ { id = 1, DIRS1 } ]
[[host]]
name = "zk2"
address = "10.0.0.2"
instance = [ { id = 2, DIRS2 } ]
[[host]]
name = "zk3"
address = "10.0.0.3"
instance = [ { id = 3, DIRS3 } ]
`

// TestOtherHostData takes a machine for host zk1 and lets stamps lie on it. Hosts
// may use the same paths, so that only a stamp tells whose data there is.
func TestOtherHostData(t *testing.T) {
	same := strings.NewReplacer("HASH", strings.Repeat("a", 128),
		"DIRS1", `data_dir = "/data/zk", data_log_dir = "/log/zk"`,
		"DIRS2", `data_dir = "/data/zk", data_log_dir = "/log/zk"`,
		"DIRS3", `data_dir = "/data/zk", data_log_dir = "/log/zk"`).Replace(threeHosts)
	// Server 3 has the folder of data in the place where the others have their logs.
	crossed := strings.NewReplacer("HASH", strings.Repeat("a", 128),
		"DIRS1", `data_dir = "/data/zk1"`,
		"DIRS2", `data_dir = "/data/zk2", data_log_dir = "/log/zk"`,
		"DIRS3", `data_dir = "/log/zk"`).Replace(threeHosts)
	tests := map[string]struct {
		inventory string
		stamps    map[string]string
		refused   string
	}{
		"nothing": {inventory: same},
		"its own, where the others have theirs": {
			inventory: same,
			stamps:    map[string]string{"/data/zk": `{"ensemble":"zookeeper","id":1}`, "/log/zk": `{"ensemble":"zookeeper","id":1}`},
		},
		"another host's data in the same path": {
			inventory: same,
			stamps:    map[string]string{"/data/zk": `{"ensemble":"zookeeper","id":3}`},
			refused:   "/data/zk holds data of server 3, which is on host zk3",
		},
		"another host's logs in the same path": {
			inventory: same,
			stamps:    map[string]string{"/data/zk": `{"ensemble":"zookeeper","id":1}`, "/log/zk": `{"ensemble":"zookeeper","id":2}`},
			refused:   "/log/zk holds data of server 2, which is on host zk2",
		},
		"a third host's in another's place": {
			inventory: crossed,
			stamps:    map[string]string{"/log/zk": `{"ensemble":"zookeeper","id":3}`},
			refused:   "/log/zk holds data of server 3, which is on host zk3",
		},
		"a server's that no host has": { // foreign-data, where this host uses the path
			inventory: same,
			stamps:    map[string]string{"/data/zk": `{"ensemble":"zookeeper","id":9}`},
		},
		"another ensemble's": {
			inventory: same,
			stamps:    map[string]string{"/data/zk": `{"ensemble":"other","id":2}`},
		},
		"a stamp that names no server": {
			inventory: same,
			stamps:    map[string]string{"/data/zk": `{"ensemble":"zookeeper"}`},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e, found := inventory.Read("test.toml", []byte(test.inventory))
			if found.Failed() {
				t.Fatal(found)
			}
			h := newHost(t)
			for dir, text := range test.stamps {
				write(t, filepath.Join(h.root, dir, ".zkprov.json"), text)
			}
			got, err := h.WhichHost(t.Context(), e, "zk1")
			if test.refused == "" {
				if err != nil || got.Name != "zk1" {
					t.Errorf("it is %v: %v", got, err)
				}
				return
			}
			var refusal *provision.Error
			if !errors.As(err, &refusal) || refusal.Kind != provision.Refused || refusal.Name != "other-host-data" || !strings.HasSuffix(refusal.Message, test.refused) {
				t.Errorf("it says %v, want %q", err, test.refused)
			}
		})
	}
}

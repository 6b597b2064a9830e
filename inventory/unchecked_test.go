package inventory

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestUnchecked lays the keys that nobody judges over one another as those of zoo_cfg, and
// finds them where a key is looked up.
func TestUnchecked(t *testing.T) {
	e := decodeWithout(t, `
zoo_cfg_unchecked = { a = 1, b.c = "x" }
[[host]]
name = "zk1"
address = "10.0.0.1"
zoo_cfg.tickTime = 3000
zoo_cfg_unchecked.a = 2
instance = [
  { id = 1, zoo_cfg_unchecked = { clientPortAddress = "127.0.0.1", secureClientPort = 3333, secureClientPortAddress = "10.0.0.9" } },
  { id = 2, client_port = 1, quorum_port = 2, election_port = 3, zoo_cfg_unchecked.a = 3 },
]
`)
	values := func(in *Instance) map[string]string {
		got := make(map[string]string)
		for _, s := range in.ZooCfgUnchecked {
			got[s.Key] = s.Value
		}
		return got
	}
	first, second := &e.Hosts[0].Instances[0], &e.Hosts[0].Instances[1]
	if diff := cmp.Diff(map[string]string{"a": "2", "b.c": "x", "clientPortAddress": "127.0.0.1", "secureClientPort": "3333", "secureClientPortAddress": "10.0.0.9"}, values(first)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"a": "3", "b.c": "x"}, values(second)); diff != "" {
		t.Error(diff)
	}
	if got := first.ClientAddr("10.0.0.1"); got != "127.0.0.1:2181" {
		t.Errorf("clients come to %s", got)
	}
	ports := first.SettingPorts()
	if len(ports) != 1 || ports[0].Port != 3333 || ports[0].Address != "10.0.0.9" || ports[0].Pos.Line != 9 {
		t.Errorf("ports %+v", ports)
	}
	for key, want := range map[string]string{"tickTime": "3000", "a": "2", "b": ""} {
		if s, ok := first.Written(key); s.Value != want || ok != (want != "") {
			t.Errorf("%s is %+v, %t", key, s, ok)
		}
	}
}

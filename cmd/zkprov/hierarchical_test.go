package main

import (
	"strings"
	"testing"

	"github.com/zkprov/zkprov/provision"
)

// untouchable is a host that nobody may look at.
type untouchable struct{ provision.Agent }

// TestHierarchical refuses groups and weights of voters in every command that restarts
// servers, before it looks at a host.
func TestHierarchical(t *testing.T) {
	for _, line := range []string{"[zoo_cfg]\ngroup.1 = \"1:2\"", "[zoo_cfg]\nweight.1 = 3", "[zoo_cfg_unchecked]\ngroup.1 = \"1:2\"", "[zoo_cfg_unchecked]\n\"weight.1\" = \"3\""} {
		path := put(t, t.TempDir()+"/groups.toml", strings.Replace(oneLocal, "[[host]]", line+"\n[[host]]", 1))
		for _, args := range [][]string{{"plan"}, {"apply"}, {"apply", "--allow-outage"}, {"restart"}, {"rollback"}, {"reboot"}} {
			s := zkprovOn(t, untouchable{}, append(args, path)...)
			if s.Code != exitUsage || !strings.Contains(s.Err, "makes a hierarchical quorum, of groups or with weights") || !strings.Contains(s.Err, "zoo-cfg-hierarchical") {
				t.Errorf("%s of %s ends with %d: %s", args, line, s.Code, s.Err)
			}
		}
	}
}

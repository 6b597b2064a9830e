package plan

import (
	"testing"

	"github.com/zkprov/zkprov/checks/ensemble"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/units"
)

// TestGateEnds ends the wait for a gate where a server that it waits for does not come up
// any more, and for no other server.
func TestGateEnds(t *testing.T) {
	failed := func(r *provision.Report) { r.Unit.ActiveState, r.Unit.SubState = "failed", "failed" }
	flaps := func(n int) func(r *provision.Report) { return func(r *provision.Report) { r.Unit.NRestarts = n } }
	crashed := func(lasting, up bool) func(r *provision.Report) {
		return func(r *provision.Report) {
			r.Crash = &provision.Crash{Times: 1, Up: up, Exit: units.Exit{Code: 1, Status: 1}, Ending: &ensemble.Ending{Name: "bad-java", Cause: "it is too old", Lasting: lasting}}
		}
	}
	one := []string{"zookeeper-2"}
	for name, test := range map[string]struct {
		gate Gate
		id   int // of the server that something is the matter with
		set  func(r *provision.Report)
		want string
	}{
		"all is well":                     {Gate{Kind: Formed}, 2, func(*provision.Report) {}, ""},
		"it has failed":                   {Gate{Kind: Formed}, 2, failed, "zookeeper-2 on zk2 is failed"},
		"it was restarted once":           {Gate{Kind: Formed}, 2, flaps(1), ""},
		"it was restarted twice":          {Gate{Kind: Formed}, 2, flaps(2), "zookeeper-2 on zk2 does not stay up: systemd has restarted it 2 times"},
		"it cannot come up":               {Gate{Kind: Formed}, 2, crashed(true, false), "zookeeper-2 on zk2 does not come up: it exited with 1 (an error that ZooKeeper did not expect, such as a client port in use): it is too old [bad-java]"},
		"it could not, and runs again":    {Gate{Kind: Formed}, 2, crashed(true, true), ""},
		"it may come up":                  {Gate{Kind: Formed}, 2, crashed(false, false), ""},
		"the observer has failed":         {Gate{Kind: Formed}, 4, failed, "zookeeper-4 on zk4 is failed"},
		"it is to be back":                {Gate{Kind: Back, Instances: one}, 2, failed, "zookeeper-2 on zk2 is failed"},
		"another is to be back":           {Gate{Kind: Back, Instances: one}, 1, failed, ""},
		"it is to be in sync":             {Gate{Kind: InSync, Instances: one}, 2, failed, "zookeeper-2 on zk2 is failed"},
		"another is to be in sync":        {Gate{Kind: InSync, Instances: one}, 1, failed, ""},
		"it is spared, having failed":     {Gate{Kind: Spared, Instances: one}, 2, failed, ""},
		"others go on without it":         {Gate{Kind: Spared, Instances: one}, 1, failed, "zookeeper-1 on zk1 is failed"},
		"the observer has none to go on":  {Gate{Kind: Spared, Instances: one}, 4, failed, ""},
		"a host by itself waits for more": {Gate{Kind: Joined, Instances: one}, 2, failed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := shown(3, 1, func(reports map[int]*provision.Report) { test.set(reports[test.id]) })
			if got := test.gate.Ended(s); got != test.want {
				t.Errorf("it ends as %q, want %q", got, test.want)
			}
			delete(s.Reports, test.id)
			if got := test.gate.Ended(s); got != "" {
				t.Errorf("nothing is known of the server, and it ends as %q", got)
			}
		})
	}
}

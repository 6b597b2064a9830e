//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision/fleet"
	"github.com/zkprov/zkprov/provision/history"
)

// states are what the hosts remember of the ensemble, the oldest first.
func (e *ensemble) states() []history.State {
	e.t.Helper()
	r := e.zkprov("history", "-o", "json").exits(0)
	var d struct{ Result fleet.Past }
	if err := json.Unmarshal([]byte(r.stdout), &d); err != nil {
		e.t.Fatalf("%v in\n%s", err, r.stdout)
	}
	return d.Result.States
}

// runningWith is the maxClientCnxns that each of three servers was started with.
func (e *ensemble) runningWith() (all []string) {
	e.t.Helper()
	for n := 1; n <= 3; n++ {
		all = append(all, e.in(fmt.Sprintf("zk%d", n), fmt.Sprintf(`cfg=$(tr '\0' '\n' </proc/$(systemctl show -p MainPID --value zookeeper-%d)/cmdline | tail -n 1)
sed -n s/^maxClientCnxns=//p "$cfg"`, n)))
	}
	return all
}

// TestRollback changes three voters twice and goes back: what they had is in the history, and they get it again behind the same gates, the
// leader last. What a host has not kept is refused, and changes nothing.
func TestRollback(t *testing.T) {
	t.Parallel()
	e := threeHosts(t)
	wants := func(connections int) {
		e.write(fmt.Sprintf("[zoo_cfg]\nmaxClientCnxns = %d\n", connections) + e.lab.Voters(3))
	}
	for n := 60; n <= 62; n++ {
		wants(n)
		e.zkprov("apply", "--settle", "1s").exits(0)
		e.zkprov("plan", "--detailed-exitcode").exits(0)
	}
	all := e.states()
	if len(all) != 3 {
		t.Fatalf("there are %d states: %+v", len(all), all)
	}
	for i, s := range all {
		if s.Current != (i == 2) || s.Lost != "" || s.Found || s.By.Command != "apply" || s.By.User == "" || s.By.Host == "" || len(s.Changed) != 3 {
			t.Errorf("state %d is %+v", i, s)
		}
	}
	if got := all[1].Changes; len(got) != 1 || !cmp.Equal(got[0].Settings, []string{`zoo.cfg: maxClientCnxns "60" -> "61"`}) {
		t.Errorf("the second change is %+v", got)
	}

	first, leader := all[0].ID, e.leader().Instance.Name
	e.unchanged(append(ownFolders, "/var/lib/zookeeper"), func() {
		e.zkprov("rollback", "--dry-run", "--to", first).exits(0).says(`zookeeper-{1-3}: zoo.cfg: maxClientCnxns "62" -> "60"`)
	})
	w := e.writes()
	r := e.zkprov("rollback", "--to", first, "--settle", "1s").exits(0)
	w.stops()
	r.says("the servers have what they had in "+first, `zookeeper-{1-3}: zoo.cfg: maxClientCnxns "60" -> "62"`)
	if _, order, _ := strings.Cut(r.stdout, "restarted: "); !strings.HasSuffix(strings.SplitN(order, "\n", 2)[0], leader) {
		t.Errorf("%s led, and it says\n%s", leader, r.stdout)
	}
	if got := e.runningWith(); !cmp.Equal(got, []string{"60", "60", "60"}) {
		t.Errorf("the servers run with %q", got)
	}
	e.zkprov("history").exits(0).says("* "+first, "rollback to "+first)
	if all = e.states(); len(all) != 4 || !all[3].Current || all[3].ID != first || all[3].By.To != first {
		t.Errorf("gone back, the states are %+v", all)
	}
	e.zkprov("plan", "--detailed-exitcode", "--diff").exits(2).says("+maxClientCnxns=62", "-maxClientCnxns=60")

	second := all[1]
	e.in("zk2", "rm -r /etc/zookeeper/zookeeper-2/"+second.Generations["zookeeper-2"])
	e.unchanged(append(ownFolders, "/var/lib/zookeeper"), func() {
		e.zkprov("rollback", "--to", second.ID).exits(78).says("cannot go back to "+second.ID+": zookeeper-2: the host has not kept it", "[rollback-refused]")
	})
	// The state before this one is the one that was gone back from.
	e.zkprov("rollback", "--settle", "1s").exits(0)
	if got := e.runningWith(); !cmp.Equal(got, []string{"62", "62", "62"}) {
		t.Errorf("the servers run with %q", got)
	}
	e.zkprov("plan", "--detailed-exitcode").exits(0)
}

//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/e2e/lab"
)

// TestRoll changes what running servers have to be restarted for: one after the other, the leader last.
func TestRoll(t *testing.T) {
	t.Parallel()
	e := threeHosts(t)
	e.zkprov("apply").exits(0)
	t.Run("Change", e.rollsChange)
	t.Run("Bad", e.undoesBad)
	t.Run("NoRestart", e.stagesOnly)
	t.Run("Restart", e.restartsAll)
	t.Run("Full", e.fullInRoll)
}

// setting makes an inventory of all hosts, a voter each, with a heap and keys of zoo.cfg.
func (e *ensemble) setting(heap, zooCfg string) {
	e.t.Helper()
	e.write("[ensemble]\nname = \"zookeeper\"\nignore = [\"few-voters\", \"even-voters\"]\n[jvm]\nheap = \"" + heap + "\"\n[zoo_cfg]\n" + zooCfg + e.lab.Voters(len(e.lab.Hosts())))
}

// serverOf is the instance on a host of the lab.
func serverOf(h *lab.Host) string { return "zookeeper-" + strings.TrimPrefix(h.Name, "zk") }

// order returns the instances in which their servers are to be restarted, the leader last.
func (e *ensemble) order() []string {
	e.t.Helper()
	var names []string
	leader := ""
	for _, h := range e.lab.Hosts() {
		if e.mode(h.Name, 2181) == "leader" {
			leader = serverOf(h)
		} else {
			names = append(names, serverOf(h))
		}
	}
	return append(names, leader)
}

// starts returns the instances in the order in which they were started last.
func (e *ensemble) starts() []string {
	e.t.Helper()
	at := make(map[string]string)
	var names []string
	for _, h := range e.lab.Hosts() {
		name := serverOf(h)
		// A monotonic clock of the machine, which all hosts of a lab share.
		text := e.in(h.Name, "systemctl show -p ExecMainStartTimestampMonotonic --value "+name)
		at[name] = strings.Repeat("0", 20-len(text)) + text
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(at[a], at[b]) })
	return names
}

func (e *ensemble) allInvocations() map[string]string {
	e.t.Helper()
	all := make(map[string]string)
	for _, h := range e.lab.Hosts() {
		all[serverOf(h)] = e.invocation(h.Name, serverOf(h))
	}
	return all
}

func (e *ensemble) rollsChange(t *testing.T) {
	e = e.on(t)
	want := e.order()
	e.setting("200m", "maxClientCnxns = 77\n")
	e.zkprov("plan").exits(0).says("restart order: " + strings.Join(want, " -> "))
	before := e.allInvocations()
	e.zkprov("apply").exits(0).says("restarted: "+strings.Join(want, ", "), "2/2 followers in sync")
	after := e.allInvocations()
	for name, id := range before {
		if after[name] == id {
			t.Errorf("%s was not restarted", name)
		}
	}
	if diff := cmp.Diff(want, e.starts()); diff != "" {
		t.Errorf("the order of the restarts (-want +got):\n%s", diff)
	}
	e.zkprov("plan", "--detailed-exitcode").exits(0)
	e.zkprov("apply").exits(0).says("nothing to change on 3 hosts")
	if diff := cmp.Diff(after, e.allInvocations()); diff != "" {
		t.Errorf("a second apply restarted something:\n%s", diff)
	}
}

// broken is a setting that is read and that a server ends with as it starts.
const broken = "serverCnxnFactory = \"com.example.NoSuchCnxnFactory\"\n"

// undoesBad rolls a configuration out that a server cannot run with: that one server gets back what it ran with, and later runs touch
// no other.
func (e *ensemble) undoesBad(t *testing.T) {
	e = e.on(t)
	first, before := e.order(), e.allInvocations()
	e.setting("200m", "maxClientCnxns = 77\n"+broken)
	defer e.setting("200m", "maxClientCnxns = 77\n")
	for range 2 {
		e.zkprov("apply").exits(1).says("restart-failed", "roll-stopped", first[0]+" runs again with what it ran with before, and is", "not restarted: "+first[1]+", "+first[2], "NoSuchCnxnFactory")
		e.zkprov("check").exits(1).says("2/2 followers in sync")
	}
	after := e.allInvocations()
	for name, id := range before {
		if same := after[name] == id; same != (name != first[0]) {
			t.Errorf("%s was left alone: %t", name, same)
		}
	}
}

// stagesOnly stages a change and restarts nothing, then one server, then the others.
func (e *ensemble) stagesOnly(t *testing.T) {
	e = e.on(t)
	e.setting("201m", "maxClientCnxns = 77\n")
	want, before := e.order(), e.allInvocations()
	e.zkprov("apply", "--no-restart").exits(0).says("not restarted yet: " + strings.Join(want, ", "))
	if diff := cmp.Diff(before, e.allInvocations()); diff != "" {
		t.Errorf("with --no-restart something was restarted:\n%s", diff)
	}
	e.zkprov("apply", "--stop-after", "1", "--settle", "1s").exits(0).says("restarted: "+want[0], "not restarted yet: "+want[1]+", "+want[2])
	for name, id := range e.allInvocations() {
		if (before[name] != id) != (name == want[0]) {
			t.Errorf("with --stop-after 1 it is not %s alone that was restarted: %s", want[0], name)
		}
	}
	e.zkprov("apply", "--settle", "1s").exits(0).says("restarted: " + want[1] + ", " + want[2])
	e.zkprov("plan", "--detailed-exitcode").exits(0)
}

// restartsAll restarts all servers without a change, and none beside one.
func (e *ensemble) restartsAll(t *testing.T) {
	e = e.on(t)
	e.setting("202m", "maxClientCnxns = 77\n")
	e.zkprov("restart").exits(78).says("changes-pending", "nothing was changed")
	e.setting("201m", "maxClientCnxns = 77\n")
	want, before := e.order(), e.allInvocations()
	e.zkprov("restart", "--stop-after", "1", "--settle", "1s").exits(0).says("restarted: "+want[0], "restart --limit "+want[1]+","+want[2])
	e.zkprov("restart", "--limit", want[1]+","+want[2], "--settle", "1s").exits(0).says("restarted: " + want[1] + ", " + want[2])
	for name, id := range e.allInvocations() {
		if before[name] == id {
			t.Errorf("%s was not restarted", name)
		}
	}
	e.zkprov("plan", "--detailed-exitcode").exits(0)
}

// TestRollOutage changes two voters, which cannot do without one of them.
func TestRollOutage(t *testing.T) {
	t.Parallel()
	e := boot(t, lab.Hosts(2)...)
	e.setting("128m", "maxClientCnxns = 60\n")
	e.zkprov("apply").exits(0)
	e.setting("129m", "maxClientCnxns = 61\n")
	e.zkprov("plan").exits(78).says("outage-needed")
	before := e.allInvocations()
	r := e.zkprov("apply").exits(78).says("outage-needed", "leaves 1 of 2 voters, and it takes 2", "nobody is served for about 10 s, 2 times", "apply --allow-outage", "nothing was changed")
	if diff := cmp.Diff(before, e.allInvocations()); diff != "" {
		t.Fatalf("it was refused, and something was restarted:\n%s\n%s", diff, r.stderr)
	}
	e.in("zk1", "systemctl stop zookeeper-1")
	e.edit("maxClientCnxns = 61", "maxClientCnxns = 62")
	e.zkprov("apply", "--limit", "zk2").exits(78).says("quorum-lost", "nothing that runs is stopped", "nothing was changed")
	e.in("zk1", "systemctl start zookeeper-1")
	e.allServe(30 * time.Second)
	want := e.order()
	e.zkprov("apply", "--allow-outage").exits(0).says("nobody is served for about 10 s, 2 times", "restarted: "+strings.Join(want, ", "))
	e.zkprov("plan", "--detailed-exitcode").exits(0)
}

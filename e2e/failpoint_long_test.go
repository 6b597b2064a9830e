//go:build e2e && long

package e2e

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/zkprov/zkprov/e2e/lab"
	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// TestLongFailpoints kills what else changes a running ensemble, as TestFailpoints does an apply: before and after every change of its
// plan, on the hosts and on the control machine. The same command goes on each time, and the ensemble keeps its data.
func TestLongFailpoints(t *testing.T) {
	e := boot(t, lab.Hosts(4)...)
	e.founds("1 2 3")
	t.Run("Restart", e.restartKilled)
	t.Run("Rollback", e.rollbackKilled)
	t.Run("Membership", e.membershipKilled)
	t.Run("Reset", e.resetKilled)
}

// plannedBy returns the plan in what a command prints as JSON, which has it at one of several places.
func (e *ensemble) plannedBy(command string, args ...string) plan.Plan {
	e.t.Helper()
	var document struct {
		Result struct {
			plan.Plan
			Of *plan.Plan `json:"plan"`
		}
	}
	r := e.zkprov(command, append(args, "-o", "json")...)
	if err := json.Unmarshal([]byte(r.stdout), &document); err != nil {
		e.t.Fatalf("no plan: %v in\n%s\n%s", err, r.stdout, r.stderr)
	}
	p := document.Result.Plan
	if document.Result.Of != nil {
		p = *document.Result.Of
	}
	if p.Changes() == 0 {
		e.t.Fatalf("%s plans nothing:\n%s\n%s", command, r.stdout, r.stderr)
	}
	return p
}

// keeps wants an ensemble as its inventory says, with the data of the first day.
func (e *ensemble) keeps() {
	e.t.Helper()
	e.zkprov("plan", "--detailed-exitcode").exits(0)
	e.zkprov("check").exits(0)
	for _, m := range e.members() {
		if got := e.read1(m.Host.Name, "/kept"); got != "from the first day" {
			e.t.Errorf("%s has %q", m.Instance.Name, got)
		}
	}
	for _, m := range e.members() {
		e.swept(m.Host.Name)
	}
}

// orderOf returns servers in the order in which they are to be restarted.
func (e *ensemble) orderOf(members []inventory.Member) (names []string) {
	e.t.Helper()
	leader := e.leader().Instance.Name
	for _, m := range members {
		if m.Instance.Name != leader {
			names = append(names, m.Instance.Name)
		}
	}
	return append(names, leader)
}

// restartKilled kills restarts of all servers. What one has restarted, the next restarts again.
func (e *ensemble) restartKilled(t *testing.T) {
	e = e.on(t)
	// A restart has no plan beforehand but in what it did, and by then another server leads.
	p := e.plannedBy("restart", "--settle", "100ms")
	order := e.orderOf(e.members())
	turn := func(s plan.Step) int {
		if !s.Restarts() {
			return len(order)
		}
		return slices.Index(order, s.Instances[0])
	}
	slices.SortStableFunc(p.Steps, func(a, b plan.Step) int { return turn(a) - turn(b) })
	for _, m := range e.members() {
		e.in(m.Host.Name, "rm /var/lib/zkprov/zookeeper/*.attempt") // as before the first restart
	}
	e.killedEverywhere(p, "restart", "--settle", "100ms")
	before := e.invocationsOfAll()
	e.zkprov("restart", "--settle", "100ms", "--lock-timeout", "60s").exits(0)
	for name, id := range e.invocationsOfAll() {
		if before[name] == id {
			t.Errorf("%s was not restarted", name)
		}
	}
	e.keeps()
}

// rollbackKilled kills rollbacks to one state. An apply of the inventory of then has nothing to do in the end.
func (e *ensemble) rollbackKilled(t *testing.T) {
	e = e.on(t)
	first := e.states()[0].ID
	then := e.text
	e.desire("maxClientCnxns = 71\n")
	e.zkprov("apply", "--settle", "100ms").exits(0)
	e.killedEverywhere(e.plannedBy("rollback", "--to", first, "--dry-run"), "rollback", "--to", first, "--settle", "100ms")
	e.zkprov("rollback", "--to", first, "--settle", "100ms", "--lock-timeout", "60s").exits(0)
	e.write(then)
	e.keeps()
}

// membershipKilled kills applies that take a voter in, and then those that take another one out, list after list.
func (e *ensemble) membershipKilled(t *testing.T) {
	e = e.on(t)
	for _, servers := range []string{"1 2 3 4", "2 3 4"} {
		e.members1(servers)
		lists := 0
		for p := e.planned(); p.Changes() > 0; p = e.planned() {
			if lists++; lists > 6 || t.Failed() {
				t.Fatalf("after %d lists there is more to do: %+v", lists, p.Steps)
			}
			e.killedEverywhere(p, "apply", "--settle", "100ms")
		}
		e.zkprov("apply", "--settle", "100ms", "--lock-timeout", "60s").exits(0)
		e.keeps()
	}
}

// resetKilled kills resets. An apply serves the data again.
func (e *ensemble) resetKilled(t *testing.T) {
	e = e.on(t)
	p := e.plannedBy("reset")
	for i := range p.Steps {
		for j := range p.Steps[i].Changes {
			h := &p.Steps[i].Changes[j]
			// Of a unit that is gone systemd knows nothing by the time of the next run.
			h.Changes = slices.DeleteFunc(h.Changes, func(c provision.Change) bool { return c.Action == provision.Reload })
		}
	}
	e.killedEverywhere(p, "reset", "--confirm=zookeeper")
	e.zkprov("reset", "--confirm=zookeeper", "--lock-timeout", "60s").exits(0)
	for _, m := range e.members() {
		left := e.in(m.Host.Name, "ls -d /opt/zookeeper /etc/zookeeper /var/lib/zkprov/zookeeper /etc/systemd/system/zookeeper-* 2>/dev/null || true; pgrep -c java || true")
		if left != "0" {
			t.Errorf("on %s is left:\n%s", m.Host.Name, left)
		}
	}
	e.zkprov("apply", "--timeout", "2m").exits(0)
	e.keeps()
}

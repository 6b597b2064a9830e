//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/zkprov/zkprov/e2e/lab"
	"github.com/zkprov/zkprov/e2e/lab/load"
	"github.com/zkprov/zkprov/inventory"
)

// gapFactor is how much longer than in a restart of the leader by hand no write may be acknowledged in a roll.
const gapFactor = 1.5

// rollLimit bounds a roll. On a machine that does other things beside, a server may take half a minute to come back.
const rollLimit = 10 * time.Minute

// TestWritesRoll changes three voters under a client that writes all the time.
func TestWritesRoll(t *testing.T) {
	e := threeHosts(t)
	e.zkprov("apply").exits(0)
	t.Run("LostIsFound", e.lostIsFound)
	t.Run("Change", func(t *testing.T) { e.on(t).rollsUnderWrites(2) })
	t.Run("BadFlag", func(t *testing.T) { e.on(t).badFlag(2) })
	t.Run("BadZooCfg", func(t *testing.T) { e.on(t).badZooCfg(2, badFactory) })
}

// TestWritesRollFive changes five voters and an observer, which goes first.
func TestWritesRollFive(t *testing.T) {
	t.Parallel()
	e := boot(t, lab.Hosts(6)...)
	e.fiveAndObserver()
	e.zkprov("apply").exits(0)
	e.desire("maxClientCnxns = 70\n")
	e.rolls(e.writes(), "apply", "--settle", "2s")
}

// fiveAndObserver makes an inventory of five voters and an observer.
func (e *ensemble) fiveAndObserver() {
	e.t.Helper()
	h := e.lab.Host("zk6")
	e.write("[jvm]\nheap = \"128m\"\n[zoo_cfg]\nmaxClientCnxns = 60\n" + e.lab.Voters(5) +
		fmt.Sprintf("[[host]]\nname = %q\naddress = %q\ninstance = [ { id = 6, role = \"observer\" } ]\n\n", h.Name, h.Address()))
}

// desire replaces the settings of [zoo_cfg] in the inventory, or adds them.
func (e *ensemble) desire(settings string) {
	e.t.Helper()
	const table = "[zoo_cfg]\n"
	if i := strings.Index(e.text, table); i >= 0 {
		rest := e.text[i+len(table):]
		e.write(e.text[:i] + table + settings + rest[strings.Index(rest, "["):])
		return
	}
	e.write(table + settings + e.text)
}

// rollsUnderWrites compares the largest gap of a roll with that of restarts of the leader by hand. On a machine that does other things
// meanwhile each may be the longer one: it is a fault where the roll's is too long twice.
func (e *ensemble) rollsUnderWrites(times int, args ...string) {
	e.t.Helper()
	for attempt := range 2 {
		byHand := e.byHand(times)
		e.desire(fmt.Sprintf("maxClientCnxns = %d\n", 100+time.Now().UnixMilli()%800))
		rolled := e.rolls(e.writes(), "apply", args...)
		e.t.Logf("largest gap of the roll %s, by hand %s", rolled.Gap, byHand.Gap)
		switch limit := time.Duration(gapFactor * float64(byHand.Gap.Took)); {
		case rolled.Gap.Took <= limit:
			return
		case attempt > 0:
			e.t.Errorf("no write was acknowledged for %s, and for %s in a restart of the leader by hand", rolled.Gap, byHand.Gap)
		}
	}
}

// rolls runs a command that restarts every server of the inventory under writes, which must lose nothing: one server is away
// at a time, while all other voters serve, and what leads is the last.
func (e *ensemble) rolls(w *writing, command string, args ...string) seen {
	e.t.Helper()
	before := e.invocationsOfAll()
	u := e.begins(command, args...)
	w.follows(u)
	r := u.ends(rollLimit)
	saw := w.stops()
	r.exits(0)
	e.restartedOnce(before, saw)
	return saw
}

// restartedOnce wants every server to have been away once since some invocations, in the order of a roll.
func (e *ensemble) restartedOnce(before map[string]string, saw seen) {
	e.t.Helper()
	members, after := e.members(), e.invocationsOfAll()
	for name, id := range before {
		if after[name] == id {
			e.t.Errorf("%s was not restarted", name)
		}
	}
	if len(saw.Ends) != len(members) {
		e.t.Errorf("%d servers were restarted in this order: %v", len(members), saw.Order())
	}
	e.oneAtATime(saw)
	observers := len(members) - saw.Voters
	for i, end := range saw.Ends {
		if end.Leader != (i == len(saw.Ends)-1) {
			e.t.Errorf("%s led: %t, and was number %d of %d", end.Server, end.Leader, i+1, len(saw.Ends))
		}
		if e.observes(end.Server) != (i < observers) {
			e.t.Errorf("the observers are not the first of %v", saw.Order())
		}
	}
}

// oneAtATime wants no server to have been taken down while another voter did not serve.
func (e *ensemble) oneAtATime(saw seen) {
	e.t.Helper()
	if saw.LeastUp < saw.Voters-1 {
		e.t.Errorf("only %d of %d voters were up at %s (%s)", saw.LeastUp, saw.Voters, saw.LeastUpAt, saw.LeastUpStep)
	}
	for _, end := range saw.Ends {
		want := saw.Voters - 1
		if e.observes(end.Server) {
			want = saw.Voters
		}
		if end.Serving != want {
			e.t.Errorf("%s was taken down while only %d of %d other voters served (%s)", end.Server, end.Serving, want, end.Step)
		}
	}
}

func (e *ensemble) observes(name string) bool {
	e.t.Helper()
	for _, m := range e.members() {
		if m.Instance.Name == name {
			return m.Instance.Role == inventory.Observer
		}
	}
	return false
}

// invocationsOfAll are those of the inventory's servers, by name.
func (e *ensemble) invocationsOfAll() map[string]string {
	e.t.Helper()
	all := make(map[string]string)
	for _, m := range e.members() {
		all[m.Instance.Name] = e.invocation(e.hostOf(m), m.Instance.Name)
	}
	return all
}

// lostIsFound deletes a value behind the writer's back, which must notice.
func (e *ensemble) lostIsFound(t *testing.T) {
	e = e.on(t)
	writer, err := load.Start(t.Context(), load.Config{Servers: e.servers()})
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < 50; n, _ = writer.Sofar() {
		time.Sleep(10 * time.Millisecond)
	}
	folder := e.in("zk1", zkCli+` ls / 2>/dev/null | grep -o 'writer-[0-9]*'`)
	e.in("zk1", fmt.Sprintf("%s delete /%s/any/00000003 2>&1", zkCli, folder))
	report, err := writer.Stop(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Lost) != 3 || !strings.Contains(report.Lost[0], path.Join(folder, "any/00000003")) {
		t.Errorf("a value was deleted, and the writer reports\n%s", report)
	}
}

// byHand restarts the leader by hand a number of times under writes and returns what was seen: what a roll is compared with.
func (e *ensemble) byHand(times int) seen {
	e.t.Helper()
	w := e.writes()
	for range times {
		time.Sleep(time.Second)
		leader := e.leader()
		w.mark("restart " + leader.Instance.Name + " by hand")
		e.in(e.hostOf(leader), "systemctl restart "+leader.Instance.Name)
		e.allServe(90 * time.Second)
	}
	w.mark("the end")
	time.Sleep(time.Second)
	return w.stops()
}

// members are those of the inventory.
func (e *ensemble) members() []inventory.Member {
	e.t.Helper()
	model, findings := inventory.Read(e.inventory, []byte(e.text))
	if model == nil {
		e.t.Fatalf("the inventory is not valid: %v", findings)
	}
	return model.Members()
}

// leader waits until a server leads, and returns it.
func (e *ensemble) leader() (leader inventory.Member) {
	e.t.Helper()
	waitFor(e.t, func() bool {
		for _, m := range e.members() {
			if mode := e.mode(e.hostOf(m), m.Instance.ClientPort); mode == "leader" {
				leader = m
				return true
			}
		}
		return false
	})
	return leader
}

// hostOf is the lab's host that a server is on: the one of its name, or the only one.
func (e *ensemble) hostOf(m inventory.Member) string {
	if e.lab.Host(m.Host.Name) != nil {
		return m.Host.Name
	}
	return e.lab.Hosts()[0].Name
}

// allServe waits until all servers of the inventory serve, asked once every 20 ms.
func (e *ensemble) allServe(limit time.Duration) {
	e.t.Helper()
	for end := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
		down := ""
		for _, s := range e.servers() {
			if !load.Serves(e.t.Context(), s) {
				down = s.Name
			}
		}
		if down == "" {
			return
		}
		if time.Now().After(end) {
			e.t.Fatalf("%s did not serve within %s", down, limit)
		}
	}
}

//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/zkprov/zkprov/e2e/lab/load"
	"github.com/zkprov/zkprov/inventory"
)

// TestWritesRoll changes three voters under a client that writes all the time.
func TestWritesRoll(t *testing.T) {
	e := threeHosts(t)
	e.zkprov("apply").exits(0)
	t.Run("LostIsFound", e.lostIsFound)
	t.Run("ByHand", func(t *testing.T) { e.on(t).byHand(3) })
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
		e.allServe(30 * time.Second)
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

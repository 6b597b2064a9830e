//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zkprov/zkprov/e2e/lab"
	"github.com/zkprov/zkprov/e2e/lab/load"
)

// TestMembership grows a single server to three under a client that writes, is killed in the middle of the next change, and replaces a
// host that is dead.
func TestMembership(t *testing.T) {
	t.Parallel()
	e := boot(t, lab.Hosts(4)...)
	e.founds("1")
	t.Run("OneToThree", e.oneToThree)
	t.Run("DeadHostReplaced", e.deadHostReplaced)
}

// founds brings up an ensemble with a value in it.
func (e *ensemble) founds(servers string) {
	e.t.Helper()
	e.members1(servers)
	e.zkprov("apply").exits(0)
	e.write1("zk1", "/kept", "from the first day")
}

// membershipLimit bounds a change that restarts every server several times.
const membershipLimit = 15 * time.Minute

// members1 makes an inventory of servers such as "1 2 3o 4@6 5:3890": an o observes, what is behind an @ is the number of the host, and
// behind a colon the election port.
func (e *ensemble) members1(servers string) {
	e.t.Helper()
	var text strings.Builder
	text.WriteString("[jvm]\nheap = \"128m\"\n")
	for _, word := range strings.Fields(servers) {
		word, port, ported := strings.Cut(word, ":")
		word, host, moved := strings.Cut(word, "@")
		id, observes := strings.CutSuffix(word, "o")
		if !moved {
			host = id
		}
		instance := "id = " + id
		if observes {
			instance += ", role = \"observer\""
		}
		if ported {
			instance += ", election_port = " + port
		}
		h := e.host("zk" + host)
		fmt.Fprintf(&text, "[[host]]\nname = %q\naddress = %q\ninstance = [ { %s } ]\n\n", h.Name, h.Address(), instance)
	}
	e.write(text.String())
}

// changes applies an inventory of other servers than there were while a client writes through those that stay, and wants each to have the
// data.
func (e *ensemble) changes(from, servers string, args ...string) result {
	e.t.Helper()
	e.members1(from)
	before := e.servers()
	e.members1(servers)
	after := e.servers()
	stay := before[:0]
	for _, s := range before {
		if slices.ContainsFunc(after, func(o load.Server) bool { return o.Name == s.Name && o.Addr == s.Addr }) {
			stay = append(stay, s)
		}
	}
	w := e.writesTo(stay)
	u := e.begins("apply", append([]string{"--settle", "1s", "--progress", "plain"}, args...)...)
	w.follows(u)
	r := u.ends(membershipLimit)
	e.t.Logf("apply of %s took %s\n%s", servers, r.took.Round(time.Second), r.stderr)
	w.stops()
	r.exits(0)
	e.zkprov("plan", "--detailed-exitcode").exits(0)
	e.zkprov("check").exits(0)
	for _, word := range strings.Fields(servers) {
		word, _, _ = strings.Cut(word, ":")
		id, host, moved := strings.Cut(word, "@")
		if !moved {
			host = strings.TrimSuffix(id, "o")
		}
		if got := e.read1("zk"+host, "/kept"); got != "from the first day" {
			e.t.Errorf("server %s has %q", id, got)
		}
	}
	return r
}

// oneToThree grows a single server, which keeps its data: the blank ones have no vote before they have it.
func (e *ensemble) oneToThree(t *testing.T) {
	e = e.on(t)
	e.members1("1 2 3")
	e.unchanged(ownFolders, func() {
		e.zkprov("apply").exits(78).says("outage-needed", "make a voter of server 2", "apply --allow-outage")
	})
	e.changes("1", "1 2 3", "--allow-outage")
}

// deadHostReplaced moves a server whose host is dead to another one.
func (e *ensemble) deadHostReplaced(t *testing.T) {
	e = e.on(t)
	if err := e.host("zk3").PowerOff(t.Context()); err != nil {
		t.Fatal(err)
	}
	const command = "systemctl disable --now zookeeper-3"
	e.changes("1 2 3", "1 2 3@4").says("member-unreachable", command)
	// The dead comes back.
	if err := e.host("zk3").Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.in("zk3", command)
	e.zkprov("check").exits(0)
	e.zkprov("plan", "--detailed-exitcode").exits(0)
}

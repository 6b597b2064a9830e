//go:build e2e && long

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/e2e/lab"
)

// TestLongMembership takes an ensemble through every kind of change of its servers, one inventory after the other, under a client that
// writes all the time.
func TestLongMembership(t *testing.T) {
	t.Parallel()
	e := boot(t, lab.Hosts(5)...)
	e.founds("1 2 3 4 5")
	t.Run("FiveToThree", e.fiveToThree)
	t.Run("Promoted", func(t *testing.T) { e := e.on(t); e.changes("1 2 3", "1 2 3 4o"); e.changes("1 2 3 4o", "1 2 3 4") })
	t.Run("KilledInTheMiddle", e.killedInTheMiddle)
	t.Run("Demoted", func(t *testing.T) { e.on(t).changes("1 2 3 4", "1 2 3 4o") })
	t.Run("OtherPort", func(t *testing.T) { e.on(t).changes("1 2 3 4o", "1 2:3899 3 4o") })
	t.Run("TwoListsRefused", e.twoListsRefused)
}

// fiveToThree takes two servers out, which are stopped for good and keep their data.
func (e *ensemble) fiveToThree(t *testing.T) {
	e = e.on(t)
	e.changes("1 2 3 4 5", "1 2 3")
	for _, host := range []string{"zk4", "zk5"} {
		unit := "zookeeper-" + strings.TrimPrefix(host, "zk")
		if out := e.in(host, fmt.Sprintf("systemctl is-active %s || :; systemctl is-enabled %s || :; ls /var/lib/zookeeper/%s/version-2 | wc -l", unit, unit, unit)); !strings.HasPrefix(out, "inactive\ndisabled\n") || strings.HasSuffix(out, "\n0") {
			t.Errorf("on %s the server that was taken out is\n%s", host, out)
		}
	}
}

// killedInTheMiddle kills an apply once some servers have the new list and others the old one: an apply of the inventory of before takes it
// back, and one of the new inventory goes on.
func (e *ensemble) killedInTheMiddle(t *testing.T) {
	e = e.on(t)
	for _, then := range []string{"1 2 3 4", "1 2 3 4 5"} {
		e.members1("1 2 3 4 5")
		u := e.begins("apply", "--settle", "1s", "--progress", "plain")
		u.until("is in sync, and it is made sure", membershipLimit)
		u.until("  restart zookeeper-", membershipLimit)
		_ = u.cmd.Process.Kill()
		u.ends(commandLimit)
		e.changes("1 2 3 4", then, "--lock-timeout", "60s")
	}
	e.changes("1 2 3 4 5", "1 2 3 4")
}

// twoListsRefused lets servers run with lists whose majorities may have no voter in common.
func (e *ensemble) twoListsRefused(t *testing.T) {
	e = e.on(t)
	e.in("zk1", "cd /etc/zookeeper/zookeeper-1 && sed -i '/^server/d' $(readlink -f zoo.cfg) && printf 'server.%s:2888:3888:participant\\n' 1=10.9.9.1 4=10.9.9.4 >>$(readlink -f zoo.cfg)")
	e.unchanged(ownFolders, func() {
		e.zkprov("apply").exits(78).says("membership-change", "is a majority of the one", "no voter in common")
	})
}

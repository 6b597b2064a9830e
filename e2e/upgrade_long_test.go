//go:build e2e && long

package e2e

import (
	"testing"

	"github.com/zkprov/zkprov/e2e/lab"
)

// TestLongUpgrade takes three voters from 3.6.3 to 3.8.4 and on to 3.9.4, and back to 3.8.4, all under a client that writes. What is
// too far at once is refused.
func TestLongUpgrade(t *testing.T) {
	e := boot(t, lab.Hosts(3)...)
	e.wants("3.6.3")
	e.zkprov("apply").exits(0)
	e.wants("3.9.4")
	e.unchanged(ownFolders, func() {
		e.zkprov("apply").exits(78).says("upgrade-path", `version = "3.8.4", then "3.9.4"`)
	})
	e.upgrades("3.6.3", "3.8.4")
	e.upgrades("3.8.4", "3.9.4")
	saw := e.rolls(e.writes(), "rollback", "--settle", "2s")
	t.Logf("from 3.9.4 back to 3.8.4: the largest gap was %s", saw.Gap)
	e.runs("3.8.4")
	e.wants("3.8.4")
	e.zkprov("plan", "--detailed-exitcode").exits(0)
	e.waitOK(0)
}

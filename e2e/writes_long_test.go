//go:build e2e && long

package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/zkprov/zkprov/e2e/lab"
)

// TestLongThree does to three voters what TestWritesRoll does, more often.
func TestLongThree(t *testing.T) {
	e := threeHosts(t)
	e.zkprov("apply").exits(0)
	t.Run("Change", func(t *testing.T) { e.on(t).rollsUnderWrites(3) })
	t.Run("BadFlag", func(t *testing.T) { e.on(t).badFlag(10) })
	t.Run("BadFactory", func(t *testing.T) { e.on(t).badZooCfg(10, badFactory) })
	t.Run("BadKeyStore", func(t *testing.T) { e.on(t).badZooCfg(10, badKeyStore) })
}

// TestLongFive compares the gap of a roll over five voters and an observer with that of restarts by hand.
func TestLongFive(t *testing.T) {
	e := boot(t, lab.Hosts(6)...)
	e.fiveAndObserver()
	e.zkprov("apply").exits(0)
	e.rollsUnderWrites(3)
}

// TestLongPseudo does the same with the pseudo-cluster, whose four servers share one host.
func TestLongPseudo(t *testing.T) {
	e := boot(t, lab.Hosts(1)...)
	text, err := os.ReadFile("../examples/pseudo-cluster.toml")
	if err != nil {
		t.Fatal(err)
	}
	// As the writer is, so is zkprov on the machine of the tests.
	e.write(strings.NewReplacer("local = true", `ssh = "zk1"`, `heap = "1g"`, `heap = "256m"`).Replace(string(text)))
	e.zkprov("apply").exits(0)
	e.rollsUnderWrites(3)
}

// TestLongFew changes ensembles that no server can be spared of: that has to be allowed, whatever observers there are.
func TestLongFew(t *testing.T) {
	e := boot(t, lab.Hosts(3)...)
	for _, few := range []struct {
		name      string
		inventory string
	}{
		{"TwoAndObserver", e.lab.Voters(2) + fmt.Sprintf("[[host]]\nname = \"zk3\"\naddress = %q\ninstance = [ { id = 3, role = \"observer\" } ]\n\n", e.host("zk3").Address())},
	} {
		t.Run(few.name, func(t *testing.T) {
			e := e.on(t)
			e.write(few.inventory)
			e.zkprov("apply").exits(0)
			e.desire("maxClientCnxns = 71\n")
			before := e.invocationsOfAll()
			e.zkprov("apply").exits(78).says("--allow-outage")
			if after := e.invocationsOfAll(); fmt.Sprint(after) != fmt.Sprint(before) {
				t.Errorf("without being allowed to it has restarted something: %v, before %v", after, before)
			}
			e.rolls(e.writes(), "apply", "--allow-outage")
		})
	}
}

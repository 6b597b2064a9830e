//go:build e2e

package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/zkprov/zkprov/e2e/lab"
)

// TestAgentLists boots a host whose inventory has another server list than the others': each list might get a majority of its own, and
// nothing is founded before they agree.
func TestAgentLists(t *testing.T) {
	t.Parallel()
	e := boot(t, lab.Hosts(3)...)
	e.alone(time.Hour)
	text := e.text
	for _, host := range []string{"zk1", "zk2"} {
		e.install(host, 6*time.Second)
	}
	e.edit("{ id = 3 }", "{ id = 3, quorum_port = 2999 }")
	e.install("zk3", 6*time.Second)
	hosts := []string{"zk1", "zk2", "zk3"}
	for _, host := range hosts {
		e.in(host, "systemctl start zkprov-agent")
	}
	e.waitIn("zk1", "journalctl --quiet --unit zkprov-agent | grep -q 'the inventory of zk3 has other servers'")
	e.waitIn("zk3", "journalctl --quiet --unit zkprov-agent | grep -q 'the inventory of zk1, zk2 has other servers'")
	for _, host := range hosts {
		e.neverFounded(host)
	}

	e.write(text)
	if err := e.host("zk3").WriteFile(t.Context(), "/etc/zkprov/inventory.toml", []byte(e.text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, host := range hosts {
		e.waitResult(host, "formed")
	}
	e.zkprov("check").exits(0)
}

// TestAgentObservers takes the only voter's disk away while an observer remembers everything: nothing is founded beside it.
func TestAgentObservers(t *testing.T) {
	t.Parallel()
	e := boot(t, lab.Hosts(2)...)
	e.alone(time.Hour)
	e.edit("{ id = 2 }", `{ id = 2, role = "observer" }`)
	for _, host := range []string{"zk1", "zk2"} {
		e.install(host, 6*time.Second)
		e.in(host, "systemctl start zkprov-agent")
	}
	for _, host := range []string{"zk1", "zk2"} {
		e.waitResult(host, "formed")
	}
	e.write1("zk1", "/kept", "by the observer")
	waitFor(t, func() bool { return e.read1("zk2", "/kept") == "by the observer" })

	e.reinstall("zk1")
	// The observer's agent has done its work and says nothing; its server runs.
	e.waitIn("zk1", "journalctl --quiet --unit zkprov-agent | grep -q 'a server runs on zk2, and it is not heard what it knows'")
	e.neverFounded("zk1")
	// Once it is heard, it is clear that what the voter knew is lost.
	e.in("zk2", "systemctl start zkprov-agent")
	if s := e.waitResult("zk1", "refused"); s.ExitCode != 78 || !strings.Contains(s.Reason, "only 0 of its 1 voters still have data: zookeeper-1 has none") {
		t.Errorf("the status is %+v", s)
	}
	e.neverFounded("zk1")
	e.in("zk2", "grep -a -q 'by the observer' /var/lib/zookeeper/zookeeper-2/version-2/*")
}

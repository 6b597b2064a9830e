//go:build e2e && long

package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/zkprov/zkprov/e2e/lab"
)

// TestLongReboot boots three hosts under a client that writes all the time. One takes a minute.
func TestLongReboot(t *testing.T) {
	e := threeHosts(t)
	e.zkprov("apply").exits(0)
	e.host("zk2").SetFirmware(lab.Firmware{Delay: time.Minute})
	before := e.booted()
	w := e.writes()
	// One command takes longer than others may.
	out, err := e.command(t.Context(), "reboot", "--progress", "plain").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "2/2 followers in sync") {
		t.Errorf("%v:\n%s", err, out)
	}
	w.stops()
	for host, boot := range e.booted() {
		if boot == before[host] {
			t.Errorf("%s was not booted", host)
		}
	}
	t.Logf("%s", out)
}

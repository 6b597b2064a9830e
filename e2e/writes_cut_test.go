//go:build e2e && long

package e2e

import (
	"testing"
	"time"
)

// cutNetwork keeps what comes in for a host's sshd from it, until the function that it returns is called. How is what nft does with it.
func (e *ensemble) cutNetwork(host, how string) (mend func()) {
	e.t.Helper()
	e.in(host, "nft add table inet cut; nft add chain inet cut in '{ type filter hook input priority 0; }'; nft add rule inet cut in tcp dport 22 "+how)
	return func() { e.in(host, "nft delete table inet cut") }
}

// cutInRestart begins a roll and cuts the connection to the host of the first server while that is down for its restart. The run ends
// with that, says so and touches nothing else, and the next goes on.
func (e *ensemble) cutInRestart(how string, limit time.Duration, says ...string) {
	e.t.Helper()
	first := e.order()[0]
	usual := e.slowStart(first)
	b := e.beginRoll()
	if b.first != first {
		e.t.Errorf("it began with %s, want %s", b.first, first)
	}
	mend := e.cutNetwork(b.host, how)
	r := b.ends(limit)
	e.t.Logf("it says after %s\n%s", r.took, r.stderr)
	r.exits(1).says(append(says, b.host+": ", "how far it got is not known", "1 unknown: "+b.host, "the host of "+first+" was lost in its restart", "roll-stopped")...)
	e.allServe(time.Minute)
	e.free(b.host, time.Minute) // the far side hears nothing, and leaves by itself
	mend()
	usual()
	saw := b.w.stops()
	e.oneAtATime(saw)
	e.touchedOnly(b.before, first)
	e.goesOnFrom("")
}

// packetsDropped lets nothing through any more, which ssh notices before the host is given up.
func (e *ensemble) packetsDropped(t *testing.T) {
	e = e.on(t)
	e.cutInRestart("drop", 2*time.Minute, " has given no sign of life for 10 s, working on: restart ", "the connection was lost", "connection-lost")
}

// connectionReset answers with a reset, of which the host hears nothing.
func (e *ensemble) connectionReset(t *testing.T) {
	e.on(t).cutInRestart("reject with tcp reset", time.Minute, "the connection was lost", "connection-lost")
}

//go:build e2e && long

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestLongFaults lets something go wrong in a roll of three voters under writes. Each time it stops or waits, says what is going on
// and touches nothing else; in the end the same command goes on.
func TestLongFaults(t *testing.T) {
	e := threeHosts(t)
	e.write("[zoo_cfg]\nmaxClientCnxns = 60\n" + e.lab.Voters(3))
	e.zkprov("apply").exits(0)
	t.Run("LeaderKilled", e.leaderKilled)
	t.Run("ServerDown", e.serverDown)
	t.Run("HostDown", e.hostDown)
	t.Run("ServerApart", e.serverApart)
	t.Run("Flapping", e.flapping)
	t.Run("HostVanishes", e.hostVanishes)
	t.Run("QuorumLost", e.quorumLost)
	t.Run("SlowSync", e.slowSync)
	t.Run("SyncTooSlow", e.syncTooSlow)
	t.Run("PacketsDropped", e.packetsDropped)
	t.Run("ConnectionReset", e.connectionReset)
}

// begun is a roll of another configuration that has begun, under writes.
type begun struct {
	*underway
	w      *writing
	before map[string]string // the invocations
	first  string            // the instance that is restarted first
	host   string            // that it is on
}

// beginRoll begins a roll. It returns when the first server is being restarted.
func (e *ensemble) beginRoll(args ...string) *begun {
	e.t.Helper()
	e.anotherConfiguration()
	b := &begun{before: e.invocationsOfAll(), w: e.writes()}
	b.underway = e.begins("apply", args...)
	b.w.follows(b.underway)
	for end := time.Now().Add(2 * time.Minute); b.first == ""; time.Sleep(20 * time.Millisecond) {
		for _, m := range e.members() {
			id, err := e.host(m.Host.Name).InvocationID(e.t.Context(), m.Instance.Name)
			if err != nil || id != b.before[m.Instance.Name] {
				b.first, b.host = m.Instance.Name, m.Host.Name
				break
			}
		}
		if time.Now().After(end) {
			e.t.Fatalf("no server was restarted within 2 min:\n%s", b.text())
		}
	}
	return b
}

// anotherConfiguration makes the inventory want what no server runs with yet.
func (e *ensemble) anotherConfiguration() {
	e.t.Helper()
	e.desire(fmt.Sprintf("maxClientCnxns = %d\n", 100+time.Now().UnixMilli()%10000))
}

// touched are the instances that were started since.
func (e *ensemble) touched(before map[string]string) []string {
	e.t.Helper()
	touched := []string{}
	after := e.invocationsOfAll()
	for _, m := range e.members() {
		if name := m.Instance.Name; after[name] != before[name] {
			touched = append(touched, name)
		}
	}
	return touched
}

// touchedOnly wants just these to have been started since.
func (e *ensemble) touchedOnly(before map[string]string, names ...string) {
	e.t.Helper()
	if diff := cmp.Diff(append([]string{}, names...), e.touched(before)); diff != "" {
		e.t.Errorf("the instances that were restarted (-want +got):\n%s", diff)
	}
}

// others are the names of all hosts but one.
func (e *ensemble) others(host string) []string {
	var names []string
	for _, h := range e.lab.Hosts() {
		if h.Name != host {
			names = append(names, h.Name)
		}
	}
	return names
}

// goesOnFrom wants the same command to finish what was begun, beginning with an instance where it names one.
func (e *ensemble) goesOnFrom(first string) {
	e.t.Helper()
	w := e.writes()
	u := e.begins("apply")
	w.follows(u)
	u.ends(rollLimit).exits(0)
	saw := w.stops()
	e.oneAtATime(saw)
	if first != "" && (len(saw.Ends) == 0 || saw.Ends[0].Server != first) {
		e.t.Errorf("it began with %v, want %s", saw.Order(), first)
	}
	e.zkprov("plan", "--detailed-exitcode").exits(0)
	e.zkprov("check").exits(0)
}

// leaderKilled kills the leader when the first has come back: the new leader is taken last.
func (e *ensemble) leaderKilled(t *testing.T) {
	e = e.on(t)
	b := e.beginRoll()
	b.until("it is made sure", 90*time.Second)
	killed := e.leader()
	e.in(killed.Host.Name, "systemctl kill -s KILL "+killed.Instance.Name)
	r := b.ends(rollLimit)
	e.allServe(time.Minute)
	saw := b.w.stops()
	r.exits(0)
	if saw.LeastUp < 2 {
		t.Errorf("%d of 3 voters were up at %s", saw.LeastUp, saw.LeastUpStep)
	}
	e.touchedOnly(b.before, "zookeeper-1", "zookeeper-2", "zookeeper-3")
	e.zkprov("plan", "--detailed-exitcode").exits(0)
}

// serverDown rolls while a follower is down, which is started first.
func (e *ensemble) serverDown(t *testing.T) {
	e = e.on(t)
	leader := e.leader().Host.Name
	down := e.others(leader)[0]
	e.anotherConfiguration()
	e.in(down, "systemctl stop zookeeper-"+strings.TrimPrefix(down, "zk"))
	w := e.writesTo(e.servers())
	u := e.begins("apply")
	w.follows(u)
	r := u.ends(rollLimit)
	saw := w.stops()
	r.exits(0)
	if saw.LeastUp < 2 || len(saw.Ends) != 2 {
		t.Errorf("%d of 3 voters were up, and those went away: %v", saw.LeastUp, saw.Order())
	}
	e.zkprov("plan", "--detailed-exitcode").exits(0)
}

// hostDown rolls while the host of a follower is off: nothing is restarted.
func (e *ensemble) hostDown(t *testing.T) {
	e = e.on(t)
	leader := e.leader().Host.Name
	down := e.others(leader)[0]
	if err := e.host(down).PowerOff(t.Context()); err != nil {
		t.Fatal(err)
	}
	var up []string
	before := make(map[string]string)
	for _, host := range e.others(down) {
		unit := "zookeeper-" + strings.TrimPrefix(host, "zk")
		before[unit] = e.invocation(host, unit)
		up = append(up, unit)
	}
	e.anotherConfiguration()
	r := e.zkprov("apply", "--timeout", "30s").says(down)
	if r.code != 4 && r.code != 78 && r.code != 1 {
		r.exits(4)
	}
	t.Logf("it says\n%s%s", r.stdout, r.stderr)
	for _, unit := range up {
		if now := e.invocation("zk"+strings.TrimPrefix(unit, "zookeeper-"), unit); now != before[unit] {
			t.Errorf("%s was restarted while %s was off", unit, down)
		}
	}
	if err := e.host(down).Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.allServe(time.Minute)
	e.goesOnFrom("")
}

// serverApart rolls while a follower runs and is cut off from the others: no other is restarted.
func (e *ensemble) serverApart(t *testing.T) {
	e = e.on(t)
	leader := e.leader().Host.Name
	host := e.others(leader)[0]
	unit := "zookeeper-" + strings.TrimPrefix(host, "zk")
	e.apart(host)
	waitFor(t, func() bool { return e.mode(host, 2181) == "" })
	e.anotherConfiguration()
	before := e.invocationsOfAll()
	r := e.zkprov("apply", "--timeout", "30s")
	t.Logf("it says\n%s%s", r.stdout, r.stderr)
	if r.code == 0 {
		t.Errorf("with %s cut off it says that all is well", host)
	}
	for _, name := range e.touched(before) {
		if name != unit {
			t.Errorf("%s was restarted while %s was cut off", name, unit)
		}
	}
	r.says(unit)
	e.together(host)
	e.allServe(time.Minute)
	e.goesOnFrom("")
}

// flapping lets the first one end again and again some seconds after it serves with the new configuration, and never with the old one.
func (e *ensemble) flapping(t *testing.T) {
	e = e.on(t)
	b := e.beginRoll()
	// The new generation is the folder that was made last.
	e.in(b.host, fmt.Sprintf(`id=%s; new=$(ls -td /etc/zookeeper/zookeeper-$id/*/ | head -n 1); new=$(basename $new)
cat >/run/flap <<END
while sleep 0.1; do
  pid=\$(systemctl show -p MainPID --value zookeeper-$id)
  tr '\\0' '\\n' </proc/\$pid/environ 2>/dev/null | grep -qx ZKPROV_GENERATION=$new || continue
  (exec 3<>/dev/tcp/127.0.0.1/2181; echo srvr >&3; grep -q Mode <&3) 2>/dev/null || continue
  sleep 3; kill -9 \$pid
done
END
systemd-run -q --collect --unit=flap bash /run/flap`, strings.TrimPrefix(b.host, "zk")))
	r := b.ends(rollLimit)
	e.in(b.host, "systemctl stop flap")
	e.allServe(time.Minute)
	saw := b.w.stops()
	t.Logf("it says\n%s%s", r.stdout, r.stderr)
	r.exits(1).says(b.first)
	e.oneAtATime(saw)
	e.touchedOnly(b.before, b.first)
	e.goesOnFrom(b.first)
}

// hostVanishes takes the power from the host of the first one in its restart.
func (e *ensemble) hostVanishes(t *testing.T) {
	e = e.on(t)
	b := e.beginRoll("--timeout", "45s")
	if err := e.host(b.host).PowerOff(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := b.ends(2 * time.Minute)
	t.Logf("it says after %s\n%s", r.took, r.stderr)
	if r.code != 1 && r.code != 4 {
		r.exits(1)
	}
	r.says(b.host)
	if err := e.host(b.host).Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.allServe(time.Minute)
	saw := b.w.stops()
	e.oneAtATime(saw)
	e.touchedOnly(b.before, b.first)
	e.goesOnFrom("")
}

// quorumLost stops the two others when the first one has come back: it stops, and forces nothing.
func (e *ensemble) quorumLost(t *testing.T) {
	e = e.on(t)
	b := e.beginRoll("--timeout", "45s")
	b.until("it is made sure", 90*time.Second)
	first := e.invocation(b.host, b.first)
	for _, host := range e.others(b.host) {
		e.in(host, "systemctl stop zookeeper-"+strings.TrimPrefix(host, "zk"))
	}
	r := b.ends(2 * time.Minute)
	t.Logf("it says after %s\n%s", r.took, r.stderr)
	r.exits(1).says(b.first)
	for _, host := range e.others(b.host) {
		unit := "zookeeper-" + strings.TrimPrefix(host, "zk")
		if state := e.in(host, "systemctl is-active "+unit+" || true"); state != "inactive" {
			t.Errorf("%s is %s: it was stopped by somebody else, and is none of its business", unit, state)
		}
	}
	if now := e.invocation(b.host, b.first); now != first {
		t.Errorf("%s was restarted though it serves, and there is no quorum", b.first)
	}
	for _, host := range e.others(b.host) {
		e.in(host, "systemctl start zookeeper-"+strings.TrimPrefix(host, "zk"))
	}
	e.allServe(time.Minute)
	b.w.stops()
	e.goesOnFrom("")
}

// slowSync keeps the first one from the leader for 30 s: it is waited for, which is said.
func (e *ensemble) slowSync(t *testing.T) {
	e = e.on(t)
	b := e.beginRoll("--timeout", "2m")
	e.apart(b.host)
	b.until("does not serve", time.Minute)
	time.Sleep(30 * time.Second)
	e.together(b.host)
	r := b.ends(rollLimit)
	saw := b.w.stops()
	t.Logf("it says\n%s", r.stderr)
	r.exits(0).says(b.first + ": runs; runs and does not serve: it has no quorum or is not in sync yet")
	e.restartedOnce(b.before, saw)
}

// syncTooSlow keeps it from the leader for longer than it may take: it gets back what it had, and the roll stops.
func (e *ensemble) syncTooSlow(t *testing.T) {
	e = e.on(t)
	b := e.beginRoll("--timeout", "45s")
	e.apart(b.host)
	r := b.ends(2 * time.Minute)
	t.Logf("it says after %s\n%s", r.took, r.stderr)
	r.exits(1).says(b.first)
	e.together(b.host)
	e.allServe(time.Minute)
	saw := b.w.stops()
	e.oneAtATime(saw)
	e.touchedOnly(b.before, b.first)
	e.goesOnFrom(b.first)
}

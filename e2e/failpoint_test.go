//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// failpoints is a binary that can be told to end itself; see package failpoint.
const failpoints = "../bin/zkprov-failpoints"

// point is a moment of a run at which it is killed: on the control machine, on hosts, or on both, so that the hosts are not ahead of what
// the control machine knows.
type point struct {
	here  string
	there map[string]string
}

func (p point) String() string {
	if p.here != "" {
		return p.here
	}
	return fmt.Sprint(p.there)
}

// changeOn is the n-th change of a step on each host that has so many.
func changeOn(step plan.Step, n int, when string) map[string]string {
	all := make(map[string]string)
	for _, h := range step.Changes {
		if n < len(h.Changes) {
			all[h.Host] = fmt.Sprintf("there %s %s %s", when, h.Changes[n].Action, h.Changes[n].Resource)
		}
	}
	return all
}

// points returns the moments before each step of a plan, and before and after the n-th change of each step on all its hosts, in
// order. As one kill is followed by the rest of the same plan, where a change that was made is not made again, it takes one of the moments
// at which the change is made, in turn.
func points(p plan.Plan) []point {
	var all []point
	for _, step := range p.Steps {
		all = append(all, point{here: "here before step " + step.Name})
		for n := 0; len(changeOn(step, n, "")) > 0; n++ {
			before, after := changeOn(step, n, "before"), changeOn(step, n, "after")
			all = append(all, point{there: before})
			var host string
			for _, h := range step.Changes {
				if n < len(h.Changes) {
					host = h.Host
				}
			}
			act := strings.TrimPrefix(before[host], "there before ")
			switch n % 3 {
			case 0:
				all = append(all, point{there: after})
			case 1:
				all = append(all, point{"here before " + host + " " + act, after})
			case 2:
				all = append(all, point{"here after " + host + " " + act, changeOn(step, n+1, "before")})
			}
		}
	}
	return all
}

// planned returns the plan of an ensemble, as it prints it.
func (e *ensemble) planned() plan.Plan {
	e.t.Helper()
	var document struct{ Result plan.Plan }
	if r := e.zkprov("plan", "-o", "json"); json.Unmarshal([]byte(r.stdout), &document) != nil {
		e.t.Fatalf("no plan in\n%s\n%s", r.stdout, r.stderr)
	}
	return document.Result
}

// killedAt runs a command that is killed at a point, and reports whether it came there.
func (e *ensemble) killedAt(p point, command string, args ...string) bool {
	e.t.Helper()
	for host, name := range p.there {
		e.in(host, "echo '"+name+"' >/run/zkprov-failpoint")
	}
	cmd := e.command(e.t.Context(), command, append(args, "--lock-timeout", "60s")...)
	cmd.Path, cmd.Args[0] = failpoints, failpoints
	cmd.Env = append(os.Environ(), "ZKPROV_FAILPOINT="+p.here)
	r := runCommand(e.t, cmd)
	reached := cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL
	for host := range p.there {
		// A host that is alive yet finishes the change that it is in.
		if e.in(host, "flock /run/zkprov/lock true; if [ -e /run/zkprov-failpoint ]; then rm /run/zkprov-failpoint; else echo reached; fi") != "" {
			reached = true
		}
	}
	if !reached {
		e.t.Errorf("%s did not come to %s:\n%s%s", command, p, r.stdout, r.stderr)
	}
	return reached
}

// whole prints, for each instance of a host that runs, what it was started with where that is not one generation, whole.
const whole = `for unit in /etc/systemd/system/zookeeper-*.service; do
	[ -e "$unit" ] || continue
	instance=$(basename "$unit" .service); pid=$(systemctl show -p MainPID --value "$instance"); [ "$pid" != 0 ] || continue
	generation=$(tr '\0' '\n' </proc/$pid/environ | sed -n 's/^ZKPROV_GENERATION=//p')
	[ -n "$generation" ] || continue # its process is still systemd's own
	zoocfg=$(tr '\0' '\n' </proc/$pid/cmdline | tail -n 1)
	folder=/etc/zookeeper/$instance/$generation
	if [ "$zoocfg" != $folder/zoo.cfg ] || [ ! -s $folder/zoo.cfg ] || [ ! -s $folder/$instance.service ]; then
		echo "$instance was started with generation $generation and reads $zoocfg: $(ls $folder)"
	fi
done`

// noMix wants each server that runs to have been started with one generation.
func (e *ensemble) noMix(after point) {
	e.t.Helper()
	for _, h := range e.lab.Hosts() {
		if mixed := e.in(h.Name, whole); mixed != "" {
			e.t.Errorf("killed at %s: %s", after, mixed)
		}
	}
}

// goOn prints the servers of a host that run, or that systemd is about to start.
const goOn = `for unit in /etc/systemd/system/zookeeper-*.service; do
	[ -e "$unit" ] || continue
	instance=$(basename "$unit" .service)
	case $(systemctl show -p ActiveState --value "$instance"),$(systemctl list-jobs --no-legend "$instance.service" | grep -c start) in
	active,*|activating,*|reloading,*|*,1) echo "$instance" ;;
	esac
done`

// running returns the servers that run, or that systemd is about to start.
func (e *ensemble) running() (names []string) {
	e.t.Helper()
	for _, h := range e.lab.Hosts() {
		names = append(names, strings.Fields(e.in(h.Name, goOn))...)
	}
	return names
}

// killedEverywhere kills one run of a command after the other at the points of a plan, that of the first, and has the next go on. Servers
// run on, or are on their way back, whoever is killed: but those that a plan stops for good.
func (e *ensemble) killedEverywhere(p plan.Plan, command string, args ...string) {
	e.t.Helper()
	kills := 0
	all, stays := points(p), e.running()
	for _, step := range p.Steps {
		for _, h := range step.Changes {
			for _, c := range h.Changes {
				if c.Action == provision.Stop {
					stays = slices.DeleteFunc(stays, func(name string) bool { return name == c.Instance })
				}
			}
		}
	}
	for _, p := range all {
		if !e.killedAt(p, command, args...) {
			break
		}
		kills++
		e.noMix(p)
		if down := without(stays, e.running()); down != nil {
			e.t.Errorf("killed at %s: %v are left down", p, down)
		}
	}
	e.t.Logf("survived %d kills at %d points", kills, len(all))
}

// TestFailpoints kills an apply before and after every change of its plan, on the hosts and on the control machine.
func TestFailpoints(t *testing.T) {
	t.Parallel()
	e := threeHosts(t)
	t.Run("FirstApply", func(t *testing.T) {
		e := e.on(t)
		e.killedEverywhere(e.planned(), "apply")
		e.converges()
	})
	// What ran is not left down, whoever was killed: the restarts are systemd's.
	e.edit("[[host]]", "[jvm]\nheap = \"200m\"\n[zoo_cfg]\nmaxClientCnxns = 70\n[[host]]")
	t.Run("Roll", func(t *testing.T) {
		e := e.on(t)
		e.killedEverywhere(e.planned(), "apply", "--settle", "100ms")
		waitFor(t, func() bool { return cmp.Equal(e.roles(), map[string]int{"leader": 1, "follower": 2}) })
		e.converges()
	})
}

// TestNoFailpoints has a look at what users get: it has nothing that could end it. The other binary has, or the look would be in vain.
func TestNoFailpoints(t *testing.T) {
	for path, want := range map[string]bool{binary: false, failpoints: true} {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(content), "/run/zkprov-failpoint"); got != want {
			t.Errorf("%s has failpoints: %t, want %t", path, got, want)
		}
	}
}

package fleet

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/plan"
)

// bootable lets hosts be booted: what is asked of one that was told to boot gets no answer
// until it is back after so long; 0 is never.
func bootable(f *Fleet, hs *hosts, takes time.Duration) {
	for name, h := range hs.byName {
		h.patient = true
		h.changes = []provision.Change{{Resource: "reboot:" + name, Action: provision.Again, Summary: name}}
		h.seen.Boot = "first"
		var down time.Time
		h.during = func(_ context.Context, call string) {
			if call == plan.Reboot {
				down = time.Now()
			}
		}
		h.refuses = func(call string) error {
			switch {
			case down.IsZero() || call != "connect":
				return nil
			case takes == 0 || time.Since(down) < takes:
				return unreachable(name)
			}
			hs.do(func() { h.seen.Boot = "second" })
			return nil
		}
	}
}

// TestReboot boots all hosts, the leader's last, one after the other.
func TestReboot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, hs := newFleet(t)
		bootable(f, hs, 90*time.Second)
		o, err := f.Reboot(t.Context(), Rebooting{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"zk4", "zk1", "zk2", "zk3"}, o.Rebooted()); diff != "" {
			t.Error(diff)
		}
		calls := slices.DeleteFunc(hs.calls(), func(call string) bool {
			return !strings.HasSuffix(call, " "+plan.Reboot) && !strings.HasSuffix(call, " lock")
		})
		want := []string{"zk4 reboot", "zk4 lock", "zk1 reboot", "zk1 lock", "zk2 reboot", "zk2 lock", "zk3 reboot", "zk3 lock"}
		if diff := cmp.Diff(want, calls[4:]); diff != "" {
			t.Error(diff)
		}
		if left := o.ToReboot(); left != nil {
			t.Errorf("left are %v", left)
		}
	})
}

// TestRebootStops ends well after some hosts.
func TestRebootStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, hs := newFleet(t)
		f.StopAfter = 2
		bootable(f, hs, time.Second)
		o, err := f.Reboot(t.Context(), Rebooting{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"zk2", "zk3"}, o.ToReboot()); diff != "" {
			t.Error(diff)
		}
		if n := hs.count(plan.Reboot); n != 2 {
			t.Errorf("%d hosts were booted", n)
		}
	})
}

// TestRebootNotBack gives a host up that does not come back, in its time, and boots no other.
func TestRebootNotBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, hs := newFleet(t)
		bootable(f, hs, 0)
		begin := time.Now()
		_, err := f.Reboot(t.Context(), Rebooting{BootTimeout: 3 * time.Minute})
		var e *provision.Error
		if !errors.As(err, &e) || e.Name != hostNotBack || e.Kind != provision.Failed {
			t.Errorf("it says %v", err)
		}
		if took := time.Since(begin); took < 3*time.Minute || took > 4*time.Minute {
			t.Errorf("it took %s", took)
		}
		if n := hs.count(plan.Reboot); n != 1 {
			t.Errorf("%d hosts were booted", n)
		}
	})
}

// TestRebootSame waits for another boot: a host that still answers has not gone down yet.
func TestRebootSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, hs := newFleet(t)
		f.Limit = []string{"zk4"}
		bootable(f, hs, time.Second)
		hs.byName["zk4"].refuses = nil
		_, err := f.Reboot(t.Context(), Rebooting{BootTimeout: time.Minute})
		var e *provision.Error
		if !errors.As(err, &e) || e.Name != hostNotBack || !strings.Contains(e.Message, "it has not gone down yet") {
			t.Errorf("it says %v", err)
		}
	})
}

// TestRebootRefused boots nothing where the quorum hangs on a host, or where zkprov runs on it.
func TestRebootRefused(t *testing.T) {
	f, hs := newFleet(t)
	bootable(f, hs, time.Second)
	f.Ensemble.Hosts[1].Local = true
	_, err := f.Reboot(t.Context(), Rebooting{})
	if kindOf(err) != provision.Refused || !strings.Contains(err.Error(), rebootLocal) {
		t.Errorf("a local host: %v", err)
	}
	f, hs = newFleet(t)
	bootable(f, hs, time.Second)
	f.Ensemble.Hosts[0].Instances = append(f.Ensemble.Hosts[0].Instances, f.Ensemble.Hosts[1].Instances...)
	f.Ensemble.Hosts[1].Instances = nil
	_, err = f.Reboot(t.Context(), Rebooting{})
	if kindOf(err) != provision.Refused || !strings.Contains(err.Error(), quorumHangs) {
		t.Errorf("a host that holds a majority: %v", err)
	}
	if n := hs.count(plan.Reboot); n != 0 {
		t.Errorf("%d hosts were booted", n)
	}
	// Of five voters two are in the inventory no more.
	f, hs = newFleet(t)
	bootable(f, hs, time.Second)
	members := provision.MembersOf(f.Ensemble)
	list := provision.ServersOf(f.Ensemble).With(hs.beyond(f.Ensemble, 5, &members)).With(hs.beyond(f.Ensemble, 6, &members))
	hs.runWith(f.Ensemble, list, &members)
	_, err = f.Reboot(t.Context(), Rebooting{})
	if kindOf(err) != provision.Refused || !strings.Contains(err.Error(), "the voters {1, 2, 3, 5, 6} with 4 observing, and the inventory has {1, 2, 3} with 4 observing") {
		t.Errorf("a list of servers that was not applied: %v", err)
	}
	f.Limit = []string{"zk1"}
	what := provision.Reset{}
	hs.byName["zk1"].changes = []provision.Change{{Resource: "stopped:zookeeper-1.service", Action: provision.Stop, Instance: "zookeeper-1"}}
	_, err = f.Reset(t.Context(), what, nil)
	if kindOf(err) != provision.Refused || !strings.Contains(err.Error(), membershipChange) {
		t.Errorf("a reset with a list of servers that was not applied: %v", err)
	}
	if n := hs.count(plan.Reboot); n != 0 {
		t.Errorf("%d hosts were booted", n)
	}
}

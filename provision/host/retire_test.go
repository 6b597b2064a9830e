package host_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// leaving returns a host whose one server runs and has left the inventory; the ensemble
// has another one.
func leaving(t *testing.T) *testHost {
	t.Helper()
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	e := *h.task.Ensemble
	gone := provision.MembersOf(&e).Servers[0]
	one := e.Hosts[0]
	one.Name, one.Address, one.Instances = "zk2", "10.0.0.2", []inventory.Instance{one.Instances[0]}
	one.Instances[0].ID, one.Instances[0].Name = 2, "zookeeper-2"
	here := inventory.Host{Name: h.task.Host, Address: e.Hosts[0].Address, Local: true, Instances: []inventory.Instance{gone.Former(e.Name)}}
	e.Hosts = []inventory.Host{one, here}
	h.task.Ensemble, h.task.Underway = &e, true
	return h
}

// TestLeaves gives a server that has left the inventory another list, and nothing else.
func TestLeaves(t *testing.T) {
	h := leaving(t)
	h.task.Elsewhere = []provision.Placed{{Server: provision.Server{ID: 2}, Host: "zk2", SSH: "of before"}}
	before := h.runsWith(t)
	p := h.plan(t)
	var changes []string
	for _, c := range p.Changes {
		changes = append(changes, string(c.Kind()))
	}
	for _, kind := range []provision.ResourceKind{provision.KindUser, provision.KindRelease, provision.KindPackage, provision.KindEnabled} {
		if len(ofKind(p, kind)) > 0 {
			t.Errorf("it makes a %s: %v", kind, changes)
		}
	}
	// Where servers are is noted until all else is done.
	last := len(p.Changes) - 1
	if err := h.Apply(t.Context(), h.task, p.Changes[:last], p.Changes[last:], func(provision.Event) {}); err != nil {
		t.Fatal(err)
	}
	o, err := h.Observe(t.Context(), h.task)
	if err != nil || o.Instances["zookeeper-1"].Servers.String() != "{1, 2}" || len(o.Places) != 3 {
		t.Errorf("it is seen to run with %s, servers at %v, %v", o.Instances["zookeeper-1"].Servers, o.Places, err)
	}
	if err := h.Apply(t.Context(), h.task, p.Changes[last:], nil, func(provision.Event) {}); err != nil {
		t.Fatal(err)
	}
	now := h.runsWith(t)
	if now == before {
		t.Fatalf("it still runs with %s: %v", now, changes)
	}
	disk := h.snapshot(t)
	old, zoo := disk[configs+"/"+before+"/zoo.cfg"].Content, disk[configs+"/"+now+"/zoo.cfg"].Content
	keep := func(text string) (kept []string) {
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, "server.") {
				kept = append(kept, line)
			}
		}
		return kept
	}
	if diff := cmp.Diff(keep(old), keep(zoo)); diff != "" {
		t.Errorf("it is changed beside its list:\n%s", diff)
	}
	if list, err := provision.ReadServers(zoo); err != nil || list.String() != "{1, 2}" {
		t.Errorf("its list is %s, %v", list, err)
	}
	if o, err = h.Observe(t.Context(), h.task); err != nil || o.Places != nil {
		t.Errorf("servers are still noted at %v, %v", o.Places, err)
	}
	h.task.Underway = false
	if again := h.plan(t); len(again.Changes) > 0 {
		t.Errorf("it is changed again: %v", again.Changes)
	}
}

// TestRetired stops a server for good, and leaves what it has.
func TestRetired(t *testing.T) {
	h := leaving(t)
	h.task.Ensemble.Hosts[1].Instances = nil
	h.task.Retire = []string{"zookeeper-1"}
	before := h.snapshot(t)
	p := h.plan(t)
	retires := ofKind(p, provision.KindRetired)
	if len(retires) != 1 || retires[0].From != "running, enabled" || retires[0].To != "stopped, disabled" || len(p.Restarts) > 0 {
		t.Fatalf("the changes are %v", p.Changes)
	}
	h.apply(t, p)
	state, err := h.systemd.State(t.Context(), unitName)
	if err != nil || state.RunsOrStarts() || state.Enabled() {
		t.Errorf("it is %+v, %v", state, err)
	}
	after := h.snapshot(t)
	for name := range before {
		if _, there := after[name]; !there && !strings.HasPrefix(name, "/proc/") && !strings.HasPrefix(name, "/run/") {
			t.Errorf("%s is gone", name)
		}
	}
	h.task.Underway = false
	if again := h.plan(t); len(again.Changes) > 0 {
		t.Errorf("it is changed again: %v", again.Changes)
	}
}

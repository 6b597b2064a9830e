package host_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
	"github.com/zkprov/zkprov/provision/host"
	"github.com/zkprov/zkprov/units"
)

// twoInstances is the inventory of a host with two instances.
func twoInstances(t *testing.T, h *testHost) *inventory.Ensemble {
	t.Helper()
	text := strings.NewReplacer("HASH", h.task.Ensemble.Archive.SHA512, "instance = [ { id = 1 } ]",
		`instance = [ { id = 1, data_log_dir = "/srv/log/1" }, { id = 2, client_port = 2182, quorum_port = 2889, election_port = 3889, admin_port = 8081 } ]`).Replace(oneHost)
	e, found := inventory.Read("test.toml", []byte(text))
	if found.Failed() {
		t.Fatal(found)
	}
	return e
}

// TestPlanReadsNothing spoils a host after it was observed: whatever is planned for it
// then is planned for the host as it was seen.
func TestPlanReadsNothing(t *testing.T) {
	data := "/var/lib/zookeeper/zookeeper-2"
	for name, set := range map[string]func(t *testing.T, h *testHost){
		"fresh":        func(*testing.T, *testHost) {},
		"as it should": func(t *testing.T, h *testHost) { h.apply(t, h.plan(t)) },
		"edited": func(t *testing.T, h *testHost) {
			h.apply(t, h.plan(t))
			write(t, h.root+"/etc/zookeeper/zookeeper-1/"+h.generation(t)+"/zoo.cfg", "# edited\n")
			write(t, h.root+unitPath, "# edited\n")
			write(t, h.root+data+"/version-2/log.1", "")
			write(t, h.root+unitPath+".d/a.conf", "[Service]\nExecStart=/bin/x\n")
		},
		"another heap": func(t *testing.T, h *testHost) {
			h.apply(t, h.plan(t))
			h.setHeap("300m")
		},
		"a blank voter": func(t *testing.T, h *testHost) {
			h.task.Bootstrap = false
			h.apply(t, h.plan(t))
			write(t, h.root+data+"/version-2/acceptedEpoch", "-1")
		},
		"a release without a jar": func(t *testing.T, h *testHost) {
			h.apply(t, h.plan(t))
			remove(t, h.root+"/opt/zookeeper/apache-zookeeper-3.6.3-bin/lib/zookeeper-3.6.3.jar")
		},
		"folders of others": func(t *testing.T, h *testHost) {
			h.apply(t, h.plan(t))
			chmod(t, h.root+"/var/lib/zookeeper", 0o775)
			chmod(t, h.root+"/etc/zookeeper", 0o700)
		},
		"another server's data": func(t *testing.T, h *testHost) {
			write(t, h.root+data+"/.zkprov.json", `{"ensemble":"other","id":2}`)
			write(t, h.root+data+"/version-2/log.1", "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.task.Ensemble = twoInstances(t, h)
			set(t, h)
			before, after := &host.Machine{Root: h.root, Systemd: h.systemd, Runner: h.Runner, Query: h.Query}, h.Machine
			if _, err := before.Observe(t.Context(), h.task); err != nil {
				t.Fatal(err)
			}
			if _, err := after.Observe(t.Context(), h.task); err != nil {
				t.Fatal(err)
			}
			var tasks []provision.Task
			for _, bootstrap := range []bool{false, true} {
				for _, founding := range []*provision.Founding{nil, {Bootstrap: "b", Founders: map[string]string{"zk1": "x"}}} {
					for _, only := range [][]string{nil, {"zookeeper-1"}, {"zookeeper-2"}} {
						task := h.task
						task.Bootstrap, task.Founding, task.Only = bootstrap, founding, only
						tasks = append(tasks, task)
					}
				}
			}
			var want []provision.HostPlan
			for _, task := range tasks {
				p, err := before.Plan(t.Context(), task)
				if err != nil {
					t.Fatal(err)
				}
				want = append(want, p)
			}
			gone := errors.New("it is asked again")
			h.systemd.Errors = map[string]error{"state": gone, "journal": gone}
			if err := os.RemoveAll(h.root); err != nil {
				t.Fatal(err)
			}
			for i, task := range tasks {
				got, err := after.Plan(t.Context(), task)
				if err != nil {
					t.Errorf("bootstrap %t, founding %v, only %v: %v", task.Bootstrap, task.Founding, task.Only, err)
				}
				if diff := cmp.Diff(want[i], got); diff != "" {
					t.Errorf("bootstrap %t, founding %v, only %v:\n%s", task.Bootstrap, task.Founding, task.Only, diff)
				}
			}
		})
	}
}

// TestLookIsKept wants a plan to look anew where the inventory is another one, and
// where something was changed.
func TestLookIsKept(t *testing.T) {
	h := newHost(t)
	plan := func() provision.HostPlan {
		t.Helper()
		p, err := h.Plan(t.Context(), h.task)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	first := plan()
	write(t, h.root+"/etc/sysusers.d/zkprov-zookeeper.conf", "# edited\n")
	if diff := cmp.Diff(first, plan()); diff != "" {
		t.Errorf("it looked again:\n%s", diff)
	}
	h.setHeap("300m")
	second := plan()
	if diff := cmp.Diff(first, second); diff == "" {
		t.Error("with another inventory the plan is the same")
	}
	h.apply(t, second)
	if left := plan(); len(left.Changes) > 0 {
		t.Errorf("after an apply the plan has %v", left.Changes)
	}
	write(t, h.root+"/etc/sysusers.d/zkprov-zookeeper.conf", "# edited\n")
	if _, err := h.Observe(t.Context(), h.task); err != nil {
		t.Fatal(err)
	}
	if left := plan(); len(left.Changes) != 1 {
		t.Errorf("after an observation the plan has %v", left.Changes)
	}
}

// TestStale changes a host between its plan and the apply: nothing is changed, and what
// is said names what differs.
func TestStale(t *testing.T) {
	const sysusers = "/etc/sysusers.d/zkprov-zookeeper.conf"
	for name, test := range map[string]struct {
		planned func(t *testing.T, h *testHost) // what is planned to be put back
		since   func(t *testing.T, h *testHost)
		want    string // empty where the plan is still good
	}{
		"nothing since": {
			planned: func(t *testing.T, h *testHost) { write(t, h.root+sysusers, "# one\n") },
			since:   func(*testing.T, *testHost) {},
		},
		"other content than the diff showed": {
			planned: func(t *testing.T, h *testHost) { write(t, h.root+sysusers, "# one\n") },
			since:   func(t *testing.T, h *testHost) { write(t, h.root+sysusers, "# two\n") },
			want:    sysusers + " differs (content) (content is not what the plan saw)",
		},
		"another mode": {
			planned: func(t *testing.T, h *testHost) { write(t, h.root+sysusers, "# one\n") },
			since:   func(t *testing.T, h *testHost) { chmod(t, h.root+sysusers, 0o600) },
			want:    sysusers + " differs (content, mode 0600 -> 0644) (owner or mode is not what the plan saw)",
		},
		"it is gone": {
			planned: func(t *testing.T, h *testHost) { write(t, h.root+sysusers, "# one\n") },
			since:   func(t *testing.T, h *testHost) { remove(t, h.root+sysusers) },
			want:    sysusers + " is missing",
		},
		"another file": {
			planned: func(t *testing.T, h *testHost) { write(t, h.root+sysusers, "# one\n") },
			since:   func(t *testing.T, h *testHost) { write(t, h.root+unitPath, "# one\n") },
			want:    unitPath + " differs (content)",
		},
		"somebody put it back": {
			planned: func(t *testing.T, h *testHost) { chmod(t, h.root+sysusers, 0o600) },
			since:   func(t *testing.T, h *testHost) { chmod(t, h.root+sysusers, 0o644) },
		},
		"the inventory": {
			planned: func(t *testing.T, h *testHost) {
				h.systemctl(t, h.systemd.Stop(t.Context(), unitName))
				h.setHeap("300m")
			},
			since: func(t *testing.T, h *testHost) { h.setHeap("400m") },
			want:  "is missing",
		},
		"what runs": {
			planned: func(t *testing.T, h *testHost) { h.setHeap("300m") },
			since: func(t *testing.T, h *testHost) {
				write(t, h.root+unitPath, strings.ReplaceAll(h.snapshot(t)[unitPath].Content, "ZKPROV_GENERATION=", "ZKPROV_GENERATION=f"))
				h.systemctl(t, h.systemd.Reload(t.Context()))
				h.systemctl(t, h.systemd.Restart(t.Context(), unitName))
			},
			want: unitPath + " differs (content) (content is not what the plan saw)",
		},
		"a server that loops": {
			planned: func(t *testing.T, h *testHost) { h.systemctl(t, h.systemd.End(unitName, 1)) },
			since:   func(t *testing.T, h *testHost) { h.systemctl(t, h.systemd.ResetFailed(t.Context(), unitName)) },
		},
		"a server that ended": {
			planned: func(t *testing.T, h *testHost) { write(t, h.root+sysusers, "# one\n") },
			since:   func(t *testing.T, h *testHost) { h.systemctl(t, h.systemd.End(unitName, 1)) },
			want:    "zookeeper-1.service, which is failed: its process exited with 1 (an error that ZooKeeper did not expect, such as a client port in use), is not started",
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.bootstrap(t, h.plan(t))
			test.planned(t, h)
			plan := h.plan(t)
			h.systemctl(t, h.Lock(t.Context(), h.task, 0))
			test.since(t, h)
			before := h.snapshot(t)
			calls := len(h.systemd.Calls())
			var failure *provision.Error
			for _, s := range stepsOf(plan) {
				if err := h.Apply(t.Context(), h.task, s.changes, s.others, func(provision.Event) {}); err != nil && !errors.As(err, &failure) {
					t.Fatal(err)
				}
			}
			if test.want == "" {
				if failure != nil {
					t.Error(failure)
				}
				return
			}
			if failure == nil || failure.Kind != provision.Stale || failure.Name != "stale-plan" || !strings.HasSuffix(failure.Message, test.want) ||
				!strings.HasPrefix(failure.Message, "the host has changed since it was planned: ") {
				t.Errorf("it says %v, want %s", failure, test.want)
			}
			if diff := cmp.Diff(before, h.snapshot(t)); diff != "" || len(h.systemd.Calls()) != calls {
				t.Errorf("something was changed:\n%s", diff)
			}
		})
	}
}

// TestStaleBetween edits a file while an apply makes the change before it: what was
// approved is not there any more.
func TestStaleBetween(t *testing.T) {
	h := newHost(t)
	h.bootstrap(t, h.plan(t))
	h.systemctl(t, h.systemd.Stop(t.Context(), unitName))
	first, second := "/etc/sysusers.d/zkprov-zookeeper.conf", unitPath
	write(t, h.root+first, "# one\n")
	write(t, h.root+second, "# one\n")
	plan := h.plan(t)
	h.systemctl(t, h.Lock(t.Context(), h.task, 0))
	err := h.Apply(t.Context(), h.task, plan.Changes, nil, func(e provision.Event) {
		if e.Done && e.Change.Path == first {
			write(t, h.root+second, "# two\n")
		}
	})
	var failure *provision.Error
	if !errors.As(err, &failure) || failure.Kind != provision.Stale || !strings.Contains(failure.Message, second+" differs (content) (content is not what the plan saw)") {
		t.Errorf("it says %v", err)
	}
	if text := h.snapshot(t)[second].Content; text != "# two\n" {
		t.Errorf("the unit is %q", text)
	}
}

// TestDigestsLast looks twice at a host, a while apart: what is planned is the same,
// and so is a plan after the change of time.
func TestDigestsLast(t *testing.T) {
	h := newHost(t)
	first := h.plan(t)
	h.Query.Now = func() time.Time { return time.Unix(1e9+3600, 0) }
	if diff := cmp.Diff(first.Changes, h.plan(t).Changes); diff != "" {
		t.Errorf("an hour later (-first +second):\n%s", diff)
	}
	for _, c := range first.Changes {
		if c.From == "" || c.To == "" || c.From == c.To {
			t.Errorf("%s is from %q to %q", c.Resource, c.From, c.To)
		}
	}
	if kinds := ofKind(first, provision.KindUnit); len(kinds) != 1 || kinds[0].Resource != "unit:"+units.Path("zookeeper-1") || filepath.Dir(kinds[0].Path) != units.Dir {
		t.Errorf("the units are %v", kinds)
	}
}
